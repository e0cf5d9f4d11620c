/**
 * What a person chose. Kept on this computer, never synchronised, and closed to the scripts that run in pages.
 *
 *   local   consent   when the person agreed, and to which mode; before the device was the default only when, to a server
 *           mode      where checks are made; absent for the default
 *           remember  whether past checks are listed
 *           language  which one is spoken; absent for the browser's
 *           access    the token of one server, which goes to that server and to no other
 *           owner     for each server a secret that shows whose the checks there are; it stands in no link
 *
 * The server's address is in `session.js`. Where a browser cannot close `storage.local` to scripts in pages, the token is kept in
 * `storage.session`, which is closed everywhere, and is gone when the browser closes.
 */

/** @typedef {"server" | "device" | "deviceFirst"} Mode */

/** By how much leaves the computer, least first. */
const MODES = /** @type {const} */ (["device", "deviceFirst", "server"]);

/** Whether the browser keeps a token for longer than its session. */
export const KEEPS_TOKENS = typeof chrome.storage.local.setAccessLevel === "function";

const vault = KEEPS_TOKENS ? chrome.storage.local : chrome.storage.session;

/** Closes the storage to scripts in pages. The browser forgets this when it restarts, so the background does it each time it wakes. */
export function closeStorage() {
  return KEEPS_TOKENS ? chrome.storage.local.setAccessLevel({ accessLevel: "TRUSTED_CONTEXTS" }) : Promise.resolve();
}

/**
 * @param {Mode} mode
 * @returns {Promise<boolean>} whether the person has agreed to all that leaves the computer in this mode
 */
export async function getConsent(mode) {
  const given = await agreed();
  return given !== null && MODES.indexOf(given.mode) >= MODES.indexOf(mode);
}

/** @returns {Promise<string>} when the person agreed; "" where that has not been */
export async function consentDate() {
  return (await agreed())?.at ?? "";
}

/** @returns {Promise<{at: string, mode: Mode} | null>} */
async function agreed() {
  const { consent } = await chrome.storage.local.get("consent");
  if (!consent) return null;
  return typeof consent === "string" ? { at: consent, mode: "server" } : /** @type {{at: string, mode: Mode}} */ (consent);
}

export function withdrawConsent() {
  return chrome.storage.local.remove("consent");
}

/** @param {Mode} mode whose terms were shown */
export function giveConsent(mode) {
  return chrome.storage.local.set({ consent: { at: new Date().toISOString(), mode } });
}

/**
 * Where checks are made: on this device, unless the person chose otherwise. Who used a server when that was the default keeps it, and it is
 * written down, so that an emptied history changes nothing.
 * @returns {Promise<Mode>}
 */
export async function getMode() {
  const { mode, server, history } = await chrome.storage.local.get(["mode", "server", "history"]);
  const chosen = MODES.find((known) => known === mode);
  if (chosen) return chosen;
  const past = /** @type {import("./history.js").Past[]} */ (history ?? []);
  if (!server && !past.some((entry) => entry.server)) return "device";
  await putMode("server");
  return "server";
}

/** @param {Mode} mode */
export function putMode(mode) {
  return chrome.storage.local.set({ mode });
}

/** @returns {Promise<string>} a code, or "" for the browser's own language */
export async function getLanguage() {
  return String((await chrome.storage.local.get("language")).language ?? "");
}

/** @param {string} language a code, or "" */
export function putLanguage(language) {
  return language ? chrome.storage.local.set({ language }) : chrome.storage.local.remove("language");
}

/** @returns {Promise<boolean>} never in a private window */
export async function getRemember() {
  if (chrome.extension.inIncognitoContext) return false;
  return (await chrome.storage.local.get("remember")).remember !== false;
}

/** @param {boolean} remember */
export function putRemember(remember) {
  return chrome.storage.local.set({ remember });
}

/**
 * @param {string} server an origin
 * @returns {Promise<string>} "" where there is none for exactly this server
 */
export async function tokenFor(server) {
  const access = /** @type {{server: string, token: string} | undefined} */ ((await vault.get("access")).access);
  return access?.server === server ? access.token : "";
}

/**
 * @param {string} server an origin
 * @returns {Promise<string>} the secret that shows this server whose checks are meant, made when it is first asked for
 */
export function ownerFor(server) {
  return navigator.locks.request("telltale-owner", async () => {
    const known = /** @type {Record<string, string> | undefined} */ ((await chrome.storage.local.get("owner")).owner) ?? {};
    if (known[server]) return known[server];
    const made = [...crypto.getRandomValues(new Uint8Array(32))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    await chrome.storage.local.set({ owner: { ...known, [server]: made } });
    return made;
  });
}

/**
 * @param {string} server an origin
 * @param {string} token "" forgets the one there is
 */
export async function putToken(server, token) {
  await closeStorage();
  return token ? vault.set({ access: { server, token } }) : vault.remove("access");
}
