/**
 * Logits -> calibrated verdict, per person and for the whole, or "cannot tell": the server's `telltale/verdict/verdict.py`, where the rules are
 * explained.
 *
 * @typedef {object} Observation one look at one face
 * @property {number} position among the sampled frames
 * @property {number} time seconds
 * @property {import("../faces/detector.js").Face} face
 * @property {number} logit
 * @property {import("../image/gray.js").Plane} heat
 * @property {import("../faces/quality.js").Quality} quality
 *
 * @typedef {{id: number, looks: Observation[]}} PersonTrack in order of time
 * @typedef {import("../model-config.js").Settings} Settings
 * @typedef {import("../../api/types.js").Person} Person
 * @typedef {import("../../api/types.js").Reason} Reason
 * @typedef {import("../../api/types.js").Verdict} Verdict
 * @typedef {Pick<import("../../api/types.js").Report, "verdict" | "fake_probability" | "interval" | "people" | "reasons">} Decision
 */

import { limitsOf } from "../faces/quality.js";
import { binOf, probability } from "../model-config.js";
import { deviation, mean, median, rounded } from "../image/statistics.js";
import { RULES } from "../rules.js";

/**
 * What the server decides too; its messages come later (`pipeline.js`).
 * @param {PersonTrack[]} people
 * @param {number} frames how many were sampled
 * @param {"video" | "image"} kind
 * @param {Settings} settings
 * @returns {Decision}
 */
export function judge(people, frames, kind, settings) {
  const judged = people.map((person) => judgePerson(person, frames, kind, settings));
  const warnings = settings.calibration ? [] : [reason("model.uncalibrated", "warning")];
  if (!judged.length) return { verdict: "no_face", fake_probability: null, interval: null, people: [], reasons: [...warnings, reason("face.none")] };
  const counting = judged.filter(({ frame_coverage }) => frame_coverage >= RULES.verdict.min_screen_share);
  const deciding = counting.length ? counting : judged;
  const most = mostSuspicious(deciding);
  const verdict = overall(deciding);
  const open = verdict === "cannot_tell" ? mostSuspicious(deciding.filter((person) => person.verdict === "cannot_tell")) : most;
  const { fake_probability, interval } = most;
  return { verdict, fake_probability, interval, people: judged, reasons: [...open.reasons, ...warnings] };
}

/**
 * @param {Person[]} people
 * @returns {Person} the first of those with the highest probability
 */
function mostSuspicious(people) {
  return people.reduce((most, person) => (person.fake_probability > most.fake_probability ? person : most));
}

/**
 * The most serious verdict of the people that count.
 * @param {Person[]} people
 * @returns {Verdict}
 */
function overall(people) {
  const has = (/** @type {Verdict} */ verdict) => people.some((person) => person.verdict === verdict);
  if (has("likely_fake")) return "likely_fake";
  return has("cannot_tell") ? "cannot_tell" : "no_sign_of_manipulation";
}

/**
 * One person's verdict from all looks at them.
 * @param {PersonTrack} person
 * @param {number} frames
 * @param {"video" | "image"} kind
 * @param {Settings} settings
 * @returns {Person}
 */
function judgePerson({ id, looks }, frames, kind, settings) {
  const logits = looks.map(({ logit }) => logit);
  const [middle, reach] = [mean(logits), RULES.verdict.interval_deviations * standardError(logits, settings)];
  const value = probability(middle, settings);
  const qualities = looks.map(({ quality }) => quality);
  const limits = limitsOf(qualities, kind);
  const reasons = looks.some(({ face }) => face.sure) ? limits : [reason("face.unsure"), ...limits];
  const band = binOf(settings, median(qualities.map(({ face_size_px }) => face_size_px)), median(qualities.map(({ compression }) => compression)));
  const abstain = reasons.some((each) => each.severity === "abstain");
  return {
    id,
    picture: `person-${id}.jpg`,
    frame_coverage: looks.length / frames,
    verdict: verdictOf(value, abstain, band ?? settings),
    fake_probability: value,
    interval: { low: probability(middle - reach, settings), high: probability(middle + reach, settings) },
    observations: looks.map((look) => observationOf(look, settings)),
    reasons: [...whyBetween(value, band ?? settings, settings), ...reasons],
    ratio: null, // not measured for the model that runs here
    kinds: [],
  };
}

/**
 * Where a probability lies between the thresholds.
 * @param {number} value
 * @param {boolean} abstain
 * @param {{fake_from: number, clear_to: number}} band
 * @returns {Verdict}
 */
function verdictOf(value, abstain, band) {
  if (abstain || between(value, band)) return "cannot_tell";
  return value >= band.fake_from ? "likely_fake" : "no_sign_of_manipulation";
}

/**
 * The reason where the score itself is what leaves it open: for any face, or only for faces like this one.
 * @param {number} value
 * @param {{fake_from: number, clear_to: number}} band
 * @param {Settings} settings
 * @returns {Reason[]}
 */
function whyBetween(value, band, settings) {
  if (!between(value, band)) return [];
  if (value > 0.5 ? band.fake_from >= RULES.verdict.never_fake : band.clear_to <= RULES.verdict.never_clear) return [reason("score.unmeasured")];
  return [reason(between(value, settings) ? "score.between" : "quality.between")];
}

/**
 * @param {number} value
 * @param {{fake_from: number, clear_to: number}} band
 */
function between(value, { fake_from, clear_to }) {
  return clear_to < value && value < fake_from;
}

/**
 * Of the mean logit. The looks of a sheet share one logit and count as one.
 * @param {number[]} logits
 * @param {Settings} settings
 */
function standardError(logits, { look_spread, video_spread, sheet }) {
  const spread = logits.length > 2 ? Math.max(deviation(logits), look_spread) : look_spread;
  return Math.hypot(spread / Math.sqrt(Math.max(1, logits.length / sheet ** 2)), video_spread);
}

/**
 * A look as the Report tells it.
 * @param {Observation} look
 * @param {Settings} settings
 */
function observationOf({ time, face, logit, quality }, settings) {
  return { time: rounded(time, 3), box: boxOf(face), logit, fake_probability: probability(logit, settings), quality, frame: null, heat_map: null };
}

/**
 * A face's box as the Report tells it.
 * @param {import("../faces/detector.js").Face} face
 */
export function boxOf({ box }) {
  const [x0, y0, x1, y1] = box.map((edge) => rounded(edge, 1));
  return { x0, y0, x1, y1 };
}

/**
 * @param {string} code
 * @param {Reason["severity"]} [severity]
 * @returns {Reason}
 */
function reason(code, severity = "abstain") {
  return { code, severity, message: "", params: {} };
}
