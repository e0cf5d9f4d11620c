/** When one person was looked at, and how manipulated they looked then: a stem for every look, as tall as its probability. */

import { drawn, element } from "../dom.js";
import { clock, percent, say } from "../../i18n/messages.js";

const WIDTH = 300;
const HEIGHT = 44;
const EDGE = 4;

/**
 * @param {import("../../api/types.js").FaceObservation[]} observations
 * @param {number} duration seconds
 * @returns {HTMLElement}
 */
export function timeline(observations, duration) {
  const peak = observations.reduce((most, moment) => Math.max(most, moment.fake_probability), 0);
  return element(
    "figure",
    { class: "timeline" },
    /** @type {any} */ (
      drawn(
        "svg",
        { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": say("panel.timeline", { looks: observations.length, most: percent(peak) }) },
        drawn("line", { class: "half", x1: 0, x2: WIDTH, y1: height(0.5), y2: height(0.5) }),
        drawn("line", { class: "base", x1: 0, x2: WIDTH, y1: HEIGHT - EDGE, y2: HEIGHT - EDGE }),
        observations.map((moment) => stem(moment, duration)),
      )
    ),
    element("figcaption", {}, element("span", {}, clock(0, duration)), element("span", {}, clock(duration, duration))),
  );
}

/**
 * @param {import("../../api/types.js").FaceObservation} moment
 * @param {number} duration
 */
function stem({ time, fake_probability: probability }, duration) {
  const x = EDGE + (WIDTH - 2 * EDGE) * Math.min(1, duration ? time / duration : 0);
  return drawn(
    "g",
    {},
    drawn("title", {}, `${clock(time, duration)}: ${percent(probability)}`),
    drawn("line", { x1: x, x2: x, y1: HEIGHT - EDGE, y2: height(probability) }),
    drawn("circle", { cx: x, cy: height(probability), r: 2.6 }),
  );
}

/** @param {number} probability */
function height(probability) {
  return HEIGHT - EDGE - probability * (HEIGHT - 2 * EDGE);
}
