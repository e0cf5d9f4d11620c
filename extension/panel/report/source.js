/** What was read and which model looked: everything needed to judge or repeat the check. */

import { element, link } from "../dom.js";
import { bytes, clock, say, seconds } from "../../i18n/messages.js";

/**
 * @param {import("../../api/types.js").Report} report
 * @returns {HTMLElement}
 */
export function sourceView({ source, model, timing }) {
  /** @type {[string, string | Node | null | undefined | false][]} */
  const rows = [
    ["rowName", source.title || source.name],
    ["rowAddress", source.url && link(source.url, source.url)],
    ["rowPicture", `${source.width} × ${source.height}, ${source.codec}`],
    ["rowDuration", source.duration ? clock(source.duration, source.duration) : null],
    ["rowFrames", String(source.frames_read)],
    ["rowTrack", (source.tracks ?? 1) > 1 && `${source.track} / ${source.tracks}`],
    ["rowBytes", source.bytes_read < source.size ? say("bytesOf", bytes(source.bytes_read), bytes(source.size)) : bytes(source.bytes_read)],
    ["rowSum", element("code", {}, source.sha256)],
    ["rowModel", `${model.id} · ${model.revision}`],
    ["rowCalibrated", say(model.calibrated ? "yes" : "no")],
    ["rowEngine", `${model.runtime} · ${model.detector}`],
    ["rowTime", seconds(timing.total)],
  ];
  return element(
    "details",
    { class: "source" },
    element("summary", {}, say("source")),
    element(
      "dl",
      {},
      rows.map(([key, value]) => (value ? [element("dt", {}, say(key)), element("dd", {}, value)] : [])).flat(),
    ),
  );
}
