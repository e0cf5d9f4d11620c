/**
 * What helps after a failure, the most useful first: that one is the big button. And the offer of a server where a check here cannot be made.
 *
 * Not here: the failure itself (`error.js`), and what the buttons do (`panel/panel.js`).
 */

import { isWebAddress } from "../../background/urls.js";
import { button, element } from "../dom.js";
import { say } from "../../i18n/messages.js";

/**
 * @typedef {"see" | "allow" | "start" | "whole" | "here" | "open" | "options" | "again"} Remedy
 *   see      take frames of what the tab shows
 *   allow    let the browser's permission be asked for the one site, and read the file there
 *   start    play the paused video without sound, and take frames of it
 *   whole    take frames over the whole length of the video
 *   here     check on this device what a server was to check
 *   open     open the page, or the post, that the address leads to
 *
 * @typedef {object} Situation
 * @property {string} code of the failure
 * @property {string} url what was to be checked
 * @property {boolean} seeable whether it may be seen in a tab that may be looked at
 * @property {string} page its address, or ""
 * @property {boolean} taken whether frames were taken, or were to be
 */

const OF_THE_SERVER = /^(server|model)\.|^(internal|job\.queue_full|job\.interrupted|request\.too_many)$/;
const TOKEN = ["server.no_token", "server.wrong_token", "server.not_allowed"];
const BEYOND_THIS_DEVICE = ["device.address", "capture.no_video", "media.not_media", "media.no_frames", "media.too_large"];
const FOR_NOBODY = ["fetch.drm", "fetch.bad_address", "media.encrypted"];

/** @type {Record<Remedy, string>} */
export const LABELS = {
  see: "panel.see",
  allow: "panel.file_read",
  start: "panel.see_start",
  whole: "panel.see_whole",
  here: "panel.check_here",
  open: "panel.open_page",
  options: "panel.options",
  again: "panel.again",
};

/**
 * @param {Situation} situation
 * @returns {Remedy[]} at least one
 */
export function remediesFor({ code, url, seeable, page, taken }) {
  /** @type {Remedy[]} */
  const open = isWebAddress(url) && url !== page ? ["open"] : [];
  if (TOKEN.includes(code)) return ["options", "again"];
  if (OF_THE_SERVER.test(code)) return taken || seeable ? ["here", "again", "options"] : [...open, "again", "options"];
  if (code === "capture.paused") return ["start", "whole", "again"];
  if (code === "capture.few_looks") return ["whole", "again"];
  if (code === "file.permission") return seeable ? ["allow", "see", "again"] : ["allow", "again"];
  if (code.startsWith("media.") && seeable && !taken) return ["see", "again"];
  if (FOR_NOBODY.includes(code)) return ["again"];
  if (code.startsWith("fetch.") || code === "request.address") return seeable && !taken ? ["see", "again"] : [...open, "again"];
  return ["device.address", "capture.no_video", "capture.out_of_view"].includes(code) ? [...open, "again"] : ["again"];
}

/**
 * What a server adds, where this device cannot make the check and none was chosen.
 * @param {string} code
 * @param {import("../../storage/preferences.js").Mode} mode
 * @returns {HTMLElement | null}
 */
export function serverOffer(code, mode) {
  if (mode !== "device" || !BEYOND_THIS_DEVICE.includes(code)) return null;
  const choose = button(say("panel.choose_server"), () => chrome.runtime.openOptionsPage(), "bare");
  return element("div", { class: "beyond small" }, element("p", {}, say("panel.server_adds")), choose);
}
