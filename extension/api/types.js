/**
 * The server's answers as JSDoc types: the job, the Report (version 2), and the server's health. No code.
 *
 * @typedef {"likely_fake" | "no_sign_of_manipulation" | "cannot_tell" | "no_face"} Verdict
 * @typedef {{low: number, high: number}} Interval
 * @typedef {Record<string, string | number>} Params what a message is rendered with
 * @typedef {{code: string, severity: "abstain" | "warning", message: string, params: Params}} Reason
 * @typedef {{code: string, message: string}} Caveat
 * @typedef {{time: number, fake_probability: number}} FaceObservation
 *
 * @typedef {object} Person
 * @property {number} id
 * @property {string} picture
 * @property {number} frame_coverage of the sampled frames, 0..1
 * @property {Verdict} verdict
 * @property {number} fake_probability
 * @property {Interval} interval
 * @property {FaceObservation[]} observations
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
 * @property {string} code the state, and behind a dot why nothing was looked for
 * @property {string} message
 * @property {Params} params
 * @property {{basis: "c2pa" | "xmp", kind: string, message: string}[]} [claims] absent in older reports, as all below
 * @property {string | null} [signer]
 * @property {string | null} [organisation]
 * @property {string | null} [signed_at]
 * @property {string | null} [generator]
 * @property {string | null} [trust_list]
 * @property {boolean | null} [trusted]
 * @property {{code: string, message: string}[]} [problems]
 *
 * @typedef {object} Report
 * @property {"2"} version
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
 * @property {{id: string, revision: string, calibrated: boolean, runtime: string, detector: string}} model
 * @property {{total: number}} timing seconds
 * @property {Caveat[]} caveats
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
