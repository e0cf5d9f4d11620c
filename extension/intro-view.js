/** The panel before any check: how to ask, and what leaves the browser when one does. */

import { element } from "./dom.js";
import { say } from "./words.js";

/** @returns {HTMLElement} */
export function introView() {
  const steps = ["introVideo", "introLink", "introAddress"].map((key) => element("li", {}, say(key)));
  return element(
    "section",
    { class: "intro" },
    element("h2", {}, say("introTitle")),
    element("ul", {}, steps),
    element("p", { class: "small" }, say("introPrivacy")),
  );
}
