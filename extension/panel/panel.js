/**
 * The panel: takes the last click, sends it once, waits, and shows what came of it.
 *
 * Every panel that is open (two windows, a tab) runs this. A lock that they share and a note written before the request is sent see
 * to it that one click is sent once, whoever is first; a panel opened later finds the job's id and goes on from there.
 */

import { isWebAddress, permissionFor } from "../background/urls.js";
import { addressOf, fileAddress, seenOf, send } from "../api/submit.js";
import { captureOffer, captureProgress } from "./views/capture.js";
import { consentView } from "./views/consent.js";
import { fileView } from "./views/file.js";
import { follow } from "../api/poll.js";
import { forgetView } from "./views/delete.js";
import { clearHistory, forgetPast, getHistory, remember } from "../storage/history.js";
import { historyView } from "./views/history.js";
import { introView } from "./views/intro.js";
import { dropFrames } from "../storage/frames.js";
import { keptReport } from "../storage/reports.js";
import { asMode, asProgress, checkedHere, modeOf, putFile } from "../api/local-check.js";
import { getConsent, getLanguage, getMode, getRemember, giveConsent } from "../storage/preferences.js";
import { problemView } from "./views/error.js";
import { remediesFor, serverOffer } from "./views/remedies.js";
import { progressView } from "./views/progress.js";
import { onSpace, onThisDevice, reportView } from "./report/report.js";
import { inWords, problemInWords } from "../i18n/report.js";
import { cancel, forget, Problem } from "../api/client.js";
import { stopper } from "./cancellation.js";
import { dropCheck, getCheck, getOffer, getRequest, getServer, getSight, getWaiting } from "../storage/session.js";
import { onChange, putCheck, putOffer, putPast, putRequest, putWaiting } from "../storage/session.js";
import { fillWords, host, say, speak, told } from "../i18n/messages.js";

/**
 * @typedef {import("../storage/session.js").Check} Check
 * @typedef {import("../storage/session.js").Request} Request
 */

const view = /** @type {HTMLElement} */ (document.getElementById("view"));
const status = /** @type {HTMLElement} */ (document.getElementById("status"));
const form = /** @type {HTMLFormElement} */ (document.getElementById("ask"));
const field = /** @type {HTMLInputElement} */ (document.getElementById("address"));
let turn = new AbortController();
let news = ""; // what came of the last deletion

await speak(await getLanguage());
fillWords(document);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  putRequest(field.value.trim());
});
document.getElementById("options")?.addEventListener("click", () => chrome.runtime.openOptionsPage());
onChange("request", show);
onChange("offer", fillOffer);
onChange("server", showServer);
onChange("language", () => location.reload());
onChange("mode", showMode);
onChange("consent", show);
document.getElementById("history")?.addEventListener("click", showHistory);
onChange("sight", showSight);
showSight();
fillOffer();
showServer();
show();

/** Shows the last click, from wherever it stands. A newer click ends the showing of an older one. */
async function show() {
  turn.abort();
  const mine = (turn = new AbortController());
  const clicked = await getRequest();
  const mode = await modeOf(clicked);
  if (!(await getConsent(mode))) return askConsent(mode);
  const waiting = clicked ? undefined : await getWaiting();
  if (waiting) return putPast(waiting); // the browser was closed meanwhile: this shows it
  if (!clicked) return put(introView(news, fileView(putFile), mode), news);
  const request = asMode(clicked, mode);
  news = "";
  if (mine.signal.aborted) return;
  const { signal, stop } = stopper(request.id, mine.signal);
  const captures = request.take && request.take !== "file";
  const progress = captures ? captureProgress(request.url, stop, mode) : progressView(request.url);
  put(progress.node, say(captures ? "panel.capture_looking" : "panel.sending"));
  let under = true;
  /** @type {import("../capture/capture.js").Tell} */
  const tell = (...news) => {
    if (under && !mine.signal.aborted && !progress.node.isConnected) put(progress.node, say("panel.capture_looking")); // after a file that could not be read
    if ("tell" in progress) progress.tell(...news);
  };
  const local = computing(request.url, async () => stop(), () => under && !mine.signal.aborted);
  const check = await navigator.locks.request("telltale", () => claim(request, { mode, tell, local, signal }));
  under = false; // what is told late is not shown
  if (!mine.signal.aborted) await showCheck(request, check, mine.signal);
}

