/**
 * Golden vectors (`vectors.json`, made by tests/support/golden): every call gives what the engine gave. Run with `node --test` and no
 * browser, by `local/test_golden.py` and `api/test_validate.py`.
 */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

const bytes = (text) => new Uint8Array(Buffer.from(text, "base64"));
const READ = {
  $picture: ({ data, ...size }) => ({ ...size, data: bytes(data) }),
  $plane: ({ data, ...size }) => ({ ...size, data: Float32Array.from(data) }),
  $bytes: bytes,
  $floats: (values) => Float32Array.from(values),
};

const vectors = JSON.parse(readFileSync("vectors.json", "utf8"), (_, value) => {
  const [key] = value && typeof value === "object" && !Array.isArray(value) ? Object.keys(value) : [];
  return Object.hasOwn(READ, key ?? "") ? READ[key](value[key]) : value;
});

for (const [number, { module, call, arguments: given, expected, within, mean }] of vectors.entries()) {
  test(`${number} ${module} ${call}`, async () => {
    const found = (await import(`./${module}.js`))[call];
    const offsets = [];
    compare(typeof found === "function" ? found(...given) : found, expected, within, call, offsets);
    if (mean !== null) assert.ok(offsets.reduce((sum, offset) => sum + offset, 0) / offsets.length <= mean, `off in the mean: ${call}`);
  });
}

/** Alike in shape, keys and words; numbers alike within a tolerance. */
function compare(found, expected, within, place, offsets) {
  if (typeof expected === "number") {
    assert.equal(typeof found, "number", place);
    offsets.push(Math.abs(found - expected));
    assert.ok(offsets.at(-1) <= within, `${place}: ${found}, not ${expected}`);
  } else if (expected && typeof expected === "object") {
    assert.ok(found && typeof found === "object", `${place}: ${found}`);
    const keys = Object.keys(expected);
    assert.deepEqual(Object.keys(found).sort(), keys.toSorted(), place);
    for (const key of keys) compare(found[key], expected[key], within, `${place}.${key}`, offsets);
  } else {
    assert.ok(found === expected, `${place}: ${found}, not ${expected}`);
  }
}
