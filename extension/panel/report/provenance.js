/**
 * What the file says of itself: what is claimed, by whom, whether it holds. The server's words are shown as they are; none of them
 * changes the verdict above. A server that is older tells less, and less is shown.
 */

import { element } from "../dom.js";
import { day, say } from "../../i18n/messages.js";

/**
 * @param {import("../../api/types.js").Provenance} said
 * @returns {HTMLElement}
 */
export function provenanceView(said) {
  const { state, claims, problems } = said;
  return element(
    "section",
    { class: "provenance" },
    element("h3", {}, say("panel.provenance")),
    element(
      "div",
      { class: "card" },
      element("p", {}, element("span", { class: "pill" }, say(`provenance.state.${state}`))),
      element("p", { class: "small" }, said.message),
      list(claims.map((claim) => `${claim.message} (${say(claim.basis === "c2pa" ? "panel.signed" : "panel.unsigned")})`)),
      list(problems.map((problem) => `${problem.message} (${problem.code})`)),
      (state === "valid" || state === "invalid") && signerView(said),
      element("p", { class: "small" }, say("provenance.unchanged")),
    ),
  );
}

/** @param {import("../../api/types.js").Provenance} said */
function signerView(said) {
  const trust = said.trust_list ? say(said.trusted ? "panel.trusted_by" : "panel.not_trusted_by", { trust_list: said.trust_list }) : say("panel.no_trust_list");
  /** @type {[string, string | null | undefined][]} */
  const rows = [
    ["panel.row_signer", [said.signer, said.organisation].filter(Boolean).join(", ")],
    ["panel.row_signed_at", said.signed_at && day(said.signed_at)],
    ["panel.row_generator", said.generator],
    ["panel.row_trust", trust],
  ];
  return element(
    "dl",
    {},
    rows.map(([key, value]) => (value ? [element("dt", {}, say(key)), element("dd", {}, value)] : [])).flat(),
  );
}

/** @param {string[]} lines */
function list(lines) {
  return lines.length > 0 && element("ul", {}, lines.map((line) => element("li", {}, line)));
}
