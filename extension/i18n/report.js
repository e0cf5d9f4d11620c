/**
 * A Report in the browser's language: its sentences put anew from their codes and numbers, whoever made it and whenever. What has a code
 * that is not known here stays as it was told. What strangers wrote (titles, names, claims of a file) is never touched.
 *
 * A server that speaks the language has told it so already (`api/client.js` asks for it); one that does not, and this device, tell it in
 * English.
 */

import { say } from "./messages.js";

/** @typedef {import("../api/types.js").Report} Report */

/** @type {Record<string, [string, string]>} verdict -> keys of its headline and its explanation */
const VERDICTS = {
  likely_fake: ["headlineFake", "explainFake"],
  no_sign_of_manipulation: ["headlineNoSign", "explainNoSign"],
  cannot_tell: ["headlineCannotTell", "explainCannotTell"],
  no_face: ["headlineNoFace", "explainNoFace"],
};

/** @type {Record<string, string>} code -> key; `PARTS` are the message's parts, in their order */
const REASONS = {
  "face.small": "reasonSmall",
  "face.blurred": "reasonBlurred",
  "face.turned": "reasonTurned",
  "face.unsure": "reasonUnsure",
  "face.none": "reasonNone",
  "score.between": "reasonBetween",
  "quality.between": "reasonBinBetween",
  "score.unmeasured": "reasonUnmeasured",
  "model.uncalibrated": "reasonUncalibrated",
};
const PARTS = ["pixels", "least"];
/** @type {Record<string, string>} why a file was not asked what it says of itself -> key */
const UNASKED = { "not_checked.no_file": "provenanceNoFile", "not_checked.on_device": "provenanceNotHere" };
/** @type {Record<string, string>} code -> key */
const CAVEATS = { scope: "limitScope", meaning: "limitMeaning", sampled: "limitSampled" };

/**
 * @param {Report} report
 * @returns {Report}
 */
export function inWords(report) {
  const [headline, explanation] = (Object.hasOwn(VERDICTS, report.verdict) && VERDICTS[report.verdict]) || ["", ""];
  return {
    ...report,
    headline: told(headline, report.headline),
    explanation: told(explanation, report.explanation),
    people: report.people.map((person) => ({ ...person, reasons: person.reasons.map(reasonInWords) })),
    reasons: report.reasons.map(reasonInWords),
    caveats: report.caveats.map(({ code, message }) => ({ code, message: told(keyOf(CAVEATS, code), message) })),
    provenance: { ...report.provenance, message: told(keyOf(UNASKED, report.provenance.code), report.provenance.message) },
  };
}

/**
 * @param {import("../api/types.js").Reason} reason
 * @returns {import("../api/types.js").Reason}
 */
function reasonInWords(reason) {
  const { code, message, params } = reason;
  if (code === "person.few_looks" && Object.hasOwn(params, "looks")) {
    return { ...reason, message: params.looks === 1 ? say("reasonOneLook") : say("reasonFewLooks", String(params.looks)) };
  }
  const parts = PARTS.filter((name) => Object.hasOwn(params, name)).map((name) => String(params[name]));
  if (code === "face.small" && parts.length < PARTS.length) return reason; // of an older version, which did not tell its numbers
  return { ...reason, message: told(keyOf(REASONS, code), message, ...parts) };
}

/**
 * @param {Record<string, string>} keys
 * @param {string} code a stranger's
 */
function keyOf(keys, code) {
  return Object.hasOwn(keys, code) ? keys[code] : "";
}

/**
 * @param {string} key "" where there is none
 * @param {string} otherwise
 * @param {...string} parts
 */
function told(key, otherwise, ...parts) {
  return (key && say(key, ...parts)) || otherwise;
}
