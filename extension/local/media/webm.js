/**
 * What a WebM or Matroska file says of its video without decoding it. Such a file has no table of its frames: the heads of all blocks
 * are read through, in order; one that is recorded live states no length.
 *
 * Not here: laced, compressed or encrypted blocks, for which the answer is null (local/decode/video-element.js); MP4 (mp4.js).
 */

import { coloursOfAv1 } from "./av1-header.js";
import { MATRICES } from "../decode/yuv-to-rgb.js";
import { coloursOfSps, coloursOfVp9 } from "./codec-headers.js";

/** @typedef {import("./mp4.js").Index} Index */
/** @typedef {import("../decode/yuv-to-rgb.js").Colours} Colours */
/** @typedef {ReturnType<typeof newTrack>} Track */
/** Times in the file's own ticks.
 * @typedef {{ track: number, time: number, key: boolean, hidden: boolean, from: number, size: number }} Block */
/** @typedef {{ scale: number, duration: number | null, tracks: Track[], cluster: number, blocks: Block[], laced: boolean }} Read */

const HEAD = 0x1a45dfa3;
/** Segment, Info, Tracks, TrackEntry, Video, Colour, Cluster, BlockGroup. */
const INTO = new Set([0x18538067, 0x1549a966, 0x1654ae6b, 0xae, 0xe0, 0x55b0, 0x1f43b675, 0xa0]);
const TRACK = 0xae;
const SIMPLE = 0xa3;
const BLOCK = 0xa1;
const MOST_BLOCKS = 2_000_000;
/** Bytes held at once, and the most that is wanted of one element. */
const WINDOW = 4 * 1024 * 1024;
const ELEMENT = 64 * 1024;
/** @type {Record<string, string>} */
const CODECS = { V_VP8: "vp8", V_VP9: "vp9", V_AV1: "av1", "V_MPEG4/ISO/AVC": "h264", "V_MPEGH/ISO/HEVC": "hevc" };

/** A part of a file in memory, the next one when it is needed. */
class Window {
  /** @param {Blob} blob */
  constructor(blob) {
    this.blob = blob;
    this.from = 0;
    this.view = new DataView(new ArrayBuffer(0));
  }

  /**
   * A view that begins at a place and has what is there, up to ``size`` bytes.
   * @param {number} at
   * @param {number} size
   * @returns {Promise<DataView>}
   */
  async at(at, size) {
    const wanted = Math.min(size, this.blob.size - at);
    if (at < this.from || at + wanted > this.from + this.view.byteLength) {
      this.view = new DataView(await this.blob.slice(at, at + WINDOW).arrayBuffer());
      this.from = at;
    }
    return new DataView(this.view.buffer, at - this.from, wanted);
  }
}

/**
 * @param {Blob} blob
 * @returns {Promise<Index | null>}
 */
export async function readWebm(blob) {
  try {
    const read = await walked(blob);
    const track = read?.tracks.find((each) => each.type === 1);
    if (!read || !track || !track.plain || read.laced) return null;
    return indexOf(blob, read, track);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error; // cut short or damaged: the browser may still play it
    return null;
  }
}

/**
 * All elements of interest, in order; those that hold others are stepped into, whatever size they state.
 * @param {Blob} blob
 * @returns {Promise<Read | null>}
 */
async function walked(blob) {
  const window = new Window(blob);
  /** @type {Read} */
  const read = { scale: 1e6, duration: null, tracks: [], cluster: 0, blocks: [], laced: false };
  for (let at = 0; at + 2 <= blob.size && read.blocks.length < MOST_BLOCKS; ) {
    const head = await window.at(at, 12);
    const long = Math.clz32(head.getUint8(0)) - 23;
    if (long > 4) break;
    const id = unsigned(head, 0, long);
    if (at === 0 && id !== HEAD) return null;
    const [size, sized] = vint(head, long);
    const content = at + long + sized;
    if (id === TRACK) read.tracks.push(newTrack());
    if (INTO.has(id)) {
      at = content;
      continue;
    }
    if (content + size > blob.size) break; // an interrupted download
    note(read, id, await window.at(content, Math.min(size, ELEMENT)), content, size);
    at = content + size;
  }
  return read;
}

/** Of which nothing is known yet. */
function newTrack() {
  return { number: 0, type: 0, codec: "", header: new Uint8Array(), lasts: 0, matrix: 0, range: 0, plain: true };
}

/**
 * A number in as many bytes as are asked for.
 * @param {DataView} view
 * @param {number} at
 * @param {number} size
 */
function unsigned(view, at, size) {
  let value = 0;
  for (let byte = 0; byte < size; byte++) value = value * 256 + view.getUint8(at + byte);
  return value;
}

/**
 * A number that says itself how long it is, and that length.
 * @param {DataView} view
 * @param {number} at
 * @returns {[number, number]}
 */
function vint(view, at) {
  const long = Math.clz32(view.getUint8(at)) - 23;
  if (long > 8) throw new RangeError("no size");
  const first = view.getUint8(at) & (2 ** (8 - long) - 1); // without its mark, for eight bytes are more than a number holds
  return [first * 256 ** (long - 1) + unsigned(view, at + 1, long - 1), long];
}

