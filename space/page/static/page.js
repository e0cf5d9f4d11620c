// What moves on the page: sends a choice to the HTTP API, follows the check, shows how it ended.
// Not here: what is chosen (source_picker.js, camera.js), the moving parts of a result (timeline.js, share.js), the rendering of a report
// (render.py, reached as server.show) and any sentence (words.py, via data-words). Python's side of starting this: page.py.

import { camera } from "./camera.js";
import { choosing } from "./source_picker.js";
import { keeping } from "./share.js";
import { painting } from "./progress.js";
import { pointing } from "./timeline.js";

const checks = "/api/v1/checks";
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
 * @param {{ show: (asked: { id: string, lang: string }) => Promise<string> }} server Python
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
  /** @type {string | null} the check whose end is shown */
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
    show("problem");
    if (document.activeElement === document.body) pressed?.focus({ preventScroll: true });
    pressed = null;
  }

  const unreachable = () => complain(words.unreachable, "unreachable");

  function begin(/** @type {{ id?: string, request?: XMLHttpRequest }} */ run) {
    current = run;
    paint({ text: words.waiting });
    show("running");
  }

  async function reveal(/** @type {string} */ id) {
    paint({ text: words.preparing });
    const html = await server.show({ id, lang });
    if (current?.id !== id) return;
    result.replaceChildren(...new DOMParser().parseFromString(html, "text/html").body.childNodes);
    shown = id;
    show("result");
    choice.clear();
    keeping(result, id, words);
    pointing(result);
    scrollTo(0, 0);
    /** @type {HTMLElement | null} */ (result.querySelector("#tt-headline"))?.focus({ preventScroll: true });
  }

  find(".tt-form").addEventListener("submit", (event) => {
    event.preventDefault();
    pressed = /** @type {HTMLElement | null} */ (document.activeElement);
    const { url, file, shots, name: called } = choice.get();
    if (!file && !shots && !url) return complain(words.nothing, "request.invalid");
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

  function follow(/** @type {string} */ id) {
    const stream = new EventSource(inLanguage(`${checks}/${id}/events`));
    begin({ id });
    name(id);
    stream.addEventListener("message", (event) => {
      const check = JSON.parse(event.data);
      if (ended.includes(check.state)) stream.close();
      if (check.state === "done") reveal(id).catch(unreachable);
      else if (check.state === "failed") complain(check.error.detail, check.error.code, id);
      else if (check.state === "cancelled") complain(words.cancelled, "job.cancelled", id);
      else if (check.progress) paint(check.progress);
      else paint({ text: words.waiting });
    });
    stream.addEventListener("error", async () => {
      if (stream.readyState !== EventSource.CLOSED) return; // it tries again by itself
      try {
        const answer = await (await fetch(inLanguage(`${checks}/${id}`))).json();
        complain(answer.detail ?? words.unreachable, answer.code ?? "unreachable");
      } catch {
        unreachable();
      }
    });
  }

  find(".tt-cancel").addEventListener("click", () => {
    if (current?.id) return fetch(`${checks}/${current.id}`, { method: "DELETE" });
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
      const answer = await fetch(inLanguage(`${checks}/${id}?forget=true`), { method: "DELETE" });
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
