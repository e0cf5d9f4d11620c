/**
 * The frames of a track as an MP4 file lists them: when each is decoded and shown, which are keyframes, where their bytes lie.
 *
 * Not here: finding the track (mp4.js).
 */

import { inside, optional } from "./mp4-boxes.js";

/** @typedef {import("./mp4-boxes.js").Box} Box */
const MOST_SAMPLES = 2_000_000;

/**
 * One frame: when it is decoded and shown and how long it lasts, in ticks of its track; ``number`` in the order of decoding; where its
 * bytes lie.
 * @typedef {{ number: number, decoded: number, shown: number, lasts: number, key: boolean, from: number, size: number }} Sample
 */

/**
 * In the order of decoding.
 * @param {DataView} view
 * @param {Box} table
 * @returns {Sample[]}
 */
export function samplesOf(view, table) {
  const lengths = runs(view, inside(view, table, "stts"));
  const delays = optional(view, table, "ctts");
  const late = delays ? runs(view, delays, true) : [];
  const sync = optional(view, table, "stss");
  const keys = sync && new Set(Array.from({ length: view.getUint32(sync.from + 4) }, (_, row) => view.getUint32(sync.from + 8 + row * 4)));
  const sizes = sizesOf(view, inside(view, table, "stsz"), lengths.length);
  const places = placesOf(view, table, sizes);
  let at = 0;
  return lengths.slice(0, places.length).map((lasts, number) => {
    const decoded = at;
    at += lasts;
    const key = !keys || keys.has(number + 1);
    return { number, decoded, shown: decoded + (late[number] ?? 0), lasts, key, from: places[number], size: sizes[number] };
  });
}

/**
 * @param {DataView} view
 * @param {Box} box
 * @param {number} most
 * @returns {number[]}
 */
function sizesOf(view, box, most) {
  const [same, count] = [view.getUint32(box.from + 4), Math.min(view.getUint32(box.from + 8), most)];
  return Array.from({ length: count }, (_, row) => same || view.getUint32(box.from + 12 + row * 4));
}

/**
 * Where each frame's bytes begin: they lie in chunks, one behind the other.
 * @param {DataView} view
 * @param {Box} table
 * @param {number[]} sizes
 * @returns {number[]}
 */
function placesOf(view, table, sizes) {
  const long = optional(view, table, "co64");
  const chunks = long ?? inside(view, table, "stco");
  const groups = inside(view, table, "stsc");
  const kinds = view.getUint32(groups.from + 4);
  const out = [];
  for (let chunk = 0, kind = 0; chunk < view.getUint32(chunks.from + 4) && out.length < sizes.length; chunk++) {
    while (kind + 1 < kinds && view.getUint32(groups.from + 8 + (kind + 1) * 12) <= chunk + 1) kind++;
    let at = long ? Number(view.getBigUint64(chunks.from + 8 + chunk * 8)) : view.getUint32(chunks.from + 8 + chunk * 4);
    for (let left = view.getUint32(groups.from + 12 + kind * 12); left > 0 && out.length < sizes.length; left--) {
      out.push(at);
      at += sizes[out.length - 1];
    }
  }
  return out;
}

/**
 * A table of (how many, value) written out.
 * @param {DataView} view
 * @param {Box} box
 * @param {boolean} [signed]
 * @returns {number[]}
 */
function runs(view, box, signed = false) {
  const out = [];
  for (let row = 0; row < view.getUint32(box.from + 4); row++) {
    const at = box.from + 8 + row * 8;
    const count = view.getUint32(at);
    if (out.length + count > MOST_SAMPLES) throw new RangeError("too many frames");
    const value = signed ? view.getInt32(at + 4) : view.getUint32(at + 4);
    for (let each = 0; each < count; each++) out.push(value);
  }
  return out;
}
