/** What a person agrees to before the first check: what is sent, to whom, and what is kept. Nothing happens before. */

import { button, element } from "../dom.js";
import { say } from "../../i18n/messages.js";

/**
 * @param {string} server its host
 * @param {() => void} agree
 * @param {() => void} change opens the options
 * @returns {HTMLElement}
 */
export function consentView(server, agree, change) {
  const points = [say("consentSent", server), say("consentFrames"), say("consentDevice"), say("consentKept")];
  return element(
    "section",
    { class: "consent" },
    element("h2", {}, say("consentTitle")),
    element("ul", {}, points.map((point) => element("li", {}, point))),
    element("p", { class: "small" }, say("consentLaw")),
    element("div", { class: "row" }, button(say("consentYes"), agree, "main"), button(say("consentOptions"), change)),
  );
}
