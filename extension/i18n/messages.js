/**
 * Words and numbers for people: in the language chosen, else in the browser's where the catalogue has it, else in English.
 *
 *     await speak("de");
 *     say("options.saved", { server: "example.org" });
 *
 * See also: the catalogue (`catalogue.js`), a Report in words (`report.js`). Figures are written as the engine writes them
 * (`telltale/render/formatting.py`).
 */

import { Catalogue, ENGLISH, languages, loadCatalogue } from "./catalogue.js";

/** @typedef {import("./catalogue.js").Params} Params */

const UNITS = /** @type {[string, number][]} */ ([["gigabytes", 1e9], ["megabytes", 1e6], ["kilobytes", 1e3]]);

let spoken = new Catalogue(ENGLISH, {});

/** The language that is spoken: a code, such as "de". */
export function language() {
  return spoken.code;
}

/**
 * Speaks this language from here on and in this page; until then there are no words.
 * @param {string} [chosen] "" for the browser's own
 */
export async function speak(chosen = "") {
  const known = await languages();
  const own = chrome.i18n.getUILanguage().split("-")[0];
  spoken = await loadCatalogue([chosen, own].find((code) => Object.hasOwn(known, code)) ?? ENGLISH);
}

/**
 * @param {string} id
 * @param {Params} [params]
 * @returns {string} "" where there is no such message
 */
export function say(id, params) {
  return spoken.render(id, params);
}

/**
 * What another program told by its id and parameters.
 * @param {string} id
 * @param {Params} params
 * @param {string} otherwise for a message that is not known here
 */
export function told(id, params, otherwise) {
  return spoken.render(id, params, otherwise);
}

/**
 * Fills every element that names its words: `data-say` its text, `data-say-label` its name, `data-say-hint` what an empty field shows.
 * @param {ParentNode} root
 */
export function fillWords(root) {
  if (root === document) document.documentElement.lang = language();
  fill(root, "data-say", (node, words) => node.append(words));
  fill(root, "data-say-label", (node, words) => node.setAttribute("aria-label", words));
  fill(root, "data-say-hint", (node, words) => node.setAttribute("placeholder", words));
}

/**
 * @param {ParentNode} root
 * @param {string} attribute
 * @param {(node: Element, words: string) => void} act
 */
function fill(root, attribute, act) {
  for (const node of root.querySelectorAll(`[${attribute}]`)) act(node, say(node.getAttribute(attribute) ?? ""));
}

/**
 * A probability; never "0 %" or "100 %", which no measurement gives.
 * @param {number} probability 0..1
 */
export function percent(probability) {
  return say("format.percent", { number: rounded(probability) });
}

/**
 * A share of things that were counted.
 * @param {number} part 0..1
 */
export function share(part) {
  return say("format.percent", { number: String(Math.round(100 * part)) });
}

/** @param {import("../api/types.js").Interval} interval */
export function span(interval) {
  const [low, high] = [rounded(interval.low), rounded(interval.high)];
  return say("format.percent", { number: low === high ? low : say("format.span", { low, high }) });
}

/**
 * A likelihood ratio: "8 : 1", or "1 : 8" where it speaks the other way; two digits of it mean something.
 * @param {number} value
 */
export function ratio(value) {
  const more = twoDigits(Math.max(value, 1 / value));
  return say("format.ratio", value >= 1 ? { more, fewer: 1 } : { more: 1, fewer: more });
}

/** @param {import("../api/types.js").Ratio} found */
export function ratioSpan(found) {
  const [low, high] = [ratio(found.low), ratio(found.high)];
  return low === high ? low : say("format.ratio_span", { low, high });
}

/**
 * The strength of the evidence in words.
 * @param {import("../api/types.js").Ratio} found
 * @param {"strength" | "kind"} [of] of any manipulation, or of one kind
 */
export function strength(found, of = "strength") {
  return say(found.strength === "none" ? `${of}.none` : `${of}.${found.value > 1 ? "for" : "against"}.${found.strength}`);
}

/**
 * How much more often what was seen is met on one side than on the other, as a sentence without its stop.
 * @param {import("../api/types.js").Ratio} found
 */
export function times(found) {
  if (found.strength === "none") return say("strength.times_even");
  return say(`strength.times_${found.value > 1 ? "for" : "against"}`, { ratio: twoDigits(Math.max(found.value, 1 / found.value)) });
}

/**
 * What the evidence would make of three probabilities from before the check.
 * @param {import("../api/types.js").Ratio} found
 */
export function changes(found) {
  const after = (/** @type {number} */ prior) => percent((prior * found.value) / (1 - prior + prior * found.value));
  return say("strength.changes", { low: after(0.01), middle: after(0.1), high: after(0.5) });
}

/**
 * How many fakes of this kind show evidence in faces like this one, and how many untouched faces do.
 * @param {import("../api/types.js").KindEvidence} kind
 */
export function power(kind) {
  return say("kind.power", { share: share(kind.power), alarms: share(kind.alarms) });
}

/** @param {number} number */
function twoDigits(number) {
  return number >= 10 ? Math.round(number) : Math.round(10 * number) / 10;
}

/** @param {number} probability */
function rounded(probability) {
  const whole = Math.round(100 * probability);
  if (whole < 1) return "< 1";
  return whole > 99 ? "> 99" : String(whole);
}

/**
 * A time in a video, as fine as the video's length asks for.
 * @param {number} time seconds
 * @param {number | null} duration seconds
 */
export function clock(time, duration) {
  if ((duration ?? 0) < 60) return seconds(time);
  const whole = Math.floor(time);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (/** @type {number} */ number) => String(number).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** @param {number} time */
export function seconds(time) {
  return say("format.seconds", { number: time });
}

/**
 * A time stamp as it is written here; what is none stays as it is.
 * @param {string} stamp ISO 8601
 */
export function day(stamp) {
  const at = new Date(stamp);
  return Number.isNaN(at.getTime()) ? stamp : at.toLocaleString(language(), { dateStyle: "long", timeStyle: "short" });
}

/** @param {number} count */
export function bytes(count) {
  const [unit, size] = UNITS.find(([, least]) => count >= least) ?? ["bytes", 1];
  return say(`format.${unit}`, { number: count / size });
}

/** @param {string} address */
export function host(address) {
  return URL.canParse(address) ? new URL(address).host : address;
}
