/** Pictures as bytes: out of `data:` addresses, and whether they show anything. */

const SMALL = 24;
const FLAT = 10;

/**
 * @param {string} address `data:image/...;base64,...`
 * @returns {Blob}
 */
export function blobOf(address) {
  const [head, body] = address.split(",", 2);
  const bytes = Uint8Array.from(atob(body), (letter) => letter.charCodeAt(0));
  return new Blob([bytes], { type: head.slice("data:".length).split(";")[0] });
}

/**
 * Whether a picture is of one even dark colour, as a browser gives where a film is protected against copying.
 * @param {Blob} blob
 */
export async function isBlank(blob) {
  const picture = await createImageBitmap(blob, { resizeWidth: SMALL, resizeHeight: SMALL, resizeQuality: "medium" });
  const context = /** @type {OffscreenCanvasRenderingContext2D} */ (new OffscreenCanvas(SMALL, SMALL).getContext("2d", { alpha: false }));
  context.drawImage(picture, 0, 0);
  picture.close();
  const { data } = context.getImageData(0, 0, SMALL, SMALL);
  const colours = data.filter((_, place) => place % 4 < 3);
  return Math.max(...colours) < 2 * FLAT && Math.max(...colours) - Math.min(...colours) < FLAT;
}
