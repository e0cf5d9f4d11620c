/** Bytes read bit by bit, as the headers of codecs are written; past the end there are zeros. */
export class Bits {
  /** @param {Uint8Array} bytes */
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
  }

  /** @param {number} count */
  take(count) {
    let value = 0;
    for (let bit = 0; bit < count; bit++, this.at++) value = value * 2 + (((this.bytes[this.at >> 3] ?? 0) >> (7 - (this.at & 7))) & 1);
    return value;
  }

  /** An unsigned Exp-Golomb number. */
  golomb() {
    let zeros = 0;
    while (zeros < 32 && !this.take(1)) zeros++;
    return 2 ** zeros - 1 + this.take(zeros);
  }
}
