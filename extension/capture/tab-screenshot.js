/**
 * A frame cut out of a picture of the whole tab: the way to a video whose pixels its page may not read (another origin without leave).
 *
 * It shows what the person sees, a player's buttons and subtitles included, at the size it has on the screen. Browsers give at most two
 * such pictures a second.
 */

import { blobOf } from "./images.js";
import { Problem } from "../api/client.js";
import { say } from "../i18n/messages.js";

const PAUSE = 550;
const TRIES = 4;
const SMALLEST = 64;

/** Takes frames of one size. */
export class Screenshots {
  /** @param {import("./content-script-client.js").Watched} watched */
  constructor(watched) {
    this.watched = watched;
    /** @type {OffscreenCanvas | null} */
    this.canvas = null;
    this.last = -Infinity;
  }

  /**
   * @returns {Promise<{time: number | null, blob: Blob}>} the time where the video tells it
   * @throws {Problem} where the video is out of view, or the browser gives no picture
   */
  async take() {
    const { place, picture } = await this.standing();
    const scale = picture.width / place.across;
    const [width, height] = [Math.round(place.width * scale), Math.round(place.height * scale)];
    this.canvas ??= new OffscreenCanvas(width, height);
    const context = /** @type {OffscreenCanvasRenderingContext2D} */ (this.canvas.getContext("2d", { alpha: false }));
    context.drawImage(picture, place.left * scale, place.top * scale, width, height, 0, 0, this.canvas.width, this.canvas.height);
    picture.close();
    return { time: place.time, blob: await this.canvas.convertToBlob({ type: "image/jpeg", quality: 0.95 }) };
  }

  /**
   * A picture of the tab during which the video stood still in it: while a panel slides in or a person scrolls, it is taken again.
   * @returns {Promise<{place: import("./content-script-client.js").Place, picture: ImageBitmap}>}
   */
  async standing() {
    for (let tries = 1; ; tries++) {
      await new Promise((wake) => setTimeout(wake, this.last + PAUSE - performance.now()));
      const place = await this.place();
      this.last = performance.now();
      const taken = await shot(this.watched.tab);
      if (stillAt(place, await this.place())) return { place, picture: await createImageBitmap(blobOf(taken)) };
      if (tries === TRIES) throw new Problem("capture.out_of_view", say("panel.capture_out_of_view"));
    }
  }

  /** @returns {Promise<import("./content-script-client.js").Place>} of enough of it to see something */
  async place() {
    const place = await this.watched.place();
    if (!place || place.width < SMALLEST || place.height < SMALLEST) throw new Problem("capture.out_of_view", say("panel.capture_out_of_view"));
    return place;
  }
}

/**
 * @param {import("./content-script-client.js").Place} before
 * @param {import("./content-script-client.js").Place} after
 */
function stillAt(before, after) {
  const sides = /** @type {const} */ (["left", "top", "width", "height", "across"]);
  return sides.every((side) => Math.abs(before[side] - after[side]) < 1);
}

/**
 * @param {number} tab
 * @returns {Promise<string>} a `data:` address
 */
async function shot(tab) {
  for (let tries = 1; ; tries++) {
    const { active, windowId } = await chrome.tabs.get(tab);
    if (!active) throw new Problem("capture.out_of_view", say("panel.capture_out_of_view"));
    try {
      return await chrome.tabs.captureVisibleTab(windowId, { format: "png" });
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      const tooSoon = /\bquota\b/i.test(error.message); // the browser counts by its own clock
      if (!tooSoon || tries === TRIES) throw new Problem("capture.not_allowed", say("panel.capture_not_allowed"));
      await new Promise((wake) => setTimeout(wake, PAUSE));
    }
  }
}
