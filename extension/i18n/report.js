/**
 * A Report in the browser's language: its sentences put anew from their codes and numbers, whoever made it and whenever. What has a code
 * that is not known here stays as it was told. What strangers wrote (titles, names, claims of a file) is never touched.
 *
 * A server that speaks the language has told it so already (`api/client.js` asks for it); one that does not, and this device, tell it in
 * English.
 */

import { LIMITS as LIMIT_TEXTS, NO_FILE, NOT_HERE } from "../local/verdict/messages.js";
import { say } from "./messages.js";

/** @typedef {import("../api/types.js").Report} Report */

/** @type {Record<string, [string, string]>} verdict -> keys of its headline and its explanation */
const VERDICTS = {
  likely_fake: ["headlineFake", "explainFake"],
  no_sign_of_manipulation: ["headlineNoSign", "explainNoSign"],
  cannot_tell: ["headlineCannotTell", "explainCannotTell"],
  no_face: ["headlineNoFace", "explainNoFace"],
};

/** @type {Record<string, string>} code -> key; the numbers of its text, in their order, are the message's parts */
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
/** @type {Record<string, string>} why a file was not asked what it says of itself -> key */
const UNASKED = Object.assign(Object.create(null), { [NO_FILE]: "provenanceNoFile", [NOT_HERE]: "provenanceNotHere" });
const LIMIT_KEYS = ["limitScope", "limitMeaning", "limitSampled"];
const LIMIT_CODES = ["scope", "meaning", "sampled"];

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
    limits: report.limits.map((limit, place) => limitInWords(limit, report.limit_codes?.[place])),
    provenance: { ...report.provenance, text: told(UNASKED[report.provenance.text] ?? "", report.provenance.text) },
  };
}

/**
 * @param {import("../api/types.js").Reason} reason
 * @returns {import("../api/types.js").Reason}
 */
function reasonInWords(reason) {
  const numbers = reason.text.match(/\d+/g) ?? [];
  if (reason.code === "person.few_looks") {
    const [looks] = numbers;
    return { ...reason, text: looks ? say("reasonFewLooks", looks) : say("reasonOneLook") };
  }
  const key = Object.hasOwn(REASONS, reason.code) ? REASONS[reason.code] : "";
  return { ...reason, text: told(key, reason.text, ...numbers) };
}

/**
 * @param {string} text
 * @param {string} [code] absent in older reports, where the text itself tells which limit it is
 */
function limitInWords(text, code) {
  const place = code ? LIMIT_CODES.indexOf(code) : LIMIT_TEXTS.indexOf(text);
  return told(LIMIT_KEYS[place] ?? "", text);
}

/**
 * @param {string} key "" where there is none
 * @param {string} otherwise
 * @param {...string} parts
 */
function told(key, otherwise, ...parts) {
  return (key && say(key, ...parts)) || otherwise;
}
