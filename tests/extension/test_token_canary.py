"""A token that is a canary: it goes to its own server in one header, and is found nowhere else, whatever that server does."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.extension.test_malformed_answers import ACCEPTED
from tests.support.browser.capture_pages import PLAYER, playing, press
from tests.support.browser.loaded_extension import Extension
from tests.support.sample_report import sample_report
from tests.support.web.loopback_server import listening
from tests.support.web.static_server import Web

pytestmark = pytest.mark.browser

CANARY = "canary-0f3c9b1e-4711"
EVERYTHING = """async () => {
  const stored = await Promise.all(["session", "sync"].map((area) => chrome.storage[area]?.get().then(JSON.stringify, () => "")));
  const { access, ...local } = await chrome.storage.local.get();
  const kept = [];
  for (const { name } of await indexedDB.databases()) {
    const database = await new Promise((done) => (indexedDB.open(name).onsuccess = ({ target }) => done(target.result)));
    for (const store of database.objectStoreNames) {
      const asked = database.transaction(store).objectStore(store).getAll();
      kept.push(JSON.stringify(await new Promise((done) => (asked.onsuccess = () => done(asked.result)))));
    }
    database.close();
  }
  const fields = [...document.querySelectorAll("input, textarea")].map(({ value }) => value);
  const caches = await globalThis.caches.keys();
  const places = performance.getEntriesByType("resource").map(({ name }) => name);
  const page = [document.documentElement.outerHTML, location.href, document.cookie];
  const written = [...page, ...Object.values(localStorage), ...Object.values(sessionStorage)];
  return [...stored, JSON.stringify(local), ...kept, ...fields, ...caches, ...places, ...written].join("\\n");
}"""
"""All that a page of the extension shows or holds, but for the one place where the token is kept."""


@dataclass
class Heard:
    """One request: its path, all of its headers, its body."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Keeper:
    """A server and what it answers: status, headers, body, by the method."""

    url: str = ""
    answers: dict[str, tuple[int, dict[str, str], Any]] = field(default_factory=dict)
    heard: list[Heard] = field(default_factory=list)


def keeping(keeper: Keeper) -> type[BaseHTTPRequestHandler]:
    """A handler for it."""

    class Keeps(BaseHTTPRequestHandler):
        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            keeper.heard.append(Heard(self.command, self.path, dict(self.headers), body))
            status, headers, told = keeper.answers.get(self.command, (404, {}, {}))
            data = json.dumps(told).encode()
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", "Content-Length": str(len(data)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_DELETE = do_OPTIONS = answer

        def log_message(self, *_: object) -> None:
            """Quiet."""

    return Keeps


@pytest.fixture
def own() -> Iterator[Keeper]:
    """The server that the token is for."""
    keeper = Keeper(answers={"POST": (202, {}, ACCEPTED)})
    with listening(keeping(keeper)) as port:
        keeper.url = f"http://127.0.0.1:{port}"
        yield keeper


@pytest.fixture
def foreign() -> Iterator[Keeper]:
    """Any other; as near as another port of the same host."""
    keeper = Keeper()
    with listening(keeping(keeper)) as port:
        keeper.url = f"http://127.0.0.1:{port}"
        yield keeper


def report(foreign: str) -> dict[str, Any]:
    """A Report whose every address lies elsewhere."""
    picture = f"{foreign}/picture.jpg"
    told = sample_report()
    people = [person.model_copy(update={"picture": picture}) for person in told.people]
    evidence = [look.model_copy(update={"frame": picture, "face": picture, "heat_map": picture}) for look in told.evidence]
    source = told.source.model_copy(update={"url": f"{foreign}/v.mp4"})
    whole = told.model_copy(update={"people": people, "evidence": evidence, "source": source})
    made: dict[str, Any] = whole.model_dump(mode="json")
    return made


