/**
 * A file or captured pictures -> timed frames, the same ones as the server looks at (telltale/video/frames.py), on the device. Nothing is
 * fetched: a file comes as a Blob. Runs in a page; a worker has no <video>.
 *
 *     const clip = await readClip(blob, 16);          // a video or a picture
 *     const clip = await readShots(capture.frames);   // what capture() gave: [{ time, blob }]
 *
 * With ``each`` a frame is given as soon as it is there, and whoever takes it may keep its bytes: then only its size and time are
 * left here.
 *
 * Not here: which frames these are (sample-times.js), decoding (local/decode/webcodecs.js, local/decode/video-element.js), colours
 * (local/decode/yuv-to-rgb.js).
 */

import { BadMedia, refuse } from "./errors.js";
import { decodeInto, isDecodable } from "../decode/webcodecs.js";
import { chosenOf } from "./sample-times.js";
import { readMp4 } from "./mp4.js";
import { playInto } from "../decode/video-element.js";
import { drawn } from "../decode/frame-to-rgb.js";
import { readWebm } from "./webm.js";
import { RULES } from "../rules.js";

export { BadMedia };

/** @typedef {import("../image/resize.js").Picture} Picture */
/** One frame: its number among the sampled ones, seconds from the start, RGB.
 * @typedef {{ index: number, time: number, picture: Picture }} Frame */
/** ``duration`` in seconds, null of a picture, of captured frames, and where a file does not state it.
 * @typedef {{ kind: "video" | "image" | "frames", width: number, height: number, duration: number | null, codec: string,
 *   frames: Frame[] }} Clip */
/** @typedef {{ told?: (done: number, total: number) => void, each?: (frame: Frame) => void, signal?: AbortSignal }} Asked */

const MOST_PIXELS = RULES.sampling.max_pixels;

/**
 * ``count`` frames spread evenly over a video (fewer where it has fewer), or the one of a picture.
 * @param {Blob} blob
 * @param {number} count
 * @param {Asked} [asked]
 * @returns {Promise<Clip>}
 * @throws {BadMedia}
 */
export async function readClip(blob, count, { told = () => {}, each = () => {}, signal } = {}) {
  if (blob.type.startsWith("image/") && blob.type !== "image/gif") return readShot(blob, each);
  const index = (await readMp4(blob)) ?? (await readWebm(blob));
  const chosen = index ? chosenOf(index, count) : [];
  /** @type {Frame[]} */
  const frames = [];
  const give = (/** @type {number} */ time, /** @type {Picture} */ picture) => {
    frames.push({ index: frames.length, time, picture });
    each(frames[frames.length - 1]);
    told(frames.length, index ? chosen.length : count);
  };
  told(0, index ? chosen.length : count);
  let duration = index?.duration ?? null;
  if (!(index && (await isDecodable(index)) && (await isDecoded(blob, index, chosen, give, signal, frames)))) {
    if (!(blob instanceof Blob)) throw new BadMedia("media.no_frames", "A file that is read by ranges cannot be played.");
    duration = await playInto(blob, MOST_PIXELS, { index, chosen, count }, give, signal);
  }
  if (!frames.length) throw new BadMedia("media.no_frames", "None of this video's frames could be decoded.");
  const { width, height } = frames[0].picture;
  return { kind: "video", width, height, duration, codec: index?.codec ?? "", frames };
}

/**
 * Whether the decoder gave frames. Damage behind the first of them ends the video instead of losing it, as on the server; where it gave
 * none, the file is left to the player.
 * @param {Blob} blob
 * @param {any} index
 * @param {import("./sample-times.js").Sample[]} chosen
 * @param {import("../decode/webcodecs.js").Give} give
 * @param {AbortSignal | undefined} signal
 * @param {Frame[]} frames
 */
async function isDecoded(blob, index, chosen, give, signal, frames) {
  try {
    await decodeInto(blob, index, chosen, give, signal, MOST_PIXELS);
  } catch (error) {
    if (!(error instanceof DOMException) || signal?.aborted) throw error;
  }
  return frames.length > 0;
}

/**
 * Captured pictures as one video.
 * @param {{ time: number, blob: Blob }[]} shots
 * @param {Asked} [asked]
 * @returns {Promise<Clip>}
 * @throws {BadMedia}
 */
export async function readShots(shots, { told = () => {}, each = () => {}, signal } = {}) {
  /** @type {Frame[]} */
  const frames = [];
  for (const [index, { time, blob }] of shots.entries()) {
    signal?.throwIfAborted();
    told(index, shots.length);
    const picture = await decoded(blob);
    const { width, height } = frames[0]?.picture ?? picture;
    if (picture.width !== width || picture.height !== height) {
      throw new BadMedia("media.not_media", "The captured frames must all have the same width and height.");
    }
    frames.push({ index, time, picture });
    each(frames[index]);
  }
  if (!frames.length) throw new BadMedia("media.no_frames", "There are no captured frames.");
  told(shots.length, shots.length);
  const { width, height } = frames[0].picture;
  return { kind: "frames", width, height, duration: null, codec: codecOf(shots[0].blob), frames };
}

/**
 * @param {Blob} blob
 * @param {(frame: Frame) => void} each
 * @returns {Promise<Clip>}
 */
async function readShot(blob, each) {
  const clip = await readShots([{ time: 0, blob }], { each });
  return { ...clip, kind: "image" };
}

/** @param {Blob} blob */
function codecOf({ type }) {
  return type === "image/jpeg" ? "mjpeg" : type.replace("image/", "");
}

/**
 * A picture file as RGB, its colours as they are written.
 * @param {Blob} blob
 * @returns {Promise<Picture>}
 */
async function decoded(blob) {
  /** @type {ImageBitmap} */
  let bitmap;
  try {
    bitmap = await createImageBitmap(blob, { colorSpaceConversion: "none", premultiplyAlpha: "none" });
  } catch (error) {
    if (error instanceof DOMException) throw new BadMedia("media.not_media", "This picture cannot be decoded.");
    throw error;
  }
  try {
    refuse(bitmap.width * bitmap.height, MOST_PIXELS);
    return drawn(bitmap, bitmap.width, bitmap.height);
  } finally {
    bitmap.close();
  }
}
