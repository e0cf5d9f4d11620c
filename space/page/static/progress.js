// Painting progress: the step in words, what of it is done, the bar, the way there. Not here: the sentences, which come from outside.

/** @typedef {{ text: string, done?: number, total?: number, step?: string, count?: string }} Painted `total` is 0 where it is not known */

/**
 * @param {HTMLElement} progress
 * @returns {(painted: Painted) => void}
 */
export function painting(progress) {
  const find = (/** @type {string} */ selector) => /** @type {HTMLElement} */ (progress.querySelector(selector));
  const status = find("[role=status]");
  const counted = find(".tt-progress-count");
  const bar = find(".tt-progress-bar");
  const mark = find(".tt-progress-bar i");
  const steps = /** @type {HTMLElement[]} */ ([...progress.querySelectorAll("[data-step]")]);

  return ({ text, done = 0, total = 0, step = "", count = "" }) => {
    if (status.textContent !== text) status.textContent = text; // said once by screen readers, not at every count
    counted.textContent = count;
    bar.classList.toggle("tt-unknown", !(total > 0));
    if (total > 0) bar.setAttribute("aria-valuenow", String(Math.round((100 * done) / total)));
    else bar.removeAttribute("aria-valuenow");
    mark.style.width = total > 0 ? `${(100 * done) / total}%` : "";
    const at = steps.findIndex((one) => one.dataset.step === step);
    steps.forEach((one, place) => (one.dataset.state = place < at ? "past" : place === at ? "now" : ""));
  };
}
