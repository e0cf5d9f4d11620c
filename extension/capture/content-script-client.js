/**
 * The panel's end of the eyes in a page (`content-script.js`): puts them there, settles which frame of the page holds the video, and asks.
 *
 * The browser lets this happen only in a tab where the person has used the extension (`activeTab`) and until the tab goes elsewhere.
 */

import { Problem } from "../api/client.js";
import { say } from "../i18n/messages.js";

/**
 * @typedef {object} Facts
 * @property {"video" | "image" | "frame"} kind
 * @property {number} weight how likely it is the one that is meant
 * @property {boolean} [named] whether it has the address that the click named
 * @property {string} address of the frame it is in
 * @property {boolean} top whether that is the page itself
 * @property {number | null} duration seconds
 * @property {boolean} paused
 * @property {boolean} looping
 * @property {boolean} seekable
 * @property {boolean} ready whether there is a picture
 *
 * @typedef {{left: number, top: number, width: number, height: number, whole: boolean, across: number, time: number | null, paused: boolean}} Place
 * @typedef {{time: number, picture: string} | {blocked: true} | null} Look
 */

const WAIT_FOR_POST = 8_000; // milliseconds

/** One video in one frame of one tab. */
export class Watched {
  /**
   * @param {number} tab
   * @param {number} frame
   * @param {Facts} facts
   */
  constructor(tab, frame, facts) {
    this.tab = tab;
    this.frame = frame;
    this.facts = facts;
  }

  /** @returns {Promise<Facts>} as they are now */
  async look() {
    this.facts = (await this.ask("facts")) ?? this.facts;
    return this.facts;
  }

  /** @returns {Promise<Look>} */
  take() {
    return this.ask("frame");
  }

  /**
   * @param {number} time seconds
   * @returns {Promise<boolean>}
   */
  seek(time) {
    return this.ask("seek", time);
  }

  /** @returns {Promise<boolean>} whether it plays now, without sound */
  start() {
    return this.ask("start");
  }

  /** Puts a moved or started video back; a tab that is gone has nothing to put back. */
  async back() {
    await this.ask("back").catch((error) => {
      if (!(error instanceof Problem)) throw error;
    });
  }

  /**
   * Where it lies in the tab's window, in CSS pixels; inside a frame of another origin, that frame's place is added.
   * @returns {Promise<Place | null>}
   */
  async place() {
    const own = /** @type {Place | null} */ (await this.ask("place"));
    if (!own || own.whole) return own;
    const outer = await ask(this.tab, 0, "choose", "", this.facts.address);
    const around = outer && /** @type {Place | null} */ (await ask(this.tab, 0, "place"));
    if (!around) return null;
    return { ...own, left: own.left + around.left, top: own.top + around.top, across: around.across, whole: true };
  }

  /**
   * @param {string} what
   * @param {...unknown} how
   */
  ask(what, ...how) {
    return ask(this.tab, this.frame, what, ...how);
  }
}

/**
 * Looks for the video that is meant.
 * @param {number} tab
 * @param {number | undefined} frame where the click was, if known
 * @param {string} source the address that the click named, or ""
 * @param {string} [frameUrl] the address of the frame where the click was
 * @returns {Promise<Watched>}
 * @throws {Problem} where the page may not be looked at, or shows no video
 */
export async function watch(tab, frame, source, frameUrl = "") {
  const one = frame ? { tabId: tab, frameIds: [frame] } : { tabId: tab, allFrames: true };
  const found = (await put(one)) && (await chosen(one, source, ""));
  if (found) return found;
  const top = { tabId: tab, frameIds: [0] }; // the frame is of another origin: seen from outside
  const outside = frame && (await put(top)) && (await chosen(top, "", frameUrl));
  if (outside) return outside;
  if (found === null || outside === null) throw new Problem("capture.no_video", say("panel.capture_no_video"));
  throw new Problem("capture.not_allowed", say("panel.capture_not_allowed"));
}

/**
 * @param {chrome.scripting.InjectionTarget} target
 * @returns {Promise<boolean>} whether the browser allowed it
 */
export async function put(target) {
  try {
    // from the root: Firefox would look for them beside the page that asks
    await chrome.scripting.executeScript({ target, files: ["/capture/content-script.js", "/capture/permalink-script.js"] });
    return true;
  } catch (error) {
    if (error instanceof Error) return false; // the browser says why in words of its own, different in each
    throw error;
  }
}

/**
 * @param {chrome.scripting.InjectionTarget} target
 * @param {string} source
 * @param {string} frameUrl
 * @returns {Promise<Watched | null>}
 */
async function chosen(target, source, frameUrl) {
  const seen = await run(target, "choose", [source, frameUrl]);
  const facts = seen.filter(({ result }) => result).map(({ frameId, result }) => ({ frameId, facts: /** @type {Facts} */ (result) }));
  const rank = (/** @type {Facts} */ { kind, weight, named }) => weight * (named ? 1e9 : 1) * (kind === "frame" ? 1e-9 : 1);
  facts.sort((a, b) => rank(b.facts) - rank(a.facts));
  return facts.length ? new Watched(/** @type {number} */ (target.tabId), facts[0].frameId, facts[0].facts) : null;
}

/**
 * @param {number} tab
 * @param {number} frame
 * @param {string} what
 * @param {...unknown} how
 * @returns {Promise<any>}
 * @throws {Problem} where the tab is gone or went elsewhere
 */
async function ask(tab, frame, what, ...how) {
  const [{ result }] = await run({ tabId: tab, frameIds: [frame] }, what, how);
  if (result === "gone") throw new Problem("capture.gone", say("panel.capture_gone"));
  return result;
}

/**
 * @param {chrome.scripting.InjectionTarget} target
 * @param {string} what
 * @param {unknown[]} how
 * @returns {Promise<{frameId: number, result?: any}[]>}
 * @throws {Problem} where the tab is gone or went elsewhere
 */
async function run(target, what, how) {
  try {
    return await chrome.scripting.executeScript({ target, func: call, args: [what, how] });
  } catch (error) {
    if (error instanceof Error) throw new Problem("capture.gone", say("panel.capture_gone"));
    throw error;
  }
}

/**
 * Runs in the page, beside the eyes.
 * @param {string} what
 * @param {unknown[]} how
 */
function call(what, how) {
  const here = /** @type {any} */ (globalThis);
  const mine = Object.hasOwn(here, "telltaleEyes"); // not an element that a page gave this name
  return mine ? here.telltaleEyes[what](...how) : "gone"; // another document has come into the frame
}

/**
 * The address of the post around a video that has none of its own.
 * @param {number} tab
 * @param {number | undefined} frame
 * @param {string} source
 * @returns {Promise<string>} "" where it cannot be told
 */
export function postAround(tab, frame, source) {
  const unheard = /** @type {Promise<string>} */ (new Promise((wake) => setTimeout(() => wake(""), WAIT_FOR_POST))); // a page may be too busy to answer
  return Promise.race([postOf(tab, frame ?? 0, source), unheard]);
}

/**
 * @param {number} tab
 * @param {number} frame
 * @param {string} source
 * @returns {Promise<string>}
 */
async function postOf(tab, frame, source) {
  const target = { tabId: tab, frameIds: [frame] };
  try {
    const found = (await put(target)) && (await chosen(target, source, ""));
    if (!found || (source && !found.facts.named)) return "";
    return String((await found.ask("post")) ?? "");
  } catch (error) {
    if (error instanceof Problem) return ""; // the tab has gone elsewhere
    throw error;
  }
}
