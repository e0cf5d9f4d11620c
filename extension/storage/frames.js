/**
 * Captured frames between their taking and their check: in the extension's own database, one request at a time, never in the background.
 *
 * They are dropped as soon as a server has them or they are checked here, when the next ones are taken, and when the browser starts.
 */

import { within } from "./indexed-db.js";

const FRAMES = { database: "telltale", table: "frames" };

/**
 * @param {string} request the id of the request they were taken for
 * @param {import("../capture/capture.js").Captured} captured
 */
export async function keepFrames(request, captured) {
  await within(FRAMES, "readwrite", (store) => {
    store.clear();
    return store.put(captured, request);
  });
}

/**
 * @param {string} request
 * @returns {Promise<import("../capture/capture.js").Captured | undefined>}
 */
export function keptFrames(request) {
  return within(FRAMES, "readonly", (store) => store.get(request));
}

/** Forgets all frames. */
export async function dropFrames() {
  await within(FRAMES, "readwrite", (store) => store.clear());
}
