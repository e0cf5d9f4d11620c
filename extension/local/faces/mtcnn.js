/**
 * MTCNN, the face detector that the server has: a cascade of three small nets (Zhang et al., IEEE SPL 2016), the same weights, pyramid and
 * thresholds as telltale/faces/mtcnn.py, run by onnxruntime-web.
 *
 * Not here: at which size a frame is searched (detector.js), where the files come from.
 */

import { chosen, corrected, squared, suppressed } from "./nms.js";
import { fill, patches } from "../image/tensors.js";
import { resized } from "../image/resize.js";
import { RULES } from "../rules.js";

/** @typedef {import("./nms.js").Boxes} Boxes */
/** @typedef {import("../image/resize.js").Picture} Picture */
/** @typedef {[number, number, number]} Thresholds least probability of a face after each net */
/** Boxes, and for each its five landmarks: n * 10 numbers, x and y in turn.
 * @typedef {{ boxes: Boxes, landmarks: Float32Array }} Found */
/** onnxruntime-web, and the three nets.
 * @typedef {{ ort: any, proposal: any, refine: any, output: any }} Cascade */

const { cell: CELL, stride: STRIDE, ...NETS } = RULES.detector;
const NONE = new Float32Array(0);

const THRESHOLDS = /** @type {Thresholds} */ (NETS.thresholds);
/** The same where nothing was found: sees some profiles, and now and then a face that is none. */
export const EAGER_THRESHOLDS = /** @type {Thresholds} */ (NETS.eager_thresholds);

/**
 * The nets, loaded once.
 * @param {any} ort onnxruntime-web, already told where its WebAssembly lies
 * @param {string} folder address of the folder that has pnet.onnx, rnet.onnx and onet.onnx, with a slash at its end
 * @returns {Promise<Cascade>}
 */
export async function loadCascade(ort, folder) {
  const [proposal, refine, output] = await Promise.all(
    ["pnet", "rnet", "onet"].map(async (name) => {
      const answer = await fetch(`${folder}${name}.onnx`);
      const options = { executionProviders: ["wasm"], logSeverityLevel: 3 };
      return ort.InferenceSession.create(new Uint8Array(await answer.arrayBuffer()), options);
    }),
  );
  return { ort, proposal, refine, output };
}

/**
 * Faces of at least about ``minFace`` pixels.
 * @param {Cascade} nets
 * @param {Picture} picture
 * @param {number} minFace
 * @param {Thresholds} [thresholds]
 * @returns {Promise<Found>}
 */
export async function found(nets, picture, minFace, thresholds = THRESHOLDS) {
  return sifted(nets, picture, await proposed(nets, picture, minFace, thresholds[0]), thresholds);
}

/**
 * Faces of a frame like the one in which those boxes were found: nothing is proposed but the boxes themselves.
 * @param {Cascade} nets
 * @param {Picture} picture
 * @param {Boxes} boxes
 * @returns {Promise<Found>}
 */
export async function followed(nets, picture, boxes) {
  return sifted(nets, picture, squared(boxes), THRESHOLDS);
}

/**
 * What the second and the third net leave of the boxes.
 * @param {Cascade} nets
 * @param {Picture} picture
 * @param {Boxes} boxes
 * @param {Thresholds} thresholds
 * @returns {Promise<Found>}
 */
async function sifted(nets, picture, boxes, thresholds) {
  const left = boxes.length ? await refined(nets, picture, boxes, thresholds[1]) : boxes;
  return left.length ? landmarked(nets, picture, left, thresholds[2]) : { boxes: NONE, landmarks: NONE };
}

/**
 * First net over an image pyramid: square boxes.
 * @param {Cascade} nets
 * @param {Picture} picture
 * @param {number} minFace
 * @param {number} threshold
 * @returns {Promise<Boxes>}
 */
async function proposed(nets, picture, minFace, threshold) {
  const candidates = [];
  let level = picture;
  for (let scale = CELL / minFace; Math.min(picture.width, picture.height) * scale >= CELL; scale *= NETS.pyramid_step) {
    level = resized(level, Math.ceil(picture.width * scale), Math.ceil(picture.height * scale));
    const numbers = new Float32Array(level.data.length);
    fill(level, numbers);
    const [offsets, probability] = await run(nets, nets.proposal, numbers, [1, level.width, level.height, 3]);
    candidates.push(...cells(probability, offsets, scale, threshold));
  }
  const boxes = Float32Array.from(candidates);
  return squared(chosen(boxes, suppressed(boxes, NETS.overlap)));
}

