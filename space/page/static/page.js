// What moves on the page: sends a choice to the HTTP API, follows the check, shows how it ended.
// Not here: what is chosen (source_picker.js, camera.js), the moving parts of a result (timeline.js, share.js), the rendering of a report
// (render.py, reached as server.show) and any sentence (words.py, via data-words). Python's side of starting this: page.py.

import { camera } from "./camera.js";
import { choosing } from "./source_picker.js";
import { keeping } from "./share.js";
import { owner, ownership, savingAsOwner } from "./owner.js";
import { painting } from "./progress.js";
import { pointing } from "./timeline.js";

const checks = "api/v1/checks"; // relative: the page may lie below a path
const ended = ["done", "failed", "cancelled"];

/**
 * The visitor's language: the one asked for in the address, else the browser's first that is spoken here, else the first there is.
 * Puts the page in that language behind the templates.
 * @param {HTMLElement} element
 * @returns {string} its code
 */
function speak(element) {
  const languages = /** @type {HTMLTemplateElement[]} */ ([...element.querySelectorAll("template[lang]")]);
  const asked = new URLSearchParams(location.search).get("lang");
  const wanted = [asked ?? "", ...navigator.languages].map((code) => code.toLowerCase().split("-")[0]);
  const language = wanted.map((code) => languages.find((one) => one.lang === code)).find(Boolean) ?? languages[0];
  languages[0].parentElement?.after(language.content.cloneNode(true));
  document.documentElement.lang = language.lang;
  const head = /** @type {HTMLAnchorElement} */ (element.querySelector(".tt-head"));
  if (asked) head.search = `?lang=${language.lang}`;
  const others = /** @type {NodeListOf<HTMLAnchorElement>} */ (element.querySelectorAll(".tt-languages a"));
  for (const other of others) other.addEventListener("click", () => {
    const address = new URL(location.href); // the same but for the language, so that a result stays
    address.searchParams.set("lang", other.lang);
    other.href = address.href;
  });
  return language.lang;
}

/** @param {string | null} id the check that the address names from now on */
function name(id) {
  const address = new URL(location.href);
  if (id) address.searchParams.set("check", id);
  else address.searchParams.delete("check");
  history.replaceState(null, "", address);
}

/**
 * @param {HTMLElement} element what the page is in
 * @param {{ show: (asked: { id: string, lang: string, owner: string }) => Promise<string> }} server Python
 */
