/** The extension's keys as the browser has them, and the way to where it changes them. */

import { element } from "../panel/dom.js";
import { say } from "../i18n/messages.js";

const CHROMIUM_S = "chrome://extensions/shortcuts";

/**
 * @param {HTMLElement} list a `dl`
 * @param {HTMLElement} change a button
 */
export async function showShortcuts(list, change) {
  const { commands, tabs } = chrome;
  for (const { name, description, shortcut } of await commands.getAll()) {
    const what = name === "_execute_action" ? say("options.shortcut_open") : (description ?? "");
    const keys = shortcut ? keysOf(shortcut).map((key) => element("kbd", {}, key)) : say("options.shortcut_none");
    list.append(element("dt", {}, what), element("dd", {}, keys));
  }
  change.addEventListener("click", () => {
    const own = /** @type {any} */ (commands).openShortcutSettings; // Firefox, whose page no extension may open by its address
    if (own) own.call(commands);
    else tabs.create({ url: CHROMIUM_S });
  });
}

/**
 * @param {string} shortcut "Alt+Shift+V", or on a Mac "⌥⇧V"
 * @returns {string[]}
 */
function keysOf(shortcut) {
  return shortcut.includes("+") ? shortcut.split("+") : [...shortcut];
}
