/**
 * The client of a Telltale server: send an address, read a check, cancel or delete it, ask for its health.
 *
 * Everything that can go wrong becomes a Problem with one plain sentence. Not here: waiting (`follow.js`) and showing.
 */

import { say } from "./words.js";

const PATIENCE = 30_000;

/** Why a request led to nothing, in a sentence for people and a stable code for programs. */
export class Problem extends Error {
  /**
   * @param {string} code
   * @param {string} sentence
   * @param {{passing?: boolean, wait?: number}} [more] whether the same request may succeed later, and after how many milliseconds
   */
  constructor(code, sentence, { passing = false, wait = 0 } = {}) {
    super(sentence);
    this.code = code;
    this.sentence = sentence;
    this.passing = passing;
    this.wait = wait;
  }
}

/**
 * Sends an address to be checked.
 * @param {string} server an origin
 * @param {string} url
 * @returns {Promise<import("./wire.js").Job>}
 */
export function submit(server, url) {
  const headers = { "Content-Type": "application/json" };
  return call(server, "/api/v1/checks", { method: "POST", headers, body: JSON.stringify({ url }) });
}

/**
 * @param {string} server an origin
 * @param {string} job
 * @param {AbortSignal} [signal]
 * @returns {Promise<import("./wire.js").Job>}
 */
export function read(server, job, signal) {
  return call(server, `/api/v1/checks/${encodeURIComponent(job)}`, {}, signal);
}

/**
 * Asks the server to stop; its answer comes with the next reading.
 * @param {string} server an origin
 * @param {string} job
 */
export function cancel(server, job) {
  return call(server, `/api/v1/checks/${encodeURIComponent(job)}`, { method: "DELETE" });
}

/**
 * Deletes a check and all of it from the server; one that is gone already is as good as deleted.
 * @param {string} server an origin
 * @param {string} job
 */
export async function forget(server, job) {
  try {
    await call(server, `/api/v1/checks/${encodeURIComponent(job)}?forget=true`, { method: "DELETE" });
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== "job.not_found") throw error;
  }
}

/**
 * @param {string} server an origin
 * @returns {Promise<import("./wire.js").Health>} of a server that can check, now or soon
 */
export async function health(server) {
  const told = await call(server, "/health");
  if (!["loading", "ready"].includes(told.status)) throw new Problem("server.unexpected", say("unexpected", server, "200"));
  return told;
}

/**
 * @param {string} server
 * @param {string} path
 * @param {RequestInit} [init]
 * @param {AbortSignal} [signal]
 */
async function call(server, path, init = {}, signal) {
  const signals = [AbortSignal.timeout(PATIENCE), ...(signal ? [signal] : [])];
  const options = { ...init, cache: /** @type {const} */ ("no-store"), credentials: /** @type {const} */ ("omit") };
  let answer;
  try {
    answer = await fetch(server + path, { ...options, signal: AbortSignal.any(signals) });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Problem("server.unreachable", say("unreachable", server), { passing: true });
  }
  const body = await parse(answer);
  if (answer.ok && body) return body;
  throw problemOf(answer, body, server);
}

/**
 * @param {Response} answer
 * @returns {Promise<any>} the object in the answer; {} where there is none to expect, null where it is not JSON
 */
async function parse(answer) {
  if (answer.status === 204) return {};
  if (!/\bjson\b/.test(answer.headers.get("Content-Type") ?? "")) return null;
  return answer.json().catch(() => null);
}

/**
 * @param {Response} answer
 * @param {any} body
 * @param {string} server
 */
function problemOf(answer, body, server) {
  const wait = 1000 * (Number(answer.headers.get("Retry-After")) || 0);
  const passing = [429, 502, 503, 504].includes(answer.status);
  const told = body?.error ?? body; // the health of a server that cannot check carries its error
  if (typeof told?.code === "string" && typeof told?.detail === "string") return new Problem(told.code, told.detail, { passing, wait });
  return new Problem("server.unexpected", say("unexpected", server, String(answer.status)), { passing, wait });
}
