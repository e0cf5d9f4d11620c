/**
 * The worker that counts looks while frames are still being taken (`looks.js`). It gets one `Blob` of a picture after the other and answers
 * each with the most looks at one person so far, as the check will count them.
 */

import { facesIn } from "./faces/detector.js";
import { group } from "./faces/tracking.js";
import { loadCascade } from "./faces/mtcnn.js";
import { drawn } from "./decode/frame-to-rgb.js";
import { loadRuntime, VENDOR } from "./runtime.js";
import { RULES } from "./rules.js";

const cascade = loadRuntime().then((ort) => loadCascade(ort, `${VENDOR}mtcnn/`));
/** @type {import("./faces/detector.js").Face[][]} */
const seen = [];
let before = Promise.resolve();

self.onmessage = ({ data }) => {
  before = before.then(() => look(data));
};
self.onunhandledrejection = ({ reason }) => {
  throw reason;
};

/** @param {Blob} blob */
async function look(blob) {
  const bitmap = await createImageBitmap(blob);
  const faces = await facesIn(drawn(bitmap, bitmap.width, bitmap.height), await cascade);
  bitmap.close();
  seen.push(faces.filter(({ size }) => size >= RULES.search.smallest_face));
  postMessage(Math.max(0, ...group(seen).map((track) => track.length)));
}
