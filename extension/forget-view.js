/** Deleting a check from the server: asked once more before it is done, and told when it is. */

import { button, element } from "./dom.js";
import { Problem } from "./space.js";
import { say } from "./words.js";

/**
 * @param {() => Promise<unknown>} forget deletes it, or throws a Problem
 * @returns {HTMLElement}
 */
export function forgetView(forget) {
  const node = element("section", { class: "forget small" });
  offer(node, forget, "");
  return node;
}

/**
 * @param {HTMLElement} node
 * @param {() => Promise<unknown>} forget
 * @param {string} problem why the last try failed
 */
function offer(node, forget, problem) {
  const first = button(say("forget"), () => ask(node, forget), "bare");
  node.replaceChildren(...(problem ? [element("p", { role: "alert" }, problem)] : []), first);
}

/**
 * @param {HTMLElement} node
 * @param {() => Promise<unknown>} forget
 */
function ask(node, forget) {
  const keep = button(say("forgetNo"), () => {
    offer(node, forget, "");
    node.querySelector("button")?.focus();
  });
  const row = element("div", { class: "row" }, button(say("forgetYes"), () => doIt(node, forget), "danger"), keep);
  node.replaceChildren(element("p", {}, say("forgetAsk")), row);
  keep.focus();
}

/**
 * @param {HTMLElement} node
 * @param {() => Promise<unknown>} forget
 */
async function doIt(node, forget) {
  for (const made of node.querySelectorAll("button")) made.setAttribute("disabled", "");
  try {
    await forget();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    offer(node, forget, error.sentence);
  }
}
