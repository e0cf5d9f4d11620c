/** ONNX Runtime Web as the package has it, for the workers that compute: on one thread, and without asking anything of the network. */

export const VENDOR = new URL("../vendor/", import.meta.url).href;

/** @returns {Promise<any>} */
export async function loadRuntime() {
  // @ts-ignore: packaging puts it there
  const ort = await import("../vendor/ort/ort.wasm.bundle.min.mjs");
  ort.env.wasm.wasmPaths = { wasm: `${VENDOR}ort/ort-wasm-simd-threaded.wasm` };
  ort.env.wasm.numThreads = 1; // more need a page that is isolated from the pictures of the server
  return ort;
}
