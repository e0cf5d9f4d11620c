/**
 * Building the page, element by element. Text is always a text node, so whatever a server or a video's title holds is shown as
 * typed and never read as markup; nothing in this extension parses HTML.
 */

/** @typedef {Node | string | null | undefined | false} Child */

/**
 * @param {string} tag
 * @param {Record<string, string>} [attributes]
 * @param {...(Child | Child[])} children
 * @returns {HTMLElement}
 */
export function element(tag, attributes = {}, ...children) {
  return complete(document.createElement(tag), attributes, children);
}

/**
 * @param {string} tag
 * @param {Record<string, string | number>} [attributes]
 * @param {...(Child | Child[])} children
 * @returns {SVGElement}
 */
export function drawn(tag, attributes = {}, ...children) {
  return complete(/** @type {SVGElement} */ (document.createElementNS("http://www.w3.org/2000/svg", tag)), attributes, children);
}

/**
 * @param {string} label
 * @param {() => void} act
 * @param {string} [style]
 */
export function button(label, act, style = "quiet") {
  const made = element("button", { type: "button", class: style }, label);
  made.addEventListener("click", act);
  return made;
}

/**
 * A link that opens beside; only ever to the web.
 * @param {string} href
 * @param {string} text
 * @param {string} [style]
 */
export function link(href, text, style = "") {
  const safe = /^https?:\/\//i.test(href);
  return safe ? element("a", { href, class: style, target: "_blank", rel: "noreferrer" }, text) : element("span", {}, text);
}

/**
 * A picture from the server; one that cannot be had leaves an even surface.
 * @param {string | null | Promise<string | null>} address
 * @param {string} alt
 */
export function picture(address, alt) {
  const made = /** @type {HTMLImageElement} */ (element("img", { alt, loading: "lazy", decoding: "async" }));
  made.addEventListener("error", () => made.classList.add("missing"));
  const show = (/** @type {string | null} */ known) => (known ? (made.src = known) : made.classList.add("missing"));
  if (address instanceof Promise) address.then(show);
  else show(address);
  return made;
}

/**
 * @template {Element} T
 * @param {T} made
 * @param {Record<string, string | number>} attributes
 * @param {(Child | Child[])[]} children
 * @returns {T}
 */
function complete(made, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  for (const child of children.flat()) if (child) made.append(child);
  return made;
}
