// Whose a check is: a secret of this browser's, which goes to this server with every request and stands in no link.
// Python's side: space/core/ownership.py.

const KEPT = "telltale-owner";

/** @returns {string} the secret, made at the first call; where the browser keeps nothing, it lasts as long as the page */
const secret = (() => {
  /** @type {string | undefined} */
  let made;
  return () => (made ??= kept() ?? fresh());
})();

/** @returns {string | null} */
function kept() {
  try {
    return localStorage.getItem(KEPT);
  } catch {
    return null; // forbidden here, as in a frame of another site
  }
}

/** @returns {string} */
function fresh() {
  const made = [...crypto.getRandomValues(new Uint8Array(32))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  try {
    localStorage.setItem(KEPT, made);
  } catch {
    // as above
  }
  return made;
}

/** @returns {string} for Python's `show` */
export const owner = () => secret();

/** @returns {Record<string, string>} the header that shows it */
export const ownership = () => ({ "Telltale-Owner": secret() });

/**
 * Lets the links that save a file save the owner's copy of it, which names the file that was checked.
 * @param {HTMLElement} result
 */
export function savingAsOwner(result) {
  const links = /** @type {NodeListOf<HTMLAnchorElement>} */ (result.querySelectorAll("a[download]:not([href^='blob:'])"));
  for (const link of links) link.addEventListener("click", async (event) => {
    event.preventDefault();
    const answer = await fetch(link.href, { headers: ownership() }).catch(() => null);
    const copy = document.createElement("a");
    copy.download = link.download;
    copy.href = answer?.ok ? URL.createObjectURL(await answer.blob()) : link.href;
    copy.click();
    setTimeout(() => URL.revokeObjectURL(copy.href), 60_000);
  });
}
