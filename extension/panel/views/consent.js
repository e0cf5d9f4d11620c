/** What a person agrees to before the first check: exactly what leaves the computer in the chosen mode. Nothing happens before. */

import { button, element } from "../dom.js";
import { say } from "../../i18n/messages.js";

/** @typedef {import("../../storage/preferences.js").Mode} Mode */

/**
 * @param {Mode} mode
 * @param {string} server its host
 * @param {() => void} agree
 * @param {() => void} change opens the options
 * @returns {HTMLElement}
 */
export function consentView(mode, server, agree, change) {
  const points = [...pointsOf(mode, server), say("panel.consent_kept")];
  return element(
    "section",
    { class: "consent" },
    element("h2", {}, say("panel.consent_title")),
    element("ul", {}, points.map((point) => element("li", {}, point))),
    element("p", { class: "small" }, say("panel.consent_law")),
    element("div", { class: "row" }, button(say("panel.consent_yes"), agree, "main"), button(say("panel.consent_options"), change)),
  );
}

/**
 * @param {Mode} mode
 * @param {string} server
 */
function pointsOf(mode, server) {
  if (mode === "device") return [say("panel.consent_here"), say("panel.consent_here_seen")];
  if (mode === "deviceFirst") return [say("panel.consent_first"), say("panel.consent_first_sent", { server })];
  return [say("panel.consent_sent", { server }), say("panel.consent_frames"), say("panel.consent_device")];
}
