/**
 * Words and numbers for people. The sentences themselves stand in `_locales/en/messages.json`.
 */

const THIN = "\u202f"; // narrow no-break space between a number and its unit

/**
 * @param {string} key
 * @param {...string} parts
 */
export function say(key, ...parts) {
  return chrome.i18n.getMessage(key, parts);
}

/**
 * Fills every element that names its words: `data-say` its text, `data-say-label` its name, `data-say-hint` what an empty field shows.
 * @param {ParentNode} root
 */
export function fillWords(root) {
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

/** @param {import("./wire.js").Interval} interval */
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
  return `${time.toFixed(1)}${THIN}s`;
}

/** @param {number} count */
export function bytes(count) {
  if (count < 1000) return `${count}${THIN}B`;
  const units = ["kB", "MB", "GB", "TB"];
  const step = Math.min(units.length, Math.floor(Math.log10(count) / 3));
  const amount = count / 1000 ** step;
  return `${amount.toFixed(amount < 10 ? 1 : 0)}${THIN}${units[step - 1]}`;
}

/** @param {string} address */
export function host(address) {
  return URL.canParse(address) ? new URL(address).host : address;
}
