/**
 * What the extension remembers.
 *
 *   session (gone when the browser closes)   request  the last click: what to check
 *                                            check    what became of it: the job's id, or why there is none
 *                                            offer    the address that the toolbar button puts in the field
 *                                            sight    where the extension was last used: the tab that may be looked at
 *   local   (kept, never synchronised)       server   the address of the server
 *                                            waiting  the server's check that is waited for, until it ends: it may outlive the browser
 *
 * What else a person chose stands in `preferences.js`, past checks in `history.js`. Reports are not kept: the panel asks the server for
 * them again.
 */

import { DEFAULT_SERVER } from "../background/urls.js";

/**
 * @typedef {object} Sight where a click was
 * @property {number} tab
 * @property {number} [frame]
 * @property {string} [frameUrl]
 * @property {string} source the address of the element, as `blob:...`, or ""
 * @property {string} page the tab's address
 *
 * @typedef {object} Request one click
 * @property {string} id
 * @property {string} url what to check
 * @property {Sight} [sight]
 * @property {boolean} [vague] the address is the page's for want of a better one
 * @property {"playing" | "whole" | "file"} [take] frames are taken instead, as the video plays or over its whole length, or of a file
 * @property {boolean} [start] a paused video may be started, without sound
 * @property {boolean} [instead] frames are taken for want of a server; the click named an address
 * @property {boolean} [here] checked on this device, whatever the mode
 * @property {string} [again] the request whose frames are sent once more
 *
 * @typedef {{code: string, sentence: string}} Refusal why a click led to no job
 * @typedef {{request: string, server: string, url: string, taking?: boolean, job?: string, refusal?: Refusal}} Check `job` and `refusal`
 *   are both absent while the request is on its way; `taking` while its frames are taken and nothing has been sent
 */

/**
 * Writes down a click. The panel acts on every new id, exactly once.
 * @param {string} url
 * @param {Omit<Request, "id" | "url">} [more]
 */
export function putRequest(url, more = {}) {
  const sight = more.sight && { sight: more.sight };
  return chrome.storage.session.set({ request: { id: crypto.randomUUID(), url, ...more }, ...sight });
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

/**
 * Shows a check of the past as if it were the last click; nothing is sent anew.
 * @param {{job?: string, server: string, url: string}} past
 */
export function putPast({ job, server, url }) {
  const request = { id: crypto.randomUUID(), url };
  return chrome.storage.session.set({ request, check: { request: request.id, server, url, job } });
}

/** Forgets the last click and what became of it. */
export async function dropCheck() {
  await putWaiting(null);
  await chrome.storage.session.remove(["request", "check"]);
}

/** @param {Check | null} check that a server is at work on; null once there is none */
export function putWaiting(check) {
  return check ? chrome.storage.local.set({ waiting: check }) : chrome.storage.local.remove("waiting");
}

/** @returns {Promise<Check | undefined>} */
export async function getWaiting() {
  return /** @type {Check | undefined} */ ((await chrome.storage.local.get("waiting")).waiting);
}

/**
 * @param {string} url
 * @param {Sight} [sight]
 */
export function putOffer(url, sight) {
  return chrome.storage.session.set({ offer: url, ...(sight && { sight }) });
}

/** @returns {Promise<Sight | undefined>} */
export async function getSight() {
  return /** @type {Sight | undefined} */ ((await chrome.storage.session.get("sight")).sight);
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
 * @param {"request" | "offer" | "server" | "sight" | "consent" | "mode" | "language"} name
 * @param {() => void} act called whenever it was written, here or in another page
 */
export function onChange(name, act) {
  chrome.storage.onChanged.addListener((changes) => {
    if (name in changes) act();
  });
}
