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
  const points = [say("panel.consent_sent", { server }), say("panel.consent_frames"), say("panel.consent_device"), say("panel.consent_kept")];
  return element(
    "section",
    { class: "consent" },
    element("h2", {}, say("panel.consent_title")),
    element("ul", {}, points.map((point) => element("li", {}, point))),
    element("p", { class: "small" }, say("panel.consent_law")),
    element("div", { class: "row" }, button(say("panel.consent_yes"), agree, "main"), button(say("panel.consent_options"), change)),
  );
}
