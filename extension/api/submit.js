/**
 * What a request asks to be checked: an address, made as exact as the page allows, or frames taken from it. And its sending.
 *
 * Not here: that a request is sent once (`panel/panel.js`).
 */

import { isWebAddress, permissionFor, serverOrigin } from "../background/urls.js";
import { capture } from "../capture/capture.js";
import { isFile, openFile, wayTo } from "../capture/media-file.js";
import { keepFrames, keptFrames } from "../storage/frames.js";
import { Problem, submit, submitFrames } from "./client.js";
import { postAround } from "../capture/content-script-client.js";
import { host, say } from "../i18n/messages.js";

/**
 * @typedef {import("../storage/session.js").Request} Request
 * @typedef {import("../capture/capture.js").Captured} Captured
 * @typedef {{file: File | import("../local/media/remote-file.js").RemoteFile, url: string}} Found a file of the web's
 */

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
 * What a request asks to be looked at, instead of an address; null where the address is what there is, as where this device only comes first
 * and saw nothing.
 * @param {Request} request
 * @param {import("../storage/preferences.js").Mode} mode
 * @param {import("../capture/capture.js").Tell} tell
 * @param {import("./local-check.js").Tell} local is told how much of a file was read
 * @param {AbortSignal} signal
 * @returns {Promise<Captured | Found | null>}
 * @throws {Problem}
 */
export async function seenOf(request, mode, tell, local, signal) {
  const file = mode === "server" ? null : await foundOf(request, mode, local, signal);
  if (file || !request.take) return file;
  try {
    return await framesOf(request, tell, signal);
  } catch (error) {
    if (error instanceof Problem && request.instead && mode === "deviceFirst" && !signal.aborted) return null;
    throw error;
  }
}

/**
 * The address of the plain file that a request is about: of the element that was pointed at, or one that looks like a file's.
 * @param {Request} request
 * @returns {string} "" where there is none, or frames were asked for
 */
export function fileAddress({ url, sight, take, instead }) {
  if (take && !instead) return "";
  if (isWebAddress(sight?.source)) return sight?.source ?? "";
  return isWebAddress(url) && isFile(url) ? url : "";
}

/**
 * @param {Request} request
 * @param {import("../storage/preferences.js").Mode} mode
 * @param {import("./local-check.js").Tell} local
 * @param {AbortSignal} signal
 * @returns {Promise<Found | null>} null where there is no plain file, or it cannot be read
 * @throws {Problem} where it takes a permission for its site
 */
async function foundOf(request, mode, local, signal) {
  const address = fileAddress(request);
  if (!address) return null;
  const way = await wayTo(address, request.sight);
  if (!way) {
    const askable = mode === "device" && serverOrigin(new URL(address).origin);
    if (askable) throw new Problem("file.permission", say("panel.file_permission", { site: host(address) }));
    return null;
  }
  local("fetch", 0, 0);
  try {
    const file = await openFile(address, way, (done, total) => local("fetch", done, total), signal);
    if (!signal.aborted) return file && { file, url: address };
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  throw new Problem("job.cancelled", say("panel.cancelled"));
}

/**
 * The frames to check, where a request is for some: taken now, or those of the request that is tried again. Nothing is sent.
 * @param {Request} request
 * @param {import("../capture/capture.js").Tell} tell
 * @param {AbortSignal} signal
 * @returns {Promise<import("../capture/capture.js").Captured>}
 * @throws {Problem}
 */
async function framesOf({ id, sight, take, start, again }, tell, signal) {
  const kept = again ? await keptFrames(again) : undefined;
  if (!kept && !sight) throw new Problem("capture.not_allowed", say("panel.capture_not_allowed"));
  const { tab, frame, source, frameUrl } = sight ?? { tab: -1, frame: 0, source: "", frameUrl: "" };
  const captured = kept ?? (await capture(tab, frame, { source, frameUrl, whole: take === "whole", start, tell, signal }));
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
