/**
 * Whether an answer has the shape that `types.js` names, as far as the panel relies on it: what has not is told as a problem and never shown
 * as a verdict.
 *
 * Not here: whether it is true.
 */

const STATES = ["queued", "running", "done", "failed", "cancelled"];
const VERDICTS = ["likely_fake", "no_sign_of_manipulation", "cannot_tell", "no_face"];

/** @typedef {(value: any) => boolean} Test */

/** @type {Test} */
const text = (value) => typeof value === "string";
/** @type {Test} */
const number = (value) => Number.isFinite(value);
/** @type {Test} */
const share = (value) => number(value) && value >= 0 && value <= 1;
/** @type {Test} */
const verdict = (value) => VERDICTS.includes(value);
/** @type {(test: Test) => Test} */
const perhaps = (test) => (value) => value === null || value === undefined || test(value);
/** @type {(test: Test) => Test} */
const list = (test) => (value) => Array.isArray(value) && value.every(test);
/** @type {(tests: Record<string, Test>) => Test} */
const object = (tests) => (value) =>
  typeof value === "object" && value !== null && Object.entries(tests).every(([name, test]) => test(value[name]));

const interval = object({ low: share, high: share });
const params = (/** @type {any} */ value) =>
  typeof value === "object" && value !== null && Object.values(value).every((one) => text(one) || number(one));
const reasons = list(object({ code: text, severity: text, message: text, params }));
const person = object({
  id: number,
  picture: text,
  frame_coverage: share,
  verdict,
  fake_probability: share,
  interval,
  observations: list(object({ time: number, fake_probability: share })),
  reasons,
});
const evidence = object({ person: number, time: number, fake_probability: share, frame: text, face: text, heat_map: text });
const source = object({ kind: text, name: text, url: perhaps(text), title: perhaps(text), duration: perhaps(number), bytes_read: number });
const provenance = object({
  state: text,
  code: text,
  message: text,
  params,
  claims: perhaps(list(object({ basis: text, message: text }))),
  problems: perhaps(list(object({ code: text, message: text }))),
  signer: perhaps(text),
  organisation: perhaps(text),
  signed_at: perhaps(text),
  generator: perhaps(text),
  trust_list: perhaps(text),
});

export const isReport = object({
  version: (value) => value === "2",
  verdict,
  headline: text,
  explanation: text,
  fake_probability: perhaps(share),
  interval: perhaps(interval),
  people: list(person),
  evidence: list(evidence),
  reasons,
  provenance,
  source,
  model: object({ id: text, revision: text }),
  timing: object({ total: number }),
  caveats: list(object({ code: text, message: text })),
});

/** The answer to a new check, which may be done at once where the same was checked before; its Report is read afterwards. */
export const isAccepted = object({ id: text, state: (value) => STATES.includes(value), links: object({ page: text, pictures: text }) });

const fields = object({
  progress: perhaps(object({ step: text, text, done: number, total: number })),
  report: perhaps(isReport),
  error: perhaps(object({ code: text, detail: text })),
});

/** @type {Test} a job, with a Report exactly where it is done and a reason where it failed */
export const isJob = (value) =>
  isAccepted(value) && fields(value) && (value.state === "done") === Boolean(value.report) && (value.state !== "failed" || Boolean(value.error));
