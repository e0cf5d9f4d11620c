/**
 * Addresses: which one a click means, and which one a server may have.
 *
 * Not here: whether the address holds a video. Only the server finds that out.
 */

/** The server that `telltale serve` starts. */
export const DEFAULT_SERVER = "http://127.0.0.1:7860";

const LOOPBACK = ["127.0.0.1", "localhost"];

/**
 * The address that a menu click means; "" where there is none on the web.
 *
 * Each menu item has its own field. A video alone may fall back: players that assemble the stream in the page give a `blob:`
 * address or none, which means nothing elsewhere. Then the link around the video, the frame it plays in, or the page names it.
 *
 * @param {Pick<chrome.contextMenus.OnClickData, "menuItemId" | "srcUrl" | "linkUrl" | "frameUrl" | "pageUrl" | "selectionText">} info
 * @returns {string}
 */
export function chooseAddress(info) {
  const fields = {
    video: [info.srcUrl, info.linkUrl, info.frameUrl, info.pageUrl],
    link: [info.linkUrl],
    image: [info.srcUrl],
    page: [info.pageUrl],
    selection: [addressIn(info.selectionText ?? "")],
  }[info.menuItemId];
  return (fields ?? []).find(isWebAddress) ?? "";
}

/**
 * Whether a click on a video named none of the video's own: the page may tell more precisely which post it is
 * (`capture/permalink-script.js`).
 *
 * @param {Pick<chrome.contextMenus.OnClickData, "menuItemId" | "srcUrl" | "linkUrl">} info
 * @returns {boolean}
 */
export function isVague({ menuItemId, srcUrl, linkUrl }) {
  return menuItemId === "video" && !isWebAddress(srcUrl) && !isWebAddress(linkUrl);
}

/**
 * The first address in a text: with its scheme, or as people write it without ("example.org/watch?v=1").
 *
 * @param {string} text
 * @returns {string} "" where there is none
 */
export function addressIn(text) {
  const full = text.match(/https?:\/\/[^\s<>"'“”‘’«»]+/i)?.[0];
  const bare = text.match(/(?<![\w@.])(?:[a-z0-9-]+\.)+[a-z]{2,}\/[^\s<>"'“”‘’«»]+/i)?.[0];
  const found = (full ?? (bare && `https://${bare}`) ?? "").replace(/[.,;:!?)\]}]+$/, "");
  return isWebAddress(found) ? found : "";
}

/**
 * @param {string | undefined} text
 * @returns {boolean} whether this is an http or https address
 */
export function isWebAddress(text) {
  return ["http:", "https:"].includes(parse(text)?.protocol ?? "");
}

/**
 * The origin of a server that a person typed: https anywhere, http only on this computer.
 *
 * @param {string} text
 * @returns {string | null} for example "https://example.org"; null where it cannot be a server's address
 */
export function serverOrigin(text) {
  const typed = text.trim();
  const url = parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(typed) ? typed : `https://${typed}`);
  if (!url || url.username || url.password) return null;
  const allowed = url.protocol === "https:" || (url.protocol === "http:" && LOOPBACK.includes(url.hostname));
  return allowed ? url.origin : null;
}

/**
 * The permission a server needs. It names no port, which Firefox does not understand there.
 *
 * @param {string} server an origin
 * @returns {chrome.permissions.Permissions}
 */
export function permissionFor(server) {
  const { protocol, hostname } = new URL(server);
  return { origins: [`${protocol}//${hostname}/*`] };
}

/**
 * An address on the server itself, or null: what a server names elsewhere (or as `javascript:`) is not followed.
 *
 * @param {string} path
 * @param {string} server an origin
 * @returns {string | null}
 */
export function onServer(path, server) {
  const url = parse(path, server);
  return url && url.origin === server ? url.href : null;
}

/**
 * @param {string | undefined} text
 * @param {string} [base]
 * @returns {URL | null}
 */
function parse(text, base) {
  return text && URL.canParse(text, base) ? new URL(text, base) : null;
}
