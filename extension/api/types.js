/**
 * The server's answers as JSDoc types: the job, the Report (version 1), and the server's health. No code.
 *
 * @typedef {"likely_fake" | "no_sign_of_manipulation" | "cannot_tell" | "no_face"} Verdict
 * @typedef {{low: number, high: number}} Interval
 * @typedef {{code: string, kind: "withheld" | "warning", text: string}} Reason
 * @typedef {{time: number, fake_probability: number}} Moment
 *
 * @typedef {object} Person
 * @property {number} id
 * @property {string} picture
 * @property {number} share of the sampled frames, 0..1
 * @property {Verdict} verdict
 * @property {number} fake_probability
 * @property {Interval} interval
 * @property {Moment[]} moments
 * @property {Reason[]} reasons
 *
 * @typedef {{n: number, person: number, time: number, fake_probability: number, frame: string, face: string, heat_map: string}} Evidence
 *
 * @typedef {object} Source
 * @property {"video" | "image" | "frames"} kind
 * @property {string} name
 * @property {string | null} url
 * @property {string | null} title
 * @property {number | null} duration seconds
 * @property {number} width
 * @property {number} height
 * @property {string} codec
 * @property {number} size bytes
 * @property {number} bytes_read
 * @property {string} sha256
 * @property {number} frames_read
 *
 * @typedef {object} Provenance
 * @property {string} state
 * @property {string} text
 * @property {{basis: "c2pa" | "xmp", kind: string, text: string}[]} [claims] absent in older reports, as all below
 * @property {string | null} [signer]
 * @property {string | null} [organisation]
 * @property {string | null} [signed_at]
 * @property {string | null} [generator]
 * @property {string | null} [trust_list]
 * @property {boolean | null} [trusted]
 * @property {{code: string, text: string}[]} [problems]
 *
 * @typedef {object} Report
 * @property {Verdict} verdict
 * @property {string} headline
 * @property {string} explanation
 * @property {number | null} fake_probability
 * @property {Interval | null} interval
 * @property {Person[]} people
 * @property {Evidence[]} evidence
 * @property {Reason[]} reasons
 * @property {Provenance} provenance
 * @property {Source} source
 * @property {{id: string, revision: string, calibrated: boolean, engine: string, detector: string}} model
 * @property {{total: number}} timing seconds
 * @property {string[]} limits
 * @property {string[]} [limit_codes] absent in older reports
 *
 * @typedef {{step: string, text: string, count?: string, done: number, total: number}} Progress
 *
 * @typedef {object} Job
 * @property {string} id
 * @property {"queued" | "running" | "done" | "failed" | "cancelled"} state
 * @property {Progress | null} [progress]
 * @property {Report | null} [report]
 * @property {{code: string, detail: string} | null} [error]
 * @property {{self: string, page: string, pictures: string}} links
 *
 * @typedef {{status: "loading" | "ready" | "failed", model?: string | null}} Health
 */

export {};
