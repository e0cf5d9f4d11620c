/**
 * Faces of a frame with their five landmarks, as telltale/faces/detectors.py finds them with the embedded MTCNN: searched at a long side of 640
 * pixels; a caller who finds nothing in any frame asks again with a smaller ``minFace``, and the frame is searched at up to its own size.
 *
 *     const session = await loadCascade(ort, "…/mtcnn/");
 *     for (const face of await findFaces(imageData, session)) alignCrop(imageData, face.landmarks, 224, 0.1);
 *
 * Not here: which frames are searched (frame-search.js), cropping (align.js), people.
 */

import { EAGER_THRESHOLDS, followed, found, loadCascade } from "./mtcnn.js";
import { resized, rgbOf, rounded } from "../image/resize.js";
import { RULES } from "../rules.js";

export { loadCascade };

/** @typedef {import("./mtcnn.js").Cascade} Cascade */
/** @typedef {import("../image/resize.js").Picture} Picture */
/**
 * Box left, top, right, bottom; landmarks eyes, nose, mouth corners, the viewer's left first; frame pixels. ``size`` is the box's longer
 * side. A face that is not ``sure`` was found only by the second, eager look: it is listed and never judged.
 * @typedef {{ box: number[], score: number, landmarks: [number, number][], size: number, sure: boolean }} Face
 */

const { search_side: SEARCH_SIDE, search_face: SEARCH_FACE, least_face: LEAST_FACE } = RULES.detector;

/**
 * Faces, largest first.
 * @param {{ data: ArrayLike<number>, width: number, height: number }} image RGBA, an ImageData
 * @param {Cascade} session
 * @param {number | null} [minFace] frame pixels; null is whatever the fast search sees
 * @returns {Promise<Face[]>}
 */
export function findFaces(image, session, minFace = null) {
  return facesIn(rgbOf(image), session, minFace);
}

/**
 * The same in a frame that is RGB already.
 * @param {Picture} frame
 * @param {Cascade} session
 * @param {number | null} [minFace]
 * @returns {Promise<Face[]>}
 */
export async function facesIn(frame, session, minFace = null) {
  const scale = searchScale(frame, minFace);
  const smallest = minFace === null ? SEARCH_FACE : Math.max(LEAST_FACE, minFace * scale);
  const small = shrunk(frame, scale);
  let seen = await found(session, small, smallest);
  const sure = seen.boxes.length > 0 || minFace === null;
  if (!sure) seen = await found(session, small, smallest, EAGER_THRESHOLDS);
  return facesOf(seen, scale, sure);
}

/**
 * The faces of a frame shortly before, where they are now, largest first; none where they are not all found again.
 * @param {Picture} frame
 * @param {Cascade} session
 * @param {Face[]} faces
 * @returns {Promise<Face[]>}
 */
export async function followedIn(frame, session, faces) {
  if (!faces.length || !faces.every(({ sure }) => sure)) return [];
  const scale = searchScale(frame, null);
  const boxes = Float32Array.from(faces.flatMap(({ box, score }) => [...box.map((side) => side * scale), score]));
  const seen = await followed(session, shrunk(frame, scale), boxes);
  return seen.boxes.length === boxes.length ? facesOf(seen, scale, true) : [];
}

/**
 * By how much a frame is shrunk before it is searched: never enlarged, never so small that the face asked for vanishes.
 * @param {Picture} frame
 * @param {number | null} minFace
 */
function searchScale(frame, minFace) {
  const scale = Math.min(1, SEARCH_SIDE / Math.max(frame.width, frame.height));
  return minFace === null ? scale : Math.min(1, Math.max(scale, SEARCH_FACE / minFace));
}

/**
 * @param {Picture} frame
 * @param {number} scale
 */
function shrunk(frame, scale) {
  if (scale === 1) return frame;
  return resized(frame, Math.max(1, rounded(frame.width * scale)), Math.max(1, rounded(frame.height * scale)));
}

/**
 * @param {import("./mtcnn.js").Found} seen
 * @param {number} scale
 * @param {boolean} sure
 */
function facesOf(seen, scale, sure) {
  const faces = Array.from({ length: seen.boxes.length / 5 }, (_, row) => faceOf(seen, row, scale, sure));
  return faces.sort((one, other) => other.size - one.size);
}

/**
 * @param {import("./mtcnn.js").Found} seen
 * @param {number} row
 * @param {number} scale
 * @param {boolean} sure
 * @returns {Face}
 */
function faceOf({ boxes, landmarks }, row, scale, sure) {
  const [x0, y0, x1, y1] = Array.from(boxes.subarray(row * 5, row * 5 + 4), (side) => Math.fround(side / scale));
  const points = Array.from({ length: 5 }, (_, point) => {
    const at = row * 10 + point * 2;
    return /** @type {[number, number]} */ ([Math.fround(landmarks[at] / scale), Math.fround(landmarks[at + 1] / scale)]);
  });
  return { box: [x0, y0, x1, y1], score: boxes[row * 5 + 4], landmarks: points, size: Math.max(x1 - x0, y1 - y0), sure };
}
