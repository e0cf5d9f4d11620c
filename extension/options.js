/**
 * The options page: which server checks, whether it answers, and the permission to talk to it.
 *
 * The browser asks for the permission only within a click, so each click asks first and does everything else after.
 */

import { DEFAULT_SERVER, permissionFor, serverOrigin } from "./address.js";
import { health, Problem } from "./space.js";
import { getServer, putServer } from "./storage.js";
import { fillWords, host, say } from "./words.js";

const field = /** @type {HTMLInputElement} */ (document.getElementById("server"));
const outcome = /** @type {HTMLElement} */ (document.getElementById("outcome"));

fillWords(document);
document.title = say("optionsTitle");
document.getElementById("choose")?.addEventListener("submit", (event) => {
  event.preventDefault();
  withServer(save);
});
document.getElementById("test")?.addEventListener("click", () => withServer(test));
document.getElementById("reset")?.addEventListener("click", () => {
  field.value = DEFAULT_SERVER;
  withServer(save);
});
field.addEventListener("input", () => tell("", ""));
field.value = await getServer();

/**
 * Does something with the server in the field once the browser's user has allowed it.
 * @param {(server: string) => Promise<void>} act
 */
async function withServer(act) {
  const server = serverOrigin(field.value);
  if (!server) return tell("bad", say("serverBad"));
  const allowed = await chrome.permissions.request(permissionFor(server));
  if (!allowed) return tell("bad", say("serverRefused", host(server)));
  field.value = server;
  await act(server);
}

/** @param {string} server */
async function save(server) {
  const before = await getServer();
  await putServer(server);
  if (before !== server) await giveBack(before, server);
  tell("good", say("saved", host(server)));
}

/**
 * A permission that is no longer used is handed back; those the extension always has stay.
 * @param {string} before
 * @param {string} now
 */
async function giveBack(before, now) {
  const [old] = permissionFor(before).origins ?? [];
  const kept = chrome.runtime.getManifest().host_permissions ?? [];
  if (old !== permissionFor(now).origins?.[0] && !kept.includes(old)) await chrome.permissions.remove({ origins: [old] });
}

/** @param {string} server */
async function test(server) {
  tell("", say("testing", host(server)));
  try {
    const { status, model } = await health(server);
    tell("good", status === "ready" ? say("answers", host(server), model ?? "") : say("answersSoon", host(server)));
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    tell("bad", error.sentence);
  }
}

/**
 * @param {"good" | "bad" | ""} tone
 * @param {string} sentence
 */
function tell(tone, sentence) {
  outcome.className = tone;
  outcome.textContent = sentence;
}
