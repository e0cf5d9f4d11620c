/**
 * The boxes of an MP4 or MOV file, one within another; every size is checked, and what lies beyond the end is a RangeError.
 *
 * Not here: what they say (mp4.js, mp4-sample-table.js).
 */

/** @typedef {{ type: string, from: number, to: number }} Box its content, without its head */

const LARGEST_INDEX = 64 * 1024 * 1024;
const MOST_BOXES = 1000;
const FIRST = ["ftyp", "moov", "mdat", "free", "wide", "skip"];

/**
 * The content of the ``moov`` box.
 * @param {Blob} blob
 * @returns {Promise<ArrayBuffer | null>}
 */
export async function indexOf(blob) {
  for (let at = 0, seen = 0; at + 8 <= blob.size && seen < MOST_BOXES; seen++) {
    const head = new DataView(await blob.slice(at, at + 16).arrayBuffer());
    const [size, skip] = sizeOf(head, 0, blob.size - at);
    const type = typeOf(head, 0);
    if (seen === 0 && !FIRST.includes(type)) return null;
    if (size < skip) return null;
    if (type === "moov") return size > LARGEST_INDEX ? null : blob.slice(at + skip, at + size).arrayBuffer();
    at += size;
  }
  return null;
}

/**
 * The whole size of a box, and of its head.
 * @param {DataView} view
 * @param {number} at
 * @param {number} rest
 * @returns {[number, number]}
 */
function sizeOf(view, at, rest) {
  const short = view.getUint32(at);
  if (short === 1) return [Number(view.getBigUint64(at + 8)), 16];
  return [short || rest, 8];
}

/**
 * @param {DataView} view
 * @param {number} at
 */
export function typeOf(view, at) {
  return String.fromCharCode(...[4, 5, 6, 7].map((place) => view.getUint8(at + place)));
}

/** @param {DataView} view @returns {Box} */
export function whole(view) {
  return { type: "moov", from: 0, to: view.byteLength };
}

/**
 * The boxes within another, ``skip`` bytes behind its head.
 * @param {DataView} view
 * @param {Box} outer
 * @param {number} [skip]
 * @returns {Box[]}
 */
export function boxes(view, outer, skip = 0) {
  const found = [];
  for (let at = outer.from + skip; at + 8 <= outer.to; ) {
    const [size, head] = sizeOf(view, at, outer.to - at);
    if (size < head || at + size > outer.to) break;
    found.push({ type: typeOf(view, at), from: at + head, to: at + size });
    at += size;
  }
  return found;
}

/**
 * A box by its path; RangeError where there is none.
 * @param {DataView} view
 * @param {Box} outer
 * @param {...string} path
 * @returns {Box}
 */
export function inside(view, outer, ...path) {
  const found = optional(view, outer, ...path);
  if (!found) throw new RangeError(`no ${path.join("/")}`);
  return found;
}

/**
 * @param {DataView} view
 * @param {Box} outer
 * @param {...string} path
 * @returns {Box | undefined}
 */
export function optional(view, outer, ...path) {
  /** @type {Box | undefined} */
  let box = outer;
  for (const type of path) box = box && boxes(view, box).find((each) => each.type === type);
  return box;
}

/**
 * A number that lies at one place in version 0 of a box, at another in version 1.
 * @param {DataView} view
 * @param {Box} box
 * @param {number} short
 * @param {number} long
 */
export function number(view, box, short, long) {
  return view.getUint32(box.from + (view.getUint8(box.from) === 1 ? long : short));
}