/**
 * The check of a request: the one begun before, or a new one. Only one panel at a time is in here.
 * @param {Request} request
 * @param {object} way
 * @param {import("../storage/preferences.js").Mode} way.mode
 * @param {import("../capture/capture.js").Tell} way.tell
 * @param {import("../api/local-check.js").Tell} way.local
 * @param {AbortSignal} way.signal
 * @returns {Promise<Check>}
 */
async function claim(request, { mode, tell, local, signal }) {
  const before = await getCheck();
  if (before?.request === request.id) {
    if (before.job || before.refusal) return before;
    const sentence = say(before.taking ? "panel.capture_closed" : "panel.panel_closed");
    return settle(before, { refusal: { code: "panel.closed", sentence } });
  }
  const check = { request: request.id, server: await getServer(), url: request.url };
  try {
    if (request.take) await putCheck({ ...check, taking: true });
    check.url = await addressOf(request);
    const seen = await seenOf(request, mode, tell, local, signal);
    const here = await checkedHere(request.id, seen, mode, local, signal);
    const captured = seen && "frames" in seen ? seen : null; // a file of the web's is the server's to fetch
    if (here) await dropFrames();
    if (here) return await settle({ ...check, server: "" }, { job: request.id });
    await putCheck(check); // before it is sent, so that it is never sent twice
    const settled = await settle(check, { job: await send(check.server, check.url, captured, Boolean(request.sight)) });
    await dropFrames();
    return settled;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return settle(check, { refusal: { code: error.code, sentence: error.sentence } });
  }
}

/**
 * Shows a check on this device, from the first that is told of it on.
 * @param {string} url
 * @param {() => Promise<void>} stop
 * @param {() => boolean} isUnder whether the check is under way
 * @returns {import("../api/local-check.js").Tell}
 */
