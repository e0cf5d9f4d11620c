/** The panel before any check: how to ask, and what leaves the browser when one does. */

import { element } from "./dom.js";
import { say } from "./words.js";

/**
 * @param {string} [news] what just came of something that was asked for
 * @returns {HTMLElement}
 */
export function introView(news) {
  const steps = ["introVideo", "introLink", "introAddress"].map((key) => element("li", {}, say(key)));
  return element(
    "section",
    { class: "intro" },
    news && element("p", { class: "news card" }, news),
    element("h2", {}, say("introTitle")),
    element("ul", {}, steps),
    element("p", { class: "small" }, say("introPrivacy")),
  );
}
