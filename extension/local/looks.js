/**
 * How many looks at one person the frames hold that were taken so far: a verdict takes `RULES.quality.few_looks` of them.
 *
 *     const looks = new Looks();
 *     looks.add(blob);
 *     await looks.counted();     // 1
 *     looks.end();
 *
 * Where the package has no models, as for a server's check, nothing is counted. Not here: which frames are taken (`capture/capture.js`).
 */

import { RULES } from "./rules.js";

/** Looks at one person that a verdict on a video takes. */
export const NEEDED = RULES.quality.few_looks;

export class Looks {
  constructor() {
    /** @type {Worker | null} */
    this.worker = new Worker(new URL("looks-worker.js", import.meta.url), { type: "module" });
    this.given = 0;
    this.answered = 0;
    this.most = 0;
    this.able = true;
    /** @type {(() => void)[]} */
    this.waiting = [];
    this.worker.onmessage = ({ data }) => {
      this.answered++;
      this.most = data;
      if (this.most >= NEEDED) this.end(); // the check counts the rest
      this.wake();
    };
    this.worker.onerror = (event) => {
      event.preventDefault();
      this.able = false;
      this.end();
      this.wake();
    };
  }

  /** @param {Blob} blob a picture, the next one in order of time */
  add(blob) {
    if (!this.worker) return;
    this.given++;
    this.worker.postMessage(blob);
  }

  /** @returns {Promise<number | null>} looks at one person, as many as are needed at most; null where they cannot be counted */
  async counted() {
    while (this.worker && this.answered < this.given) await new Promise((wake) => this.waiting.push(() => wake(undefined)));
    return this.able ? Math.min(this.most, NEEDED) : null;
  }

  wake() {
    for (const wake of this.waiting.splice(0)) wake();
  }

  /** Stops counting. */
  end() {
    this.worker?.terminate();
    this.worker = null;
    this.wake();
  }
}
