/**
 * What the pipeline adds to a model (`telltale.json`): how logits become probabilities and where the verdict lies, for faces of a size
 * and compression. Not here: judging.
 *
 * @typedef {object} Bin sides [from, to), an absent `to` has no end
 * @property {number} face_px_from
 * @property {number | null} face_px_to
 * @property {number} compression_from
 * @property {number | null} compression_to
 * @property {number} fake_from
 * @property {number} clear_to
 *
 * @typedef {object} Settings
 * @property {number} size pixels of the net's picture
 * @property {number} margin
 * @property {number} sheet
 * @property {number} frames
 * @property {number} temperature
 * @property {number} offset
 * @property {number} fake_from
 * @property {number} clear_to
 * @property {number} look_spread
 * @property {number} video_spread
 * @property {Bin[]} bins
 * @property {number} full_heat what a place of an evidence map adds to the logit at the hottest colour
 * @property {object | null} calibration
 * @property {import("../api/types.js").KeptOutVerdicts | null} tested
 */

import { RULES } from "./rules.js";

const FLAT = RULES.verdict.max_log_odds;

/**
 * Calibrated probability of fake.
 * @param {number} logit
 * @param {Settings} settings
 */
export function probability(logit, { offset, temperature }) {
  return 1 / (1 + Math.exp(-Math.min(Math.max((logit - offset) / temperature, -FLAT), FLAT)));
}

/**
 * The bin of a face, where the model has bins and the compression is known.
 * @param {Settings} settings
 * @param {number} size
 * @param {number | null} compression
 * @returns {Bin | null}
 */
export function binOf({ bins }, size, compression) {
  if (compression === null) return null;
  const holds = (/** @type {Bin} */ bin) =>
    within(size, bin.face_px_from, bin.face_px_to) && within(compression, bin.compression_from, bin.compression_to);
  return bins.find(holds) ?? null;
}

/**
 * @param {number} value
 * @param {number} low
 * @param {number | null} high
 */
function within(value, low, high) {
  return low <= value && (high === null || value < high);
}