/**
 * Cells of one pyramid level above the first threshold, as boxes in frame pixels. The net's maps are (x, y).
 * @param {any} probability
 * @param {any} offsets
 * @param {number} scale
 * @param {number} threshold
 * @returns {Boxes}
 */
function cells(probability, offsets, scale, threshold) {
  const [, , height] = probability.dims;
  const boxes = [];
  const moved = [];
  const scores = [];
  for (let cell = 0; cell * 2 < probability.data.length; cell++) {
    const score = probability.data[cell * 2 + 1];
    if (score < threshold) continue;
    const [x, y] = [Math.floor(cell / height) * STRIDE, (cell % height) * STRIDE];
    boxes.push(x / scale, y / scale, (x + CELL) / scale, (y + CELL) / scale, score);
    moved.push(...offsets.data.subarray(cell * 4, cell * 4 + 4));
    scores.push(score);
  }
  const raw = corrected(Float32Array.from(boxes), moved, scores);
  return chosen(raw, suppressed(raw, NETS.level_overlap));
}

/**
 * Second net: keep and correct boxes.
 * @param {Cascade} nets
 * @param {Picture} picture
 * @param {Boxes} boxes
 * @param {number} threshold
 * @returns {Promise<Boxes>}
 */
async function refined(nets, picture, boxes, threshold) {
  const side = NETS.refine_side;
  const [offsets, probability] = await run(nets, nets.refine, patches(picture, boxes, side), [boxes.length / 5, side, side, 3]);
  const kept = likely(probability, threshold);
  const better = corrected(chosen(boxes, kept), rows(offsets, kept), scoresOf(probability, kept));
  return squared(chosen(better, suppressed(better, NETS.overlap)));
}

/**
 * Third net: final boxes and five landmarks.
 * @param {Cascade} nets
 * @param {Picture} picture
 * @param {Boxes} boxes
 * @param {number} threshold
 * @returns {Promise<Found>}
 */
async function landmarked(nets, picture, boxes, threshold) {
  const pixels = NETS.output_side;
  const [offsets, points, probability] = await run(nets, nets.output, patches(picture, boxes, pixels), [boxes.length / 5, pixels, pixels, 3]);
  const kept = likely(probability, threshold);
  const squares = chosen(boxes, kept);
  const places = rows(points, kept);
  const better = corrected(squares, rows(offsets, kept), scoresOf(probability, kept));
  const order = suppressed(better, NETS.overlap, true);
  const landmarks = new Float32Array(order.length * 10);
  order.forEach((box, row) => {
    for (let point = 0; point < 5; point++) {
      for (let axis = 0; axis < 2; axis++) {
        const corner = squares[box * 5 + axis];
        const side = Math.fround(squares[box * 5 + axis + 2] - corner);
        landmarks[row * 10 + point * 2 + axis] = corner + Math.fround(side * places[box * 10 + axis * 5 + point]);
      }
    }
  });
  return { boxes: chosen(better, order), landmarks };
}

/**
 * A net's answers, in the order in which it names them.
 * @param {Cascade} nets
 * @param {any} net
 * @param {Float32Array} numbers
 * @param {number[]} shape
 * @returns {Promise<any[]>}
 */
async function run({ ort }, net, numbers, shape) {
  const given = await net.run({ [net.inputNames[0]]: new ort.Tensor("float32", numbers, shape) });
  return net.outputNames.map((/** @type {string} */ name) => given[name]);
}

/**
 * @param {any} probability
 * @param {number} threshold
 * @returns {number[]}
 */
function likely(probability, threshold) {
  return Array.from({ length: probability.dims[0] }, (_, row) => row).filter((row) => probability.data[row * 2 + 1] >= threshold);
}

/**
 * @param {any} probability
 * @param {number[]} kept
 */
function scoresOf(probability, kept) {
  return kept.map((row) => probability.data[row * 2 + 1]);
}

/**
 * @param {any} tensor
 * @param {number[]} kept
 */
function rows({ data, dims }, kept) {
  return Float32Array.from(kept.flatMap((row) => Array.from(data.subarray(row * dims[1], (row + 1) * dims[1]))));
}
