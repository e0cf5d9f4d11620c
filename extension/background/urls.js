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

/** Full-width signs that end an address; other full-width letters and signs are taken for the ordinary ones. */
const WIDE_KEPT = "！＂＇（），：；＜＞？［］｛｝";

/** What no address goes on after: blanks, quotation marks, the punctuation of Chinese and Japanese, letters that are not seen,
 * dashes between clauses, bullets, arrows and emoji. */
const END =
  "\\s<>\"`|\\\\\\u00ab\\u00bb\\u2018-\\u201f\\u2026\\u2039\\u203a\\u3000-\\u3003\\u3008-\\u3011\\u3014-\\u301f\\uff01-\\uff0f\\uff1a-\\uff20" +
  "\\uff3b-\\uff40\\uff5b-\\uff65\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u2069\\ufeff\\u00ad\\u0000-\\u001f" +
  "\\u2014\\u2022\\u2190-\\u21ff\\u2600-\\u27bf\\u{1f000}-\\u{1faff}";
const REST = `(?:(?!\\[/)[^${END}])`;
const CJK = "\\u2e80-\\u9fff\\uac00-\\ud7af\\uf900-\\ufaff";
const WITH_SCHEME = new RegExp(`(https?)[:：]//(${REST}+)`, "iu");

/** Without a scheme; what is glued to Chinese, Japanese or Korean words first. */
const BARE = [`(?:(?![${CJK}])[\\p{L}\\p{N}])`, "[\\p{L}\\p{N}]"].map((letter) => {
  const names = `(?:(?:${letter}|-)+\\.)+`;
  const full = `${names}(?:xn--[a-z0-9-]+|${letter}{2,})(?::\\d+)?[/?]${REST}+`;
  return new RegExp(`(?<!${letter})(?<![@._/:-])(${full}|www\\.${names}${letter}{2,}(?:/${REST}*)?)`, "iu");
});

/** A bracket that closes none within the address, and what follows it. */
const STRAY = /^([^[\]]*(?:\[[^[\]]*\][^[\]]*)*)\].*$/s;
const TRAILING = ".,;:!?'*";
const BRACKETS = new Map([[")", "("], ["]", "["], ["}", "{"]]);

/**
 * The first address in a text: with its scheme, or as people write it without ("example.org/watch?v=1"). The engine reads the
 * same (`telltale/net/pasted_text.py`).
 *
 * @param {string} text
 * @returns {string} "" where there is none
 */
export function addressIn(text) {
  const plain = text.replace(/[\uff01-\uff5e]/g, (wide) => (WIDE_KEPT.includes(wide) ? wide : String.fromCharCode(wide.charCodeAt(0) - 0xfee0)));
  const full = plain.match(WITH_SCHEME);
  if (full) return trimmed(`${full[1]}://${full[2]}`, full[1].length + 3);
  const bare = plain.match(BARE[0]) ?? plain.match(BARE[1]);
  return bare ? trimmed(`https://${bare[1]}`, 8) : "";
}

/**
 * An address without the punctuation of the sentence that it stood in.
 *
 * @param {string} address
 * @param {number} start where its host begins
 * @returns {string} "" where no host is left
 */
function trimmed(address, start) {
  let kept = address.replaceAll("&amp;", "&").replace(STRAY, "$1");
  while (kept.length > start) {
    const last = kept.at(-1) ?? "";
    const opens = BRACKETS.get(last);
    const closesNothing = opens !== undefined && kept.split(opens).length < kept.split(last).length;
    if (!TRAILING.includes(last) && !closesNothing) break;
    kept = kept.slice(0, -1);
  }
  return /^[^/?#.]/.test(kept.slice(start)) && isWebAddress(kept) ? kept : "";
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
