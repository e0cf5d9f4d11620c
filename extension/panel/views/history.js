/** The checks of the past as a list that can be searched; each is opened with a click and taken off the list with another. */

import { button, element } from "../dom.js";
import { found } from "../../storage/history.js";
import { host, language, percent, say } from "../../i18n/messages.js";

/** @typedef {import("../../storage/history.js").Past} Past */

const VERDICTS = ["likely_fake", "no_sign_of_manipulation", "cannot_tell", "no_face"];

/**
 * @param {Past[]} past
 * @param {{open: (entry: Past) => void, drop: (entry: Past) => Promise<void>, clear: () => Promise<void>, back: () => void}} acts
 * @returns {HTMLElement}
 */
export function historyView(past, acts) {
  const list = element("ul", { class: "past" });
  const told = element("p", { class: "small", role: "status" });
  const search = /** @type {HTMLInputElement} */ (
    element("input", { type: "search", "aria-label": say("panel.history_search"), placeholder: say("panel.history_search") })
  );
  const all = element("div", { class: "row" });
  let kept = past;
  const draw = () => {
    const shown = found(kept, search.value);
    list.replaceChildren(...shown.map((entry) => line(entry, acts.open, () => drop(entry))));
    told.textContent = shown.length ? "" : say(kept.length ? "panel.history_nothing" : "panel.history_empty");
    search.hidden = all.hidden = !kept.length;
  };
  const drop = async (/** @type {Past} */ entry) => {
    await acts.drop(entry);
    kept = kept.filter((other) => other !== entry);
    draw();
    search.focus();
  };
  search.addEventListener("input", draw);
  askToClear(all, async () => {
    await acts.clear();
    kept = [];
    draw();
  });
  draw();
  const head = element("div", { class: "step" }, element("h2", {}, say("panel.history")), button(say("panel.back"), acts.back, "bare"));
  return element("section", { class: "history" }, head, search, list, told, all, element("p", { class: "small" }, say("panel.history_kept")));
}

/**
 * @param {Past} entry
 * @param {(entry: Past) => void} open
 * @param {() => void} drop
 */
function line(entry, open, drop) {
  const tone = VERDICTS.includes(entry.verdict) ? entry.verdict : "cannot_tell";
  const when = new Date(entry.at).toLocaleString(language(), { dateStyle: "medium", timeStyle: "short" });
  const face = button("", () => open(entry), "entry");
  const likely = entry.probability === null ? "" : ` · ${percent(entry.probability)}`;
  face.append(
    element("span", { class: "pill" }, `${say(`panel.verdict.${tone}`)}${likely}`),
    element("strong", {}, entry.name || host(entry.url)),
    element("span", { class: "small" }, `${when} · ${entry.server ? host(entry.server) : say("panel.this_device")}`),
  );
  const away = button("×", drop, "bare");
  away.setAttribute("aria-label", say("panel.history_drop", { name: entry.name || host(entry.url) }));
  return element("li", { class: `card ${tone}` }, face, away);
}

/**
 * @param {HTMLElement} row
 * @param {() => Promise<void>} clear
 */
function askToClear(row, clear) {
  const offer = () => row.replaceChildren(button(say("panel.history_clear"), ask, "bare"));
  const ask = () => {
    const keep = button(say("panel.forget_no"), offer);
    const yes = button(say("panel.history_clear_yes"), () => clear().then(offer), "danger");
    row.replaceChildren(yes, keep);
    keep.focus();
  };
  offer();
}
