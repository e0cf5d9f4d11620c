/**
 * A plain file behind an address, read instead of played: `<video src>`, a link to a file, a picture. By ranges, so that of a long video only
 * the parts around the frames that are looked at are read; a small one as a whole.
 *
 * The page may read what is its own, without a further permission; anything else takes the browser's permission for that one site. Cookies
 * are sent only with what the page itself reads. Not here: when a file is asked for (`api/submit.js`).
 */

import { BadMedia } from "../local/media/errors.js";
import { isDecodable } from "../local/decode/webcodecs.js";
import { readMp4 } from "../local/media/mp4.js";
import { RemoteFile } from "../local/media/remote-file.js";
import { permissionFor } from "../background/urls.js";
import { blobOf } from "./images.js";

/** Bytes read to know what it is, and up to which a file is read as a whole. */
const FIRST = 512 * 1024;
const SMALL = 8 * 1024 * 1024;
/** Up to which it is read as a whole where ranges lead nowhere. */
const MOST_WHOLE = 96 * 1024 * 1024;
/** Bytes that a page hands over at once, as text. */
const AT_ONCE = 8 * 1024 * 1024;
const FILE = /\.(mp4|m4v|mov|webm|mkv|jpe?g|png|webp|avif)$/i;

/**
 * @typedef {import("../storage/session.js").Sight} Sight
 * @typedef {{status: number, type: string, said: string, body: Blob}} Part an answer: its type, its Content-Range, its bytes
 * @typedef {(from: number, to: number) => Promise<Part | null>} Ask null where nothing may be had
 * @typedef {(done: number, total: number) => void} Tell bytes
 */

/**
 * @param {string} address
 * @returns {boolean} whether it looks like the address of a file of media
 */
export function isFile(address) {
  return URL.canParse(address) && FILE.test(new URL(address).pathname);
}

/**
 * How a file may be read; null where that takes a permission that was not given.
 * @param {string} address
 * @param {Sight} [sight] the tab that may be looked at
 * @returns {Promise<Ask | null>}
 */
export async function wayTo(address, sight) {
  if (await chrome.permissions.contains(permissionFor(new URL(address).origin))) return (from, to) => asked(address, from, to);
  const own = sight && URL.canParse(sight.page) && new URL(sight.page).origin === new URL(address).origin;
  return own && !sight.frame ? (from, to) => askedInPage(sight.tab, address, from, to) : null;
}

/**
 * @param {string} address
 * @param {Ask} ask
 * @param {Tell} tell
 * @param {AbortSignal} signal
 * @param {number} [small] bytes up to which it is read as a whole
 * @returns {Promise<File | RemoteFile | null>} null where there is no file of media, or it cannot be read
 */
export async function openFile(address, ask, tell, signal, small = SMALL) {
  const first = await ask(0, FIRST);
  if (!first || /^(text|application)\/(html|xhtml|json|xml|vnd\.apple)/.test(first.type)) return null;
  const name = decodeURIComponent(new URL(address).pathname.split("/").pop() ?? "") || address;
  const size = first.status === 206 ? Number(first.said.match(/^bytes 0-\d+\/(\d+)$/)?.[1] ?? 0) : first.body.size;
  if (!size) return null;
  const read = async (/** @type {number} */ from, /** @type {number} */ to) => {
    signal.throwIfAborted();
    const part = await ask(from, to);
    if (part?.status !== 206 || part.body.size !== to - from || !part.said.startsWith(`bytes ${from}-`)) {
      throw new BadMedia("media.no_frames", "The site did not give the part that was asked for.");
    }
    return part.body;
  };
  try {
    const remote = new RemoteFile(name, size, read, first.body);
    if (size > small && (await isDecodable(await readMp4(/** @type {any} */ (remote))))) return remote;
    if (size > MOST_WHOLE) return null;
    for (let at = first.body.size; at < size; at += AT_ONCE) {
      tell(at, size);
      await remote.part(at, Math.min(size, at + AT_ONCE));
    }
    const parts = remote.parts.toSorted((one, other) => one.from - other.from);
    return new File(unbroken(parts), name, { type: first.type });
  } catch (error) {
    if (error instanceof BadMedia) return null; // it broke off, or is served otherwise than it says
    throw error;
  }
}

/**
 * Parts that may overlap, as one.
 * @param {{from: number, blob: Blob}[]} parts in order
 * @returns {Blob[]}
 */
function unbroken(parts) {
  let at = 0;
  return parts.map(({ from, blob }) => {
    const rest = blob.slice(Math.max(0, at - from));
    at = Math.max(at, from + blob.size);
    return rest;
  });
}

/**
 * From the extension itself.
 * @param {string} address
 * @param {number} from
 * @param {number} to
 * @returns {Promise<Part | null>}
 */
async function asked(address, from, to) {
  /** @type {RequestInit} */
  const options = { headers: { Range: `bytes=${from}-${to - 1}` }, credentials: "omit", referrerPolicy: "no-referrer", cache: "no-store" };
  try {
    const answer = await fetch(address, options);
    const length = Number(answer.headers.get("Content-Length") ?? Infinity);
    if (!answer.ok || (answer.status !== 206 && length > MOST_WHOLE)) {
      await answer.body?.cancel();
      return null;
    }
    const type = (answer.headers.get("Content-Type") ?? "").split(";")[0];
    return { status: answer.status, type, said: answer.headers.get("Content-Range") ?? "", body: await answer.blob() };
  } catch (error) {
    if (error instanceof TypeError) return null; // no answer, or one that leads to another site
    throw error;
  }
}

/**
 * By the page, of its own site.
 * @param {number} tab
 * @param {string} address
 * @param {number} from
 * @param {number} to
 * @returns {Promise<Part | null>}
 */
async function askedInPage(tab, address, from, to) {
  try {
    const [{ result }] = await chrome.scripting.executeScript({ target: { tabId: tab }, func: readHere, args: [address, from, to, MOST_WHOLE] });
    return result ? { ...result, body: blobOf(result.body) } : null;
  } catch (error) {
    if (error instanceof Error) return null; // the tab is gone, or may not be looked at
    throw error;
  }
}

/**
 * Runs in the page, apart from its scripts.
 * @param {string} address
 * @param {number} from
 * @param {number} to
 * @param {number} most bytes of an answer without ranges
 * @returns {Promise<{status: number, type: string, said: string, body: string} | null>} the body as a `data:` address
 */
async function readHere(address, from, to, most) {
  try {
    const answer = await fetch(address, { headers: { Range: `bytes=${from}-${to - 1}` }, mode: "same-origin", cache: "no-store" });
    const length = Number(answer.headers.get("Content-Length") ?? Infinity);
    if (!answer.ok || (answer.status !== 206 && length > most)) return null;
    const blob = await answer.blob();
    const reader = new FileReader();
    await new Promise((done, failed) => {
      reader.onload = done;
      reader.onerror = failed;
      reader.readAsDataURL(blob);
    });
    const type = (answer.headers.get("Content-Type") ?? "").split(";")[0];
    return { status: answer.status, type, said: answer.headers.get("Content-Range") ?? "", body: String(reader.result) };
  } catch {
    return null;
  }
}
