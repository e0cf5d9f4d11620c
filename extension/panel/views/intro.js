/** The panel before any check: how to ask, and what leaves the browser when one does. */

import { element } from "../dom.js";
import { say } from "../../i18n/messages.js";

/**
 * @param {string} news what just came of something that was asked for
 * @param {HTMLElement} file the way to check a file
 * @param {import("../../storage/preferences.js").Mode} mode
 * @returns {HTMLElement}
 */
export function introView(news, file, mode) {
  const keys = mode === "device" ? ["panel.intro_video", "panel.intro_see"] : ["panel.intro_video", "panel.intro_link", "panel.intro_address", "panel.intro_see"];
  const steps = keys.map((key) => element("li", {}, say(key)));
  return element(
    "section",
    { class: "intro" },
    news && element("p", { class: "news card" }, news),
    element("h2", {}, say("panel.intro_title")),
    element("ul", {}, steps),
    element("p", { class: "small" }, say(mode === "device" ? "panel.intro_privacy_here" : "panel.intro_privacy")),
    file,
  );
}
