/**
 * Aligned face crops by the server's rule (telltale/faces/align.py): a crop is defined by the five landmarks alone. They are mapped onto a
 * fixed template by a similarity (rotation, one scale, shift; Umeyama, TPAMI 1991); large faces are shrunk with anti-aliasing first, and
 * beyond the frame's edge it is mirrored, so that a black corner cannot become a tell.
 *
 * Not here: finding the landmarks (detector.js).
 */

import { resized, rgbOf, rounded } from "../image/resize.js";
import { RULES } from "../rules.js";

/** @typedef {import("../image/resize.js").Picture} Picture */
/** @typedef {[number, number]} Point */
/** Frame pixels to crop pixels: x' = a x + b y + c, y' = d x + e y + f.
 * @typedef {[number, number, number, number, number, number]} Affine */

/** Eyes, nose and mouth corners of an upright face in a unit square that it just fills from forehead to chin. */
export const TEMPLATE = RULES.alignment.template.map((point) => point.map(Math.fround));

/**
 * The aligned crop of a frame.
 * @param {{ data: ArrayLike<number>, width: number, height: number }} image RGBA, an ImageData
 * @param {ArrayLike<number>[]} landmarks five points, frame pixels
 * @param {number} size side of the crop in pixels
 * @param {number} margin border around the face as a share of the crop's side
 * @returns {Uint8ClampedArray} size * size * 3, RGB
 */
export function alignCrop(image, landmarks, size, margin) {
  return new Uint8ClampedArray(alignedCrop(rgbOf(image), landmarks, size, margin).buffer);
}

/**
 * The same of a frame that is RGB already, for many faces of one frame.
 * @param {Picture} frame
 * @param {ArrayLike<number>[]} landmarks
 * @param {number} size
 * @param {number} margin
 * @returns {Uint8Array}
 */
export function alignedCrop(frame, landmarks, size, margin) {
  let picture = frame;
  let matrix = similarity(landmarks, templateOf(size, margin));
  const scale = Math.hypot(matrix[0], matrix[3]);
  if (scale < RULES.alignment.shrink_below) [picture, matrix] = preShrunk(frame, matrix, scale);
  return warped(picture, matrix, size);
}

/**
 * Where the landmarks come to lie in a crop.
 * @param {number} size
 * @param {number} margin
 */
export function templateOf(size, margin) {
  return TEMPLATE.map((point) => point.map((share) => Math.fround((margin + share * (1 - 2 * margin)) * size)));
}

/**
 * The least-squares similarity that maps one set of points onto another, in closed form.
 * @param {ArrayLike<number>[]} landmarks
 * @param {ArrayLike<number>[]} target
 * @returns {Affine}
 */
export function similarity(landmarks, target) {
  const [middle, goal] = [centre(landmarks), centre(target)];
  let [along, across, spread] = [0, 0, 0];
  landmarks.forEach((point, number) => {
    const [x, y] = [point[0] - middle[0], point[1] - middle[1]];
    const [wantedX, wantedY] = [target[number][0] - goal[0], target[number][1] - goal[1]];
    along += x * wantedX + y * wantedY;
    across += x * wantedY - y * wantedX;
    spread += x * x + y * y;
  });
  const [cos, sin] = [along / Math.max(spread, 1e-12), across / Math.max(spread, 1e-12)];
  return [cos, -sin, goal[0] - cos * middle[0] + sin * middle[1], sin, cos, goal[1] - sin * middle[0] - cos * middle[1]];
}

/**
 * @param {ArrayLike<number>[]} points
 * @returns {Point}
 */
function centre(points) {
  const mean = (/** @type {number} */ axis) => points.reduce((sum, point) => sum + point[axis], 0) / points.length;
  return [mean(0), mean(1)];
}

/**
 * The frame shrunk by area so that the warp left to do lies between 0.5 and 1, and the transform from there.
 * @param {Picture} frame
 * @param {Affine} matrix
 * @param {number} scale
 * @returns {[Picture, Affine]}
 */
function preShrunk(frame, matrix, scale) {
  const factor = 2 ** Math.ceil(Math.log2(scale));
  const small = resized(frame, Math.max(1, rounded(frame.width * factor)), Math.max(1, rounded(frame.height * factor)));
  const [across, down] = [frame.width / small.width, frame.height / small.height];
  return [small, [matrix[0] * across, matrix[1] * down, matrix[2], matrix[3] * across, matrix[4] * down, matrix[5]]];
}

/**
 * The picture seen through a transform, linearly interpolated, mirrored beyond its edges.
 * @param {Picture} picture
 * @param {Affine} matrix
 * @param {number} size
 * @returns {Uint8Array}
 */
function warped({ data, width, height }, matrix, size) {
  const out = new Uint8Array(size * size * 3);
  const [a, b, c, d, e, f] = inverse(matrix);
  for (let y = 0, at = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const [fromX, fromY] = [a * x + b * y + c, d * x + e * y + f];
      const [left, top] = [Math.floor(fromX), Math.floor(fromY)];
      const [over, under] = [fromX - left, fromY - top];
      const [x0, x1] = [mirrored(left, width), mirrored(left + 1, width)];
      const [row0, row1] = [mirrored(top, height) * width, mirrored(top + 1, height) * width];
      for (let channel = 0; channel < 3; channel++, at++) {
        const above = data[(row0 + x0) * 3 + channel] * (1 - over) + data[(row0 + x1) * 3 + channel] * over;
        const below = data[(row1 + x0) * 3 + channel] * (1 - over) + data[(row1 + x1) * 3 + channel] * over;
        out[at] = rounded(above * (1 - under) + below * under);
      }
    }
  }
  return out;
}

/**
 * @param {Affine} matrix
 * @returns {Affine}
 */
function inverse([a, b, c, d, e, f]) {
  const whole = a * e - b * d;
  const [ia, ib, id, ie] = whole ? [e / whole, -b / whole, -d / whole, a / whole] : [0, 0, 0, 0];
  return [ia, ib, -ia * c - ib * f, id, ie, -id * c - ie * f];
}

/**
 * A place beyond the edge as its mirror image within, the edge itself not shown twice.
 * @param {number} place
 * @param {number} length
 */
function mirrored(place, length) {
  if (length === 1) return 0;
  const period = 2 * (length - 1);
  const within = ((place % period) + period) % period;
  return within < length ? within : period - within;
}
