/**
 * Pictures made smaller or larger exactly as the server's detector makes them: OpenCV's INTER_AREA on bytes, which averages where it
 * shrinks both ways and else interpolates linearly in fixed point. A canvas would blend differently from browser to browser.
 *
 * Not here: cutting faces out (tensors.js), turning them upright (local/faces/align.js).
 */

/**
 * RGB, three bytes a pixel, row by row.
 * @typedef {{ data: Uint8Array, width: number, height: number }} Picture
 */

/** @typedef {{ from: Int32Array, to: Int32Array, share: Float32Array }} Taps */

const ONE = 2048;

/**
 * @param {{ data: ArrayLike<number>, width: number, height: number }} image RGBA
 * @returns {Picture}
 */
export function rgbOf({ data, width, height }) {
  const rgb = new Uint8Array(width * height * 3);
  for (let from = 0, to = 0; to < rgb.length; from += 4, to += 3) {
    rgb[to] = data[from];
    rgb[to + 1] = data[from + 1];
    rgb[to + 2] = data[from + 2];
  }
  return { data: rgb, width, height };
}

/**
 * @param {Picture} picture
 * @param {number} width
 * @param {number} height
 * @returns {Picture}
 */
export function resized(picture, width, height) {
  if (width === picture.width && height === picture.height) return picture;
  const across = 1 / (width / picture.width);
  const down = 1 / (height / picture.height);
  if (across < 1 || down < 1) return interpolated(picture, width, height);
  if (isWhole(across) && isWhole(down)) return averaged(picture, width, height, Math.round(across), Math.round(down));
  return weighed(picture, width, height, taps(picture.width, width, across), taps(picture.height, height, down));
}

/** @param {number} value */
function isWhole(value) {
  return Math.abs(value - Math.round(value)) < Number.EPSILON;
}

/**
 * To the nearest whole number, halves to the even one.
 * @param {number} value
 */
export function rounded(value) {
  const floor = Math.floor(value);
  const over = value - floor;
  return over > 0.5 || (over === 0.5 && floor % 2 !== 0) ? floor + 1 : floor;
}

/**
 * Blocks of whole pixels.
 * @param {Picture} picture
 * @param {number} width
 * @param {number} height
 * @param {number} across
 * @param {number} down
 * @returns {Picture}
 */
function averaged(picture, width, height, across, down) {
  const out = new Uint8Array(width * height * 3);
  const area = across * down;
  const share = Math.fround(1 / area);
  const halves = across === 2 && down === 2;
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width * 3; x++, at++) {
      const corner = (y * down * picture.width + Math.floor(x / 3) * across) * 3 + (x % 3);
      let sum = 0;
      for (let row = 0; row < down; row++) {
        for (let column = 0; column < across; column++) sum += picture.data[corner + (row * picture.width + column) * 3];
      }
      out[at] = halves ? (sum + 2) >> 2 : rounded(Math.fround(sum * share));
    }
  }
  return { data: out, width, height };
}

/**
 * Which source pixels make up each target pixel, and by how much.
 * @param {number} source
 * @param {number} target
 * @param {number} scale
 * @returns {Taps}
 */
function taps(source, target, scale) {
  const from = /** @type {number[]} */ ([]);
  const to = /** @type {number[]} */ ([]);
  const share = /** @type {number[]} */ ([]);
  const add = (/** @type {number} */ target, /** @type {number} */ source, /** @type {number} */ weight) => {
    to.push(target);
    from.push(source);
    share.push(weight);
  };
  for (let each = 0; each < target; each++) {
    const start = each * scale;
    const stop = start + scale;
    const width = Math.min(scale, source - start);
    const last = Math.min(Math.floor(stop), source - 1);
    const first = Math.min(Math.ceil(start), last);
    if (first - start > 1e-3) add(each, first - 1, (first - start) / width);
    for (let pixel = first; pixel < last; pixel++) add(each, pixel, 1 / width);
    if (stop - last > 1e-3) add(each, last, Math.min(stop - last, 1, width) / width);
  }
  return { from: Int32Array.from(from), to: Int32Array.from(to), share: Float32Array.from(share) };
}

