/**
 * Boxes of the face detector: moved by a net's regression, made square, thinned out where they overlap; the same arithmetic, in the same
 * 32-bit numbers, as telltale/faces/mtcnn.py.
 *
 * Not here: the nets (mtcnn.js).
 */

/**
 * Left, top, right, bottom in frame pixels, and the score, for each box: n * 5 numbers.
 * @typedef {Float32Array} Boxes
 */

/**
 * @param {Boxes} boxes
 * @param {number[]} kept
 * @returns {Boxes}
 */
export function chosen(boxes, kept) {
  const out = new Float32Array(kept.length * 5);
  kept.forEach((box, row) => out.set(boxes.subarray(box * 5, box * 5 + 5), row * 5));
  return out;
}

/**
 * Boxes moved by offsets that are shares of their width and height, with the scores that the same net gave.
 * @param {Boxes} boxes
 * @param {ArrayLike<number>} offsets n * 4
 * @param {ArrayLike<number>} scores n
 * @returns {Boxes}
 */
export function corrected(boxes, offsets, scores) {
  const out = new Float32Array(boxes.length);
  for (let row = 0; row * 5 < boxes.length; row++) {
    const at = row * 5;
    const size = [boxes[at + 2] - boxes[at], boxes[at + 3] - boxes[at + 1]];
    for (let side = 0; side < 4; side++) {
      out[at + side] = boxes[at + side] + Math.fround(offsets[row * 4 + side] * Math.fround(size[side % 2]));
    }
    out[at + 4] = scores[row];
  }
  return out;
}

/**
 * The square boxes around the same centres.
 * @param {Boxes} boxes
 * @returns {Boxes}
 */
export function squared(boxes) {
  const out = new Float32Array(boxes.length);
  for (let at = 0; at < boxes.length; at += 5) {
    const half = Math.fround(Math.max(Math.fround(boxes[at + 2] - boxes[at]), Math.fround(boxes[at + 3] - boxes[at + 1]), 0) / 2);
    for (let axis = 0; axis < 2; axis++) {
      const centre = Math.fround(Math.fround(boxes[at + axis] + boxes[at + axis + 2]) / 2);
      out[at + axis] = centre - half;
      out[at + axis + 2] = centre + half;
    }
    out[at + 4] = boxes[at + 4];
  }
  return out;
}

/**
 * Non-maximum suppression: the numbers of the boxes kept, best first.
 * @param {Boxes} boxes
 * @param {number} overlap
 * @param {boolean} [overSmaller] measure overlap against the smaller box, not against both together
 * @returns {number[]}
 */
export function suppressed(boxes, overlap, overSmaller = false) {
  const areas = Array.from({ length: boxes.length / 5 }, (_, box) => {
    const at = box * 5;
    return (boxes[at + 2] - boxes[at]) * (boxes[at + 3] - boxes[at + 1]);
  });
  let order = areas.map((_, box) => box).sort((one, other) => boxes[other * 5 + 4] - boxes[one * 5 + 4] || one - other);
  const kept = [];
  while (order.length) {
    const [best, ...rest] = order;
    kept.push(best);
    order = rest.filter((box) => {
      const common = shared(boxes, best * 5, box * 5);
      const whole = overSmaller ? Math.min(areas[best], areas[box]) : areas[best] + areas[box] - common;
      return common <= overlap * whole;
    });
  }
  return kept;
}

/**
 * The area that two boxes have in common.
 * @param {Boxes} boxes
 * @param {number} one
 * @param {number} other
 */
function shared(boxes, one, other) {
  const width = Math.min(boxes[one + 2], boxes[other + 2]) - Math.max(boxes[one], boxes[other]);
  const height = Math.min(boxes[one + 3], boxes[other + 3]) - Math.max(boxes[one + 1], boxes[other + 1]);
  return Math.max(width, 0) * Math.max(height, 0);
}
