/**
 * The client of a Telltale server: send an address, read a check, cancel or delete it, ask for its health.
 *
 * Everything that can go wrong becomes a Problem with one plain sentence. Not here: waiting (`poll.js`) and showing.
 */

import { ownerFor, tokenFor } from "../storage/preferences.js";
import { upgraded } from "./report-upgrade.js";
import { acceptedOf, healthOf, jobOf } from "./validate.js";
import { host, language, say, told as rendered } from "../i18n/messages.js";
import { problemInWords } from "../i18n/report.js";

const PATIENCE = 30_000;
const UPLOAD_PATIENCE = 180_000;
const LONGEST_NAME = 200;

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
 * @returns {Promise<import("./types.js").Accepted>}
 */
export async function submit(server, url) {
  const headers = { "Content-Type": "application/json", ...(await ownership(server)) };
  return shaped(acceptedOf(await call(server, "/api/v1/checks", { method: "POST", headers, body: JSON.stringify({ url }) })), server);
}

/**
 * Sends captured frames to be checked, with the page's title and nothing else of the page.
 * @param {string} server an origin
 * @param {import("../capture/capture.js").Captured} captured
 * @returns {Promise<import("./types.js").Accepted>}
 */
export async function submitFrames(server, { frames, title }) {
  const form = new FormData();
  for (const { time, blob } of frames) {
    form.append("frames[]", blob, "frame.jpg");
    form.append("times[]", time.toFixed(3));
  }
  form.append("name", shortened(title));
  const sent = { method: "POST", body: form, headers: await ownership(server) };
  return shaped(acceptedOf(await call(server, "/api/v1/checks", sent, undefined, UPLOAD_PATIENCE)), server);
}

/**
 * @param {string} text
 * @returns {string} as much of it as a server takes, counted in bytes
 */
function shortened(text) {
  const letters = [...text];
  while (new TextEncoder().encode(letters.join("")).length > LONGEST_NAME) letters.length -= Math.ceil(letters.length / 10);
  return letters.join("");
}

/**
 * @param {string} server an origin
 * @param {string} id
 * @param {AbortSignal} [signal]
 * @returns {Promise<import("./types.js").Job>}
 */
export async function read(server, id, signal) {
  const job = await call(server, `/api/v1/checks/${encodeURIComponent(id)}`, { headers: await ownership(server) }, signal);
  return shaped(jobOf(job.report ? { ...job, report: upgraded(job.report) } : job), server);
}

/**
 * @template T
 * @param {T | null} answer null where it has not the shape that it should have
 * @param {string} server
 * @returns {T}
 * @throws {Problem}
 */
function shaped(answer, server) {
  if (answer) return answer;
  throw new Problem("server.unexpected", say("panel.unexpected", { server, status: "200" }));
}

/**
 * Asks the server to stop; its answer comes with the next reading.
 * @param {string} server an origin
 * @param {string} job
 */
export async function cancel(server, job) {
  return call(server, `/api/v1/checks/${encodeURIComponent(job)}`, { method: "DELETE", headers: await ownership(server) });
}

/**
 * Deletes a check and all of it from the server; one that is gone already is as good as deleted.
 * @param {string} server an origin
 * @param {string} job
 */
export async function forget(server, job) {
  try {
    const headers = await ownership(server);
    await call(server, `/api/v1/checks/${encodeURIComponent(job)}?forget=true`, { method: "DELETE", headers });
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== "job.not_found") throw error;
  }
}

/**
 * @param {string} server an origin
 * @param {string} [token] one that is not kept yet
 * @returns {Promise<import("./types.js").Health>} of a server that can check, now or soon
 */
export async function health(server, token) {
  return shaped(healthOf(await call(server, "/health", carrying(token))), server);
}

/**
 * Whether the server would take a check from here: it is asked for one that does not exist.
 * @param {string} server an origin
 * @param {string} [token] one that is not kept yet
 * @throws {Problem} where it would not, for want of a token
 */
export async function knock(server, token) {
  try {
    await call(server, "/api/v1/checks/none", carrying(token));
  } catch (error) {
    if (!(error instanceof Problem) || ["server.no_token", "server.wrong_token"].includes(error.code)) throw error;
  }
}

/**
 * A path of the API that asks for sentences in the browser's language. English is what a server says by itself, and all that an older one knows.
 * @param {string} path
 */
function inLanguage(path) {
  return language() === "en" ? path : `${path}${path.includes("?") ? "&" : "?"}lang=${language()}`;
}

/**
 * @param {string} server
 * @param {string} path
 * @param {RequestInit} [init]
 * @param {AbortSignal} [signal]
 * @param {number} [patience] milliseconds
 */
async function call(server, path, init = {}, signal, patience = PATIENCE) {
  const signals = [AbortSignal.timeout(patience), ...(signal ? [signal] : [])];
  const headers = { "Accept-Language": language(), ...(await identity(server)), ...init.headers };
  /** @type {RequestInit} */
  const options = { ...init, headers, cache: "no-store", credentials: "omit", redirect: "error" };
  let answer;
  try {
    answer = await fetch(server + inLanguage(path), { ...options, signal: AbortSignal.any(signals) });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Problem("server.unreachable", say("panel.unreachable", { server }), { passing: true });
  }
  const body = await parse(answer);
  if (answer.ok && body) return body;
  throw problemOf(answer, body, server);
}

/**
 * @param {string} [token]
 * @returns {RequestInit}
 */
function carrying(token) {
  return token ? { headers: { Authorization: `Bearer ${token}` } } : {};
}

/**
 * @param {string} server
 * @returns {Promise<Record<string, string>>} the header that carries this server's own token, if it has one
 */
async function identity(server) {
  const token = await tokenFor(server);
  return token ? { Authorization: `Bearer ${token}` } : {};
}

/**
 * @param {string} server
 * @returns {Promise<Record<string, string>>} the header that shows whose the checks are
 */
async function ownership(server) {
  return { "Telltale-Owner": await ownerFor(server) };
}

/**
 * The address under which a picture of the server can be shown: its own, or a copy here where the server wants a token for it.
 * @param {string} server an origin
 * @param {string} address on that server
 * @returns {Promise<string | null>} null where it cannot be had
 */
export async function pictureAddress(server, address) {
  const headers = await identity(server);
  if (!headers.Authorization) return address;
  const answer = await fetch(address, { headers, credentials: "omit", redirect: "error" }).catch(() => null);
  return answer?.ok ? URL.createObjectURL(await answer.blob()) : null;
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
  if (told?.code === "request.wrong_token") return new Problem("server.wrong_token", say("panel.wrong_token", { server: host(server) }));
  if (answer.status === 401) return new Problem("server.no_token", say("panel.wants_token", { server: host(server) }));
  if (typeof told?.code === "string" && typeof told?.detail === "string") {
    return new Problem(told.code, problemInWords(told, rendered), { passing, wait });
  }
  if (answer.status === 403) return new Problem("server.wrong_token", say("panel.wrong_token", { server: host(server) }));
  if (answer.status === 503) return new Problem("server.asleep", say("panel.asleep", { server: host(server) }), { passing, wait });
  if (answer.status === 429) {
    const sentence = say("panel.too_many", { server: host(server), seconds: Math.ceil(wait / 1000) || 60 });
    return new Problem("server.busy", sentence, { passing, wait });
  }
  return new Problem("server.unexpected", say("panel.unexpected", { server, status: String(answer.status) }), { passing, wait });
}
