/**
 * The background: menus, the toolbar button, and opening the panel.
 *
 * It waits for nothing and speaks to no server: browsers end it after seconds of rest. A click is written down in the session's
 * storage; the panel reads it there, sends it and waits. Chromium runs this file as a service worker, Firefox as an event page,
 * so it uses neither `window` nor anything only a worker has.
 */

import { chooseAddress, isVague } from "./urls.js";
import { dropFrames } from "../storage/frames.js";
import { closeStorage } from "../storage/preferences.js";
import { putOffer, putRequest } from "../storage/session.js";
import { say, speak } from "../i18n/messages.js";

const WEB = ["http://*/*", "https://*/*"];

// All listeners are registered at once, synchronously: a browser that wakes this file must find them.
chrome.runtime.onInstalled.addListener(createMenus);
chrome.runtime.onStartup.addListener(dropFrames); // nobody can ask for them again: the session is a new one
chrome.contextMenus.onClicked.addListener(onMenu);
chrome.action.onClicked.addListener(onToolbar);
closeStorage();

/** One item per context, so that each click means one address; the item's id names the context. They speak the browser's language. */
async function createMenus() {
  await speak();
  chrome.contextMenus.removeAll(() => {
    chrome.contextMenus.create({ id: "video", contexts: ["video"], title: say("panel.menu_video"), documentUrlPatterns: WEB });
    chrome.contextMenus.create({ id: "link", contexts: ["link"], title: say("panel.menu_link"), targetUrlPatterns: WEB });
    chrome.contextMenus.create({ id: "image", contexts: ["image"], title: say("panel.menu_image"), documentUrlPatterns: WEB });
    chrome.contextMenus.create({ id: "page", contexts: ["page"], title: say("panel.menu_page"), documentUrlPatterns: WEB });
    chrome.contextMenus.create({ id: "selection", contexts: ["selection"], title: say("panel.menu_selection"), documentUrlPatterns: WEB });
  });
}

/**
 * @param {chrome.contextMenus.OnClickData} info
 * @param {chrome.tabs.Tab} [tab]
 */
function onMenu(info, tab) {
  openPanel(tab); // first and without waiting: the browser allows it only within the click
  putRequest(chooseAddress(info), { vague: isVague(info), ...sightOf(tab, info) });
}

/**
 * The button (and its key) sends nothing by itself: it opens the panel with the page's address filled in.
 * @param {chrome.tabs.Tab} tab
 */
function onToolbar(tab) {
  openPanel(tab);
  putOffer(tab.url ?? "", sightOf(tab).sight);
}

/**
 * Where the person used the extension, which is what allows looking at that tab until it goes elsewhere.
 * @param {chrome.tabs.Tab} [tab]
 * @param {Partial<chrome.contextMenus.OnClickData>} [info]
 * @returns {{sight?: import("../storage/session.js").Sight}}
 */
function sightOf(tab, info = {}) {
  if (tab?.id === undefined) return {};
  const { frameId, frameUrl, pageUrl } = info;
  const srcUrl = info.menuItemId === "link" ? "" : info.srcUrl; // a picture within a link is not what the link leads to
  const frame = { ...(frameId !== undefined && { frame: frameId }), ...(frameUrl && { frameUrl }) };
  return { sight: { tab: tab.id, ...frame, source: srcUrl ?? "", page: tab.url ?? pageUrl ?? "" } };
}

/** @param {chrome.tabs.Tab} [tab] */
function openPanel(tab) {
  const { sidePanel, sidebarAction } = /** @type {any} */ (chrome); // the first in Chromium, the second in Firefox
  if (tab && tab.windowId >= 0 && sidePanel?.open) {
    sidePanel.open({ windowId: tab.windowId }).catch(openTab);
  } else if (sidebarAction?.open) {
    sidebarAction.open().catch(openTab);
  } else {
    openTab();
  }
}

/** Where there is no side panel, or the browser will not open it, the same page opens in a tab. */
function openTab() {
  chrome.tabs.create({ url: chrome.runtime.getURL("panel/panel.html") });
}
