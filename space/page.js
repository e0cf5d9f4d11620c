// What moves on the page: sends a link or a file to the HTTP API, follows the check, shows how it ended.
// Not here: rendering of a report (render.py, reached as server.show) and any sentence (words.py, via data-words).
// Gradio runs this text as a function body: `element` is the component, `server` reaches Python.

const page = element.querySelector(".tt");
const words = JSON.parse(page.dataset.words);
const maxBytes = Number(page.dataset.maxBytes);
const find = (selector) => page.querySelector(selector);
const form = find(".tt-form");
const link = find("#tt-link");
const file = find("#tt-file");
const drop = find(".tt-drop");
const dropName = find(".tt-drop-name");
const dropEmpty = dropName.innerHTML;
const remove = find(".tt-drop-remove");
const problem = find(".tt-problem");
const progress = find(".tt-progress");
const status = find(".tt-progress [role=status]");
const count = find(".tt-progress-count");
const bar = find(".tt-progress-bar");
const result = find(".tt-result");
const checks = "/api/v1/checks";
const forget = find(".tt-forget");
const forgetAsk = find(".tt-forget-ask");
const forgetFirst = find(".tt-forget-first");
const news = find(".tt-news");
let shown = null; // the id of the check whose end is shown
let current = null; // the check that is followed: its id, its stream, its upload

// Choosing.

function chosen() {
  const picked = file.files[0];
  drop.classList.toggle("tt-has-file", Boolean(picked));
  remove.hidden = !picked;
  if (picked) dropName.textContent = picked.name;
  else dropName.innerHTML = dropEmpty;
}

file.addEventListener("change", () => {
  if (file.files[0]) link.value = "";
  chosen();
});
link.addEventListener("input", () => {
  if (!link.value) return;
  file.value = "";
  chosen();
});
remove.addEventListener("click", () => {
  file.value = "";
  chosen();
  file.focus();
});
for (const kind of ["dragenter", "dragover"]) drop.addEventListener(kind, (event) => {
  event.preventDefault();
  drop.classList.add("tt-over");
});
for (const kind of ["dragleave", "drop"]) drop.addEventListener(kind, () => drop.classList.remove("tt-over"));
drop.addEventListener("drop", (event) => {
  event.preventDefault();
  if (!event.dataTransfer.files.length) return;
  file.files = event.dataTransfer.files;
  file.dispatchEvent(new Event("change"));
});

// Showing.

// The page shows one thing at a time: the form (with or without a problem), a running check, or a result (with the form below it).
function show(what) {
  page.dataset.shows = what;
  problem.hidden = what !== "problem";
  progress.hidden = what !== "running";
  result.hidden = what !== "result";
  forget.hidden = !shown || !["result", "problem"].includes(what);
  news.hidden = what !== "news";
  asking(false);
  if (what !== "running") current = null;
}

function complain(sentence, code, id = null) {
  shown = id;
  problem.querySelector(".tt-problem-sentence").textContent = sentence;
  problem.querySelector("code").textContent = code;
  show("problem");
}

function paint(text, done, total, step, counted = "") {
  if (status.textContent !== text) status.textContent = text; // said once by screen readers, not at every count
  count.textContent = counted;
  bar.classList.toggle("tt-unknown", !(total > 0));
  if (total > 0) bar.setAttribute("aria-valuenow", Math.round((100 * done) / total));
  else bar.removeAttribute("aria-valuenow");
  bar.firstElementChild.style.width = total > 0 ? `${(100 * done) / total}%` : "";
  let state = progress.querySelector(`[data-step="${step}"]`) ? "past" : "";
  for (const item of progress.querySelectorAll("[data-step]")) {
    if (item.dataset.step === step) state = "now";
    item.dataset.state = state;
    if (state === "now") state = "";
  }
}

function paintStep({ text, done, total, step, count }) {
  paint(text, done, total, step, count);
}

