/**
 * How heavily the pixels around a face were compressed, 0 clean .. 1 heavily: the server's `telltale/faces/compression.py`, number for number.
 * What is measured and why stands there.
 */

import { grey, shrunk } from "../image/gray.js";
import { mean, median, quantile, roundEven } from "../image/statistics.js";
import { RULES } from "../rules.js";

/** @typedef {import("../image/gray.js").Plane} Plane */
/** @typedef {import("../image/resize.js").Picture} Picture */

const { reach: FARTHEST, least_side: LEAST, floor: FLOOR, ...MEASURE } = RULES.compression;
const FLAT = RULES.verdict.max_log_odds;

/**
 * @param {Picture} frame
 * @param {number[]} box x0 y0 x1 y1
 */
export function compressionOf(frame, box) {
  const found = traces(middle(frame, box));
  const value = MEASURE.weights.reduce((sum, weight, number) => sum + weight * found[number], 0) - MEASURE.middle;
  return 1 / (1 + Math.exp(-Math.min(Math.max(MEASURE.steepness * value, -FLAT), FLAT)));
}

/**
 * The middle of a face, unscaled; never smaller than LEAST.
 * @param {Picture} frame
 * @param {number[]} box
 * @returns {Plane}
 */
function middle(frame, [x0, y0, x1, y1]) {
  const x = Math.min(Math.max((x0 + x1) / 2, 0), frame.width - 1);
  const y = Math.min(Math.max((y0 + y1) / 2, 0), frame.height - 1);
  const reach = Math.min(Math.max(Math.max(x1 - x0, y1 - y0) / 2, LEAST / 2), FARTHEST);
  const left = Math.max(0, roundEven(Math.fround(x - reach)));
  const top = Math.max(0, roundEven(Math.fround(y - reach)));
  const width = Math.min(frame.width, roundEven(Math.fround(x + reach))) - left;
  const height = Math.min(frame.height, roundEven(Math.fround(y + reach))) - top;
  return mirrored(grey(frame, { left, top, width, height }));
}

/**
 * Extended to the right and below until both sides are LEAST long.
 * @param {Plane} plane
 * @returns {Plane}
 */
function mirrored(plane) {
  const [width, height] = [Math.max(plane.width, LEAST), Math.max(plane.height, LEAST)];
  if (width === plane.width && height === plane.height) return plane;
  const data = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) data[y * width + x] = plane.data[folded(y, plane.height) * plane.width + folded(x, plane.width)];
  }
  return { data, width, height };
}

/**
 * @param {number} place
 * @param {number} length
 */
function folded(place, length) {
  const around = place % (2 * length);
  return around < length ? around : 2 * length - 1 - around;
}

/** @param {Plane} plane */
function traces(plane) {
  const detail = [1, 2, 4].map((step) => diagonal(plane, step));
  const [finest, finer, fine] = detail.map(({ data }) => Math.log(average(data) + FLOOR));
  const coarse = detail[2];
  const places = [...shrunk(coarse, Math.floor(coarse.width / 8), Math.floor(coarse.height / 8)).data];
  const [calm, busy] = [quantile(places, MEASURE.calm), quantile(places, MEASURE.busy)];
  const lattice = (steps(plane) + steps(turned(plane))) / 2;
  return [finest - finer, finer - fine, lattice, Math.log((calm + FLOOR) / (busy + FLOOR))];
}

/** @param {Float32Array} data */
function average(data) {
  let sum = 0;
  for (const value of data) sum += value;
  return sum / data.length;
}

/**
 * @param {Plane} plane
 * @param {number} step
 * @returns {Plane}
 */
function diagonal({ data, width, height }, step) {
  const [across, down] = [width - step, height - step];
  const found = new Float32Array(across * down);
  for (let y = 0; y < down; y++) {
    for (let x = 0; x < across; x++) {
      const at = y * width + x;
      found[y * across + x] = Math.abs(data[at] - data[at + step * width] - data[at + step] + data[at + step * width + step]);
    }
  }
  return { data: found, width: across, height: down };
}

/**
 * @param {Plane} plane
 * @returns {Plane} rows as columns
 */
function turned({ data, width, height }) {
  const found = new Float32Array(data.length);
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) found[x * height + y] = data[y * width + x];
  return { data: found, width: height, height: width };
}

/** @param {Plane} plane */
function steps({ data, width, height }) {
  const jump = (/** @type {number} */ y, /** @type {number} */ x) => Math.abs(data[(y + 1) * width + x] - data[y * width + x]);
  /** @type {number[][]} */
  const phases = Array.from({ length: 8 }, () => []);
  for (let y = 1; y < height - 2; y++) {
    let sum = 0;
    for (let x = 0; x < width; x++) sum += Math.max(jump(y, x) - Math.max(jump(y - 1, x), jump(y + 1, x)), 0);
    phases[(y - 1) % 8].push(sum / width);
  }
  const levels = phases.map(mean);
  return Math.log((Math.max(...levels) + FLOOR) / (median(levels) + FLOOR));
}
