/** A figure on a line, with its interval as a band: the number is never shown without its doubt. */

import { drawn, element } from "../dom.js";
import { percent, say, span } from "../../i18n/messages.js";

const WIDTH = 320;
const HEIGHT = 18;

/**
 * @param {number} probability
 * @param {import("../../api/types.js").Interval | null} interval
 * @returns {HTMLElement}
 */
export function scale(probability, interval) {
  return element(
    "div",
    { class: "scale" },
    element(
      "p",
      { class: "figure" },
      element("strong", {}, percent(probability)),
      element("span", {}, interval ? say("format.interval", { span: span(interval) }) : ""),
    ),
    bar(probability, interval),
    element("p", { class: "ends", "aria-hidden": "true" }, element("span", {}, say("panel.scale_low")), element("span", {}, say("panel.scale_high"))),
  );
}

/**
 * @param {number} value 0..1, as its interval
 * @param {{low: number, high: number} | null} interval
 * @param {number[]} [notches] where the line is marked
 * @returns {any}
 */
export function bar(value, interval, notches = []) {
  const middle = HEIGHT / 2;
  const x = (/** @type {number} */ share) => 6 + share * (WIDTH - 12);
  const line = (/** @type {string} */ style, /** @type {number} */ from, /** @type {number} */ to) =>
    drawn("line", { class: style, x1: x(from), x2: x(to), y1: middle, y2: middle });
  return drawn(
    "svg",
    { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, "aria-hidden": "true" },
    line("track", 0, 1),
    ...notches.map((at) => drawn("line", { class: "notch", x1: x(at), x2: x(at), y1: 3, y2: HEIGHT - 3 })),
    interval && line("band", interval.low, interval.high),
    drawn("circle", { class: "dot", cx: x(value), cy: middle, r: 6 }),
  );
}
