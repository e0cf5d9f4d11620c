/**
 * What a net is given: pixels as numbers about -1 to 1, x before y as these nets were trained; a whole picture, or squares cut out of it,
 * black beyond its edge.
 *
 * Not here: the nets (local/faces/mtcnn.js).
 */

import { resized, rounded } from "./resize.js";
import { RULES } from "../rules.js";

/** @typedef {import("./resize.js").Picture} Picture */

/** Bytes to the nets' numbers; worked out once. */
const NUMBERS = Float32Array.from({ length: 256 }, (_, byte) => (byte - RULES.detector.pixel_mean) * RULES.detector.pixel_scale);

/**
 * @param {Picture} picture
 * @param {Float32Array} out where its numbers go
 */
export function fill({ data, width, height }, out) {
  for (let x = 0, to = 0; x < width; x++) {
    for (let y = 0; y < height; y++, to += 3) {
      const from = (y * width + x) * 3;
      out[to] = NUMBERS[data[from]];
      out[to + 1] = NUMBERS[data[from + 1]];
      out[to + 2] = NUMBERS[data[from + 2]];
    }
  }
}

/**
 * Every box cut out and resized: n * size * size * 3.
 * @param {Picture} picture
 * @param {import("../faces/nms.js").Boxes} boxes
 * @param {number} size
 * @returns {Float32Array}
 */
export function patches(picture, boxes, size) {
  const each = size * size * 3;
  const out = new Float32Array((boxes.length / 5) * each);
  for (let row = 0; row * 5 < boxes.length; row++) {
    const [x0, y0, x1, y1] = Array.from(boxes.subarray(row * 5, row * 5 + 4), rounded);
    const patch = resized(cut(picture, x0, y0, x1, y1), size, size);
    fill(patch, out.subarray(row * each, (row + 1) * each));
  }
  return out;
}

/**
 * A part of a picture; one that lies wholly beyond it is one black pixel.
 * @param {Picture} picture
 * @param {number} x0
 * @param {number} y0
 * @param {number} x1
 * @param {number} y1
 * @returns {Picture}
 */
function cut({ data, width, height }, x0, y0, x1, y1) {
  const [left, top, right, bottom] = [Math.max(x0, 0), Math.max(y0, 0), Math.min(x1, width), Math.min(y1, height)];
  if (right <= left || bottom <= top) return { data: new Uint8Array(3), width: 1, height: 1 };
  const out = { data: new Uint8Array((x1 - x0) * (y1 - y0) * 3), width: x1 - x0, height: y1 - y0 };
  for (let y = top; y < bottom; y++) {
    out.data.set(data.subarray((y * width + left) * 3, (y * width + right) * 3), ((y - y0) * out.width + left - x0) * 3);
  }
  return out;
}
