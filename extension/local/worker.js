/**
 * The worker in which a check on the device computes, so that the panel stays quick and a check can be stopped at once, by ending it.
 *
 * One worker makes one check. It gets `{frame}` for each frame in order of time, then `{source, started}`. It answers `{progress}` any number
 * of times, then `{result}`; what goes wrong is an `error` event. The runtime and the models are files of the extension: nothing is asked of
 * the network.
 *
 * @typedef {{step: string, done: number, total: number}} Progress `total` is 0 where it is not known
 */

import { Analysis } from "./pipeline.js";
import { loadCascade } from "./faces/mtcnn.js";
import { loadClassifier } from "./verdict/classifier.js";
import { loadRuntime, VENDOR } from "./runtime.js";

const engine = load();
const analysis = new Analysis(engine);
let [given, searched] = [0, 0];

self.onmessage = async ({ data }) => {
  if (data.frame) {
    given++;
    analysis.add(data.frame, () => tell("faces", ++searched, given));
  } else {
    postMessage({ result: await analysis.finish(data.source, data.started, tell) });
  }
};
self.onunhandledrejection = ({ reason }) => {
  throw reason;
};

/**
 * @param {string} step
 * @param {number} done
 * @param {number} total
 */
function tell(step, done, total) {
  postMessage({ progress: { step, done, total } });
}

/** @returns {Promise<import("./pipeline.js").Engine>} */
async function load() {
  const ort = await loadRuntime();
  const cascade = await loadCascade(ort, `${VENDOR}mtcnn/`);
  return { cascade, classifier: await loadClassifier(ort, `${VENDOR}classifier/`) };
}
