/**
 * A Report, and a problem that a server tells, in one language: their messages rendered anew from their codes and parameters, whoever made
 * them and whenever. What has a code that is not known here stays as it was told. What strangers wrote (titles, names, claims of a file) is
 * never touched.
 *
 * @typedef {import("../api/types.js").Report} Report
 * @typedef {(id: string, params: import("./catalogue.js").Params, otherwise: string) => string} Told a catalogue's `render`
 */

/**
 * @param {Report} report
 * @param {Told} told
 * @returns {Report}
 */
export function inWords(report, told) {
  const reasons = (/** @type {Report["reasons"]} */ given) =>
    given.map((each) => ({ ...each, message: told(`reason.${each.code}`, each.params, each.message) }));
  const { verdict, provenance } = report;
  return {
    ...report,
    headline: told(`verdict.headline.${verdict}`, {}, report.headline),
    explanation: told(`verdict.explanation.${verdict}`, {}, report.explanation),
    people: report.people.map((person) => ({ ...person, reasons: reasons(person.reasons) })),
    reasons: reasons(report.reasons),
    caveats: report.caveats.map(({ code, message }) => ({ code, message: told(`caveat.${code}`, {}, message) })),
    provenance: { ...provenance, message: told(`provenance.${provenance.code}`, provenance.params, provenance.message) },
  };
}

/**
 * What a server says went wrong.
 * @param {{code: string, detail: string, variant?: string | null, params?: import("./catalogue.js").Params}} problem `variant` is absent
 *   where there is only a sentence
 * @param {Told} told
 */
export function problemInWords({ code, detail, variant, params }, told) {
  if (typeof variant !== "string") return detail;
  return told(variant ? `error.${code}.${variant}` : `error.${code}`, params ?? {}, detail);
}
