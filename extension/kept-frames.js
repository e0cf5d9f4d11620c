/**
 * Captured frames between their taking and their check: in the extension's own database, one request at a time, never in the background.
 *
 * They are dropped as soon as a server has them or they are checked here, when the next ones are taken, and when the browser starts.
 */

const NAME = "telltale";
const FRAMES = "frames";

/**
 * @param {string} request the id of the request they were taken for
 * @param {import("./capture.js").Captured} captured
 */
export async function keepFrames(request, captured) {
  await within("readwrite", (store) => {
    store.clear();
    return store.put(captured, request);
  });
}

/**
 * @param {string} request
 * @returns {Promise<import("./capture.js").Captured | undefined>}
 */
export function keptFrames(request) {
  return within("readonly", (store) => store.get(request));
}

/** Forgets all frames. */
export async function dropFrames() {
  await within("readwrite", (store) => store.clear());
}

/**
 * @param {IDBTransactionMode} mode
 * @param {(store: IDBObjectStore) => IDBRequest} act
 * @returns {Promise<any>} what came of it, once it is written
 */
async function within(mode, act) {
  const database = await opened();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(FRAMES, mode);
      const asked = act(transaction.objectStore(FRAMES));
      transaction.oncomplete = () => resolve(asked.result);
      transaction.onabort = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}

/** @returns {Promise<IDBDatabase>} */
function opened() {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(NAME, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(FRAMES);
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
  });
}
