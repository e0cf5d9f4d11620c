/**
 * A picture that the browser decoded, as RGB: from the decoder's own planes where it hands them out (WebCodecs), else through a canvas.
 *
 * Not here: which picture that is (webcodecs.js, video-element.js).
 */

import { rgbOfPlanes } from "./yuv-to-rgb.js";
import { rgbOf } from "../image/resize.js";

/** @typedef {import("../image/resize.js").Picture} Picture */
/** @typedef {import("./yuv-to-rgb.js").Colours} Colours */

/** Shifts from pixels to chroma values, across and down. */
const PLANAR = /** @type {Record<string, [number, number]>} */ ({ I420: [1, 1], I422: [1, 0], I444: [0, 0], NV12: [1, 1] });
/**
 * A decoded frame as RGB, upright.
 * @param {VideoFrame} frame
 * @param {Colours | null} colours as the file says; null where that is not known
 * @param {number} turn by how many degrees, clockwise, its pictures are turned
 * @returns {Promise<Picture>}
 */
export async function pictureOf(frame, colours, turn) {
  const shifts = frame.format && PLANAR[frame.format];
  if (!shifts || !frame.visibleRect) return drawn(frame, frame.displayWidth, frame.displayHeight);
  const bytes = new Uint8Array(frame.allocationSize());
  const layout = await frame.copyTo(bytes);
  const [luma, blue, red] = layout.map(({ offset, stride }) => ({ data: bytes, offset, stride, step: 1 }));
  const { width, height } = frame.visibleRect;
  const [across, down] = shifts;
  const paired = frame.format === "NV12";
  const planes = paired ? [luma, { ...blue, step: 2 }, { ...blue, offset: blue.offset + 1, step: 2 }] : [luma, blue, red];
  const picture = rgbOfPlanes(/** @type {any} */ (planes), { width, height, across, down }, colours ?? guessed(frame));
  return turned(picture, turn);
}

/**
 * What the browser says of the colours. For untagged video that is its own guess, by the height; where it can be, the file is asked
 * (local/media/mp4.js, local/media/webm.js).
 * @param {VideoFrame} frame
 * @returns {Colours}
 */
function guessed({ colorSpace }) {
  const matrix = /** @type {string | null} */ (colorSpace.matrix);
  return { matrix: matrix === "bt709" ? "bt709" : matrix === "bt2020-ncl" ? "bt2020" : "bt601", full: Boolean(colorSpace.fullRange) };
}

/**
 * Through a canvas, in the browser's own colours.
 * @param {CanvasImageSource} source
 * @param {number} width
 * @param {number} height
 * @returns {Picture}
 */
export function drawn(source, width, height) {
  const canvas = new OffscreenCanvas(width, height);
  const context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));
  context.drawImage(source, 0, 0, width, height);
  return rgbOf(context.getImageData(0, 0, width, height));
}

/**
 * Turned clockwise.
 * @param {Picture} picture
 * @param {number} degrees
 * @returns {Picture}
 */
function turned(picture, degrees) {
  const quarters = (((Math.round(degrees / 90) % 4) + 4) % 4);
  if (!quarters) return picture;
  const { data, width, height } = picture;
  const out = new Uint8Array(data.length);
  const [across, down] = quarters % 2 ? [height, width] : [width, height];
  for (let y = 0, to = 0; y < down; y++) {
    for (let x = 0; x < across; x++, to += 3) {
      const [fromX, fromY] = quarters === 1 ? [y, height - 1 - x] : quarters === 2 ? [width - 1 - x, height - 1 - y] : [width - 1 - y, x];
      const from = (fromY * width + fromX) * 3;
      out[to] = data[from];
      out[to + 1] = data[from + 1];
      out[to + 2] = data[from + 2];
    }
  }
  return { data: out, width: across, height: down };
}
