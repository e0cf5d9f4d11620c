/**
 * Who a face belongs to: the server's `telltale/faces/tracking.py`. Between neighbouring frames faces are matched by overlap and size with an
 * optimal assignment; when unsure, two people rather than one.
 *
 * @typedef {import("./detector.js").Face} Face
 * @typedef {{position: number, face: Face}} Seen a face and the place of its frame among the sampled ones
 */

import { assigned } from "./linear-assignment.js";
import { mean } from "../image/statistics.js";
import { RULES } from "../rules.js";

/**
 * @param {Face[][]} found faces per frame
 * @returns {Seen[][]} by person, in order of time, the one seen most first
 */
export function group(found) {
  /** @type {Seen[][]} */
  const tracks = [];
  found.forEach((faces, position) => {
    const taken = matched(tracks, faces);
    faces.forEach((face, number) => {
      const track = taken.get(number);
      if (track) track.push({ position, face });
      else tracks.push([{ position, face }]);
    });
  });
  const size = (/** @type {Seen[]} */ track) => mean(track.map(({ face }) => face.size));
  return tracks.sort((one, other) => other.length - one.length || size(other) - size(one));
}

/**
 * @param {Seen[][]} tracks
 * @param {Face[]} faces
 * @returns {Map<number, Seen[]>} face number -> track, each at most once
 */
function matched(tracks, faces) {
  /** @type {Map<number, Seen[]>} */
  const taken = new Map();
  if (!tracks.length || !faces.length) return taken;
  const costs = faces.map((face) => tracks.map((track) => distance(track[track.length - 1].face, face)));
  for (const [face, track] of assigned(costs)) if (costs[face][track] <= RULES.tracking.max_distance) taken.set(face, tracks[track]);
  return taken;
}

/**
 * 0 for the same place and size; 1 for a shift of one face width, or for a size that differs by a factor of 2.7.
 * @param {Face} one
 * @param {Face} other
 */
function distance(one, other) {
  const [first, second] = [one.size, other.size];
  const aside = (one.box[0] + one.box[2] - other.box[0] - other.box[2]) / 2;
  const below = (one.box[1] + one.box[3] - other.box[1] - other.box[3]) / 2;
  const shift = Math.hypot(aside, below) / Math.max((first + second) / 2, 1);
  return shift + Math.abs(Math.log(Math.max(first, 1) / Math.max(second, 1)));
}
