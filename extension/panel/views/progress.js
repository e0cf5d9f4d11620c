/** A check under way: what is being checked, the step in words, and a bar. */

import { button, element } from "../dom.js";
import { Problem } from "../../api/client.js";
import { host, say, told } from "../../i18n/messages.js";

/** @typedef {Pick<import("../../api/types.js").Job, "state" | "progress">} Standing where a check stands */

/** Where each step begins and ends on the bar, about as long as it takes. */
const SPANS = { resolve: [0, 0.1], fetch: [0.1, 0.35], read: [0.35, 0.5], faces: [0.5, 0.75], score: [0.75, 0.95], explain: [0.95, 1] };

/**
 * @param {string} url
 * @param {() => Promise<unknown>} [stop] absent while there is nothing to stop yet
 * @param {string} [what] is being done
 * @returns {{node: HTMLElement, update: (job: Standing) => void}}
 */
export function progressView(url, stop, what = say("panel.checking", { site: host(url) })) {
  const step = element("h2", {}, stop ? say("panel.waiting") : say("panel.sending"));
  const count = element("span", { class: "count" });
  const bar = element("progress", { max: "1", "aria-label": say("panel.progress") });
  const end = stop && button(say("panel.cancel"), () => stopOnce(/** @type {HTMLElement} */ (end), stop));
  const node = element(
    "section",
    { class: "progress card" },
    element("p", { class: "what" }, what),
    element("div", { class: "step" }, step, count),
    bar,
    element("p", { class: "address small" }, url),
    end,
  );
  return { node, update: (job) => update(job, step, count, bar) };
}

/**
 * @param {Standing} job
 * @param {HTMLElement} step
 * @param {HTMLElement} count
 * @param {HTMLElement} bar
 */
function update({ state, progress }, step, count, bar) {
  step.textContent = state === "queued" || !progress ? say(state === "queued" ? "panel.queued" : "panel.waiting") : told(`progress.step.${progress.step}`, {}, progress.text);
  count.textContent = (state === "running" && progress?.count) || "";
  const named = /** @type {keyof typeof SPANS} */ (progress?.step);
  const span = Object.hasOwn(SPANS, named ?? "") && SPANS[named];
  if (progress && progress.total && span) bar.setAttribute("value", String(along(span, progress.done / progress.total)));
  else bar.removeAttribute("value"); // how much there is to do is not known
}

/**
 * @param {number[]} span
 * @param {number} share of it that is done
 */
function along([start, finish], share) {
  return start + (finish - start) * Math.min(1, share);
}

/**
 * @param {HTMLElement} end
 * @param {() => Promise<unknown>} stop
 */
async function stopOnce(end, stop) {
  end.setAttribute("disabled", "");
  end.textContent = say("panel.stopping");
  try {
    await stop();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    end.removeAttribute("disabled"); // the check goes on, and the readings tell so: here is only another try
    end.textContent = say("panel.cancel");
  }
}