def test_canary_is_in_one_header_to_one_server_and_nowhere_else(loaded: Extension, own: Keeper, foreign: Keeper, web: Web) -> None:
    loaded.reset(own.url)
    logged: list[str] = []
    addresses: list[str] = []
    loaded.context.on("console", lambda message: logged.append(message.text))
    loaded.context.on("weberror", lambda error: logged.append(str(error.error)))
    loaded.context.on("request", lambda request: addresses.append(request.url))
    options = loaded.open("options/options.html")
    options.get_by_label("Token").fill(CANARY)
    options.get_by_role("button", name="Test").click()
    expect(options.locator("#outcome")).not_to_be_empty()
    options.get_by_role("button", name="Save").click()
    expect(options.locator("#outcome")).to_contain_text("Saved")
    pages = [options, *answers(loaded, own, foreign)]
    (web.folder / "canary.html").write_text(f"<!doctype html><title>A talk</title>{PLAYER}", encoding="utf-8")
    page = loaded.context.new_page()
    page.goto(f"{web.url}/canary.html")
    pages += [page]
    held = [page.evaluate(EVERYTHING) for page in pages[:-1]] + [pages[-1].content(), pages[-1].url]
    assert len("".join(held)) > 20_000
    for place, text in enumerate([*held, *logged, *addresses]):
        assert CANARY not in text, place
    assert own.heard and foreign.heard == []
    for heard in own.heard:
        assert heard.headers.pop("Authorization", f"Bearer {CANARY}") == f"Bearer {CANARY}"
        assert CANARY not in f"{heard.path}{heard.headers}{heard.body!r}"
    loaded.worker.evaluate("server => chrome.storage.local.set({ server })", foreign.url)
    shown(loaded, ".problem")
    assert foreign.heard and not [heard for heard in foreign.heard if "Authorization" in heard.headers]


def shown(loaded: Extension, what: str) -> Page:
    """The panel of a new click, once it shows this."""
    panel = loaded.click("link", linkUrl="https://example.org/a.mp4", pageUrl="https://example.org/")
    expect(panel.locator(what)).to_be_visible(timeout=20_000)
    return panel


def answers(loaded: Extension, own: Keeper, foreign: Keeper) -> Iterator[Page]:
    """What a server may do to have a token carried elsewhere; the panel after each."""
    away = {"Location": f"{foreign.url}/stolen", "Refresh": f"0;url={foreign.url}", "Link": f"<{foreign.url}/l.css>; rel=stylesheet"}
    for status in (301, 302, 307, 308):
        own.answers["POST"] = (status, away, {})
        yield shown(loaded, ".problem")
    own.answers["POST"] = (202, away, {**ACCEPTED, "links": dict.fromkeys(ACCEPTED["links"], f"{foreign.url}/p/")})
    own.answers["GET"] = (307, away, {})
    yield shown(loaded, ".progress")
    own.answers["GET"] = (401, {**away, "WWW-Authenticate": f'Bearer realm="{foreign.url}"'}, {"code": "x", "detail": "x"})
    yield shown(loaded, ".problem")
    for pictures in (f"{foreign.url}/p/", "/p/"):
        links = {"self": "x", "events": "x", "page": f"{foreign.url}/?check=1", "pictures": pictures}
        own.answers["GET"] = (200, away, {**ACCEPTED, "state": "done", "links": links, "report": report(foreign.url)})
        panel = shown(loaded, ".verdict")
        panel.locator("summary").click()
        panel.wait_for_timeout(300)
        yield panel
    panel.get_by_role("button", name="Delete this check").click()
    own.answers["DELETE"] = (302, away, {})
    panel.get_by_role("button", name="Delete", exact=True).click()
    panel.wait_for_timeout(300)


def test_canary_goes_with_frames_and_not_with_the_page_they_are_of(loaded: Extension, own: Keeper, web: Web, drawn_video: Any) -> None:
    loaded.reset(own.url)
    loaded.worker.evaluate("access => chrome.storage.local.set({ access })", {"server": own.url, "token": CANARY})
    (web.folder / "seen.mp4").write_bytes(drawn_video.read_bytes())
    (web.folder / "canary.html").write_text(f"<!doctype html><title>A talk</title>{PLAYER}", encoding="utf-8")
    page = loaded.context.new_page()
    seen: list[str] = []
    page.on("request", lambda request: seen.append(f"{request.url} {request.headers}"))
    page.goto(f"{web.url}/canary.html")
    panel = press(loaded, playing(page))
    expect(panel.locator(".problem, .progress h2", has_text="not a Telltale server").or_(panel.locator(".problem"))).to_be_visible(
        timeout=60_000
    )
    (post,) = [heard for heard in own.heard if heard.method == "POST"]
    assert post.headers["Authorization"] == f"Bearer {CANARY}" and CANARY.encode() not in post.body
    held = page.evaluate("() => [document.documentElement.outerHTML, JSON.stringify(Object.keys(globalThis)), document.title].join()")
    assert CANARY not in held + "".join(seen)
