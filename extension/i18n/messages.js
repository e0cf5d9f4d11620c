/**
 * Words and numbers for people: in the language chosen, else in the browser's where `_locales` has it, else in English. The sentences
 * themselves stand there; those of a Report are put into the language in `report.js`.
 */

const THIN = "\u202f"; // narrow no-break space between a number and its unit
const UNITS = ["unitByte", "unitKilo", "unitMega", "unitGiga", "unitTera"];

/** The language that is spoken: a code, such as "de". */
export function language() {
  return say("language") || "en";
}

/**
 * @param {number} amount
 * @param {number} digits behind the mark
 */
function number(amount, digits) {
  return amount.toLocaleString(language(), { minimumFractionDigits: digits, maximumFractionDigits: digits, useGrouping: false });
}

/** The languages of `_locales`, by their own names. */
export const LANGUAGES = { en: "English", de: "Deutsch", fr: "Français" };

/** @type {Record<string, {message: string}>} the messages of the language that was chosen; empty where the browser's is spoken */
let chosen = {};

/**
 * Speaks the language that a person chose in the options, from here on and in this page. The background's menus follow the browser.
 * @param {string} code "" for the browser's own
 */
export async function speak(code) {
  if (!Object.hasOwn(LANGUAGES, code) || code === language()) return;
  chosen = await (await fetch(chrome.runtime.getURL(`_locales/${code}/messages.json`))).json();
}

/**
 * @param {string} key
 * @param {...string} parts
 * @returns {string} "" where there is no such message
 */
export function say(key, ...parts) {
  if (!Object.hasOwn(chosen, key)) return chrome.i18n.getMessage(key, parts);
  return chosen[key].message.replace(/\$([1-9])/g, (_, place) => parts[place - 1] ?? "");
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
 * @param {number} share 0..1
 */
export function percent(share) {
  if (share < 0.01) return `<${THIN}1${THIN}%`;
  if (share > 0.99) return `>${THIN}99${THIN}%`;
  return `${Math.round(100 * share)}${THIN}%`;
}

/**
 * A share of things that were counted.
 * @param {number} part 0..1
 */
export function share(part) {
  return `${Math.round(100 * part)}${THIN}%`;
}

/** @param {import("../api/types.js").Interval} interval */
export function range({ low, high }) {
  return `${Math.round(100 * low)}–${Math.round(100 * high)}${THIN}%`;
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
  return `${number(time, 1)}${THIN}s`;
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
  const step = count < 1000 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(count) / 3));
  const amount = count / 1000 ** step;
  return say(UNITS[step], number(amount, step > 0 && amount < 10 ? 1 : 0));
}

/** @param {string} address */
export function host(address) {
  return URL.canParse(address) ? new URL(address).host : address;
}
