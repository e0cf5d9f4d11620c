/**
 * After "cannot tell" and "no face": what would settle it. The server's `telltale/render/next_steps.py`.
 */

import { RULES } from "../../local/rules.js";

/** @typedef {import("../../api/types.js").Report} Report */

const LIMITS = RULES.next_steps;
/** @type {Record<string, string>} */
const BY_REASON = { "face.turned": "next.frontal", "face.unsure": "next.frontal", "face.blurred": "next.original", "face.small": "next.larger" };

/**
 * @param {Report} report
 * @returns {string[]} ids of messages, the most promising first; none after a verdict
 */
export function nextSteps(report) {
  if (report.verdict !== "cannot_tell" && report.verdict !== "no_face") return [];
  const found = report.reasons.map(({ code }) => (Object.hasOwn(BY_REASON, code) ? BY_REASON[code] : null)).filter((step) => step !== null);
  if (report.verdict === "no_face") found.push("next.other_part");
  else if (report.people.length) found.push(...wanted(mostSuspicious(report.people), report));
  return [...new Set([...found, "next.source"])];
}

/** @param {Report["people"]} people */
function mostSuspicious(people) {
  const undecided = people.filter(({ verdict }) => verdict === "cannot_tell");
  return (undecided.length ? undecided : people).reduce((most, each) => (each.fake_probability > most.fake_probability ? each : most));
}

/**
 * @param {Report["people"][number]} person
 * @param {Report} report
 */
function wanted({ observations }, { source }) {
  if (!observations.length) return [];
  const middle = (/** @type {number[]} */ values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
  const size = middle(observations.map(({ quality }) => quality.face_size_px));
  const known = observations.map(({ quality }) => quality.compression).filter((value) => value !== null);
  const found = source.sampled || (known.length && middle(known) >= LIMITS.compression) ? ["next.original"] : [];
  if (RULES.quality.small_px <= size && size < LIMITS.face_px) found.push("next.larger");
  if (source.kind !== "image" && observations.length < LIMITS.looks) found.push("next.longer");
  return found;
}
