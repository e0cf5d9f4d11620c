/**
 * The Report as a narrow page: verdict, doubts, people, evidence, and what was read. Nothing is judged or
 * rounded here beyond what a reader needs.
 */

import { onServer } from "../../background/urls.js";
import { element, link, picture } from "../dom.js";
import { provenanceView } from "./provenance.js";
import { inWords } from "../../i18n/report.js";
import { nextSteps } from "./next-steps.js";
import { scale } from "./confidence-bar.js";
import { shareView } from "./share.js";
import { sourceView } from "./source.js";
import { kindsView, strengthView } from "./strength.js";
import { pictureAddress } from "../../api/client.js";
import { timeline } from "./timeline.js";
import { clock, percent, ratio, say, share, span, strength, told } from "../../i18n/messages.js";

/**
 * @typedef {import("../../api/types.js").Report} Report
 * @typedef {(name: string) => string | null} Find the address of one of the check's pictures
 * @typedef {(name: string) => string | null | Promise<string | null>} Show the same, as it can be shown here
 * @typedef {{find: Find, show: Show, page: string | null}} Place `page`: the Report's own address on the web, where it has one
 */

const VERDICTS = ["likely_fake", "no_sign_of_manipulation", "cannot_tell", "no_face"];

/**
 * Where a Report lies that a server made.
 * @param {import("../../api/types.js").Job["links"]} links
 * @param {string} server an origin
 * @returns {Place}
 */
export function onSpace(links, server) {
  const find = (/** @type {string} */ name) => onServer(links.pictures + encodeURIComponent(name), server);
  const show = (/** @type {string} */ name) => {
    const address = find(name);
    return address && pictureAddress(server, address);
  };
  return { find, show, page: onServer(links.page, server) };
}

/**
 * Where a Report lies that was made on this device: nowhere on the web. The browser lets go of the pictures when the panel closes.
 * @param {Record<string, Blob>} pictures by name
 * @returns {Place}
 */
export function onThisDevice(pictures) {
  const show = (/** @type {string} */ name) => (Object.hasOwn(pictures, name) ? URL.createObjectURL(pictures[name]) : null);
  return { find: () => null, show, page: null };
}

/**
 * @param {Report} report
 * @param {Place} place
 * @param {HTMLElement} forget the way to delete it
 * @returns {HTMLElement}
 */
export function reportView(report, { find, show, page }, forget) {
  report = inWords(report, told);
  return element(
    "article",
    { class: "report" },
    verdictView(report),
    report.people.length > 0 && peopleView(report, show),
    report.evidence.length > 0 && evidenceView(report, find, show),
    provenanceView(report.provenance),
    caveatsView(report.caveats),
    sourceView(report),
    shareView(report, page),
    forget,
  );
}

/** @param {Report} report */
function verdictView(report) {
  return element(
    "section",
    { class: `verdict card ${tone(report.verdict)}` },
    element("p", { class: "name" }, report.source.title || report.source.name),
    element("h2", {}, report.headline),
    element("p", {}, report.explanation),
    report.model.tested && report.verdict !== "no_face" && element("p", { class: "small" }, say("verdict.tested", { ...report.model.tested })),
    ...figureViews(report),
    report.kinds.length > 0 && kindsView(report.kinds),
    reasonsView(report.reasons),
    nextView(nextSteps(report)),
  );
}

/** @param {string[]} steps */
function nextView(steps) {
  if (!steps.length) return null;
  return element("div", { class: "next" }, element("h3", {}, say("next.heading")), element("ul", { class: "reasons" }, steps.map((step) => element("li", {}, say(step)))));
}

/**
 * How strong the evidence is; of a model for which that was not measured, its probability, but none where it left the verdict open.
 * @param {Report} report
 */
function figureViews({ fake_probability: probability, interval, model, ratio: found, verdict }) {
  if (found) return [strengthView(found)];
  if (probability === null || verdict === "cannot_tell") return [];
  return [element("p", { class: "label" }, say(model.calibrated ? "panel.probability" : "panel.uncalibrated")), scale(probability, interval)];
}

/** @param {import("../../api/types.js").Reason[]} reasons */
function reasonsView(reasons) {
  if (!reasons.length) return null;
  const abstainFirst = [...reasons].sort((a, b) => Number(b.severity === "abstain") - Number(a.severity === "abstain"));
  return element(
    "ul",
    { class: "reasons" },
    abstainFirst.map((reason) => element("li", { class: reason.severity === "abstain" ? "abstain" : "warning" }, reason.message)),
  );
}

/**
 * @param {Report} report
 * @param {Show} show
 */
function peopleView(report, show) {
  const last = report.people.flatMap((person) => person.observations).reduce((latest, { time }) => Math.max(latest, time), 0);
  const duration = report.source.duration ?? last; // captured frames do not tell how long the video goes on
  const several = report.people.length > 1;
  return element(
    "section",
    {},
    element("h3", {}, say(several ? "panel.people" : "panel.one_person")),
    report.people.map((person) =>
      element(
        "div",
        { class: `person card ${tone(person.verdict)}` },
        picture(show(person.picture), say("panel.portrait", { n: person.id })),
        element(
          "div",
          { class: "who" },
          element("h4", {}, say("panel.person", { n: person.id }), element("span", { class: "pill" }, say(`panel.verdict.${tone(person.verdict)}`))),
          element(
            "p",
            { class: "small" },
            element("strong", {}, personFigure(person)),
            ` ${say("panel.seen_in", { coverage: share(person.frame_coverage) })}`,
          ),
        ),
        report.source.kind !== "image" && duration ? timeline(person.observations, duration) : null,
        several && reasonsView(person.reasons),
      ),
    ),
  );
}

/**
 * A person's ratio, or else their probability with its interval; nothing where neither says anything.
 * @param {Report["people"][number]} person
 */
function personFigure(person) {
  if (person.ratio) return `${ratio(person.ratio.value)} · ${strength(person.ratio, "kind")} ·`;
  return person.verdict === "cannot_tell" ? "" : `${percent(person.fake_probability)} (${span(person.interval)}) ·`;
}

/**
 * @param {Report} report
 * @param {Find} find
 * @param {Show} show
 */
function evidenceView(report, find, show) {
  const several = report.people.length > 1;
  const moving = report.source.kind !== "image";
  return element(
    "section",
    {},
    element("h3", {}, say("panel.evidence")),
    element("p", { class: "small" }, say("panel.evidence_how")),
    report.evidence.map((item) => {
      const frame = find(item.frame);
      const when = [moving && clock(item.time, report.source.duration), several && say("panel.person", { n: item.person })];
      return element(
        "figure",
        { class: "evidence card" },
        picture(show(item.face), say("panel.face_alt", { n: item.person })),
        picture(show(item.heat_map), say("panel.map_alt")),
        element(
          "figcaption",
          {},
          element("span", {}, when.filter(Boolean).join(" · ")),
          element("strong", {}, percent(item.fake_probability)),
          frame && link(frame, say("panel.whole_frame")),
        ),
      );
    }),
  );
}

/** @param {import("../../api/types.js").Caveat[]} caveats */
function caveatsView(caveats) {
  return element(
    "section",
    { class: "limits" },
    element("h3", {}, say("panel.limits")),
    element("ul", {}, caveats.map(({ message }) => element("li", {}, message))),
  );
}

/**
 * The class of a verdict, one of a closed set whatever the server sends.
 * @param {string} verdict
 */
function tone(verdict) {
  return VERDICTS.includes(verdict) ? verdict : "cannot_tell";
}