/**
 * Weighed means over areas whose edges cut pixels.
 * @param {Picture} picture
 * @param {number} width
 * @param {number} height
 * @param {Taps} across
 * @param {Taps} down
 * @returns {Picture}
 */
function weighed(picture, width, height, across, down) {
  const out = new Uint8Array(width * height * 3);
  const row = new Float32Array(width * 3);
  const sum = new Float32Array(width * 3);
  let read = -1;
  for (let tap = 0; tap < down.to.length; tap++) {
    if (down.from[tap] !== read) {
      read = down.from[tap];
      squeezed(picture, read, across, row);
    }
    const beta = down.share[tap];
    for (let x = 0; x < sum.length; x++) sum[x] += Math.fround(beta * row[x]);
    if (down.to[tap] !== down.to[tap + 1]) {
      const line = down.to[tap] * width * 3;
      for (let x = 0; x < sum.length; x++) out[line + x] = rounded(sum[x]);
      sum.fill(0);
    }
  }
  return { data: out, width, height };
}

/**
 * One row of a picture made narrower.
 * @param {Picture} picture
 * @param {number} number
 * @param {Taps} across
 * @param {Float32Array} row filled
 */
function squeezed(picture, number, { from, to, share }, row) {
  const { data } = picture;
  const line = number * picture.width * 3;
  row.fill(0);
  for (let tap = 0; tap < to.length; tap++) {
    const source = line + from[tap] * 3;
    const target = to[tap] * 3;
    const alpha = share[tap];
    row[target] += Math.fround(data[source] * alpha);
    row[target + 1] += Math.fround(data[source + 1] * alpha);
    row[target + 2] += Math.fround(data[source + 2] * alpha);
  }
}

/**
 * Linear interpolation in fixed point, at the places that OpenCV takes for an area that is not to shrink.
 * @param {Picture} picture
 * @param {number} width
 * @param {number} height
 * @returns {Picture}
 */
function interpolated(picture, width, height) {
  const out = new Uint8Array(width * height * 3);
  const columns = places(picture.width, width);
  const rows = places(picture.height, height);
  const above = new Int32Array(width * 3);
  const below = new Int32Array(width * 3);
  for (let y = 0; y < height; y++) {
    stretched(picture, rows.from[y], columns, above);
    stretched(picture, Math.min(rows.from[y] + 1, picture.height - 1), columns, below);
    const [first, second] = [rows.first[y], rows.second[y]];
    for (let x = 0; x < width * 3; x++) {
      out[y * width * 3 + x] = (((first * (above[x] >> 4)) >> 16) + ((second * (below[x] >> 4)) >> 16) + 2) >> 2;
    }
  }
  return { data: out, width, height };
}

/**
 * @param {number} source
 * @param {number} target
 */
function places(source, target) {
  const inverse = target / source;
  const scale = 1 / inverse;
  const from = new Int32Array(target);
  const first = new Int32Array(target);
  const second = new Int32Array(target);
  for (let each = 0; each < target; each++) {
    const place = Math.floor(each * scale);
    const past = Math.fround(each + 1 - (place + 1) * inverse);
    const share = place >= source - 1 || past <= 0 ? 0 : Math.fround(past - Math.floor(past));
    from[each] = Math.min(place, source - 1);
    first[each] = rounded(Math.fround(Math.fround(1 - share) * ONE));
    second[each] = rounded(Math.fround(share * ONE));
  }
  return { from, first, second };
}

/**
 * One row of a picture made wider.
 * @param {Picture} picture
 * @param {number} number
 * @param {ReturnType<typeof places>} columns
 * @param {Int32Array} row filled
 */
function stretched(picture, number, { from, first, second }, row) {
  const { data, width } = picture;
  for (let x = 0, at = 0; x < from.length; x++) {
    const here = (number * width + from[x]) * 3;
    const next = (number * width + Math.min(from[x] + 1, width - 1)) * 3;
    for (let channel = 0; channel < 3; channel++, at++) row[at] = data[here + channel] * first[x] + data[next + channel] * second[x];
  }
}
