/** The offer to check what is on the screen, and the taking of its frames under way. */

import { button, element } from "../dom.js";
import { host, say } from "../../i18n/messages.js";

/**
 * @param {import("../../storage/session.js").Sight} sight
 * @param {(take: "playing" | "whole") => void} act
 * @returns {HTMLElement}
 */
export function captureOffer(sight, act) {
  return element(
    "div",
    { class: "offer card" },
    element("div", { class: "row" }, button(say("see"), () => act("playing")), button(say("seeWhole"), () => act("whole"), "bare")),
    element("p", { class: "small" }, say("seeHow", host(sight.page))),
  );
}

/**
 * @param {string} page
 * @param {() => void} stop
 * @param {import("../../storage/preferences.js").Mode} mode
 * @returns {{node: HTMLElement, tell: import("../../capture/capture.js").Tell}}
 */
export function captureProgress(page, stop, mode) {
  const step = element("h2", {}, say("captureLooking"));
  const count = element("span", { class: "count" });
  const bar = element("progress", { max: "1", "aria-label": say("progress") });
  const node = element(
    "section",
    { class: "progress card" },
    element("p", { class: "what" }, say("captureFrom", host(page))),
    element("div", { class: "step" }, step, count),
    bar,
    element("p", { class: "small" }, say(mode === "device" ? "captureStayHere" : "captureStay")),
    button(say("cancel"), stop),
  );
  return { node, tell: (done, total, sentence) => tell(step, count, bar, done, total, sentence) };
}

/**
 * @param {HTMLElement} step
 * @param {HTMLElement} count
 * @param {HTMLElement} bar
 * @param {number} done
 * @param {number} total 0 where it is not known
 * @param {string} sentence
 */
function tell(step, count, bar, done, total, sentence) {
  step.textContent = sentence;
  count.textContent = total > 1 ? say("captureCount", String(done), String(total)) : "";
  if (total > 1) bar.setAttribute("value", String(done / total));
  else bar.removeAttribute("value");
}
