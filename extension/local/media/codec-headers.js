/**
 * How the colours of a stream are written: the few bits of its codec's own header that say so. H.264: its sequence parameter set (ITU-T
 * H.264, 7.3.2.1 and E.1); VP9: the head of a keyframe (bitstream specification, 6.2).
 *
 * Not here: anything else that these say; where they lie (mp4.js, webm.js); AV1 (av1-header.js).
 */

import { Bits } from "./bit-reader.js";
import { MATRICES } from "../decode/yuv-to-rgb.js";

/** Profiles whose sets say more. */
const HIGH = new Set([100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135]);
const EXTENDED_SHAPE = 255;
const VP9_SYNC = 0x498342;
/** As VP9 numbers them. @type {Record<number, import("../decode/yuv-to-rgb.js").Matrix>} */
const VP9_MATRICES = { 1: "bt601", 2: "bt709", 3: "bt601", 5: "bt2020" };

/**
 * @param {Uint8Array} bytes of an ``avcC`` box's first set, behind its length
 * @returns {import("../decode/yuv-to-rgb.js").Colours}
 */
export function coloursOfSps(bytes) {
  const bits = new Bits(unescaped(bytes.subarray(1, 200)));
  const profile = bits.take(8);
  bits.take(16);
  bits.golomb();
  if (HIGH.has(profile)) skipHigh(bits);
  skipOrder(bits);
  bits.golomb();
  bits.take(1);
  bits.golomb();
  bits.golomb();
  if (!bits.take(1)) bits.take(1);
  bits.take(1);
  if (bits.take(1)) for (let side = 0; side < 4; side++) bits.golomb();
  return bits.take(1) ? said(bits) : { matrix: null, full: null };
}

/**
 * Without the bytes that keep a start code from appearing.
 * @param {Uint8Array} bytes
 */
function unescaped(bytes) {
  return bytes.filter((byte, at) => !(byte === 3 && at > 1 && !bytes[at - 1] && !bytes[at - 2]));
}

/** @param {Bits} bits */
function skipHigh(bits) {
  const chroma = bits.golomb();
  if (chroma === 3) bits.take(1);
  bits.golomb();
  bits.golomb();
  bits.take(1);
  if (!bits.take(1)) return;
  for (let list = 0; list < (chroma === 3 ? 12 : 8); list++) if (bits.take(1)) skipScaling(bits, list < 6 ? 16 : 64);
}

/**
 * @param {Bits} bits
 * @param {number} size
 */
function skipScaling(bits, size) {
  for (let last = 8, next = 8, each = 0; each < size && next; each++) {
    const code = bits.golomb();
    next = (last + (code % 2 ? (code + 1) / 2 : -code / 2) + 256) % 256;
    if (next) last = next;
  }
}

/** @param {Bits} bits */
function skipOrder(bits) {
  bits.golomb();
  const kind = bits.golomb();
  if (kind === 0) bits.golomb();
  if (kind !== 1) return;
  bits.take(1);
  bits.golomb();
  bits.golomb();
  for (let left = Math.min(bits.golomb(), 255); left > 0; left--) bits.golomb();
}

/**
 * @param {Bits} bits
 * @returns {import("../decode/yuv-to-rgb.js").Colours}
 */
function said(bits) {
  if (bits.take(1) && bits.take(8) === EXTENDED_SHAPE) bits.take(32);
  if (bits.take(1)) bits.take(1);
  if (!bits.take(1)) return { matrix: null, full: null };
  bits.take(3);
  const full = Boolean(bits.take(1));
  if (!bits.take(1)) return { matrix: null, full };
  bits.take(16);
  return { matrix: MATRICES[bits.take(8)] ?? null, full };
}

/**
 * @param {Uint8Array} bytes the beginning of a keyframe
 * @returns {import("../decode/yuv-to-rgb.js").Colours | null} null where that is none
 */
export function coloursOfVp9(bytes) {
  const bits = new Bits(bytes);
  if (bits.take(2) !== 2) return null;
  const profile = bits.take(1) + 2 * bits.take(1);
  if (profile === 3) bits.take(1);
  if (bits.take(1) || bits.take(1)) return null;
  bits.take(2);
  if (bits.take(24) !== VP9_SYNC) return null;
  if (profile >= 2) bits.take(1);
  const space = bits.take(3);
  return { matrix: VP9_MATRICES[space] ?? null, full: space !== 7 && Boolean(bits.take(1)) };
}