/**
 * @param {Read} read
 * @param {number} id
 * @param {DataView} view
 * @param {number} from
 * @param {number} size
 */
function note(read, id, view, from, size) {
  const track = /** @type {Track} */ (read.tracks.at(-1));
  if (id === SIMPLE || id === BLOCK) read.blocks.push(blockOf(read, id, view, from, size));
  else if (id === 0xfb && read.blocks.length) /** @type {Block} */ (read.blocks.at(-1)).key = false;
  else if (id === 0xe7) read.cluster = unsigned(view, 0, size);
  else if (id === 0x2ad7b1) read.scale = unsigned(view, 0, size);
  else if (id === 0x4489) read.duration = size === 4 ? view.getFloat32(0) : view.getFloat64(0);
  else if (!track) return;
  else if (id === 0xd7) track.number = unsigned(view, 0, size);
  else if (id === 0x83) track.type = unsigned(view, 0, size);
  else if (id === 0x86) track.codec = String.fromCharCode(...new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
  else if (id === 0x63a2) track.header = new Uint8Array(view.buffer, view.byteOffset, view.byteLength).slice();
  else if (id === 0x23e383) track.lasts = unsigned(view, 0, size) / 1e9;
  else if (id === 0x55b1) track.matrix = unsigned(view, 0, size);
  else if (id === 0x55b9) track.range = unsigned(view, 0, size);
  else if (id === 0x6d80) track.plain = false;
}

/**
 * @param {Read} read
 * @param {number} id
 * @param {DataView} view
 * @param {number} from
 * @param {number} size
 * @returns {Block}
 */
function blockOf(read, id, view, from, size) {
  const [track, long] = vint(view, 0);
  const flags = view.getUint8(long + 2);
  const video = read.tracks.find((each) => each.number === track);
  if (video?.type === 1 && flags & 0x06) read.laced = true;
  const unshown = video?.codec === "V_VP8" && size > long + 3 && !(view.getUint8(long + 3) & 0x10);
  const [time, start] = [read.cluster + view.getInt16(long), long + 3];
  const [key, hidden] = [id === BLOCK || (flags & 0x80) > 0, unshown || (flags & 0x08) > 0];
  return { track, time, key, hidden, from: from + start, size: size - start };
}

/**
 * @param {Blob} blob
 * @param {Read} read
 * @param {Track} track
 * @returns {Promise<Index | null>}
 */
async function indexOf(blob, { scale, duration, blocks }, track) {
  const own = blocks.filter((block) => block.track === track.number);
  const second = scale / 1e9;
  const packets = own.map(({ time, key, from, size }, number) => ({ number, decoded: time, shown: time, lasts: 0, key, from, size }));
  const shown = packets.filter(({ number }) => !own[number].hidden).sort((one, other) => one.shown - other.shown);
  if (!shown.length) return null;
  const [first, last] = [shown[0].shown, shown[shown.length - 1].shown];
  const start = blocks.reduce((least, block) => Math.min(least, block.time), Infinity);
  const length = (last - first) * second;
  return {
    samples: shown.map(({ shown, key, number }) => ({ time: (shown - first) * second, decoded: (shown - first) * second, key, number })),
    duration: duration === null ? null : (duration - Math.max(start, 0)) * second || null,
    rate: track.lasts ? 1 / track.lasts : length ? (shown.length - 1) / length : 25,
    colours: await coloursOf(blob, packets[0], track),
    codec: CODECS[track.codec] ?? track.codec,
    turned: 0,
    packets,
    decoder: decoderOf(track),
  };
}

/**
 * @param {Track} track
 * @returns {Index["decoder"]}
 */
function decoderOf({ codec, header }) {
  const hex = (/** @type {number} */ byte) => header[byte]?.toString(16).padStart(2, "0");
  if (codec === "V_VP8") return { codec: "vp8" };
  if (codec === "V_VP9") return { codec: "vp09.00.51.08" };
  if (codec === "V_AV1") return { codec: "av01.0.12M.08" };
  return codec === "V_MPEG4/ISO/AVC" && header.length > 8 ? { codec: `avc1.${hex(1)}${hex(2)}${hex(3)}`, description: header } : null;
}

/**
 * As the codec's header says, else as the container does; null where neither was read.
 * @param {Blob} blob
 * @param {import("./mp4-sample-table.js").Sample} packet the first
 * @param {Track} track
 * @returns {Promise<Colours | null>}
 */
async function coloursOf(blob, packet, { codec, header, matrix, range }) {
  const said = { matrix: MATRICES[matrix] ?? null, full: range === 2 };
  if (codec === "V_VP8") return { matrix: "bt601", full: false };
  if (codec === "V_VP9") return coloursOfVp9(new Uint8Array(await blob.slice(packet.from, packet.from + 16).arrayBuffer())) ?? said;
  const own = codec === "V_AV1" ? coloursOfAv1(header) : codec === "V_MPEG4/ISO/AVC" ? coloursOfSps(header.subarray(8)) : null;
  if (!own) return said.matrix ? said : null;
  return own.matrix ? own : { matrix: said.matrix, full: own.full ?? said.full };
}