function begin(run) {
  current = run;
  paint(words.waiting, 0, 0, "");
  show("running");
}

async function reveal(id) {
  paint(words.preparing, 0, 0, "");
  const html = await server.show(id);
  if (current?.id !== id) return;
  result.innerHTML = html;
  shown = id;
  show("result");
  file.value = "";
  link.value = "";
  chosen();
  scrollTo(0, 0);
  result.querySelector("#tt-headline")?.focus({ preventScroll: true });
}

// Asking.

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const picked = file.files[0];
  const url = link.value.trim();
  if (!picked && !url) return complain(words.nothing, "request.invalid");
  if (picked && picked.size > maxBytes) return complain(words.tooLarge, "request.too_large");
  const request = new XMLHttpRequest(); // fetch does not tell how much of a body is sent
  begin({ request });
  request.open("POST", checks);
  request.responseType = "json";
  request.upload.addEventListener("progress", (sent) => picked && paint(words.uploading, sent.loaded, sent.total, "upload"));
  request.addEventListener("load", () => {
    const answer = request.response;
    if (request.status === 202) follow(answer.id);
    else complain(answer?.detail ?? words.unreachable, answer?.code ?? String(request.status));
  });
  request.addEventListener("error", () => complain(words.unreachable, "unreachable"));
  if (picked) {
    const body = new FormData();
    body.append("file", picked);
    request.send(body);
  } else {
    request.setRequestHeader("Content-Type", "application/json");
    request.send(JSON.stringify({ url }));
  }
});

function follow(id) {
  const stream = new EventSource(`${checks}/${id}/events`);
  begin({ id, stream });
  const address = new URL(location.href);
  address.searchParams.set("check", id);
  history.replaceState(null, "", address);
  stream.addEventListener("message", (event) => {
    const check = JSON.parse(event.data);
    if (["done", "failed", "cancelled"].includes(check.state)) stream.close();
    if (check.state === "done") reveal(id).catch(() => complain(words.unreachable, "unreachable"));
    else if (check.state === "failed") complain(check.error.detail, check.error.code, id);
    else if (check.state === "cancelled") complain(words.cancelled, "job.cancelled", id);
    else if (check.progress) paintStep(check.progress);
    else paint(words.waiting, 0, 0, "");
  });
  stream.addEventListener("error", async () => {
    if (stream.readyState !== EventSource.CLOSED) return; // it tries again by itself
    try {
      const answer = await (await fetch(`${checks}/${id}`)).json();
      complain(answer.detail ?? words.unreachable, answer.code ?? "unreachable");
    } catch {
      complain(words.unreachable, "unreachable");
    }
  });
}

find(".tt-cancel").addEventListener("click", () => {
  if (current?.id) return fetch(`${checks}/${current.id}`, { method: "DELETE" });
  current?.request?.abort();
  complain(words.cancelled, "job.cancelled");
});

// Deleting.

function asking(asked) {
  forgetFirst.hidden = asked;
  forgetAsk.hidden = !asked;
}

forgetFirst.addEventListener("click", () => {
  asking(true);
  find(".tt-forget-no").focus();
});
find(".tt-forget-no").addEventListener("click", () => {
  asking(false);
  forgetFirst.focus();
});
find(".tt-forget-yes").addEventListener("click", async () => {
  const id = shown;
  try {
    const answer = await fetch(`${checks}/${id}?forget=true`, { method: "DELETE" });
    const told = answer.ok ? {} : await answer.json();
    if (!answer.ok && told.code !== "job.not_found") return complain(told.detail, told.code, id);
  } catch {
    return complain(words.unreachable, "unreachable", id);
  }
  shown = null;
  result.replaceChildren();
  const address = new URL(location.href);
  address.searchParams.delete("check");
  history.replaceState(null, "", address);
  show("news");
  news.textContent = words.forgotten;
  scrollTo(0, 0);
});

const stored = new URLSearchParams(location.search).get("check");
if (stored) follow(encodeURIComponent(stored));
