/** A probability on a line from 0 to 100 %, with its interval as a band: the number is never shown without its doubt. */

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
  const middle = HEIGHT / 2;
  const x = (/** @type {number} */ share) => 6 + share * (WIDTH - 12);
  const line = (/** @type {string} */ style, /** @type {number} */ from, /** @type {number} */ to) =>
    drawn("line", { class: style, x1: x(from), x2: x(to), y1: middle, y2: middle });
  return element(
    "div",
    { class: "scale" },
    element(
      "p",
      { class: "figure" },
      element("strong", {}, percent(probability)),
      element("span", {}, interval ? say("format.interval", { span: span(interval) }) : ""),
    ),
    /** @type {any} */ (
      drawn(
        "svg",
        { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, "aria-hidden": "true" },
        line("track", 0, 1),
        interval && line("band", interval.low, interval.high),
        drawn("circle", { class: "dot", cx: x(probability), cy: middle, r: 6 }),
      )
    ),
    element("p", { class: "ends", "aria-hidden": "true" }, element("span", {}, say("panel.scale_low")), element("span", {}, say("panel.scale_high"))),
  );
}
