/** Deleting a check: asked once more before it is done, and told when it is. */

import { button, element } from "../dom.js";
import { Problem } from "../../api/client.js";
import { say } from "../../i18n/messages.js";

/** @typedef {{forget: () => Promise<unknown>, question: string}} Deletion */

/**
 * @param {() => Promise<unknown>} forget deletes it, or throws a Problem
 * @param {string} question asked before it is done
 * @returns {HTMLElement}
 */
export function forgetView(forget, question) {
  const node = element("section", { class: "forget small" });
  offer(node, { forget, question }, "");
  return node;
}

/**
 * @param {HTMLElement} node
 * @param {Deletion} deletion
 * @param {string} problem why the last try failed
 */
function offer(node, deletion, problem) {
  const first = button(say("panel.forget"), () => ask(node, deletion), "bare");
  node.replaceChildren(...(problem ? [element("p", { role: "alert" }, problem)] : []), first);
}

/**
 * @param {HTMLElement} node
 * @param {Deletion} deletion
 */
function ask(node, deletion) {
  const keep = button(say("panel.forget_no"), () => {
    offer(node, deletion, "");
    node.querySelector("button")?.focus();
  });
  const row = element("div", { class: "row" }, button(say("panel.forget_yes"), () => doIt(node, deletion), "danger"), keep);
  node.replaceChildren(element("p", {}, deletion.question), row);
  keep.focus();
}

/**
 * @param {HTMLElement} node
 * @param {Deletion} deletion
 */
async function doIt(node, deletion) {
  for (const made of node.querySelectorAll("button")) made.setAttribute("disabled", "");
  try {
    await deletion.forget();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    offer(node, deletion, error.sentence);
  }
}
