/**
 * What a request asks to be checked: an address, made as exact as the page allows, or frames taken from it. And its sending.
 *
 * Not here: that a request is sent once (`panel/panel.js`).
 */

import { isWebAddress, permissionFor } from "../background/urls.js";
import { capture } from "../capture/capture.js";
import { keepFrames, keptFrames } from "../storage/frames.js";
import { Problem, submit, submitFrames } from "./client.js";
import { postAround } from "../capture/content-script-client.js";
import { say } from "../i18n/messages.js";

/** @typedef {import("../storage/session.js").Request} Request */

/**
 * The address to check, where a request is for one. Nothing is sent.
 * @param {Request} request
 * @returns {Promise<string>}
 */
export async function addressOf({ url, vague, sight }) {
  const post = vague && sight ? await postAround(sight.tab, sight.frame, sight.source) : "";
  return post || url;
}

/**
 * The frames to check, where a request is for some: taken now, or those of the request that is tried again. Nothing is sent.
 * @param {Request} request
 * @param {import("../capture/capture.js").Tell} tell
 * @param {AbortSignal} signal
 * @returns {Promise<import("../capture/capture.js").Captured>}
 * @throws {Problem}
 */
export async function framesOf({ id, sight, take, again }, tell, signal) {
  const kept = again ? await keptFrames(again) : undefined;
  if (!kept && !sight) throw new Problem("capture.not_allowed", say("panel.capture_not_allowed"));
  const { tab, frame, source, frameUrl } = sight ?? { tab: -1, frame: 0, source: "", frameUrl: "" };
  const captured = kept ?? (await capture(tab, frame, { source, frameUrl, whole: take === "whole", tell, signal }));
  if (signal.aborted) throw new Problem("job.cancelled", say("panel.capture_cancelled"));
  await keepFrames(id, captured);
  return captured;
}

/**
 * @param {string} server an origin
 * @param {string} url
 * @param {import("../capture/capture.js").Captured | null} captured sent instead of the address
 * @param {boolean} seeable whether frames could be taken instead
 * @returns {Promise<string>} the job's id
 * @throws {Problem}
 */
export async function send(server, url, captured, seeable) {
  if (!captured && !isWebAddress(url)) throw new Problem("request.address", say(seeable ? "panel.no_address" : "panel.not_web"));
  if (!(await chrome.permissions.contains(permissionFor(server)))) throw new Problem("server.not_allowed", say("panel.not_allowed", { server }));
  if (!captured) return (await submit(server, url)).id;
  return (await submitFrames(server, captured)).id;
}
