/**
 * From frames to the Report, on this device: the server's `report_on` in `telltale/pipeline.py`. Runs in a worker (`worker.js`).
 *
 * Not here: where the frames come from (`check.js`).
 *
 * @typedef {import("../api/types.js").Report} Report
 * @typedef {import("./verdict/scoring.js").Frame} Frame
 * @typedef {{cascade: import("./faces/mtcnn.js").Cascade, classifier: import("./verdict/classifier.js").Classifier}} Engine
 * @typedef {(step: "faces" | "score" | "render", done: number, total: number) => void} Told
 * @typedef {{report: Report, pictures: import("./verdict/evidence.js").Pictures}} Result
 */

import { CAVEATS } from "../api/report-upgrade.js";
import { ENGLISH, loadCatalogue } from "../i18n/catalogue.js";
import { inWords } from "../i18n/report.js";
import { drawEvidence, drawPeople } from "./verdict/evidence.js";
import { reportOf } from "../api/validate.js";
import { group } from "./faces/tracking.js";
import { score } from "./verdict/scoring.js";
import { Search } from "./faces/frame-search.js";
import { rounded } from "./image/statistics.js";
import { judge } from "./verdict/verdict.js";

/** One check: frames are added as they come, and faces looked for meanwhile. */
export class Analysis {
  /** @param {Promise<Engine>} engine */
  constructor(engine) {
    this.engine = engine;
    this.english = loadCatalogue(ENGLISH);
    this.search = new Search(engine.then(({ cascade }) => cascade));
  }

  /**
   * @param {Frame} frame the next one in order of time
   * @param {() => void} told when its faces are known
   */
  add(frame, told) {
    this.search.add(frame, told);
  }

  /**
   * @param {Omit<Report["source"], "width" | "height" | "frames_read" | "track" | "tracks">} given
   * @param {number} started when the check began, in milliseconds since 1970
   * @param {Told} told
   * @returns {Promise<Result>}
   */
  async finish(given, started, told) {
    const clock = new Clock(started);
    const { classifier } = await this.engine;
    const faces = await this.search.found();
    const { frames } = this.search;
    const { width, height } = frames[0].picture;
    const source = { ...given, width, height, frames_read: frames.length };
    const tracks = group(faces);
    clock.lap("faces");
    const people = await score(frames, tracks, classifier, (done, total) => told("score", done, total));
    clock.lap("score");
    const { id, revision, settings } = classifier.about;
    const judgement = judge(people, frames.length, source.kind === "image" ? "image" : "video", settings);
    told("render", 0, 1);
    const portraits = await drawPeople(frames, people);
    const { evidence, pictures } = await drawEvidence(frames, people, source.kind === "video" ? (source.duration ?? 0) : 0, settings);
    told("render", 1, 1);
    clock.lap("render");
    const model = { id, revision, calibrated: settings.calibration !== null, runtime: "onnxruntime-web", detector: "mtcnn", tested: settings.tested };
    const provenance = { state: "not_checked", code: `not_checked.${source.kind === "frames" ? "no_file" : "on_device"}`, message: "" };
    const caveats = CAVEATS.map((code) => ({ code, message: "" }));
    const decided = { version: "2", headline: "", explanation: "", ...judgement, evidence, provenance, source, model, caveats };
    const english = await this.english;
    const report = inWords(whole({ ...decided, timing: clock.timing() }), (...message) => english.render(...message));
    return { report, pictures: { ...portraits, ...pictures } };
  }
}

/**
 * @param {object} report
 * @returns {Report} with all that the schema has beside
 */
function whole(report) {
  const read = reportOf(report);
  if (!read) throw new Error("the device made no Report that fits the schema");
  return read;
}

/** Wall seconds by step. Reading, and finding faces meanwhile, are one. */
class Clock {
  /** @param {number} started milliseconds since 1970 */
  constructor(started) {
    this.started = started;
    this.last = this.now();
    /** @type {Record<string, number>} */
    this.laps = { fetch: 0, provenance: 0, decode: rounded((this.last - started) / 1000, 3), faces: 0, score: 0, render: 0 };
  }

  now() {
    return performance.timeOrigin + performance.now();
  }

  /** @param {string} step to which the time since the last lap belongs */
  lap(step) {
    const at = this.now();
    this.laps[step] = rounded((at - this.last) / 1000, 3);
    this.last = at;
  }

  timing() {
    return { ...this.laps, total: rounded((this.now() - this.started) / 1000, 3) };
  }
}
