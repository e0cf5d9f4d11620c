"""Messages that pages, scripts inside pages and another extension forge: none becomes a check, and no server is asked."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.browser.loaded_extension import Extension, extended
from tests.support.web.recording_proxy import Relay, relaying
from tests.support.web.static_server import Web

pytestmark = pytest.mark.browser

FORGED = {
    "type": "check",
    "action": "submit",
    "menuItemId": "video",
    "url": "https://example.org/forged.mp4",
    "take": "playing",
    "id": "forged",
}
IN_PAGE = """async ([id, forged]) => {
  const tried = {};
  const attempt = async (name, act) => {
    tried[name] = await Promise.resolve().then(act).then((said) => `went: ${said}`, (error) => `no: ${error}`);
  };
  const panel = `chrome-extension://${id}/panel/panel.html`;
  const loads = (tag, attribute) => new Promise((good, bad) => {
    const made = Object.assign(document.createElement(tag), { onload: () => good("loaded"), onerror: () => bad("error") });
    made.setAttribute(attribute, panel);
    document.body.append(made);
    setTimeout(() => bad("nothing"), 1500);
  });
  await attempt("post", () => { for (const to of [window, parent, top]) to.postMessage(forged, "*"); });
  await attempt("channel", () => new BroadcastChannel("telltale").postMessage(forged));
  await attempt("runtime", () => chrome.runtime.sendMessage(id, forged));
  await attempt("connect", () => chrome.runtime.connect(id).postMessage(forged));
  await attempt("storage", () => chrome.storage.session.set({ request: forged }));
  await attempt("fetch", () => fetch(panel).then((answer) => answer.status));
  await attempt("import", () => import(`chrome-extension://${id}/storage/session.js`));
  await attempt("script", () => loads("script", "src"));
  await attempt("event", () => {
    for (const name of ["telltale", "telltale-check", "contextmenu", "message"]) {
      window.dispatchEvent(new CustomEvent(name, { detail: forged, bubbles: true }));
      document.dispatchEvent(new MessageEvent(name, { data: forged }));
    }
  });
  await attempt("eyes", () => {
    globalThis.telltaleEyes = { choose: () => ({ kind: "video" }), post: () => "https://example.org/forged.mp4" };
  });
  await attempt("open", () => {
    window.open(panel);
    location.hash = localStorage.request = JSON.stringify(forged);
  });
  const frame = document.createElement("iframe");
  frame.src = panel;
  document.body.append(frame);
  await new Promise((wake) => setTimeout(wake, 500));
  await attempt("frame", () => { frame.contentWindow.postMessage(forged, "*"); });
  return tried;
}"""
BESIDE_THE_PAGE = """async (forged) => {
  const tried = await Promise.allSettled([
    chrome.runtime.sendMessage(forged),
    Promise.resolve().then(() => chrome.runtime.connect({ name: "telltale" }).postMessage(forged)),
    chrome.storage.session.set({ request: forged }),
    chrome.storage.local.set({ server: "https://example.org", request: forged }),
  ]);
  return tried.map(({ status }) => status);
}"""
FROM_ANOTHER = """async ([id, forged]) => {
  const said = await chrome.runtime.sendMessage(id, forged).then(() => "heard", () => "unheard");
  const port = chrome.runtime.connect(id, { name: "telltale" });
  const gone = new Promise((done) => port.onDisconnect.addListener(() => done("unheard")));
  try { port.postMessage(forged); } catch { /* closed already */ }
  const panel = `chrome-extension://${id}/panel/panel.html`;
  const query = new URLSearchParams({ ...forged, request: JSON.stringify(forged) });
  for (const address of [panel, `${panel}?${query}`, `${panel}#${query}`]) await chrome.tabs.create({ url: address }).catch(() => null);
  return [said, await gone];
}"""


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another extension, which may do all that an extension may without asking."""
    folder = tmp_path_factory.mktemp("other")
    manifest = {"manifest_version": 3, "name": "Other", "version": "1", "permissions": ["tabs", "storage", "contextMenus"]}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    (folder / "page.html").write_text("<!doctype html><title>Other</title>", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def loaded(chromium: str, tmp_path_factory: pytest.TempPathFactory, other: Path) -> Iterator[Extension]:
    """Both in one browser."""
    with extended(chromium, tmp_path_factory.mktemp("profile"), "--headless=new", beside=other) as extension:
        yield extension


@pytest.fixture
def relay(loaded: Extension, space_url: str) -> Iterator[Relay]:
    """The server that must not be asked; a panel is open that would act on a click."""
    with relaying(space_url) as listening:
        loaded.reset(listening.url)
        loaded.open()
        yield listening


def own_id(extension: Extension) -> str:
    """Of Telltale."""
    return extension.worker.url.split("/")[2]


def nothing_came_of_it(extension: Extension, relay: Relay) -> None:
    """No click was noted, no server asked; and the same panel does act on a real click."""
    extension.context.pages[-1].wait_for_timeout(500)
    assert relay.calls == []
    assert not extension.worker.evaluate("() => chrome.storage.session.get('request')")
    assert extension.worker.evaluate("() => chrome.storage.local.get('server')") == {"server": relay.url}
    panel = extension.click("link", linkUrl="https://example.org/true.mp4")
    panel.locator(".progress, .problem").first.wait_for()
    panel.wait_for_timeout(500)
    assert relay.posts == ["https://example.org/true.mp4"]


def test_page_cannot_ask_for_a_check(loaded: Extension, relay: Relay, web: Web) -> None:
    (web.folder / "forger.html").write_text("<!doctype html><title>Forger</title><body>", encoding="utf-8")
    page = loaded.context.new_page()
    page.goto(f"{web.url}/forger.html")
    tried = page.evaluate(IN_PAGE, [own_id(loaded), FORGED])
    refused = {name for name, said in tried.items() if said.startswith("no:")}
    assert refused >= {"runtime", "connect", "storage", "fetch", "import", "script"}, tried
    nothing_came_of_it(loaded, relay)


def test_script_inside_a_page_cannot_ask_for_a_check(loaded: Extension, relay: Relay, web: Web) -> None:
    (web.folder / "inside.html").write_text("<!doctype html><title>Inside</title><body>", encoding="utf-8")
    page = loaded.context.new_page()
    page.goto(f"{web.url}/inside.html")
    said = loaded.worker.evaluate(
        f"""async ([url, forged]) => {{
            const [tab] = await chrome.tabs.query({{ url }});
            const way = {{ target: {{ tabId: tab.id }}, func: {BESIDE_THE_PAGE}, args: [forged] }};
            return (await chrome.scripting.executeScript(way))[0].result;
        }}""",
        [page.url, FORGED],
    )
    assert said[0] == said[2] == said[3] == "rejected"
    nothing_came_of_it(loaded, relay)


def test_another_extension_cannot_ask_for_a_check(loaded: Extension, relay: Relay, other: Path) -> None:
    digest = hashlib.sha256(str(other).encode()).hexdigest()[:32]
    id = "".join(chr(ord("a") + int(digit, 16)) for digit in digest)
    page = loaded.context.new_page()
    page.goto(f"chrome-extension://{id}/page.html")
    assert page.title() == "Other"
    assert page.evaluate(FROM_ANOTHER, [own_id(loaded), FORGED]) == ["unheard", "unheard"]
    nothing_came_of_it(loaded, relay)
