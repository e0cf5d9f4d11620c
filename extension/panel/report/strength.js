/** The strength of evidence on a logarithmic scale between "untouched" and "manipulated", and that of each kind of manipulation. */

import { bar } from "./confidence-bar.js";
import { element } from "../dom.js";
import { changes, power, ratio, ratioSpan, say, strength, times } from "../../i18n/messages.js";

/**
 * @typedef {import("../../api/types.js").Ratio} Ratio
 * @typedef {import("../../api/types.js").KindEvidence} KindEvidence
 */

/** Ratios at which the words change. */
const STEPS = [0.1, 0.5, 2, 10];

/**
 * Where a ratio lies between 1 : 100, which is 0, and 100 : 1, which is 1.
 * @param {number} value
 */
function onScale(value) {
  return Math.min(Math.max(0.5 + Math.log10(value) / 4, 0), 1);
}

/** @param {Ratio} found */
function ratioBar(found) {
  return bar(onScale(found.value), { low: onScale(found.low), high: onScale(found.high) }, STEPS.map(onScale));
}

/**
 * The evidence in words, on its scale, and as a sentence.
 * @param {Ratio} found
 * @returns {HTMLElement}
 */
export function strengthView(found) {
  return element(
    "div",
    { class: "scale strength" },
    element("p", { class: "label" }, say("strength.caption")),
    element("p", { class: "figure" }, element("strong", {}, strength(found))),
    ratioBar(found),
    element("p", { class: "ends", "aria-hidden": "true" }, element("span", {}, say("strength.side_against")), element("span", {}, say("strength.side_for"))),
    element("p", { class: "small" }, `${times(found)} (${say("strength.span", { span: ratioSpan(found) })}). ${changes(found)}`),
  );
}

/**
 * A row for each kind of manipulation, strongest first.
 * @param {KindEvidence[]} kinds
 * @returns {HTMLElement}
 */
export function kindsView(kinds) {
  return element(
    "section",
    { class: "kinds" },
    element("h3", {}, say("kind.heading")),
    element(
      "ul",
      {},
      kinds.map((each) =>
        element(
          "li",
          {},
          element("strong", {}, say(`kind.${each.kind}`)),
          element("span", {}, `${strength(each.ratio, "kind")} · ${ratio(each.ratio.value)}`),
          ratioBar(each.ratio),
          element("small", {}, power(each)),
        ),
      ),
    ),
  );
}
