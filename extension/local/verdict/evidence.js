/**
 * The pictures of a Report: a thumbnail for each person, and for the strongest moments the frame, the face and its heat map. JPEG. The
 * server's `telltale/verdict/evidence.py`.
 */

import { alignedCrop } from "../faces/align.js";
import { INFERNO } from "../image/colormap.js";
import { enlarged, grey } from "../image/gray.js";
import { probability } from "../model-config.js";
import { rounded } from "../image/statistics.js";
import { RULES } from "../rules.js";
import { boxOf } from "./verdict.js";

/** @typedef {import("../image/resize.js").Picture} Picture */
/** @typedef {import("./verdict.js").Observation} Observation */
/** @typedef {import("./verdict.js").PersonTrack} PersonTrack */
/** @typedef {Record<string, Blob>} Pictures by name */

const { face_side: FACE_SIDE, person_side: PERSON_SIDE, frame_side: FRAME_SIDE, ...SHOWN } = RULES.evidence;

/**
 * A thumbnail for each person, from their largest look.
 * @param {import("./scoring.js").Frame[]} frames
 * @param {PersonTrack[]} people
 * @returns {Promise<Pictures>}
 */
export async function drawPeople(frames, people) {
  /** @type {Pictures} */
  const pictures = {};
  for (const { id, looks } of people) {
    const best = looks.reduce((largest, look) => (look.face.size > largest.face.size ? look : largest));
    const crop = alignedCrop(frames[best.position].picture, best.face.landmarks, PERSON_SIDE, SHOWN.person_margin);
    pictures[`person-${id}.jpg`] = await jpeg(canvasOf({ data: crop, width: PERSON_SIDE, height: PERSON_SIDE }));
  }
  return pictures;
}

/**
 * The strongest moments and their pictures.
 * @param {import("./scoring.js").Frame[]} frames
 * @param {PersonTrack[]} people
 * @param {number} duration
 * @param {import("../model-config.js").Settings} settings
 */
export async function drawEvidence(frames, people, duration, settings) {
  const evidence = [];
  /** @type {Pictures} */
  const pictures = {};
  for (const [place, { person, look }] of strongest(people, duration).entries()) {
    const { picture } = frames[look.position];
    const face = { data: alignedCrop(picture, look.face.landmarks, FACE_SIDE, settings.margin), width: FACE_SIDE, height: FACE_SIDE };
    const [n, time] = [place + 1, rounded(look.time, 3)];
    const names = { frame: `evidence-${n}-frame.jpg`, face: `evidence-${n}-face.jpg`, heat_map: `evidence-${n}-map.jpg` };
    pictures[names.frame] = await jpeg(framed(picture, look.face.box));
    pictures[names.face] = await jpeg(canvasOf(face));
    pictures[names.heat_map] = await jpeg(canvasOf(heated(face, look.heat, settings.full_heat)));
    evidence.push({ n, person, time, box: boxOf(look.face), fake_probability: probability(look.logit, settings), ...names });
  }
  return { evidence, pictures };
}

/**
 * The looks with the highest logits, not all from one second.
 * @param {PersonTrack[]} people
 * @param {number} duration
 */
export function strongest(people, duration) {
  const ranked = people.flatMap(({ id, looks }) => looks.map((look) => ({ person: id, look }))).sort((a, b) => b.look.logit - a.look.logit);
  /** @type {{person: number, look: Observation}[]} */
  const chosen = [];
  for (const { person, look } of ranked) {
    const near = chosen.some((other) => other.person === person && Math.abs(other.look.time - look.time) < duration / SHOWN.parts);
    if (!near) chosen.push({ person, look });
    if (chosen.length === SHOWN.most) break;
  }
  return chosen;
}

/**
 * The whole frame with a box around the face.
 * @param {Picture} picture
 * @param {number[]} box
 */
function framed(picture, box) {
  const scale = Math.min(1, FRAME_SIDE / Math.max(picture.width, picture.height));
  const canvas = new OffscreenCanvas(Math.round(picture.width * scale), Math.round(picture.height * scale));
  const brush = brushOf(canvas);
  brush.imageSmoothingQuality = "high";
  brush.drawImage(canvasOf(picture), 0, 0, canvas.width, canvas.height);
  const [x0, y0, x1, y1] = box.map((edge) => Math.round(edge * scale));
  const thick = Math.max(2, Math.round(Math.max(canvas.width, canvas.height) / 320));
  for (const [width, colour] of /** @type {[number, string][]} */ ([[thick + 2, "rgb(20 20 30)"], [thick, "white"]])) {
    brush.lineWidth = width;
    brush.strokeStyle = colour;
    brush.strokeRect(x0, y0, x1 - x0, y1 - y0);
  }
  return canvas;
}

/**
 * The face, darkened, under the places that pushed towards "manipulated".
 * @param {Picture} face
 * @param {import("../image/gray.js").Plane} heat
 * @param {number} fullHeat log-odds that a place must add for the hottest colour
 * @returns {Picture}
 */
export function heated(face, heat, fullHeat) {
  const { width, height } = face;
  const smooth = enlarged(heat, width, height, true).data;
  const dark = grey(face, { left: 0, top: 0, width, height }).data;
  const data = new Uint8Array(face.data.length);
  for (let at = 0; at < smooth.length; at++) {
    const strength = Math.floor(255 * Math.min(Math.max(smooth[at] / fullHeat, 0), 1));
    const [weight, colour] = [SHOWN.cover * Math.sqrt(strength / 255), strength * 3];
    for (let channel = 0; channel < 3; channel++) {
      data[at * 3 + channel] = dark[at] * SHOWN.remains * (1 - weight) + INFERNO[colour + channel] * weight;
    }
  }
  return { data, width, height };
}

/** @param {Picture} picture */
function canvasOf({ data, width, height }) {
  const image = new ImageData(width, height);
  for (let from = 0, to = 0; from < data.length; from += 3, to += 4) {
    image.data[to] = data[from];
    image.data[to + 1] = data[from + 1];
    image.data[to + 2] = data[from + 2];
    image.data[to + 3] = 255;
  }
  const canvas = new OffscreenCanvas(width, height);
  brushOf(canvas).putImageData(image, 0, 0);
  return canvas;
}

/** @param {OffscreenCanvas} canvas */
function brushOf(canvas) {
  return /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d", { alpha: false }));
}

/** @param {OffscreenCanvas} canvas */
function jpeg(canvas) {
  return canvas.convertToBlob({ type: "image/jpeg", quality: SHOWN.jpeg_quality / 100 });
}
