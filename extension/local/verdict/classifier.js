/**
 * The classifier on ONNX Runtime Web: aligned crops -> log-odds of fake, and what each place of a crop added to them. The server's
 * `telltale/model/classifier.py`.
 *
 * Beside `model.onnx` lies `model.json`, which the packaging writes: what the server reads from the model's folder.
 *
 * @typedef {object} About
 * @property {string} id
 * @property {string} revision first 12 hex digits of the SHA-256 of the weights
 * @property {number} fake place of "fake" among the outputs
 * @property {number} real
 * @property {number[]} mean
 * @property {number[]} std
 * @property {import("../model-config.js").Settings} settings
 *
 * @typedef {import("../image/gray.js").Plane} Plane
 * @typedef {{about: About, score: (crops: Uint8Array[]) => Promise<{logit: number, heat: Plane}[]>}} Classifier
 */

/**
 * @param {any} ort ONNX Runtime Web
 * @param {string} folder address of the model's folder, with a slash at its end
 * @returns {Promise<Classifier>}
 */
export async function loadClassifier(ort, folder) {
  const about = /** @type {About} */ (await (await fetch(`${folder}model.json`)).json());
  const weights = new Uint8Array(await (await fetch(`${folder}model.onnx`)).arrayBuffer());
  const net = await ort.InferenceSession.create(weights, { executionProviders: ["wasm"], logSeverityLevel: 3 });
  const score = async (/** @type {Uint8Array[]} */ crops) => {
    const { size } = about.settings;
    const pixels = new ort.Tensor("float32", normalised(crops, size, about), [crops.length, 3, size, size]);
    return scoresOf(await net.run({ [net.inputNames[0]]: pixels }, ["logits", "maps"]), about);
  };
  return { about, score };
}

/**
 * @param {Uint8Array[]} crops RGB, one pixel after the other
 * @param {number} size
 * @param {About} about
 * @returns {Float32Array} one plane after the other
 */
function normalised(crops, size, { mean, std }) {
  const area = size * size;
  const pixels = new Float32Array(crops.length * 3 * area);
  crops.forEach((crop, number) => {
    for (let channel = 0; channel < 3; channel++) {
      const start = (number * 3 + channel) * area;
      for (let at = 0; at < area; at++) pixels[start + at] = (crop[at * 3 + channel] / 255 - mean[channel]) / std[channel];
    }
  });
  return pixels;
}

/**
 * @param {{logits: any, maps: any}} outputs
 * @param {About} about
 */
function scoresOf({ logits, maps }, { fake, real }) {
  const [count, classes, height, width] = maps.dims;
  const area = height * width;
  return Array.from({ length: count }, (_, number) => {
    const odds = (/** @type {number} */ place) => logits.data[number * classes + place];
    const map = (/** @type {number} */ place) => maps.data.subarray((number * classes + place) * area, (number * classes + place + 1) * area);
    const [warm, cold] = [map(fake), map(real)];
    const heat = { data: Float32Array.from(warm, (/** @type {number} */ value, at) => value - cold[at]), width, height };
    return { logit: odds(fake) - odds(real), heat };
  });
}
