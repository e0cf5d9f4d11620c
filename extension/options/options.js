/**
 * The options page: where checks are made, what leaves the computer then, which server is asked and whether it answers, what is kept, and keys.
 *
 * The browser asks for a server's permission only within a click, so each click asks first and does everything else after.
 */

import { DEFAULT_SERVER, permissionFor, serverOrigin } from "../background/urls.js";
import { clearHistory } from "../storage/history.js";
import * as preferences from "../storage/preferences.js";
import { health, knock, Problem } from "../api/client.js";
import { getServer, onChange, putServer } from "../storage/session.js";
import { languages } from "../i18n/catalogue.js";
import { element } from "../panel/dom.js";
import { showShortcuts } from "./shortcuts.js";
import { fillWords, host, language, say, speak } from "../i18n/messages.js";

/**
 * @template {HTMLElement} T
 * @param {string} id
 * @param {new () => T} kind
 * @returns {T}
 */
function part(id, kind) {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`the page has no ${id}`);
  return found;
}

const field = part("server", HTMLInputElement);
const secret = part("token", HTMLInputElement);
const outcome = part("outcome", HTMLElement);
const modes = part("modes", HTMLFormElement);
const remember = part("remember", HTMLInputElement);

await speak(await preferences.getLanguage());
fillWords(document);
document.title = say("options.title");
part("token-rule", HTMLElement).textContent = say(preferences.KEEPS_TOKENS ? "options.token_rule" : "options.token_rule_session");
part("choose", HTMLFormElement).addEventListener("submit", (event) => {
  event.preventDefault();
  withServer(save);
});
part("test", HTMLElement).addEventListener("click", () => withServer(test));
part("reset", HTMLElement).addEventListener("click", () => {
  field.value = DEFAULT_SERVER;
  secret.value = "";
  withServer(save);
});
part("token-forget", HTMLElement).addEventListener("click", forgetToken);
field.addEventListener("input", () => tell("", ""));
modes.addEventListener("change", async () => {
  await preferences.putMode(/** @type {preferences.Mode} */ (new FormData(modes).get("mode")));
  await showMode();
});
remember.addEventListener("change", () => preferences.putRemember(remember.checked));
part("clear", HTMLElement).addEventListener("click", async () => {
  await clearHistory();
  part("cleared", HTMLElement).textContent = say("options.history_cleared");
});
part("withdraw", HTMLElement).addEventListener("click", async () => {
  await preferences.withdrawConsent();
  await showConsent();
});

const tongues = part("language", HTMLSelectElement);
for (const [code, name] of Object.entries(await languages())) tongues.add(new Option(name, code));
tongues.value = await preferences.getLanguage();
tongues.addEventListener("change", async () => {
  await preferences.putLanguage(tongues.value);
  location.reload();
});

field.value = await getServer();
remember.checked = await preferences.getRemember();
await showToken();
await showMode();
await showShortcuts(part("keys", HTMLElement), part("change-keys", HTMLElement));
onChange("mode", showMode);
onChange("consent", showConsent);

/** The mode, and what it means: which server is asked, and what leaves the computer. */
async function showMode() {
  const mode = await preferences.getMode();
  for (const choice of modes.querySelectorAll("input")) choice.checked = choice.value === mode;
  part("choose", HTMLFormElement).hidden = mode === "device";
  const leaving = mode === "device" ? [say("options.privacy_device")] : [say("options.privacy_sent"), say("options.privacy_frames")];
  const points = [...leaving, say("options.privacy_never"), say("options.privacy_kept")];
  part("leaves", HTMLElement).replaceChildren(...points.map((point) => element("li", {}, point)));
  await showConsent();
}

/**
 * Does something with the server in the field once the browser's user has allowed it.
 * @param {(server: string) => Promise<void>} act
 */
async function withServer(act) {
  const server = serverOrigin(field.value);
  if (!server) return tell("bad", say("options.server_bad"));
  const allowed = await chrome.permissions.request(permissionFor(server));
  if (!allowed) return tell("bad", say("options.server_refused", { server: host(server) }));
  field.value = server;
  await act(server);
}

/** @param {string} server */
async function save(server) {
  const before = await getServer();
  await keep(server);
  await putServer(server);
  if (before !== server) await giveBack(before, server);
  tell("good", say("options.saved", { server: host(server) }));
}

/**
 * Keeps what was typed as this server's token; a server that is left takes its token with it.
 * @param {string} server
 */
async function keep(server) {
  await preferences.putToken(server, secret.value.trim() || (await preferences.tokenFor(server)));
  secret.value = ""; // never shown again
  await showToken();
}

async function forgetToken() {
  await preferences.putToken("", "");
  await showToken();
  tell("good", say("options.token_forgotten"));
}

/** Whether there is a token for the server in use; the token itself is not shown. */
async function showToken() {
  const kept = Boolean(await preferences.tokenFor(serverOrigin(field.value) ?? ""));
  secret.placeholder = kept ? say("options.token_kept") : "";
  part("token-forget", HTMLElement).hidden = !kept;
}

async function showConsent() {
  const given = (await preferences.getConsent(await preferences.getMode())) && (await preferences.consentDate());
  const day = given && new Date(given).toLocaleDateString(language(), { dateStyle: "long" });
  part("consent", HTMLElement).textContent = day ? say("options.consent_state", { date: day }) : say("options.consent_missing");
  part("withdraw", HTMLElement).hidden = !day;
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
  tell("", say("options.testing", { server: host(server) }));
  try {
    const typed = secret.value.trim();
    const { status, model } = await health(server, typed);
    await knock(server, typed);
    tell("good", status === "ready" ? say("options.answers", { server: host(server), model: model ?? "" }) : say("options.answers_soon", { server: host(server) }));
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
