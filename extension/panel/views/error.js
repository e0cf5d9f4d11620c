/** A check that came to nothing: one plain sentence, its code, and what to do next, the most useful as the big button. */

import { button, element } from "../dom.js";
import { LABELS } from "./remedies.js";
import { say } from "../../i18n/messages.js";

/**
 * @param {import("../../storage/session.js").Refusal} refusal
 * @param {import("../../storage/session.js").Check} check
 * @param {import("./remedies.js").Remedy[]} remedies the most useful first
 * @param {(remedy: import("./remedies.js").Remedy) => void} act
 * @param {...(HTMLElement | null)} below the offer of a server, the way to delete the check
 * @returns {HTMLElement}
 */
export function problemView({ code, sentence }, check, remedies, act, ...below) {
  return element(
    "section",
    { class: "problem card" },
    element("h2", {}, say(heading(code))),
    element("p", { class: "sentence" }, sentence),
    element("div", { class: "row" }, remedies.map((remedy, place) => button(say(LABELS[remedy]), () => act(remedy), place ? "quiet" : "main"))),
    remedies[0] === "open" && element("p", { class: "small" }, say("panel.open_how")),
    code === "server.unreachable" && element("p", { class: "small" }, `${say("panel.start_it")} `, element("code", {}, "telltale serve")),
    check.url && element("p", { class: "address small" }, check.url),
    element("p", { class: "code small" }, `${say("panel.code")} `, element("code", {}, code)),
    below,
  );
}

/**
 * @param {string} code
 * @returns {string} the key of a title
 */
function heading(code) {
  if (["server.no_token", "server.wrong_token"].includes(code)) return "panel.problem_token";
  return code.startsWith("server.") ? "panel.problem_server" : "panel.problem_title";
}
