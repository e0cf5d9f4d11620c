/**
 * Frames of a video through a muted <video> that nobody sees, sent from time to time: for what the browser plays and webcodecs.js cannot
 * read (fragmented files, HEVC).
 *
 * Not here: which times these are (local/media/sample-times.js).
 */

import { BadMedia, refuse } from "../media/errors.js";
import { spread } from "../media/sample-times.js";
import { drawn, pictureOf } from "./frame-to-rgb.js";
import { RULES } from "../rules.js";

/** @typedef {import("./webcodecs.js").Give} Give */
/** @typedef {import("../media/mp4.js").Index} Index */
/** @typedef {import("../media/sample-times.js").Sample} Sample */

const PATIENCE_MS = 20_000;
/** Half the time between two frames where a file does not say. */
const HALF_FRAME = 0.5 / RULES.sampling.usual_frame_rate;
/** A little less than half the time between any two frames. */
const CLOSE = 4e-3;
/** How often, and after how many milliseconds, a picture that is not there yet is asked for again. */
const TRIES = 40;
const PAUSE_MS = 25;

/**
 * Gives ``count`` frames in order of time, and tells the length in seconds.
 * @param {Blob} blob
 * @param {number} most pixels; a video with more is refused
 * @param {{ index: Index | null, chosen: Sample[], count: number }} wanted ``chosen`` where there is an index
 * @param {Give} give
 * @param {AbortSignal | undefined} signal
 * @returns {Promise<number>}
 */
export async function playInto(blob, most, { index, chosen, count }, give, signal) {
  const address = URL.createObjectURL(blob);
  const video = document.createElement("video");
  try {
    await opened(video, address, most);
    const { time: first } = await shownBy(video, index, null);
    const times = index ? chosen.map((sample) => sample.time) : spread(video.duration, count);
    let last = -1;
    for (const wanted of times) {
      signal?.throwIfAborted();
      await sought(video, first + wanted + (index ? between(index, wanted) : HALF_FRAME));
      const { picture, time } = await shownBy(video, index, index ? first + wanted : null);
      if (time > last) give(Math.max(0, index ? wanted : time - first), picture);
      last = time;
    }
    return index?.duration ?? video.duration;
  } finally {
    video.removeAttribute("src");
    video.load();
    URL.revokeObjectURL(address);
  }
}

/**
 * The picture that a video shows just now, and when the browser shows it. What was sought may take a moment more to appear.
 * @param {HTMLVideoElement} video
 * @param {Index | null} index
 * @param {number | null} due its second, where that is known
 */
async function shownBy(video, index, due) {
  if (typeof VideoFrame === "undefined") return { picture: drawn(video, video.videoWidth, video.videoHeight), time: video.currentTime };
  const frame = await frameOf(video, due);
  try {
    const turn = /** @type {{ rotation?: number }} */ (frame).rotation ?? index?.turned ?? 0;
    return { picture: await pictureOf(frame, index?.colours ?? null, turn), time: frame.timestamp / 1e6 };
  } finally {
    frame.close();
  }
}

/**
 * @param {HTMLVideoElement} video
 * @param {number | null} due
 * @returns {Promise<VideoFrame>}
 */
async function frameOf(video, due) {
  for (let tried = 1; ; tried++) {
    try {
      const frame = new VideoFrame(video); // a DOMException where nothing is painted yet
      const late = due === null ? frame.timestamp / 1e6 - video.currentTime > CLOSE : Math.abs(frame.timestamp / 1e6 - due) > CLOSE;
      if (!late || tried >= TRIES) return frame;
      frame.close();
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
      if (tried >= TRIES) throw new BadMedia("media.no_frames", "The browser did not get this video decoded.");
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

/**
 * At its first frame, with its length known.
 * @param {HTMLVideoElement} video
 * @param {string} address
 * @param {number} most pixels
 */
async function opened(video, address, most) {
  video.muted = true;
  video.preload = "auto";
  video.src = address;
  await happened(video, "loadeddata");
  if (!video.videoWidth) throw new BadMedia("media.not_media", "This file holds no picture that the browser can show.");
  refuse(video.videoWidth * video.videoHeight, most);
  if (!Number.isFinite(video.duration)) await sought(video, 1e9); // recorded in a browser: its length is known once its end was reached
  await sought(video, 0);
}

/**
 * How long after a frame's time to ask for it, so that neither the one before nor the one after is shown.
 * @param {Index} index
 * @param {number} wanted
 */
function between({ samples, rate }, wanted) {
  const next = samples.find((sample) => sample.time > wanted);
  return Math.min(next ? next.time - wanted : 1 / rate, 1 / rate) / 2;
}

/**
 * @param {HTMLVideoElement} video
 * @param {number} time
 */
async function sought(video, time) {
  const done = happened(video, "seeked");
  video.currentTime = time;
  await done;
}

/**
 * Waits for an event of a video; BadMedia where it fails, or nothing happens.
 * @param {HTMLVideoElement} video
 * @param {"loadeddata" | "seeked"} event
 * @returns {Promise<void>}
 */
function happened(video, event) {
  return new Promise((resolve, reject) => {
    const patience = setTimeout(() => ended(new BadMedia("media.no_frames", "The browser did not get this video decoded.")), PATIENCE_MS);
    const failed = () => ended(new BadMedia("media.not_media", "This is not a video or picture that the browser can show."));
    const arrived = () => ended(null);
    const ended = (/** @type {BadMedia | null} */ problem) => {
      clearTimeout(patience);
      video.removeEventListener(event, arrived);
      video.removeEventListener("error", failed);
      if (problem) reject(problem);
      else resolve();
    };
    video.addEventListener(event, arrived);
    video.addEventListener("error", failed);
  });
}
