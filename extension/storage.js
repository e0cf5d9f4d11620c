/**
 * What the extension remembers.
 *
 *   session (gone when the browser closes)   request  the last click: what to check
 *                                            check    what became of it: the job's id, or why there is none
 *                                            offer    the address that the toolbar button puts in the field
 *   local   (kept, never synchronised)       server   the address of the server
 *
 * Reports are not kept: the panel asks the server for them again.
 */

import { DEFAULT_SERVER } from "./address.js";

/**
 * @typedef {{id: string, url: string}} Request one click
 * @typedef {{code: string, sentence: string}} Refusal why a click led to no job
 * @typedef {{request: string, server: string, url: string, job?: string, refusal?: Refusal}} Check `job` and `refusal` are both absent
 *   while the request is on its way
 */

/**
 * Writes down a click. The panel acts on every new id, exactly once.
 * @param {string} url
 */
export function putRequest(url) {
  return chrome.storage.session.set({ request: { id: crypto.randomUUID(), url } });
}

/** @returns {Promise<Request | undefined>} */
export async function getRequest() {
  return /** @type {Request | undefined} */ ((await chrome.storage.session.get("request")).request);
}

/** @param {Check} check */
export function putCheck(check) {
  return chrome.storage.session.set({ check });
}

/** @returns {Promise<Check | undefined>} */
export async function getCheck() {
  return /** @type {Check | undefined} */ ((await chrome.storage.session.get("check")).check);
}

/** Forgets the last click and what became of it. */
export function dropCheck() {
  return chrome.storage.session.remove(["request", "check"]);
}

/** @param {string} url */
export function putOffer(url) {
  return chrome.storage.session.set({ offer: url });
}

/** @returns {Promise<string>} */
export async function getOffer() {
  return String((await chrome.storage.session.get("offer")).offer ?? "");
}

/** @param {string} server an origin */
export function putServer(server) {
  return chrome.storage.local.set({ server });
}

/** @returns {Promise<string>} */
export async function getServer() {
  return String((await chrome.storage.local.get("server")).server ?? DEFAULT_SERVER);
}

/**
 * @param {"request" | "offer" | "server"} name
 * @param {() => void} act called whenever it was written, here or in another page
 */
export function onChange(name, act) {
  chrome.storage.onChanged.addListener((changes) => {
    if (name in changes) act();
  });
}