function computing(url, stop, isUnder) {
  /** @type {ReturnType<typeof progressView> | undefined} */
  let progress;
  return (step, done, total) => {
    if (!isUnder()) return;
    if (!progress?.node.isConnected) put((progress = progressView(url, stop, say("panel.checking_here"))).node, say("panel.checking_here"));
    progress.update(asProgress(step, done, total));
  };
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
 * @param {Request} request
 * @param {Check} check
 * @param {AbortSignal} signal
 */
async function showCheck(request, check, signal) {
  if (!check.job) return showProblem(request, check, check.refusal ?? { code: "panel.closed", sentence: say("panel.panel_closed") });
  const job = check.job;
  if (!check.server) return showKept(request, check);
  const progress = progressView(check.url, () => cancel(check.server, job));
  put(progress.node, say("panel.waiting"));
  if (await getRemember()) await putWaiting(check);
  try {
    for await (const state of follow(check.server, job, signal)) {
      progress.update(state);
      if (!["queued", "running"].includes(state.state)) await putWaiting(null);
      if (state.report) remember(check, inWords(state.report, told));
      if (state.report) put(reportView(state.report, onSpace(state.links, check.server), forgetter(check)), inWords(state.report, told).headline);
      else if (state.error) showProblem(request, check, { code: state.error.code, sentence: problemInWords(state.error, told) });
      else if (state.state === "cancelled") showProblem(request, check, { code: "job.cancelled", sentence: say("panel.cancelled") });
    }
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (error.code === "job.not_found") await putWaiting(null);
    showProblem(request, check, error);
  }
}

/**
 * A check that was made on this device.
 * @param {Request} request
 * @param {Check} check
 */
async function showKept(request, check) {
  const kept = await keptReport(check.job ?? "");
  if (!kept) return showProblem(request, check, { code: "job.not_found", sentence: say("panel.device_forgotten") });
  remember(check, inWords(kept.report, told));
  put(reportView(kept.report, onThisDevice(kept.pictures), forgetter(check)), inWords(kept.report, told).headline);
}

/**
 * @param {Request} request
 * @param {Check} check
 * @param {import("../storage/session.js").Refusal} refusal
 */
async function showProblem(request, check, refusal) {
  const known = check.job && refusal.code !== "job.not_found";
  const { id, sight, take, here, instead } = request;
  const anew = (/** @type {Partial<Request>} */ more = {}) =>
    putRequest(check.url, { ...(sight && { sight }), ...(take && { take, again: id }), ...(here && { here }), ...(instead && { instead }), ...more });
  const acts = {
    again: check.job && refusal.code.startsWith("server.") ? show : anew, // the check goes on: it is asked for, not sent again
    see: () => putRequest(sight?.page ?? check.url, { ...(sight && { sight }), take: "playing" }),
    start: () => anew({ again: undefined, start: true }),
    whole: () => anew({ again: undefined, take: "whole" }),
    here: () => anew({ here: true, ...(take ? {} : { take: "playing" }) }),
    allow: async () => (await chrome.permissions.request(permissionFor(new URL(fileAddress(request)).origin))) && anew({ again: undefined }),
    open: () => chrome.tabs.create({ url: check.url }),
    options: () => chrome.runtime.openOptionsPage(),
  };
  const { code } = refusal;
  const seeable = Boolean(sight && (sight.source || request.vague || !isWebAddress(request.url) || sight.page === request.url));
  const remedies = remediesFor({ code, url: check.url, seeable, page: sight?.page ?? "", taken: Boolean(take && !instead) });
  const offer = serverOffer(code, await modeOf(request));
  put(problemView(refusal, check, remedies, (remedy) => acts[remedy](), offer, known ? forgetter(check) : null), refusal.sentence);
}

/**
 * @param {Check} check
 * @returns {HTMLElement} the way to delete it
 */
function forgetter(check) {
  return forgetView(async () => {
    if (check.server) await forget(check.server, check.job ?? "");
    await forgetPast(check); // and the Report, if it was made here
    news = say(check.server ? "panel.forgotten" : "panel.forgotten_here");
    await dropCheck(); // which shows the panel as before any check
  }, say(check.server ? "panel.forget_ask" : "panel.forget_ask_here"));
}

/**
 * Nothing is sent, taken or computed before a person has agreed to what the mode sends.
 * @param {import("../storage/preferences.js").Mode} mode
 */
async function askConsent(mode) {
  const server = host(await getServer());
  put(consentView(mode, server, () => giveConsent(mode), () => chrome.runtime.openOptionsPage()), say("panel.consent_title"));
}

/** Another mode has other terms and other ways; a check that is shown stays. */
async function showMode() {
  showServer();
  if (view.querySelector(".consent, .intro")) await show();
}

/** The list of past checks, in place of the current one until another is chosen or the list is left. */
async function showHistory() {
  turn.abort();
  const open = (/** @type {import("../storage/history.js").Past} */ past) => (past.job ? putPast(past) : putOffer(past.url).then(show));
  put(historyView(await getHistory(), { open, drop: forgetPast, clear: clearHistory, back: show }), say("panel.history"));
}

/**
 * @param {Node} node
 * @param {string} spoken what a screen reader says of it
 */
function put(node, spoken) {
  view.replaceChildren(node);
  status.textContent = spoken;
}

/** The offer to check what is on the screen, where the extension was used in some tab. */
async function showSight() {
  const sight = await getSight();
  const place = /** @type {HTMLElement} */ (document.getElementById("see"));
  place.hidden = !sight;
  place.replaceChildren(...(sight ? [captureOffer(sight, (take) => putRequest(sight.page, { sight, take }))] : []));
}

async function showServer() {
  const words = (await getMode()) === "device" ? say("panel.server_here") : say("panel.server", { server: host(await getServer()) });
  /** @type {HTMLElement} */ (document.getElementById("server")).textContent = words;
}

/** The page's address from the toolbar button, once. */
async function fillOffer() {
  const offer = await getOffer();
  if (!isWebAddress(offer)) return;
  field.value = offer;
  await putOffer("");
}

