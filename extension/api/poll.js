/**
 * Following a check until it ends, politely: never more than once a second, less often the longer it takes.
 *
 * Polling and not the event stream, because it survives a server that restarts, a proxy that buffers and a laptop that sleeps.
 */

import { Problem, read } from "./client.js";

const ENDED = ["done", "failed", "cancelled"];
const MISSES = 4;
const MISSED = 6000; // milliseconds, longer with each miss: a server that is away is asked no more than five times in a minute

/**
 * @param {string} server an origin
 * @param {string} job
 * @param {AbortSignal} signal ends the following (not the check)
 * @returns {AsyncGenerator<import("./types.js").Job, void>} the job as it stands, the last one ended
 * @throws {Problem} when the server knows the job no longer, or is away for too long
 */
export async function* follow(server, job, signal) {
  const started = Date.now();
  for (let misses = 0; !signal.aborted; ) {
    let wait = 0;
    try {
      const state = await read(server, job, signal);
      misses = 0;
      yield state;
      if (ENDED.includes(state.state)) return;
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof Problem) || !error.passing || ++misses > MISSES) throw error;
      wait = Math.max(error.wait, misses * MISSED);
    }
    await sleep(Math.max(wait, pause(Date.now() - started)), signal);
  }
}

/**
 * @param {number} elapsed milliseconds since the following began
 * @returns {number} milliseconds until the next reading
 */
function pause(elapsed) {
  if (elapsed < 30_000) return 1000;
  return elapsed < 120_000 ? 2000 : 5000;
}

/**
 * @param {number} milliseconds
 * @param {AbortSignal} signal wakes the sleeper
 * @returns {Promise<void>}
 */
function sleep(milliseconds, signal) {
  return new Promise((wake) => {
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener("abort", done, { once: true });
    function done() {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      wake();
    }
  });
}