export function start(element, server) {
  const lang = speak(element);
  const page = /** @type {HTMLElement} */ (element.querySelector(".tt"));
  const words = JSON.parse(page.dataset.words ?? "{}");
  const find = (/** @type {string} */ selector) => /** @type {HTMLElement} */ (page.querySelector(selector));
  const inLanguage = (/** @type {string} */ path) => `${path}${path.includes("?") ? "&" : "?"}lang=${lang}`;
  const problem = find(".tt-problem");
  const progress = find(".tt-progress");
  const result = find(".tt-result");
  const forget = find(".tt-forget");
  const news = find(".tt-news");
  const paint = painting(progress);
  const choice = choosing(page);
  camera(page, words, choice.take);
  /** @type {string | null} the check whose end is shown, where it is the visitor's own to delete */
  let shown = null;
  /** @type {{ id?: string, request?: XMLHttpRequest } | null} what is under way */
  let current = null;
  /** @type {HTMLElement | null} what had the focus when the form was sent, and gets it back if that fails */
  let pressed = null;

  // The page shows one thing at a time: the form (with or without a problem), a running check, or a result (with the form below it).
  function show(/** @type {"problem" | "running" | "result" | "news"} */ what) {
    page.dataset.shows = what;
    problem.hidden = what !== "problem";
    progress.hidden = what !== "running";
    result.hidden = what !== "result";
    forget.hidden = !shown || !["result", "problem"].includes(what);
    news.hidden = what !== "news";
    asking(false);
    if (what !== "running") current = null;
  }

  function complain(/** @type {string} */ sentence, /** @type {string} */ code, /** @type {string | null} */ id = null) {
    shown = id;
    find(".tt-problem-sentence").textContent = sentence;
    find(".tt-problem code").textContent = code;
    find(".tt-problem-code").hidden = find(".tt-problem h2").hidden = !code;
    show("problem");
    if (document.activeElement === document.body) pressed?.focus({ preventScroll: true });
    pressed = null;
  }

  const unreachable = () => complain(words.unreachable, "unreachable");

  function begin(/** @type {{ id?: string, request?: XMLHttpRequest }} */ run) {
    current = run;
    paint({ text: words.waiting });
    find(".tt-cancel").hidden = false;
    show("running");
  }

  async function reveal(/** @type {string} */ id, /** @type {boolean} */ owned) {
    paint({ text: words.preparing });
    const html = await server.show({ id, lang, owner: owner() });
    if (current?.id !== id) return;
    result.replaceChildren(...new DOMParser().parseFromString(html, "text/html").body.childNodes);
    shown = owned ? id : null;
    show("result");
    choice.clear();
    if (owned) savingAsOwner(result);
    keeping(result, id, words);
    pointing(result);
    scrollTo(0, 0);
    /** @type {HTMLElement | null} */ (result.querySelector("#tt-headline"))?.focus({ preventScroll: true });
  }

  // What was wrong with an earlier choice is not said of the next one.
  for (const kind of ["input", "change", "drop", "paste"]) find(".tt-form").addEventListener(kind, () => {
    if (page.dataset.shows !== "problem") return;
    delete page.dataset.shows;
    problem.hidden = forget.hidden = true;
    shown = null;
    name(null);
  });

  find(".tt-form").addEventListener("submit", (event) => {
    event.preventDefault();
    pressed = /** @type {HTMLElement | null} */ (document.activeElement);
    const { url, file, shots, name: called } = choice.get();
    if (!file && !shots && !url) return complain(words.nothing, "");
    if (file && file.size > Number(page.dataset.maxBytes)) return complain(words.tooLarge, "request.too_large");
    const request = new XMLHttpRequest(); // fetch does not tell how much of a body is sent
    begin({ request });
    request.open("POST", inLanguage(checks));
    request.responseType = "json";
    request.addEventListener("load", () => {
      const answer = request.response;
      if (request.status === 202) follow(answer.id);
      else complain(answer?.detail ?? words.unreachable, answer?.code ?? String(request.status));
    });
    request.addEventListener("error", unreachable);
    for (const [header, value] of Object.entries(ownership())) request.setRequestHeader(header, value);
    if (url) {
      request.setRequestHeader("Content-Type", "application/json");
      return request.send(JSON.stringify({ url }));
    }
    const sent = (/** @type {ProgressEvent} */ { loaded, total }) =>
      paint({ text: words.uploading, done: loaded, total, step: "upload" });
    request.upload.addEventListener("progress", sent);
    const body = new FormData();
    if (file) body.append("file", file);
    for (const shot of shots ?? []) {
      body.append("frames[]", shot.picture, "frame.jpg");
      body.append("times[]", String(shot.time));
    }
    if (called) body.append("name", called);
    request.send(body);
  });

  const read = async (/** @type {string} */ id) => (await fetch(inLanguage(`${checks}/${id}`), { headers: ownership() })).json();

  function follow(/** @type {string} */ id) {
    const stream = new EventSource(inLanguage(`${checks}/${id}/events`));
    begin({ id });
    name(id);
    find(".tt-cancel").hidden = true; // until it is known to be the visitor's own: a stream tells nobody's names
    const asked = read(id);
    asked.then(({ owned }) => (find(".tt-cancel").hidden = !owned), () => undefined);
    stream.addEventListener("message", async (event) => {
      const check = JSON.parse(event.data);
      if (!ended.includes(check.state)) return paint(check.progress ?? { text: words.waiting });
      stream.close();
      try {
        const { owned, error } = await read(id);
        if (check.state === "done") await reveal(id, owned);
        else if (check.state === "failed") complain(error.detail, error.code, owned ? id : null);
        else complain(words.cancelled, "job.cancelled", owned ? id : null);
      } catch {
        unreachable();
      }
    });
    stream.addEventListener("error", async () => {
      if (stream.readyState !== EventSource.CLOSED) return; // it tries again by itself
      try {
        const answer = await asked;
        complain(answer.detail ?? words.unreachable, answer.code ?? "unreachable");
      } catch {
        unreachable();
      }
    });
  }

  find(".tt-cancel").addEventListener("click", () => {
    if (current?.id) return fetch(`${checks}/${current.id}`, { method: "DELETE", headers: ownership() });
    current?.request?.abort();
    complain(words.cancelled, "job.cancelled");
  });

  // Deleting: asked once more before it is done.

  function asking(/** @type {boolean} */ asked) {
    find(".tt-forget-first").hidden = asked;
    find(".tt-forget-ask").hidden = !asked;
  }

  find(".tt-forget-first").addEventListener("click", () => {
    asking(true);
    find(".tt-forget-no").focus();
  });
  find(".tt-forget-no").addEventListener("click", () => {
    asking(false);
    find(".tt-forget-first").focus();
  });
  find(".tt-forget-yes").addEventListener("click", async () => {
    const id = shown;
    try {
      const answer = await fetch(inLanguage(`${checks}/${id}?forget=true`), { method: "DELETE", headers: ownership() });
      const told = answer.ok ? {} : await answer.json();
      if (!answer.ok && told.code !== "job.not_found") return complain(told.detail, told.code, id);
    } catch {
      return complain(words.unreachable, "unreachable", id);
    }
    shown = null;
    result.replaceChildren();
    name(null);
    show("news");
    news.textContent = words.forgotten;
    scrollTo(0, 0);
  });

  const stored = new URLSearchParams(location.search).get("check");
  if (stored) follow(encodeURIComponent(stored));
}
