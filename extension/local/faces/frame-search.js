/**
 * Looking for faces in the frames of one clip, one after the other as they come, as telltale/faces/frame_search.py does: every third frame is searched
 * whole; in those between, the faces of the last of these are looked for where they were. Where one of them is not found again, or the next
 * frame that is searched whole shows more, such a frame is searched whole as well.
 *
 * Not here: finding faces in a picture (detector.js), telling people apart (tracking.js).
 *
 * @typedef {import("./mtcnn.js").Cascade} Cascade
 * @typedef {import("./detector.js").Face} Face
 * @typedef {import("../verdict/scoring.js").Frame} Frame
 * @typedef {{faces: Face[], carried: boolean}} Seen
 */

import { facesIn, followedIn } from "./detector.js";
import { RULES } from "../rules.js";

const { smallest_face: SMALLEST_USEFUL_FACE, stride: STRIDE, neighbouring_seconds: NEIGHBOURING } = RULES.search;

export class Search {
  /** @param {Promise<Cascade>} cascade */
  constructor(cascade) {
    this.cascade = cascade;
    /** @type {Frame[]} */
    this.frames = [];
    /** @type {Promise<Seen[]>} */
    this.seen = Promise.resolve([]);
  }

  /**
   * @param {Frame} frame the next one in order of time
   * @param {() => void} told when its faces are known
   */
  add(frame, told) {
    const number = this.frames.push(frame) - 1;
    this.seen = this.seen.then(async (seen) => {
      const before = number - (number % STRIDE);
      seen.push(before < number ? await this.carried(frame, this.frames[before], seen[before].faces) : await this.whole(frame));
      told();
      return seen;
    });
  }

  /**
   * The useful faces of each frame. A clip without any face is searched again for smaller ones.
   * @returns {Promise<Face[][]>}
   */
  async found() {
    const seen = await this.seen;
    for (const place of doubted(seen)) seen[place] = await this.whole(this.frames[place]);
    const all = seen.map(({ faces }) => faces);
    const found = all.some((faces) => faces.length) ? all : await this.smaller();
    return found.map((faces) => faces.filter(({ size }) => size >= SMALLEST_USEFUL_FACE));
  }

  /**
   * All that is to be seen.
   * @param {Frame} frame
   * @returns {Promise<Seen>}
   */
  async whole({ picture }) {
    return { faces: await facesIn(picture, await this.cascade), carried: false };
  }

  /**
   * The faces of a frame before, if they are all there still; else all that is to be seen.
   * @param {Frame} frame
   * @param {Frame} before
   * @param {Face[]} known
   * @returns {Promise<Seen>}
   */
  async carried(frame, before, known) {
    const [now, then] = [frame.picture, before.picture];
    if (frame.time - before.time <= NEIGHBOURING && now.width === then.width && now.height === then.height) {
      const faces = await followedIn(now, await this.cascade, known);
      if (faces.length) return { faces, carried: true };
    }
    return this.whole(frame);
  }

  /** The smallest faces that are of use. */
  async smaller() {
    const found = [];
    for (const { picture } of this.frames) found.push(await facesIn(picture, await this.cascade, SMALLEST_USEFUL_FACE));
    return found;
  }
}

/**
 * The frames that may show more than was carried to them: the next that was searched whole does, or there is none.
 * @param {Seen[]} seen
 */
function doubted(seen) {
  return seen.flatMap(({ faces, carried }, place) => {
    const after = seen.slice(place).find((each) => !each.carried);
    return carried && (!after || after.faces.length > faces.length) ? [place] : [];
  });
}
