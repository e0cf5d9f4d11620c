/**
 * Sheets: n x n crops of one person side by side in one picture, in order of time, for models that ask for it (`sheet` in their
 * settings). The server's `telltale/model/crop_grid.py` and `runs_of` of `telltale/model/scoring.py`.
 */

import { enlarged } from "../image/gray.js";
import { roundEven } from "../image/statistics.js";

/** @typedef {import("../image/gray.js").Plane} Plane */

/**
 * Which of a person's looks make up each picture, `sheet`² of them, in order; every look is in one at least.
 * @param {number} count
 * @param {number} sheet
 * @returns {number[][]}
 */
export function runsOf(count, sheet) {
  const cells = sheet ** 2;
  const from = (/** @type {number} */ start) => Array.from({ length: cells }, (_, at) => start + at);
  if (count < cells) return count ? [from(0).map((at) => roundEven((at * (count - 1)) / (cells - 1)))] : [];
  const runs = Array.from({ length: Math.floor(count / cells) }, (_, number) => from(number * cells));
  return count % cells ? [...runs, from(count - cells)] : runs;
}

/**
 * @param {Uint8Array[]} crops sheet² of them, RGB, each `side` pixels wide
 * @param {number} sheet
 * @param {number} side
 * @returns {Uint8Array}
 */
export function sheetOf(crops, sheet, side) {
  if (sheet === 1) return crops[0];
  const picture = new Uint8Array(crops.length * side * side * 3);
  crops.forEach((crop, number) => {
    const [row, column] = [Math.floor(number / sheet), number % sheet];
    for (let y = 0; y < side; y++) {
      picture.set(crop.subarray(y * side * 3, (y + 1) * side * 3), ((row * side + y) * sheet + column) * side * 3);
    }
  });
  return picture;
}

/**
 * A sheet's evidence map -> one for each crop. A side that the crops do not share evenly is stretched first.
 * @param {Plane} heat
 * @param {number} sheet
 * @returns {Plane[]}
 */
export function quarters(heat, sheet) {
  if (sheet === 1) return [heat];
  const [width, height] = [Math.ceil(heat.width / sheet), Math.ceil(heat.height / sheet)];
  const whole = width * sheet === heat.width && height * sheet === heat.height ? heat : enlarged(heat, width * sheet, height * sheet, false);
  return Array.from({ length: sheet ** 2 }, (_, number) => {
    const [top, left] = [Math.floor(number / sheet) * height, (number % sheet) * width];
    const data = new Float32Array(width * height);
    for (let y = 0; y < height; y++) {
      const start = (top + y) * whole.width + left;
      data.set(whole.data.subarray(start, start + width), y * width);
    }
    return { data, width, height };
  });
}
