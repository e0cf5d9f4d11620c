/**
 * A decoded picture's own planes (Y, U, V) turned into RGB exactly as the server's decoder turns them: swscale's 16-bit arithmetic, one
 * chroma value for a block of pixels. A canvas would interpolate chroma and guess the matrix of untagged video, by its height.
 *
 * Not here: getting hold of the planes (frame-to-rgb.js).
 */

/** @typedef {import("../image/resize.js").Picture} Picture */
/** How a file says its colours are written; null where it says nothing, which means BT.601 as the server reads it.
 * @typedef {"bt709" | "bt601" | "bt2020"} Matrix
 * @typedef {{ matrix: Matrix | null, full: boolean | null }} Colours */
/** ``step``: bytes from one value to the next.
 * @typedef {{ data: Uint8Array, offset: number, stride: number, step: number }} Plane */

/** As codecs and containers number them (ITU-T H.273, table 4); others are as good as unsaid. @type {Record<number, Matrix>} */
export const MATRICES = { 1: "bt709", 5: "bt601", 6: "bt601", 9: "bt2020" };

/** Luma, V to red, U to blue, U to green, V to green; in 1/8192, of pixels in the range 16 to 235. */
const LIMITED = {
  bt601: [9539, 13075, 16525, -3209, -6660],
  bt709: [9539, 14688, 17305, -1747, -4366],
  bt2020: [9539, 13752, 17546, -1535, -5328],
};
/** The same of pixels in the range 0 to 255. */
const FULL = {
  bt601: [8192, 11485, 14516, -2819, -5850],
  bt709: [8192, 12902, 15201, -1534, -3835],
  bt2020: [8192, 12080, 15413, -1348, -4680],
};
const DARKEST = 16;

/**
 * @param {[Plane, Plane, Plane]} planes
 * @param {{ width: number, height: number, across: number, down: number }} shape the latter as shifts from pixels to
 *   chroma values
 * @param {Colours} colours
 * @returns {Picture}
 */
export function rgbOfPlanes([luma, blue, red], { width, height, across, down }, { matrix, full }) {
  const [light, redOfV, blueOfU, greenOfU, greenOfV] = (full ? FULL : LIMITED)[matrix ?? "bt601"];
  const darkest = full ? 0 : DARKEST * 8;
  const data = new Uint8Array(width * height * 3);
  for (let y = 0, to = 0; y < height; y++) {
    const line = luma.offset + y * luma.stride;
    const blues = blue.offset + (y >> down) * blue.stride;
    const reds = red.offset + (y >> down) * red.stride;
    for (let x = 0; x < width; x++, to += 3) {
      const bright = ((luma.data[line + x] * 8 - darkest) * light) >> 16;
      const u = blue.data[blues + (x >> across) * blue.step] * 8 - 1024;
      const v = red.data[reds + (x >> across) * red.step] * 8 - 1024;
      data[to] = byte(bright + ((v * redOfV) >> 16));
      data[to + 1] = byte(bright + ((u * greenOfU) >> 16) + ((v * greenOfV) >> 16));
      data[to + 2] = byte(bright + ((u * blueOfU) >> 16));
    }
  }
  return { data, width, height };
}

/** @param {number} value */
function byte(value) {
  return value < 0 ? 0 : value > 255 ? 255 : value;
}
