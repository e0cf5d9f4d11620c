/**
 * The server's answers, read by its own schema (`schema.js`, generated): what has not the shape of a job or a Report is none, and is never
 * shown as a verdict. What the schema names is taken over, with its defaults, and nothing else: whatever an answer holds beside that is
 * left behind here.
 *
 * See also: the same as types (`types.js`).
 *
 * @typedef {object} Schema the keywords of JSON Schema that the server uses; a `$ref` is a name in `schema.js`
 * @property {string} [$ref]
 * @property {Schema[]} [anyOf]
 * @property {string} [const]
 * @property {string[]} [enum]
 * @property {string} [type]
 * @property {number} [minimum]
 * @property {number} [maximum]
 * @property {number} [exclusiveMinimum]
 * @property {Schema} [items]
 * @property {Record<string, Schema>} [properties]
 * @property {string[]} [required]
 * @property {Schema} [additionalProperties]
 * @property {unknown} [default]
 *
 * @typedef {import("./types.js").Accepted} Accepted
 * @typedef {import("./types.js").Health} Health
 * @typedef {import("./types.js").Job} Job
 * @typedef {import("./types.js").Report} Report
 */

import { DEFINITIONS } from "./schema.js";

/** An answer that is not what the schema says. */
class Unfit extends Error {}

/**
 * The answer to a new check, which may be done at once where the same was checked before; its Report is read afterwards.
 * @param {unknown} answer
 * @returns {Accepted | null}
 */
export function acceptedOf(answer) {
  return read("Accepted", answer);
}

/**
 * A job, with a Report exactly where it is done and a reason where it failed. How far it is is told to nobody where it makes no sense.
 * @param {unknown} answer
 * @returns {Job | null}
 */
export function jobOf(answer) {
  if (!isObject(answer)) return null;
  const job = read("Job", { ...answer, progress: read("Progress", answer.progress) });
  const whole = job && (job.state === "done") === Boolean(job.report) && (job.state !== "failed" || job.error);
  return whole ? job : null;
}

/**
 * A Report by itself, as this device makes it.
 * @param {unknown} made
 * @returns {Report | null}
 */
export function reportOf(made) {
  return read("Report", made);
}

/**
 * The health of a server that can check, now or soon.
 * @param {unknown} answer
 * @returns {Health | null}
 */
export function healthOf(answer) {
  const health = read("Health", answer);
  return health?.status === "failed" ? null : health;
}

/**
 * @param {string} name of `schema.js`
 * @param {unknown} value
 * @returns {any} null where it does not fit
 */
function read(name, value) {
  try {
    return taken(DEFINITIONS[name], value);
  } catch (error) {
    if (error instanceof Unfit || error instanceof RangeError) return null; // the latter: nested without end
    throw error;
  }
}

/**
 * @param {Schema} schema
 * @param {unknown} value
 * @returns {unknown} as much of it as the schema names
 * @throws {Unfit}
 */
function taken(schema, value) {
  if (schema.$ref !== undefined) return taken(DEFINITIONS[schema.$ref], value);
  if (schema.anyOf) return firstOf(schema.anyOf, value);
  if (schema.const !== undefined) return need(value === schema.const, value);
  if (schema.enum) return need(schema.enum.some((each) => each === value), value);
  if (schema.type === "array") return Array.isArray(value) ? value.map((each) => taken(schema.items ?? {}, each)) : need(false, value);
  if (schema.type === "object") return isObject(value) ? objectOf(schema, value) : need(false, value);
  if (schema.type === "null") return need(value === null, value);
  if (schema.type === "number" || schema.type === "integer") return need(isNumber(schema, value), value);
  return need(typeof value === schema.type, value);
}

/**
 * @param {Schema[]} schemas
 * @param {unknown} value
 */
function firstOf(schemas, value) {
  for (const schema of schemas) {
    try {
      return taken(schema, value);
    } catch (error) {
      if (!(error instanceof Unfit)) throw error;
    }
  }
  throw new Unfit();
}

/**
 * @param {Schema} schema
 * @param {Record<string, unknown>} value
 */
function objectOf({ properties, required = [], additionalProperties }, value) {
  if (!properties) return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, taken(additionalProperties ?? {}, each)]));
  return Object.fromEntries(
    Object.entries(properties).map(([name, each]) => {
      if (Object.hasOwn(value, name)) return [name, taken(each, value[name])];
      return [name, need(!required.includes(name), structuredClone(each.default))];
    }),
  );
}

/**
 * @param {Schema} schema
 * @param {unknown} value
 */
function isNumber({ type, minimum = -Infinity, maximum = Infinity, exclusiveMinimum = -Infinity }, value) {
  if (typeof value !== "number" || !Number.isFinite(value) || (type === "integer" && !Number.isSafeInteger(value))) return false;
  return value >= minimum && value <= maximum && value > exclusiveMinimum;
}

/**
 * @param {unknown} value
 * @returns {value is Record<string, unknown>}
 */
function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * @template T
 * @param {boolean} fits
 * @param {T} value
 * @returns {T}
 */
function need(fits, value) {
  if (!fits) throw new Unfit();
  return value;
}
