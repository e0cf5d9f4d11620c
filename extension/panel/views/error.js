/** A check that came to nothing: one plain sentence, its code, and what to do next. */

import { button, element } from "../dom.js";
import { say } from "../../i18n/messages.js";

/**
 * @param {import("../../storage/session.js").Refusal} refusal
 * @param {import("../../storage/session.js").Check} check
 * @param {() => void} again sends the same address anew
 * @param {HTMLElement | null} forget the way to delete the check, where there is one
 * @returns {HTMLElement}
 */
export function problemView({ code, sentence }, check, again, forget) {
  const away = code.startsWith("server.");
  return element(
    "section",
    { class: "problem card" },
    element("h2", {}, say(heading(code))),
    element("p", { class: "sentence" }, sentence),
    code === "server.unreachable" && element("p", { class: "small" }, `${say("panel.start_it")} `, element("code", {}, "telltale serve")),
    element(
      "div",
      { class: "row" },
      button(say("panel.again"), again, "main"),
      away && button(say("panel.options"), () => chrome.runtime.openOptionsPage()),
    ),
    check.url && element("p", { class: "address small" }, check.url),
    element("p", { class: "code small" }, `${say("panel.code")} `, element("code", {}, code)),
    forget,
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
