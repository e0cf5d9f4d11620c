/**
 * Planes of numbers: grey levels, and resizing as OpenCV does it, so that what is measured on a face here equals what the server measures.
 *
 * Not here: colour pictures (`resize.js`).
 */

/** @typedef {{data: Float32Array, width: number, height: number}} Plane row by row */

/**
 * Grey as OpenCV rounds it, 0..255.
 * @param {import("./resize.js").Picture} picture
 * @param {{left: number, top: number, width: number, height: number}} part
 * @returns {Plane}
 */
export function grey(picture, { left, top, width, height }) {
  const data = new Float32Array(width * height);
  for (let y = 0, to = 0; y < height; y++) {
    let from = ((top + y) * picture.width + left) * 3;
    for (let x = 0; x < width; x++, from += 3) {
      data[to++] = (picture.data[from] * 9798 + picture.data[from + 1] * 19235 + picture.data[from + 2] * 3735 + 16384) >> 15;
    }
  }
  return { data, width, height };
}

/**
 * Shrinks by the mean over each new pixel's area.
 * @param {Plane} plane
 * @param {number} width
 * @param {number} height
 * @returns {Plane}
 */
export function shrunk(plane, width, height) {
  const across = shares(plane.width, width);
  const down = shares(plane.height, height);
  const data = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (const [row, tall] of down[y]) for (const [column, wide] of across[x]) sum += tall * wide * plane.data[row * plane.width + column];
      data[y * width + x] = sum;
    }
  }
  return { data, width, height };
}

/**
 * @param {number} before pixels along one side
 * @param {number} after
 * @returns {[number, number][][]} for each new pixel the old ones under it, with their shares, which add up to 1
 */
function shares(before, after) {
  const step = before / after;
  return Array.from({ length: after }, (_, place) => {
    const [start, stop] = [place * step, Math.min((place + 1) * step, before)];
    /** @type {[number, number][]} */
    const found = [];
    for (let at = Math.floor(start); at < stop - 1e-9; at++) {
      found.push([at, (Math.min(at + 1, stop) - Math.max(at, start)) / (stop - start)]);
    }
    return found;
  });
}

/** Of the cubic kernel, as OpenCV has it. */
const SHARPNESS = -0.75;

/**
 * Enlarges by cubic interpolation (`smooth`) or by linear; beyond the edge its last values go on.
 * @param {Plane} plane
 * @param {number} width
 * @param {number} height
 * @param {boolean} smooth
 * @returns {Plane}
 */
export function enlarged(plane, width, height, smooth) {
  const [across, down] = [taps(plane.width, width, smooth), taps(plane.height, height, smooth)];
  const half = new Float32Array(width * plane.height);
  for (let y = 0; y < plane.height; y++) {
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (const [column, weight] of across[x]) sum += weight * plane.data[y * plane.width + column];
      half[y * width + x] = sum;
    }
  }
  const data = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    for (const [row, weight] of down[y]) for (let x = 0; x < width; x++) data[y * width + x] += weight * half[row * width + x];
  }
  return { data, width, height };
}

/**
 * @param {number} before pixels along one side
 * @param {number} after
 * @param {boolean} smooth
 * @returns {[number, number][][]} for each new pixel the old ones that it comes from, with their weights
 */
function taps(before, after, smooth) {
  return Array.from({ length: after }, (_, place) => {
    const at = ((place + 0.5) * before) / after - 0.5;
    const whole = Math.floor(at);
    const weights = smooth ? cubic(at - whole) : [0, 1 - (at - whole), at - whole, 0];
    return weights.map((weight, number) => /** @type {[number, number]} */ ([Math.min(Math.max(whole - 1 + number, 0), before - 1), weight]));
  });
}

/** @param {number} at 0..1 between the second and the third of four values */
function cubic(at) {
  const a = SHARPNESS;
  const far = (/** @type {number} */ x) => ((a * x - 5 * a) * x + 8 * a) * x - 4 * a;
  const near = (/** @type {number} */ x) => ((a + 2) * x - (a + 3)) * x * x + 1;
  const three = [far(at + 1), near(at), near(1 - at)];
  return [...three, 1 - three[0] - three[1] - three[2]];
}
