/**
 * What the file says of itself: what is claimed, by whom, whether it holds. The server's words are shown as they are; none of them
 * changes the verdict above. A server that is older tells less, and less is shown.
 */

import { element } from "../dom.js";
import { day, say } from "../../i18n/messages.js";

/** @type {Record<string, string>} */
const STATES = {
  not_checked: "provenance_not_checked",
  absent: "provenance_absent",
  unsigned: "provenance_unsigned",
  elsewhere: "provenance_elsewhere",
  not_readable: "provenance_not_readable",
  invalid: "provenance_invalid",
  valid: "provenance_valid",
};

/**
 * @param {import("../../api/types.js").Provenance} said
 * @returns {HTMLElement}
 */
export function provenanceView(said) {
  const state = Object.hasOwn(STATES, said.state) ? said.state : "not_checked";
  const claims = said.claims ?? [];
  const problems = said.problems ?? [];
  return element(
    "section",
    { class: "provenance" },
    element("h3", {}, say("provenance")),
    element(
      "div",
      { class: "card" },
      element("p", {}, element("span", { class: "pill" }, say(STATES[state]))),
      element("p", { class: "small" }, said.message),
      list(claims.map((claim) => `${claim.message} (${say(claim.basis === "c2pa" ? "signed" : "unsigned")})`)),
      list(problems.map((problem) => `${problem.message} (${problem.code})`)),
      (state === "valid" || state === "invalid") && signerView(said),
      element("p", { class: "small" }, say("provenanceChanges")),
    ),
  );
}

/** @param {import("../../api/types.js").Provenance} said */
function signerView(said) {
  const trust = said.trust_list ? say(said.trusted ? "trustedBy" : "notTrustedBy", said.trust_list) : say("noTrustList");
  /** @type {[string, string | null | undefined][]} */
  const rows = [
    ["rowSigner", [said.signer, said.organisation].filter(Boolean).join(", ")],
    ["rowSignedAt", said.signed_at && day(said.signed_at)],
    ["rowGenerator", said.generator],
    ["rowTrust", trust],
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
