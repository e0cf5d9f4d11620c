/**
 * Chosen frames of an MP4 file through the browser's decoder (WebCodecs), in one pass: only the bytes that lead up to them are read and
 * decoded, and no <video> has to be sent back and forth.
 *
 * Not here: files whose index cannot be read, or whose codec this browser only plays (video-element.js).
 */

import { refuse } from "../media/errors.js";
import { pictureOf } from "./frame-to-rgb.js";

/** @typedef {import("../media/mp4.js").Index} Index */
/** @typedef {import("../media/mp4.js").Packet} Packet */
/** @typedef {import("../media/sample-times.js").Sample} Sample */
/** @typedef {(time: number, picture: import("../image/resize.js").Picture) => void} Give */

/** Packets read from the file at once, and the most bytes for it; others are read one by one. */
const TOGETHER = 48;
const READ_TOGETHER = 64 * 1024 * 1024;
/** Packets that wait within the decoder. */
const MOST_WAITING = 24;

/**
 * Whether this browser decodes the file this way.
 * @param {Index | null} index
 * @returns {Promise<boolean>}
 */
export async function isDecodable(index) {
  if (!index?.decoder || typeof VideoDecoder === "undefined") return false;
  try {
    return (await VideoDecoder.isConfigSupported(index.decoder)).supported === true;
  } catch (error) {
    if (error instanceof TypeError) return false; // a codec string that it cannot read
    throw error;
  }
}

/**
 * Gives the frames in order of time. A DOMException where the stream is damaged.
 * @param {Blob} blob
 * @param {Index & { decoder: object }} index
 * @param {Sample[]} chosen
 * @param {Give} give
 * @param {AbortSignal | undefined} signal
 * @param {number} most pixels; a video with more is refused
 * @throws {BadMedia}
 */
export async function decodeInto(blob, index, chosen, give, signal, most) {
  const wanted = new Map(chosen.map((sample) => [index.packets[sample.number].shown, sample]));
  /** @type {Promise<void>[]} */
  const pending = [];
  let given = Promise.resolve();
  /** @type {DOMException | null} */
  let broken = null;
  const decoder = new VideoDecoder({
    output: (frame) => {
      const sample = wanted.get(frame.timestamp);
      if (!sample) return frame.close();
      given = given.then(() => refuse(frame.codedWidth * frame.codedHeight, most));
      given = given.then(async () => give(sample.time, await pictureOf(frame, index.colours, index.turned))).finally(() => frame.close());
      given.catch(() => {}); // awaited below
      pending.push(given);
    },
    error: (problem) => {
      broken = problem;
      decoder.dispatchEvent(new Event("dequeue")); // nobody waits for it any longer
    },
  });
  try {
    decoder.configure({ .../** @type {VideoDecoderConfig} */ (index.decoder), hardwareAcceleration: "prefer-software" });
    for (const run of runsOf(index, chosen)) {
      await feed(decoder, blob, run, () => {
        signal?.throwIfAborted();
        if (broken) throw broken;
      });
      await decoder.flush();
      await Promise.all(pending.splice(0));
    }
  } finally {
    await Promise.allSettled(pending);
    if (decoder.state !== "closed") decoder.close();
  }
}

/**
 * The packets to decode, in unbroken runs that begin with a keyframe: from the one before each chosen frame up to that frame. What is shown
 * before its own keyframe needs the run before as well.
 * @param {Index} index
 * @param {Sample[]} chosen
 * @returns {Packet[][]}
 */
function runsOf({ packets }, chosen) {
  const starts = packets.filter((packet) => packet.key).map((packet) => packet.number);
  /** @type {{ from: number, to: number }[]} */
  const spans = [];
  for (const { number } of chosen.toSorted((one, other) => one.number - other.number)) {
    let start = starts.findLastIndex((start) => start <= number);
    if (start > 0 && packets[number].shown < packets[starts[start]].shown) start--;
    const from = starts[Math.max(start, 0)] ?? 0;
    const last = spans.at(-1);
    if (last && from <= last.to + 1) last.to = Math.max(last.to, number);
    else spans.push({ from, to: number });
  }
  return spans.map(({ from, to }) => packets.slice(from, to + 1));
}

/**
 * @param {VideoDecoder} decoder
 * @param {Blob} blob
 * @param {Packet[]} run
 * @param {() => void} check throws where there is no sense in going on
 */
async function feed(decoder, blob, run, check) {
  for (let start = 0; start < run.length; start += TOGETHER) {
    const part = run.slice(start, start + TOGETHER);
    const bytes = await bytesOf(blob, part);
    for (const [number, { shown, key }] of part.entries()) {
      while (decoder.decodeQueueSize > MOST_WAITING) {
        check();
        await new Promise((resolve) => decoder.addEventListener("dequeue", resolve, { once: true }));
      }
      check();
      decoder.decode(new EncodedVideoChunk({ type: key ? "key" : "delta", timestamp: shown, data: bytes[number] }));
    }
  }
}

/**
 * The bytes of each packet.
 * @param {Blob} blob
 * @param {Packet[]} packets
 * @returns {Promise<Uint8Array[]>}
 */
async function bytesOf(blob, packets) {
  const from = Math.min(...packets.map((packet) => packet.from));
  const to = Math.max(...packets.map((packet) => packet.from + packet.size));
  if (to - from > READ_TOGETHER) {
    if (packets.length === 1) throw new DOMException("a frame that is larger than any can be", "EncodingError");
    return (await Promise.all(packets.map((packet) => bytesOf(blob, [packet])))).flat();
  }
  const bytes = new Uint8Array(await blob.slice(from, to).arrayBuffer());
  return packets.map((packet) => bytes.subarray(packet.from - from, packet.from - from + packet.size));
}
