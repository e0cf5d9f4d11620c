/**
 * The panel: takes the last click, sends it once, waits, and shows what came of it.
 *
 * Every panel that is open (two windows, a tab) runs this. A lock that they share and a note written before the request is sent see
 * to it that one click is sent once, whoever is first; a panel opened later finds the job's id and goes on from there.
 */

import { isWebAddress, permissionFor } from "./address.js";
import { follow } from "./follow.js";
import { forgetView } from "./forget-view.js";
import { introView } from "./intro-view.js";
import { problemView } from "./problem-view.js";
import { progressView } from "./progress-view.js";
import { reportView } from "./report-view.js";
import { cancel, forget, Problem, submit } from "./space.js";
import { dropCheck, getCheck, getOffer, getRequest, getServer, onChange, putCheck, putOffer, putRequest } from "./storage.js";
import { fillWords, host, say } from "./words.js";

/** @typedef {import("./storage.js").Check} Check */

const view = /** @type {HTMLElement} */ (document.getElementById("view"));
const status = /** @type {HTMLElement} */ (document.getElementById("status"));
const form = /** @type {HTMLFormElement} */ (document.getElementById("ask"));
const field = /** @type {HTMLInputElement} */ (document.getElementById("address"));
let turn = new AbortController();
let news = ""; // what came of the last deletion

fillWords(document);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  putRequest(field.value.trim());
});
document.getElementById("options")?.addEventListener("click", () => chrome.runtime.openOptionsPage());
onChange("request", show);
onChange("offer", fillOffer);
onChange("server", showServer);
fillOffer();
showServer();
show();

/** Shows the last click, from wherever it stands. A newer click ends the showing of an older one. */
async function show() {
  turn.abort();
  const mine = (turn = new AbortController());
  const request = await getRequest();
  if (!request) return put(introView(news), news);
  news = "";
  if (!mine.signal.aborted) put(progressView(request.url).node, say("sending"));
  const check = await navigator.locks.request("telltale", () => claim(request));
  if (!mine.signal.aborted) await showCheck(check, mine.signal);
}

/**
 * The check of a request: the one begun before, or a new one. Only one panel at a time is in here.
 * @param {import("./storage.js").Request} request
 * @returns {Promise<Check>}
 */
async function claim(request) {
  const before = await getCheck();
  if (before?.request === request.id) {
    if (before.job || before.refusal) return before;
    return settle(before, { refusal: { code: "panel.closed", sentence: say("panelClosed") } });
  }
  const check = { request: request.id, server: await getServer(), url: request.url };
  await putCheck(check); // before it is sent, so that it is never sent twice
  try {
    return await settle(check, { job: await send(check) });
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return settle(check, { refusal: { code: error.code, sentence: error.sentence } });
  }
}

/**
 * @param {Check} check
 * @returns {Promise<string>} the job's id
 */
async function send({ server, url }) {
  if (!isWebAddress(url)) throw new Problem("request.address", say("notWeb"));
  if (!(await chrome.permissions.contains(permissionFor(server)))) throw new Problem("server.not_allowed", say("notAllowed", server));
  return (await submit(server, url)).id;
}

/**
 * @param {Check} check
 * @param {Partial<Check>} outcome
 */
async function settle(check, outcome) {
  const settled = { ...check, ...outcome };
  await putCheck(settled);
  return settled;
}

/**
 * @param {Check} check
 * @param {AbortSignal} signal
 */
async function showCheck(check, signal) {
  if (!check.job) return showProblem(check, check.refusal ?? { code: "panel.closed", sentence: say("panelClosed") });
  const job = check.job;
  const progress = progressView(check.url, () => cancel(check.server, job));
  put(progress.node, say("waiting"));
  try {
    for await (const state of follow(check.server, job, signal)) {
      progress.update(state);
      if (state.report) put(reportView(state.report, state.links, check.server, forgetter(check)), state.report.headline);
      else if (state.error) showProblem(check, { code: state.error.code, sentence: state.error.detail });
      else if (state.state === "cancelled") showProblem(check, { code: "job.cancelled", sentence: say("cancelled") });
    }
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    showProblem(check, error);
  }
}

/**
 * @param {Check} check
 * @param {import("./storage.js").Refusal} refusal
 */
function showProblem(check, refusal) {
  const known = check.job && refusal.code !== "job.not_found";
  put(problemView(refusal, check, () => putRequest(check.url), known ? forgetter(check) : null), refusal.sentence);
}

/**
 * @param {Check} check
 * @returns {HTMLElement} the way to delete it
 */
function forgetter(check) {
  return forgetView(async () => {
    await forget(check.server, check.job ?? "");
    news = say("forgotten");
    await dropCheck(); // which shows the panel as before any check
  });
}

/**
 * @param {Node} node
 * @param {string} spoken what a screen reader says of it
 */
function put(node, spoken) {
  view.replaceChildren(node);
  status.textContent = spoken;
}

async function showServer() {
  const server = host(await getServer());
  /** @type {HTMLElement} */ (document.getElementById("server")).textContent = say("server", server);
}

/** The page's address from the toolbar button, once. */
async function fillOffer() {
  const offer = await getOffer();
  if (!isWebAddress(offer)) return;
  field.value = offer;
  await putOffer("");
}

