/** A table of the extension's own database in this browser: opened for one transaction at a time, never held. */

/** @typedef {{ database: string, table: string }} Place */

/**
 * @param {Place} place
 * @param {IDBTransactionMode} mode
 * @param {(table: IDBObjectStore) => IDBRequest} act
 * @returns {Promise<any>} what came of it, once it is written
 */
export async function within(place, mode, act) {
  const database = await opened(place);
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(place.table, mode);
      const asked = act(transaction.objectStore(place.table));
      transaction.oncomplete = () => resolve(asked.result);
      transaction.onabort = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}

/**
 * @param {Place} place
 * @returns {Promise<IDBDatabase>}
 */
function opened({ database, table }) {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(database, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(table);
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
  });
}
