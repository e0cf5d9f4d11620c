/** The offer to check what is on the screen, and the taking of its frames under way. */

import { button, element } from "../dom.js";
import { host, say } from "../../i18n/messages.js";

const STAY = { device: "panel.capture_stay_here", deviceFirst: "panel.capture_stay_first", server: "panel.capture_stay" };

/**
 * @param {import("../../storage/session.js").Sight} sight
 * @param {(take: "playing" | "whole") => void} act
 * @returns {HTMLElement}
 */
export function captureOffer(sight, act) {
  return element(
    "div",
    { class: "offer card" },
    element("div", { class: "row" }, button(say("panel.see"), () => act("playing")), button(say("panel.see_whole"), () => act("whole"), "bare")),
    element("p", { class: "small" }, say("panel.see_how", { site: host(sight.page) })),
  );
}

/**
 * @param {string} page
 * @param {() => void} stop
 * @param {import("../../storage/preferences.js").Mode} mode
 * @returns {{node: HTMLElement, tell: import("../../capture/capture.js").Tell}}
 */
export function captureProgress(page, stop, mode) {
  const step = element("h2", {}, say("panel.capture_looking"));
  const count = element("span", { class: "count" });
  const bar = element("progress", { max: "1", "aria-label": say("panel.progress") });
  const node = element(
    "section",
    { class: "progress card" },
    element("p", { class: "what" }, say("panel.capture_from", { site: host(page) })),
    element("div", { class: "step" }, step, count),
    bar,
    element("p", { class: "small" }, say(STAY[mode])),
    button(say("panel.cancel"), stop),
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
  count.textContent = total > 1 ? say("progress.count.items", { done, total }) : "";
  if (total > 1) bar.setAttribute("value", String(done / total));
  else bar.removeAttribute("value");
}
