/**
 * A file on the web with the face of a Blob, as far as the readers of containers and the decoder need one: its size, and its parts, which are
 * asked for by ranges. What was read is kept, to be summed; reading stops at a bound.
 *
 * Not here: asking (`capture/media-file.js`), what the parts say (`mp4.js`).
 */

import { BadMedia } from "./errors.js";

/** Bytes asked for at least; boxes of a container are found one after the other, a few bytes each. */
const AHEAD = 256 * 1024;
/** Bytes of one file that are read at most. */
const MOST_READ = 512 * 1024 * 1024;

/** @typedef {(from: number, to: number) => Promise<Blob>} Read gives the bytes [from, to), all of them */

export class RemoteFile {
  /**
   * @param {string} name
   * @param {number} size
   * @param {Read} read
   * @param {Blob} first the bytes it begins with, which were read to know what it is
   */
  constructor(name, size, read, first) {
    this.name = name;
    this.size = size;
    this.type = "";
    this.read = read;
    /** @type {{from: number, blob: Blob}[]} */
    this.parts = [{ from: 0, blob: first }];
  }

  /**
   * @param {number} from
   * @param {number} [to]
   * @returns {{size: number, arrayBuffer: () => Promise<ArrayBuffer>}}
   */
  slice(from, to = this.size) {
    const end = Math.min(to, this.size);
    return { size: end - from, arrayBuffer: async () => (await this.part(from, end)).arrayBuffer() };
  }

  /**
   * @param {number} from
   * @param {number} to
   * @returns {Promise<Blob>}
   */
  async part(from, to) {
    const known = this.parts.find((part) => part.from <= from && to <= part.from + part.blob.size);
    if (known) return known.blob.slice(from - known.from, to - known.from);
    const end = Math.min(this.size, Math.max(to, from + AHEAD));
    if (this.bytesRead + end - from > MOST_READ) throw new BadMedia("media.too_large", "More of this file would have to be read than Telltale reads.");
    const blob = await this.read(from, end);
    this.parts.push({ from, blob });
    return blob.slice(0, to - from);
  }

  /** How many bytes were read. */
  get bytesRead() {
    return this.parts.reduce((sum, { blob }) => sum + blob.size, 0);
  }

  /** What was read, in the order in which it was. */
  whole() {
    return new Blob(this.parts.map(({ blob }) => blob));
  }
}
