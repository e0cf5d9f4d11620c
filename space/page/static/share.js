// Sharing a result: its link into the clipboard, or to whatever the device shares with. Files to keep are plain links (keep_card.py).

/**
 * @param {HTMLElement} result
 * @param {string} id
 * @param {Record<string, string>} words
 */
export function keeping(result, id, words) {
  const copy = /** @type {HTMLButtonElement | null} */ (result.querySelector(".tt-copy"));
  const share = /** @type {HTMLButtonElement | null} */ (result.querySelector(".tt-share"));
  const told = result.querySelector(".tt-keep [role=status]");
  if (!copy || !share || !told) return;
  const address = new URL(`?check=${id}`, document.baseURI).href;
  copy.addEventListener("click", async () => {
    told.textContent = (await copied(address)) ? words.copied : address;
  });
  share.hidden = !navigator.share;
  share.addEventListener("click", async () => {
    try {
      await navigator.share({ title: document.title, url: address });
    } catch (error) {
      if (!(error instanceof DOMException)) throw error; // turned away from, or not allowed: the link can still be copied
    }
  });
}

/** @param {string} text @returns {Promise<boolean>} */
async function copied(text) {
  try {
    await navigator.clipboard.writeText(text); // browsers have it on https and on this machine only
    return true;
  } catch {
    return false;
  }
}
