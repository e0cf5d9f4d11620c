// The timeline one can point at, with pointer, finger or keys: shows the look that is nearest, its frame and its heat map.
// Not here: the chart itself and its sentences (timeline.py, looks.py), which come in the dots' data.

/** @param {HTMLElement} result what holds the chart, if there is one */
export function pointing(result) {
  const pointer = /** @type {HTMLElement | null} */ (result.querySelector(".tt-pointer"));
  if (!pointer) return;
  const find = (/** @type {string} */ selector) => /** @type {HTMLElement} */ (result.querySelector(`.tt-look-now ${selector}`));
  const dots = /** @type {SVGCircleElement[]} */ ([...result.querySelectorAll(".tt-line circle")]).sort(
    (one, other) => place(one).x - place(other).x || Number(one.dataset.person) - Number(other.dataset.person),
  );
  const cursor = /** @type {HTMLElement} */ (result.querySelector(".tt-cursor"));
  const frame = /** @type {HTMLImageElement} */ (find(".tt-now-frame img"));
  const map = /** @type {HTMLImageElement} */ (find(".tt-now-map img"));
  let now = -1;

  /** @param {number} at */
  function show(at) {
    if (at === now) return;
    dots[now]?.classList.remove("tt-now");
    now = at;
    const dot = dots[at];
    const { look, score, facts, box, person, frame: still, map: heat } = dot.dataset;
    dot.classList.add("tt-now");
    dot.parentElement?.append(dot); // drawn last, so on top
    cursor.style.left = `${place(dot).x}%`;
    pointer?.setAttribute("aria-valuenow", String(at + 1));
    pointer?.setAttribute("aria-valuetext", `${look}: ${score}`);
    find("").style.setProperty("--person", `var(--tt-person-${person})`);
    find("h3 span").textContent = look ?? "";
    find("strong").textContent = score ?? "";
    find(".tt-now-facts").textContent = facts ?? "";
    find(".tt-now-bare").hidden = Boolean(still);
    find(".tt-now-pictures").hidden = !still;
    if (!still || !heat) return;
    frame.src = still;
    frame.alt = dot.dataset.alt ?? "";
    map.src = heat;
    const [left, top, width, height] = (box ?? "").split(" ");
    Object.assign(find(".tt-now-box").style, { left, top, width, height });
  }

  /** @param {PointerEvent} event */
  function nearest(event) {
    const plot = /** @type {HTMLElement} */ (result.querySelector(".tt-plot > svg")).getBoundingClientRect();
    const [x, y] = [event.clientX - plot.left, event.clientY - plot.top];
    const far = dots.map((dot) => {
      const { x: left, y: top } = place(dot);
      return Math.hypot((left / 100) * plot.width - x, 0.4 * ((top / 100) * plot.height - y)); // the time counts most
    });
    show(far.indexOf(Math.min(...far)));
  }

  pointer.addEventListener("pointermove", nearest);
  pointer.addEventListener("pointerdown", (event) => {
    nearest(event);
    pointer.focus({ preventScroll: true });
  });
  pointer.addEventListener("keydown", (event) => {
    const last = dots.length - 1;
    /** @type {Record<string, number>} */
    const to = {
      ArrowRight: now + 1, ArrowUp: now + 1, ArrowLeft: now - 1, ArrowDown: now - 1,
      PageUp: now + Math.ceil(dots.length / 8), PageDown: now - Math.ceil(dots.length / 8), Home: 0, End: last,
    };
    if (!(event.key in to)) return;
    event.preventDefault();
    show(Math.min(last, Math.max(0, to[event.key])));
  });
  pointer.setAttribute("aria-valuemax", String(dots.length));
  const strongest = dots.reduce((best, dot, at) => (place(dot).y < place(dots[best]).y ? at : best), 0);
  show(strongest);
}

/** @param {SVGCircleElement} dot @returns {{ x: number, y: number }} in percent of the chart */
function place(dot) {
  return { x: dot.cx.baseVal.valueInSpecifiedUnits, y: dot.cy.baseVal.valueInSpecifiedUnits };
}
