/**
 * When a check is made on this device, and its making: captured frames and files of the person's own may be, the address of a page never, for
 * that takes a server. Files never leave the device, whatever the mode.
 *
 * Not here: how frames are judged (`local/`), that a click is acted on once (`panel/panel.js`).
 */

import { checkOnDevice, DeviceError } from "../local/check.js";
import { BadMedia } from "../local/media/frames.js";
import { keepReport } from "../storage/reports.js";
import { keepFrames } from "../storage/frames.js";
import { Problem } from "./client.js";
import { getMode } from "../storage/preferences.js";
import { putRequest } from "../storage/session.js";
import { say } from "../i18n/messages.js";

/**
 * @typedef {import("../storage/preferences.js").Mode} Mode
 * @typedef {import("../storage/session.js").Request} Request
 * @typedef {(step: string, done: number, total: number) => void} Tell
 */

/**
 * Where a request is checked: on this device where it says so, else as the person chose.
 * @param {Request} [request]
 * @returns {Promise<Mode>}
 */
export async function modeOf(request) {
  return request?.here ? "device" : getMode();
}

/**
 * What a click means where this device comes first: on a video or a page, what is playing there.
 * @param {Request} request
 * @param {Mode} mode
 * @returns {Request}
 */
export function asMode(request, mode) {
  const there = request.sight && (request.sight.source || request.sight.page === request.url);
  return mode !== "server" && !request.take && there ? { ...request, take: "playing", instead: true } : request;
}

/**
 * Asks for a check of a file, which waits in the extension's own database.
 * @param {File} file
 */
export async function putFile(file) {
  const id = crypto.randomUUID();
  await keepFrames(id, /** @type {any} */ ({ file }));
  await putRequest(file.name, { take: "file", again: id });
}

/**
 * @param {string} id under which the Report is kept
 * @param {any} given captured frames, or `{file}`, of the web's with its `url`; null where there is but an address
 * @param {Mode} mode
 * @param {Tell} tell
 * @param {AbortSignal} signal
 * @returns {Promise<boolean>} whether it was checked here; else it is a server's
 * @throws {Problem} where only this device may check it, and cannot
 */
export async function checkedHere(id, given, mode, tell, signal) {
  const own = given && "file" in given && !given.url;
  if (mode === "server" && !own) return false;
  if (!given) {
    if (mode === "device") throw new Problem("device.address", say("panel.device_address"));
    return false;
  }
  try {
    await keepReport(id, await checkOnDevice(given, { tell, signal }));
    return true;
  } catch (error) {
    const problem = problemOf(error, signal);
    if (own || mode === "device" || problem.code === "job.cancelled") throw problem;
    return false;
  }
}

const MEDIA = { "media.not_media": "panel.device_media", "media.no_frames": "panel.device_no_frames", "media.too_large": "panel.device_too_large" };

/**
 * @param {unknown} error
 * @param {AbortSignal} signal
 */
function problemOf(error, signal) {
  if (signal.aborted) return new Problem("job.cancelled", say("panel.cancelled"));
  if (error instanceof BadMedia) return new Problem(error.code, say(MEDIA[error.code]));
  if (error instanceof DeviceError) return new Problem("device.failed", say("panel.device_failed"));
  throw error;
}

/**
 * Progress on this device as a server would tell it.
 * @param {string} step
 * @param {number} done
 * @param {number} total
 * @returns {Pick<import("./types.js").Job, "state" | "progress">}
 */
export function asProgress(step, done, total) {
  const text = say(`progress.step.${step}`);
  const count = total > 1 ? say("progress.count.items", { done, total }) : "";
  const known = /** @type {import("./types.js").Progress["step"]} */ (step);
  return { state: "running", progress: { step: known, text, count, done, total } };
}
