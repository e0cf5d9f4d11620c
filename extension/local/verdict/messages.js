/**
 * The English sentences of a Report made on the device: the server's own, word for word, so that both doors say the same and are
 * translated alike, by code.
 */

import { roundEven } from "../image/statistics.js";

/** @type {Record<import("../../api/types.js").Verdict, string>} */
export const HEADLINES = {
  likely_fake: "Likely manipulated",
  no_sign_of_manipulation: "No sign of manipulation found",
  cannot_tell: "Cannot tell",
  no_face: "No face found",
};

/** @type {Record<import("../../api/types.js").Verdict, string>} */
export const EXPLANATIONS = {
  likely_fake: "At least one face shows traces that Telltale often sees in manipulated faces and rarely in untouched ones.",
  no_sign_of_manipulation: "No face showed the traces that Telltale knows. That does not mean the footage is genuine.",
  cannot_tell: "The evidence does not settle it either way. Treat this as no answer, not as a half-yes.",
  no_face: "No face was found that is large and clear enough to judge, so nothing was judged.",
};

/** Of reasons, by code; those with a number in them are below. */
export const TEXTS = {
  "face.blurred": "The face is blurred or heavily compressed, which hides traces and can look like them.",
  "face.turned": "The face is mostly seen from the side, where Telltale is less reliable.",
  "face.unsure": "The detector is not sure that this is a face: it may be a profile, or no face at all.",
  "face.none": "None of the sampled frames shows a face that is large and clear enough.",
  "score.between": "The score lies in the range where manipulated and untouched faces are often mistaken for each other.",
  "quality.between":
    "At this face size and compression, manipulated and untouched faces are too often mistaken for each other at such a score.",
  "score.unmeasured": "This model was calibrated on too few videos to know how often it is wrong at such a score, so it gives no verdict.",
  "model.uncalibrated": "This model is not calibrated: treat its probabilities as uncalibrated scores.",
};

/** What no Report can tell. */
export const CAVEATS = [
  {
    code: "scope",
    message:
      "Telltale looks for manipulated faces only: swaps, reenactment, lip-sync and generated faces. It does not judge the rest of the picture, the sound, or what is said.",
  },
  {
    code: "meaning",
    message:
      "“No sign of manipulation found” does not mean that a video is genuine. “Likely manipulated” is a measurement, not evidence of intent or of who did it.",
  },
  {
    code: "sampled",
    message: "It saw only the sampled frames. A manipulation between them, or of a kind it was not trained on, can go unseen.",
  },
];

/** Of a file; the server does look for them. */
export const NOT_HERE = "Content Credentials (C2PA) were not looked for: a check on the device does not read them.";
/** Of captured frames. */
export const NO_FILE = "Content Credentials (C2PA) were not looked for: there was no file to look into.";

/**
 * @param {number} size
 * @param {number} least
 */
export function smallFace(size, least) {
  return `The face is only about ${roundEven(size)} pixels wide; below ${least}, traces are easily lost.`;
}

/** @param {number} looks */
export function fewLooks(looks) {
  return `This face was seen only ${looks === 1 ? "once" : `${looks} times`} among the sampled frames.`;
}
