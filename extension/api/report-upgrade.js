/**
 * Reports of version 1, which older servers make and this browser may still keep, as version 2. The server's
 * `telltale/core/report_upgrade.py`.
 */

/** @typedef {import("./types.js").Report} Report */

/** What no Report can tell, by code; in this order version 1 told it where it gave no codes. */
export const CAVEATS = ["scope", "meaning", "sampled"];

/**
 * @param {any} report of any version; anything else comes back as it is, for `validate.js` to refuse
 * @returns {any}
 */
export function upgraded(report) {
  if (report?.version !== "1") return report;
  try {
    const { limits, limit_codes: codes, ...rest } = report;
    return {
      ...rest,
      version: "2",
      people: report.people.map(personOf),
      reasons: report.reasons.map(reasonOf),
      provenance: provenanceOf(report.provenance),
      model: renamed(report.model, { engine: "runtime" }),
      timing: renamed(report.timing, { read: "decode", explain: "render" }),
      caveats: limits.map((/** @type {string} */ message, /** @type {number} */ place) => ({ code: (codes ?? CAVEATS)[place] ?? "", message })),
    };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return report; // no Report at all
  }
}

/** @param {any} person */
function personOf(person) {
  const { moments, reasons, ...rest } = renamed(person, { share: "frame_coverage" });
  const seen = (/** @type {any} */ moment) => ({ ...moment, quality: renamed(moment.quality, { face_px: "face_size_px", turned: "yaw" }) });
  return { ...rest, observations: moments.map(seen), reasons: reasons.map(reasonOf) };
}

/** @param {any} reason */
function reasonOf({ kind, text, values, ...rest }) {
  return { ...rest, severity: kind === "withheld" ? "abstain" : kind, message: text, params: values ?? {} };
}

/** @param {any} said */
function provenanceOf({ text, claims, problems, ...rest }) {
  const messages = (/** @type {any[]} */ parts) => parts.map((part) => renamed(part, { text: "message" }));
  return { ...rest, code: rest.state, message: text, params: {}, claims: messages(claims ?? []), problems: messages(problems ?? []) };
}

/**
 * @param {any} part
 * @param {Record<string, string>} names old -> new
 */
function renamed(part, names) {
  return Object.fromEntries(Object.entries(part ?? {}).map(([name, value]) => [Object.hasOwn(names, name) ? names[name] : name, value]));
}
