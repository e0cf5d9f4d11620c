/**
 * How the colours of an AV1 stream are written: the few bits of its sequence header that say so (AV1 bitstream specification, 5.5).
 *
 * Not here: anything else of that header; other codecs (codec-headers.js).
 */

import { Bits } from "./bit-reader.js";
import { MATRICES } from "../decode/yuv-to-rgb.js";

const SEQUENCE = 1;

/**
 * @param {Uint8Array} header what a file keeps of the stream: an ``av1C`` box
 * @returns {import("../decode/yuv-to-rgb.js").Colours | null} null where the sequence header is not in it
 */
export function coloursOfAv1(header) {
  if (header.length < 8 || ((header[4] >> 3) & 15) !== SEQUENCE) return null;
  let at = 5 + ((header[4] >> 2) & 1);
  if (header[4] & 2) while (header[at++] & 128);
  const bits = new Bits(header.subarray(at));
  const profile = bits.take(3);
  bits.take(1);
  const reduced = bits.take(1) === 1;
  if (reduced) bits.take(5);
  else skipPoints(bits);
  const [width, height] = [bits.take(4) + 1, bits.take(4) + 1];
  bits.take(width + height);
  if (!reduced && bits.take(1)) bits.take(7);
  bits.take(3);
  if (!reduced) skipTools(bits);
  bits.take(3);
  return said(bits, profile);
}

/** @param {Bits} bits */
function skipPoints(bits) {
  let delay = 0;
  let modelled = 0;
  if (bits.take(1)) {
    bits.take(64);
    if (bits.take(1)) bits.golomb();
    modelled = bits.take(1);
    if (modelled) {
      delay = bits.take(5) + 1;
      bits.take(42);
    }
  }
  const displayed = bits.take(1);
  for (let left = bits.take(5); left >= 0; left--) {
    bits.take(12);
    if (bits.take(5) > 7) bits.take(1);
    if (modelled && bits.take(1)) bits.take(2 * delay + 1);
    if (displayed && bits.take(1)) bits.take(4);
  }
}

/** @param {Bits} bits */
function skipTools(bits) {
  bits.take(4);
  const ordered = bits.take(1);
  if (ordered) bits.take(2);
  const forced = bits.take(1) ? 2 : bits.take(1);
  if (forced && !bits.take(1)) bits.take(1);
  if (ordered) bits.take(3);
}

/**
 * @param {Bits} bits
 * @param {number} profile
 * @returns {import("../decode/yuv-to-rgb.js").Colours}
 */
function said(bits, profile) {
  if (bits.take(1) && profile === 2) bits.take(1);
  if (profile !== 1) bits.take(1);
  const described = bits.take(1);
  if (described) bits.take(16);
  const matrix = described ? (MATRICES[bits.take(8)] ?? null) : null;
  return { matrix, full: Boolean(bits.take(1)) };
}
