/**
 * What limits the judgement of a face: size, turning away, sharpness, compression. The server's
 * `telltale/faces/quality.py` and its limits.
 *
 * @typedef {{face_size_px: number, yaw: number, sharpness: number, compression: number}} Quality
 * @typedef {import("../../api/types.js").Reason} Reason
 */

import { grey } from "../image/gray.js";
import { median, rounded, roundEven } from "../image/statistics.js";
import { RULES } from "../rules.js";

const LIMITS = RULES.quality;

/**
 * @param {import("./detector.js").Face} face
 * @param {Uint8Array} crop aligned, RGB, square
 * @param {number} compression
 * @returns {Quality}
 */
export function qualityOf(face, crop, compression) {
  return {
    face_size_px: rounded(face.size, 1),
    yaw: rounded(yaw(face.landmarks), 3),
    sharpness: rounded(sharpness(crop), 1),
    compression: rounded(compression, 3),
  };
}

/**
 * Variance of the Laplacian.
 * @param {Uint8Array} crop
 */
function sharpness(crop) {
  const side = Math.round(Math.sqrt(crop.length / 3));
  const { data } = grey({ data: crop, width: side, height: side }, { left: 0, top: 0, width: side, height: side });
  const inside = (/** @type {number} */ place) => (place < 0 ? 1 : place >= side ? side - 2 : place);
  let [sum, squares] = [0, 0];
  for (let y = 0; y < side; y++) {
    const [above, below] = [inside(y - 1) * side, inside(y + 1) * side];
    for (let x = 0; x < side; x++) {
      const row = y * side;
      const value = data[above + x] + data[below + x] + data[row + inside(x - 1)] + data[row + inside(x + 1)] - 4 * data[row + x];
      sum += value;
      squares += value * value;
    }
  }
  const count = side * side;
  return squares / count - (sum / count) ** 2;
}

/**
 * 0 facing the camera .. 1 in profile: how far the nose lies from the middle between the eyes, along the eye line.
 * @param {number[][]} landmarks
 */
export function yaw([left, right, nose]) {
  const axis = [right[0] - left[0], right[1] - left[1]];
  const width = Math.hypot(axis[0], axis[1]);
  if (width < LIMITS.min_eye_distance) return 1;
  const along = (nose[0] - (left[0] + right[0]) / 2) * axis[0] + (nose[1] - (left[1] + right[1]) / 2) * axis[1];
  return Math.min(1, Math.abs(along) / width / (width / 2));
}

/**
 * Why a person's verdict is less sure than it could be, or is withheld.
 * @param {Quality[]} qualities
 * @param {"video" | "image"} kind
 * @returns {Reason[]} without their messages (`pipeline.js`)
 */
export function limitsOf(qualities, kind) {
  const size = median(qualities.map(({ face_size_px }) => face_size_px));
  const turn = median(qualities.map((quality) => quality.yaw));
  const sharp = median(qualities.map((quality) => quality.sharpness));
  const found = [
    reason("face.small", size, LIMITS.small_px, LIMITS.tiny_px, { pixels: roundEven(size), least: LIMITS.small_px }),
    reason("face.blurred", sharp, LIMITS.soft, LIMITS.blurred),
    reason("face.turned", -turn, -LIMITS.turned, -LIMITS.profile),
  ].flat();
  if (kind === "video" && qualities.length < LIMITS.few_looks) {
    found.push({ code: "person.few_looks", severity: "warning", message: "", params: { looks: qualities.length } });
  }
  return found;
}

/**
 * @param {string} code
 * @param {number} value
 * @param {number} warnBelow
 * @param {number} withholdBelow
 * @param {Reason["params"]} [params]
 * @returns {Reason[]} one where the value is too low, else none
 */
function reason(code, value, warnBelow, withholdBelow, params = {}) {
  if (value >= warnBelow) return [];
  return [{ code, severity: value < withholdBelow ? "abstain" : "warning", message: "", params }];
}
