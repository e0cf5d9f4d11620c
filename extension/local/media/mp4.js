/**
 * What an MP4 or MOV file says of its video without decoding it: when each frame is shown, which are keyframes, how its colours are
 * written. Only the index (``moov``) is read.
 *
 * Not here: fragmented files and other containers, for which the answer is null (webm.js, local/decode/video-element.js);
 * the codec's own headers (codec-headers.js).
 */

import { boxes, indexOf, inside, number, optional, typeOf, whole } from "./mp4-boxes.js";
import { coloursOfAv1 } from "./av1-header.js";
import { MATRICES } from "../decode/yuv-to-rgb.js";
import { coloursOfSps } from "./codec-headers.js";
import { samplesOf } from "./mp4-sample-table.js";

/** @typedef {import("./mp4-boxes.js").Box} Box */
/** @typedef {import("./mp4-sample-table.js").Sample} Packet */
/** What a file says of its video. ``packets`` in the order of decoding, ``samples`` in that of showing. ``colours`` is null where only the
 * decoder can tell; ``decoder`` is what WebCodecs is told, null where that is not known; ``turned`` by how many degrees, clockwise, a
 * player turns the pictures.
 * @typedef {import("./sample-times.js").Moments & { colours: import("../decode/yuv-to-rgb.js").Colours | null, codec: string, turned: number,
 *   packets: Packet[], decoder: { codec: string, description?: Uint8Array } | null }} Index */

/** @type {Record<string, string>} */
const CODECS = { avc1: "h264", avc3: "h264", hvc1: "hevc", hev1: "hevc", vp08: "vp8", vp09: "vp9", av01: "av1", mp4v: "mpeg4" };
/** Where boxes begin within a sample entry of a video track. */
const ENTRY_HEAD = 86;

/**
 * @param {Blob} blob
 * @returns {Promise<Index | null>}
 */
