/**
 * A check on this device: captured frames, or a file of the person's own or of the web's, to a Report and its pictures. Runs in a page, for only there can a
 * video be decoded; the computing is a worker's. Nothing is sent anywhere.
 *
 *     checkOnDevice({frames, page, title}, {tell, signal})    what `capture/capture.js` gives
 *     checkOnDevice({file}, {tell, signal})                   a video or a picture
 *     checkOnDevice({file, url}, {tell, signal})              the same, as it was read from there (`capture/media-file.js`)
 *
 * Not here: when a check is made on the device (`api/local-check.js`).
 *
 * @typedef {Pick<import("../capture/capture.js").Captured, "frames" | "page" | "title">} Captured
 * @typedef {{file: File | RemoteFile, url?: string}} Given
 * @typedef {(step: string, done: number, total: number) => void} Tell
 * @typedef {Omit<import("../api/types.js").Report["source"], "width" | "height" | "frames_read" | "track" | "tracks">} Source
 * @typedef {import("./media/frames.js").Frame} Frame
 */

import { readClip, readShots } from "./media/frames.js";
import { RemoteFile } from "./media/remote-file.js";
import { RULES } from "./rules.js";

/** The computing failed: a model or the runtime that is not there, or too little memory. */
export class DeviceError extends Error {}

/**
 * @param {Captured | Given} given
 * @param {{tell?: Tell, signal?: AbortSignal, count?: number}} [wish] `count`: of the frames that are taken from a video
 * @returns {Promise<import("./pipeline.js").Result>}
 * @throws {DeviceError} or what `local/media/frames.js` says of media that it cannot read
 */
export async function checkOnDevice(given, { tell = () => {}, signal = new AbortController().signal, count = RULES.sampling.frames } = {}) {
  const started = performance.timeOrigin + performance.now();
  const worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" }); // it loads its models meanwhile
  const answer = answerOf(worker, tell, signal);
  answer.catch(() => {}); // told below, once the frames are read
  const give = (/** @type {Frame} */ { time, picture }) => worker.postMessage({ frame: { time, picture } }, [picture.data.buffer]);
  try {
    const reading = "file" in given ? ofFile(given, count, give, tell, signal) : ofFrames(given, give);
    const source = await Promise.race([reading, answer]);
    if ("kind" in source) worker.postMessage({ source, started });
    return await answer;
  } finally {
    worker.terminate();
  }
}

/**
 * @param {Worker} worker
 * @param {Tell} tell
 * @param {AbortSignal} signal
 * @returns {Promise<import("./pipeline.js").Result>}
 */
function answerOf(worker, tell, signal) {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    worker.onerror = (event) => {
      event.preventDefault();
      reject(new DeviceError(event.message));
    };
    worker.onmessage = ({ data }) => {
      if (data.progress) tell(data.progress.step, data.progress.done, data.progress.total);
      else resolve(data.result);
    };
  });
}

/**
 * @param {Captured} captured
 * @param {(frame: Frame) => void} give
 * @returns {Promise<Source>}
 */
async function ofFrames({ frames, page, title }, give) {
  const { kind, duration, codec } = await readShots(frames, { each: give });
  const told = { kind, name: title || page, url: page || null, title: title || null, duration, codec };
  return { ...told, ...(await summed(new Blob(frames.map(({ blob }) => blob)))) };
}

/**
 * @param {Given} given
 * @param {number} count
 * @param {(frame: Frame) => void} give
 * @param {Tell} tell
 * @param {AbortSignal} signal
 * @returns {Promise<Source>}
 */
async function ofFile({ file, url = "" }, count, give, tell, signal) {
  const told = (/** @type {number} */ done, /** @type {number} */ total) => tell("decode", done, total);
  const { kind, duration, codec } = await readClip(/** @type {Blob} */ (file), count, { told, signal, each: give });
  const about = { kind, name: file.name, url: url || null, title: null, duration, codec };
  if (!(file instanceof RemoteFile)) return { ...about, ...(await summed(file)), requests: url ? 1 : 0 };
  return { ...about, ...(await summed(file.whole())), size: file.size, requests: file.parts.length, sampled: true };
}

/** Bytes up to which a file's sum is told; all of them must be in memory for it. */
const MOST_SUMMED = 256 * 1024 * 1024;

/** @param {Blob} blob */
async function summed(blob) {
  const bytes = blob.size <= MOST_SUMMED ? await crypto.subtle.digest("SHA-256", await blob.arrayBuffer()) : new ArrayBuffer(0);
  const sha256 = Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
  return { size: blob.size, bytes_read: blob.size, requests: 0, sampled: false, sha256 };
}
