/**
 * The checks of the past, newest first: what was asked, when, and the verdict in a line. Kept on this computer only, and only where the
 * person wants it.
 *
 * Not here: Reports and pictures. The server keeps those for a while, and the panel asks it for them again.
 */

import { dropReport, dropReports } from "./reports.js";
import { getRemember } from "./preferences.js";

const MOST = 500;
const LONGEST = 300;

/**
 * @typedef {object} Past
 * @property {string} job
 * @property {string} server an origin; "" where the check was made on this device
 * @property {string} url
 * @property {string} name the video's title, or its file's name
 * @property {import("../api/types.js").Verdict} verdict
 * @property {string} headline
 * @property {number | null} probability 0..1
 * @property {number} at milliseconds since 1970
 */

/** @returns {Promise<Past[]>} */
export async function getHistory() {
  return /** @type {Past[]} */ ((await chrome.storage.local.get("history")).history ?? []);
}

/**
 * Notes a finished check, once however often its Report is shown.
 * @param {{job?: string, server: string, url: string}} check
 * @param {import("../api/types.js").Report} report
 */
export function remember({ job = "", server, url }, report) {
  return change(async (past) => {
    if (!(await getRemember()) || past.some((entry) => entry.job === job && entry.server === server)) return past;
    const { verdict, headline, fake_probability: probability, source } = report;
    const name = (source.title || source.name).slice(0, LONGEST);
    return [{ job, server, url, name, verdict, headline, probability, at: Date.now() }, ...past].slice(0, MOST);
  });
}

/** @param {{job?: string, server: string}} check */
export async function forgetPast({ job = "", server }) {
  if (!server) await dropReport(job);
  await change((past) => past.filter((entry) => entry.job !== job || entry.server !== server));
}

export async function clearHistory() {
  await dropReports();
  await change(() => []);
}

/**
 * Those in which every word that was typed occurs.
 * @param {Past[]} past
 * @param {string} typed
 */
export function found(past, typed) {
  const words = typed.toLocaleLowerCase().split(/\s+/);
  return past.filter(({ name, url, headline }) => {
    const text = `${name}\n${url}\n${headline}`.toLocaleLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/**
 * Two panels write one after the other.
 * @param {(past: Past[]) => Past[] | Promise<Past[]>} act
 */
function change(act) {
  return navigator.locks.request("telltale-history", async () => {
    await chrome.storage.local.set({ history: await act(await getHistory()) });
  });
}