export async function readMp4(blob) {
  try {
    const moov = await indexOf(blob);
    if (!moov) return null;
    const view = new DataView(moov);
    const movie = number(view, inside(view, whole(view), "mvhd"), 12, 20);
    for (const track of boxes(view, whole(view)).filter((box) => box.type === "trak")) {
      const found = videoTrack(view, track, movie);
      if (found) return found;
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error; // cut short or damaged: the browser may still play it
  }
  return null;
}

/**
 * @param {DataView} view
 * @param {Box} track
 * @param {number} movie time scale of the whole file
 * @returns {Index | null}
 */
function videoTrack(view, track, movie) {
  const media = inside(view, track, "mdia");
  const handler = inside(view, media, "hdlr");
  if (typeOf(view, handler.from + 4) !== "vide") return null;
  const head = inside(view, media, "mdhd");
  const scale = number(view, head, 12, 20);
  const long = view.getUint8(head.from) === 1;
  const said = long ? Number(view.getBigUint64(head.from + 24)) : view.getUint32(head.from + 16);
  const table = inside(view, media, "minf", "stbl");
  const samples = samplesOf(view, table);
  if (!samples.length || !scale) return null;
  const ticks = samples.reduce((sum, sample) => sum + sample.lasts, 0);
  const edit = editOf(view, track, movie);
  const kept = edited(samples, edit, scale);
  if (!kept.length) return null;
  const length = Math.min(said || ticks, ticks) / scale;
  const [entry] = boxes(view, inside(view, table, "stsd"), 8);
  return {
    samples: kept,
    duration: edit ? Math.min(length, edit.lasts || length) : length,
    rate: (samples.length * scale) / ticks,
    colours: coloursOf(view, entry),
    codec: CODECS[entry.type] ?? entry.type,
    turned: turnOf(view, inside(view, track, "tkhd")),
    packets: samples,
    decoder: decoderOf(view, entry),
  };
}

/**
 * The part of the track that is shown: from which tick, and for how many seconds (0: to its end).
 * @param {DataView} view
 * @param {Box} track
 * @param {number} movie
 * @returns {{ from: number, lasts: number } | null}
 */
function editOf(view, track, movie) {
  const list = optional(view, track, "edts", "elst");
  if (!list) return null;
  const long = view.getUint8(list.from) === 1;
  for (let row = 0; row < view.getUint32(list.from + 4); row++) {
    const at = list.from + 8 + row * (long ? 20 : 12);
    const from = long ? Number(view.getBigInt64(at + 8)) : view.getInt32(at + 4);
    const lasts = long ? Number(view.getBigUint64(at)) : view.getUint32(at);
    if (from >= 0) return { from, lasts: movie ? lasts / movie : 0 };
  }
  return null;
}

/**
 * Frames within the part that is shown, in order, in seconds from the first.
 * @param {Packet[]} samples
 * @param {{ from: number, lasts: number } | null} edit
 * @param {number} scale
 */
function edited(samples, edit, scale) {
  const from = edit?.from ?? -Infinity;
  const to = edit?.lasts ? edit.from + edit.lasts * scale : Infinity;
  const shown = samples.filter((sample) => sample.shown >= from && sample.shown < to).sort((one, other) => one.shown - other.shown);
  const first = shown[0]?.shown ?? 0;
  const second = (/** @type {number} */ tick) => (tick - first) / scale;
  return shown.map(({ shown, decoded, key, number }) => ({ time: second(shown), decoded: second(decoded), key, number }));
}

/**
 * @param {DataView} view
 * @param {Box} head
 */
function turnOf(view, head) {
  const at = head.from + (view.getUint8(head.from) === 1 ? 52 : 40);
  const [cos, sin] = [view.getInt32(at), view.getInt32(at + 4)];
  return (Math.round((Math.atan2(sin, cos) * 2) / Math.PI) * 90 + 360) % 360;
}

/**
 * @param {DataView} view
 * @param {Box} entry
 */
function decoderOf(view, entry) {
  const within = boxes(view, entry, ENTRY_HEAD - 8);
  const header = within.find((box) => ["avcC", "vpcC", "av1C"].includes(box.type));
  if (!header) return null;
  const bytes = new Uint8Array(view.buffer, header.from, header.to - header.from);
  const two = (/** @type {number} */ value, base = 10) => value.toString(base).padStart(2, "0");
  if (header.type === "avcC") {
    return { codec: `${entry.type}.${[1, 2, 3].map((byte) => two(bytes[byte], 16)).join("")}`, description: bytes };
  }
  if (header.type === "vpcC" && entry.type === "vp08") return { codec: "vp8" };
  if (header.type === "vpcC") return { codec: `vp09.${two(bytes[4])}.${two(bytes[5])}.${two(bytes[6] >> 4)}` };
  const depth = bytes[2] & 0x40 ? (bytes[2] & 0x20 ? 12 : 10) : 8;
  return { codec: `av01.${bytes[1] >> 5}.${two(bytes[1] & 31)}${bytes[2] & 0x80 ? "H" : "M"}.${two(depth)}` };
}

/**
 * As the codec's header says, else as the container does, else unsaid; null where the codec's own is not read here.
 * @param {DataView} view
 * @param {Box} entry
 * @returns {import("../decode/yuv-to-rgb.js").Colours | null}
 */
function coloursOf(view, entry) {
  const within = boxes(view, entry, ENTRY_HEAD - 8);
  const header = within.find((box) => ["avcC", "av1C"].includes(box.type));
  const bytes = new Uint8Array(view.buffer, header?.from ?? 0, header ? header.to - header.from : 0);
  const own = header?.type === "avcC" ? coloursOfSps(bytes.subarray(8)) : coloursOfAv1(bytes);
  if (own?.matrix) return own;
  const said = within.find((box) => box.type === "colr" && ["nclx", "nclc"].includes(typeOf(view, box.from - 4)));
  if (!said) return own ?? null;
  const full = typeOf(view, said.from - 4) === "nclx" ? view.getUint8(said.from + 10) >= 128 : null;
  return { matrix: MATRICES[view.getUint16(said.from + 8)] ?? null, full: own?.full ?? full };
}
