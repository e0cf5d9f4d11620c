/**
 * Faces by person -> looks: aligned crops through the classifier, one by one or as sheets. The server's `telltale/model/scoring.py`.
 *
 * Not here: finding faces (`local/faces/detector.js`), what the logits mean (`verdict.js`).
 */

import { alignedCrop } from "../faces/align.js";
import { compressionOf } from "../faces/compression.js";
import { qualityOf } from "../faces/quality.js";
import { quarters, runsOf, sheetOf } from "./crop-grid.js";

/** @typedef {{time: number, picture: import("../image/resize.js").Picture}} Frame */
/** @typedef {import("../faces/tracking.js").Seen} Seen */
/** @typedef {import("./verdict.js").Observation} Observation */

/** Pictures that are looked at together: few, so that progress is told often; more would not be faster here. */
const AT_ONCE = 4;

/**
 * Logit, evidence map and quality of every face.
 * @param {Frame[]} frames
 * @param {Seen[][]} tracks
 * @param {import("./classifier.js").Classifier} model
 * @param {(done: number, total: number) => void} told
 * @returns {Promise<import("./verdict.js").PersonTrack[]>}
 */
export async function score(frames, tracks, model, told) {
  const { sheet } = model.about.settings;
  const runs = tracks.flatMap((track, person) => runsOf(track.length, sheet).map((run) => ({ person, run })));
  const total = tracks.reduce((sum, track) => sum + track.length, 0);
  /** @type {Map<number, Observation>[]} */
  const done = tracks.map(() => new Map());
  for (let start = 0; start < runs.length; start += AT_ONCE) {
    told(done.reduce((sum, looks) => sum + looks.size, 0), total);
    await scorePart(frames, tracks, model, runs.slice(start, start + AT_ONCE), done);
  }
  told(total, total);
  const inOrder = (/** @type {Map<number, Observation>} */ looks) => [...looks].sort(([one], [other]) => one - other).map(([, look]) => look);
  return done.map((looks, person) => ({ id: person + 1, looks: inOrder(looks) }));
}

/**
 * @param {Frame[]} frames
 * @param {Seen[][]} tracks
 * @param {import("./classifier.js").Classifier} model
 * @param {{person: number, run: number[]}[]} part
 * @param {Map<number, Observation>[]} done filled
 */
async function scorePart(frames, tracks, { about, score: run }, part, done) {
  const { size, margin, sheet } = about.settings;
  const side = size / sheet;
  const crops = part.map(({ person, run: places }) =>
    places.map((at) => alignedCrop(frames[tracks[person][at].position].picture, tracks[person][at].face.landmarks, side, margin)),
  );
  const scores = await run(crops.map((each) => sheetOf(each, sheet, side)));
  part.forEach(({ person, run: places }, number) => {
    const heats = quarters(scores[number].heat, sheet);
    places.forEach((at, cell) => {
      if (done[person].has(at)) return;
      const look = lookAt(frames, tracks[person][at], crops[number][cell]);
      done[person].set(at, { ...look, logit: scores[number].logit, heat: heats[cell] });
    });
  });
}

/**
 * @param {Frame[]} frames
 * @param {Seen} seen
 * @param {Uint8Array} crop
 */
function lookAt(frames, { position, face }, crop) {
  const { time, picture } = frames[position];
  return { position, time, face, quality: qualityOf(face, crop, compressionOf(picture, face.box)) };
}
