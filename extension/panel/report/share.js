/** What can be done with a Report: copy it as text, share its address, open it in the Space. */

import { button, element, link } from "../dom.js";
import { percent, say, span } from "../../i18n/messages.js";

/** @typedef {import("../../api/types.js").Report} Report */

const TOLD = 2500; // milliseconds for which a button says that it was done

/**
 * @param {Report} report
 * @param {string | null} page its address on the server, where it has one
 * @returns {HTMLElement}
 */
export function shareView(report, page) {
  const text = asText(report, page);
  const copies = [copier(say("panel.copy_result"), text), page && copier(say("panel.copy_link"), page)];
  const shares = typeof navigator.share === "function" && page && button(say("panel.share"), () => share(report.headline, page));
  return element("div", { class: "share row" }, page && link(page, say("panel.open_in_space"), "button"), ...copies, shares);
}

/**
 * The Report in a few lines of plain text, with its doubts and its limits: a verdict without them would be a claim.
 * @param {Report} report
 * @param {string | null} page
 */
export function asText(report, page) {
  const { headline, explanation, fake_probability: probability, interval, reasons, source, model, caveats } = report;
  const label = say(model.calibrated ? "panel.probability" : "panel.uncalibrated");
  const spread = interval ? ` (${say("format.interval", { span: span(interval) })})` : "";
  return [
    `Telltale: ${headline}`,
    source.title || source.name,
    source.url,
    "",
    explanation,
    probability === null ? "" : `${label}: ${percent(probability)}${spread}`,
    ...reasons.map(({ message }) => `– ${message}`),
    "",
    `${say("panel.limits")}:`,
    ...caveats.map(({ message }) => `– ${message}`),
    "",
    `${say("panel.row_model")}: ${model.id} · ${model.revision}`,
    page,
  ]
    .filter((line, place, lines) => line || (line === "" && lines[place - 1]))
    .join("\n");
}

/**
 * @param {string} label
 * @param {string} text
 */
function copier(label, text) {
  const made = button(label, async () => {
    await navigator.clipboard.writeText(text);
    made.textContent = say("panel.copied");
    setTimeout(() => (made.textContent = label), TOLD);
  });
  made.setAttribute("aria-live", "polite");
  return made;
}

/**
 * @param {string} title
 * @param {string} url
 */
async function share(title, url) {
  try {
    await navigator.share({ title: `Telltale: ${title}`, url });
  } catch (error) {
    if (!(error instanceof DOMException && error.name === "AbortError")) throw error; // closed without sharing
  }
}
