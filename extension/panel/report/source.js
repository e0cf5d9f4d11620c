/** What was read and which model looked: everything needed to judge or repeat the check. */

import { element, link } from "../dom.js";
import { bytes, clock, say, seconds } from "../../i18n/messages.js";

/**
 * @param {import("../../api/types.js").Report} report
 * @returns {HTMLElement}
 */
export function sourceView({ source, model, timing, provenance }) {
  const part = source.sampled || ["not_checked.parts", "not_checked.joined"].includes(provenance.code);
  const of = source.kind === "frames" ? "frames" : part ? "parts" : "file";
  /** @type {[string, string | Node | null | undefined | false][]} */
  const rows = [
    ["panel.row_name", source.title || source.name],
    ["panel.row_address", source.url && link(source.url, source.url)],
    ["panel.row_picture", `${source.width} × ${source.height}, ${source.codec}`],
    ["panel.row_duration", source.duration ? clock(source.duration, source.duration) : null],
    ["panel.row_frames", String(source.frames_read)],
    ["panel.row_track", source.tracks > 1 && `${source.track} / ${source.tracks}`],
    ["panel.row_bytes", source.bytes_read < source.size ? say("panel.bytes_of", { part: bytes(source.bytes_read), whole: bytes(source.size) }) : bytes(source.bytes_read)],
    ["format.sha256", element("code", {}, source.sha256)],
    ["panel.row_model", `${model.id} · ${model.revision}`],
    ["panel.row_calibrated", say(model.calibrated ? "panel.yes" : "panel.no")],
    ["panel.row_engine", `${model.runtime} · ${model.detector}`],
    ["panel.row_time", seconds(timing.total)],
  ];
  return element(
    "details",
    { class: "source" },
    element("summary", {}, say("panel.source")),
    element(
      "dl",
      {},
      rows.map(([key, value]) => (value ? [element("dt", {}, say(key, { of })), element("dd", {}, value)] : [])).flat(),
    ),
  );
}
