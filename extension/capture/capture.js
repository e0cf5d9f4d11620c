/**
 * "Check what I see": frames of the video in a tab, taken while it plays, or by moving through its whole length and back. Taking goes on until
 * there are as many looks at one person as a verdict takes, or says how many are missing.
 *
 *     capture(tabId, frameId?, {source, frameUrl, whole, start, tell, signal}) -> {frames: [{time, blob}], page, title, duration}
 *
 * Runs in the panel, so that no picture passes through the background. Times are seconds of the video, rising; where only the screen tells
 * (a frame of another origin, a live stream) they count from the first frame. Not here: sending them (`api/client.js`).
 */

import { blobOf, isBlank } from "./images.js";
import { Screenshots } from "./tab-screenshot.js";
import { Problem } from "../api/client.js";
import { Looks, NEEDED } from "../local/looks.js";
import { watch } from "./content-script-client.js";
import { say } from "../i18n/messages.js";

/**
 * @typedef {{time: number, blob: Blob}} Shot a JPEG, and the second of the video it shows
 * @typedef {{frames: Shot[], page: string, title: string, duration: number | null}} Captured
 * @typedef {(done: number, total: number, sentence: string) => void} Tell
 *
 * @typedef {object} Wish
 * @property {string} [source] the address of the element that was pointed at
 * @property {string} [frameUrl] the address of the frame it is in
 * @property {boolean} [whole] whether the video may be moved
 * @property {boolean} [start] whether a paused video may be started, without sound
 * @property {Tell} [tell] is told how far it is
 * @property {AbortSignal} [signal] ends it
 */

export const WHILE_PLAYING = 16;
export const OVER_ALL = 32;
const SECONDS = 8;
const WAIT_FOR_PICTURE = 20_000;
/** Seconds after which no more looks are waited for, and the same where there was not one. */
const LONGEST_TAKING = 40;
const LONGEST_WITHOUT_FACE = 16;
const PUTTING_BACK = 2_000;
const SAME = 0.001;
const LONGEST = 86_400;

/**
 * @param {number} tabId
 * @param {number} [frameId] none: wherever the video plays largest
 * @param {Wish} [wish]
 * @returns {Promise<Captured>}
 * @throws {Problem} where there is nothing to see, or it may not be seen
 */
export function capture(tabId, frameId, { source = "", frameUrl = "", whole = false, start = false, tell = () => undefined, signal } = {}) {
  const ending = signal ?? new AbortController().signal;
  return Promise.race([seen(tabId, frameId, { source, frameUrl, whole, start, tell, signal: ending }), givenUp(ending)]);
}

/**
 * @param {number} tabId
 * @param {number | undefined} frameId
 * @param {Required<Wish>} wish
 * @returns {Promise<Captured>}
 */
async function seen(tabId, frameId, { source, frameUrl, whole, start, tell, signal }) {
  const tab = await chrome.tabs.get(tabId).catch(() => null);
  if (!tab) throw new Problem("capture.gone", say("panel.capture_gone"));
  const leave = await bringForward(tab);
  try {
    const watched = await watch(tabId, frameId, source, frameUrl);
    const taking = new Taking(watched, tell, signal);
    await (whole && watched.facts.seekable ? taking.overAll() : taking.whilePlaying(start));
    const frames = inOrder(taking.shots);
    if (!frames.length) throw new Problem("capture.no_video", say("panel.capture_no_video"));
    const blank = await Promise.all(frames.map(({ blob }) => isBlank(blob)));
    if (blank.every(Boolean)) throw new Problem("capture.blank", say("panel.capture_blank"));
    if (watched.facts.kind !== "image" && frames.length < NEEDED) throw tooFew(NEEDED - frames.length, SECONDS / WHILE_PLAYING);
    return { frames, page: tab.url ?? "", title: tab.title ?? "", duration: watched.facts.duration };
  } finally {
    await leave();
  }
}

/** Frames as they come, by the canvas in the page as long as that is allowed, by pictures of the tab from then on. */
class Taking {
  /**
   * @param {import("./content-script-client.js").Watched} watched
   * @param {Tell} tell
   * @param {AbortSignal} signal
   */
  constructor(watched, tell, signal) {
    this.watched = watched;
    this.tell = tell;
    this.signal = signal;
    /** @type {Shot[]} */
    this.shots = [];
    /** @type {Screenshots | null} */
    this.screen = null;
    this.began = performance.now();
    /** @type {Looks | null} */
    this.looks = null;
  }

  /**
   * Some seconds of a playing video, evenly, and more until a face was seen often enough; of an image, what stands there.
   * @param {boolean} start whether a paused video may be started
   */
  async whilePlaying(start) {
    const { kind, duration } = this.watched.facts;
    if (kind === "image") return this.take();
    this.looks = new Looks();
    try {
      if (kind === "video") await this.running(start);
      const gap = (1000 * Math.min(SECONDS, duration ?? SECONDS)) / WHILE_PLAYING;
      let next = (this.began = performance.now());
      for (let number = 0; number < WHILE_PLAYING || (await this.lacks(gap / 1000)); number++) {
        if (number < WHILE_PLAYING) this.tell(number, WHILE_PLAYING, say("panel.capture_taking"));
        await sleep(next - performance.now(), this.signal);
        next = Math.max(next + gap, performance.now());
        await this.take();
        if (kind === "video" && (await this.watched.look()).paused) break; // it ended, or the person stopped it
      }
      const counted = await this.looks.counted();
      if (counted && counted < NEEDED) throw tooFew(NEEDED - counted, gap / 1000);
    } finally {
      this.looks.end();
      if (start) await this.watched.back();
    }
  }

