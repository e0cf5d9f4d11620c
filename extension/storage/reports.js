/**
 * Reports of checks that were made on this device, with their pictures: kept on it, in the extension's own database, for no server has them.
 *
 * The newest few only, or just the last one where the person wants no history. Not here: those of a server, which are asked for again.
 */

import { upgraded } from "../api/report-upgrade.js";
import { within } from "./indexed-db.js";
import { getRemember } from "./preferences.js";

const REPORTS = { database: "telltale-reports", table: "reports" };
const MOST = 20;

/** @typedef {import("../local/pipeline.js").Result} Result */

/**
 * @param {string} id
 * @param {Result} result
 */
export async function keepReport(id, result) {
  const most = (await getRemember()) ? MOST : 1;
  await within(REPORTS, "readwrite", (store) => store.put({ ...result, at: Date.now() }, id));
  const kept = /** @type {[string, {at: number}][]} */ (await entries());
  kept.sort(([, one], [, other]) => other.at - one.at);
  for (const [old] of kept.slice(most)) await dropReport(old);
}

/**
 * @param {string} id
 * @returns {Promise<Result | undefined>}
 */
export async function keptReport(id) {
  const kept = await within(REPORTS, "readonly", (store) => store.get(id));
  return kept && { ...kept, report: upgraded(kept.report) };
}

/** @param {string} id */
export async function dropReport(id) {
  await within(REPORTS, "readwrite", (store) => store.delete(id));
}

/** Forgets all of them. */
export async function dropReports() {
  await within(REPORTS, "readwrite", (store) => store.clear());
}

/** @returns {Promise<[IDBValidKey, any][]>} */
async function entries() {
  const keys = await within(REPORTS, "readonly", (store) => store.getAllKeys());
  const values = await within(REPORTS, "readonly", (store) => store.getAll());
  return keys.map((/** @type {IDBValidKey} */ key, /** @type {number} */ place) => [key, values[place]]);
}