  /**
   * Whether to go on: a face was seen, but not often enough; or none was, yet.
   * @param {number} gap seconds between two frames
   */
  async lacks(gap) {
    const counted = (await this.looks?.counted()) ?? NEEDED;
    const longest = counted ? LONGEST_TAKING : LONGEST_WITHOUT_FACE;
    if (counted >= NEEDED || performance.now() - this.began > 1000 * longest) return false;
    this.tell(counted, NEEDED, say("panel.capture_more", { seconds: Math.ceil((NEEDED - counted) * gap) }));
    return true;
  }

  /** The whole length, at the middles of equal parts, and back to where it was. */
  async overAll() {
    const duration = this.watched.facts.duration ?? 0;
    try {
      for (let number = 0; number < OVER_ALL; number++) {
        this.tell(number, OVER_ALL, say("panel.capture_moving"));
        const time = ((number + 0.5) * duration) / OVER_ALL;
        const there = await this.watched.seek(time);
        if (there) await this.take();
        stopIfEnded(this.signal);
      }
    } finally {
      await this.watched.back();
    }
  }

  /**
   * Waits for a picture of a video that plays, or may be started.
   * @param {boolean} start
   * @throws {Problem} where it is paused and may not
   */
  async running(start) {
    const { paused } = this.watched.facts;
    if (paused && !(start && (await this.watched.start()))) throw new Problem("capture.paused", say("panel.capture_paused"));
    const deadline = performance.now() + WAIT_FOR_PICTURE;
    for (let facts = await this.watched.look(); !facts.ready && performance.now() < deadline; facts = await this.watched.look()) {
      this.tell(0, 0, say("panel.capture_loading"));
      await sleep(250, this.signal);
    }
  }

  /** One frame more, where there is one. */
  async take() {
    if (!this.screen) {
      const look = await this.watched.take();
      if (!look) return;
      if ("picture" in look) {
        this.keep({ time: look.time, blob: blobOf(look.picture) });
        return;
      }
      this.screen = new Screenshots(this.watched);
      this.shots = []; // never two sizes among the frames
    }
    const { time, blob } = await this.screen.take();
    this.keep({ time: time ?? (performance.now() - this.began) / 1000, blob });
  }

  /**
   * Once each: a video that stands still gives the same frame again.
   * @param {Shot} shot
   */
  keep(shot) {
    if (this.shots.some(({ time }) => Math.abs(time - shot.time) <= SAME)) return;
    this.shots.push(shot);
    this.looks?.add(shot.blob);
  }
}

/**
 * @param {number} missing looks
 * @param {number} gap seconds between two of them
 */
function tooFew(missing, gap) {
  return new Problem("capture.few_looks", say("panel.capture_few", { seconds: Math.max(1, Math.ceil(missing * gap)) }));
}

/**
 * By their times, each once: a video that repeats itself is seen from the middle on, then from its start.
 * @param {Shot[]} shots
 * @returns {Shot[]}
 */
function inOrder(shots) {
  const sorted = [...shots].sort((a, b) => a.time - b.time);
  const once = sorted.filter(({ time }, place) => place === 0 || time - sorted[place - 1].time > SAME);
  const shift = once.length && once[once.length - 1].time > LONGEST ? once[0].time : 0; // a live stream may count from 1970
  return once.map(({ time, blob }) => ({ time: Math.max(0, time - shift), blob }));
}

/**
 * A hidden tab shows no frames, so it comes to the front for as long as it is looked at.
 * @param {chrome.tabs.Tab} tab
 * @returns {Promise<() => Promise<unknown>>} goes back to the tab that was in front
 */
async function bringForward({ id, active, windowId }) {
  if (active || id === undefined) return async () => undefined;
  const [front] = await chrome.tabs.query({ active: true, windowId });
  await chrome.tabs.update(id, { active: true });
  return async () => front?.id !== undefined && chrome.tabs.update(front.id, { active: true }).catch(() => undefined); // closed meanwhile
}

/**
 * @param {number} milliseconds
 * @param {AbortSignal} signal
 * @throws {Problem} where it was ended
 */
async function sleep(milliseconds, signal) {
  if (milliseconds > 0) await new Promise((wake) => setTimeout(wake, milliseconds));
  stopIfEnded(signal);
}

/**
 * A page that is too busy to answer keeps nobody who cancels; any other has this long to put its video back.
 * @param {AbortSignal} signal
 * @returns {Promise<never>}
 * @throws {Problem} some time after it was ended
 */
async function givenUp(signal) {
  if (!signal.aborted) await new Promise((ended) => signal.addEventListener("abort", ended, { once: true }));
  await new Promise((wake) => setTimeout(wake, PUTTING_BACK));
  throw new Problem("job.cancelled", say("panel.capture_cancelled"));
}

/**
 * @param {AbortSignal} signal
 * @throws {Problem} where it was ended
 */
function stopIfEnded(signal) {
  if (signal.aborted) throw new Problem("job.cancelled", say("panel.capture_cancelled"));
}
