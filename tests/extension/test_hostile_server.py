"""A server that tells markup, and one that tells nonsense: no script runs, nobody else is asked, and what is no Report is no verdict.

The long form, with ten times as many broken answers: ``python -m benchmarks.extension.robustness``.
"""

import copy
import json
import os
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.extension.test_malformed_answers import ACCEPTED, Handler, Server
from tests.support.browser.loaded_extension import Extension
from tests.support.browser.markup_strings import markup
from tests.support.web.loopback_server import listening
from tests.support.web.static_server import Web

pytestmark = pytest.mark.browser

BROKEN = 30 * int(os.environ.get("TELLTALE_TIMES", "1"))
"""How many broken answers are told."""
KEPT = {"version", "verdict", "id", "state", "severity", "kind", "basis", "detector", "sha256", "self"}
"""Words that are not for people: another one there makes it no Report."""
BESIDE: list[Any] = [
    *(None, 0, -1, 2, 1e300, "", "constructor", "__proto__", "toString", "x" * 5000, [], [[]], {}, {"length": 9}, True, [None]),
    ["x"],
]
"""Values that stand where others should."""
LINKS = ["FOREIGN/p/", "//FOREIGN_HOST/p/", "\\\\FOREIGN_HOST\\p\\", "javascript:document.title='owned'//", "data:text/html,x", "FOREIGN"]
REQUEST = "request => chrome.storage.session.set({ request })"


@dataclass
class Foreign:
    """A web server that nobody has a reason to ask."""

    url: str = ""
    asked: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def job(space_url: str, web: Web, drawn_video: Path) -> dict[str, Any]:
    """A check as a real server tells it."""
    (web.folder / "hostile.mp4").write_bytes(drawn_video.read_bytes())
    told = httpx.post(f"{space_url}/api/v1/checks", json={"url": f"{web.url}/hostile.mp4"}).json()
    deadline = time.monotonic() + 90
    while told["state"] in ("queued", "running"):
        assert time.monotonic() < deadline
        time.sleep(0.2)
        told = httpx.get(f"{space_url}/api/v1/checks/{told['id']}").json()
    assert told["report"]["people"] and told["report"]["evidence"]
    return dict(told)


@pytest.fixture
def server() -> Iterator[Server]:
    """The hostile one."""
    told = Server(submit=(202, "application/json", json.dumps(ACCEPTED), {}))
    with listening(type("Bound", (Handler,), {"server_": told})) as port:
        told.url = f"http://127.0.0.1:{port}"
        yield told


@pytest.fixture
def foreign() -> Iterator[Foreign]:
    """The one that must not be asked; the extension's own rules would let it."""
    told = Foreign()

    class Overhears(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told.asked.append(self.path)
            self.send_error(404)

        do_POST = do_GET

        def log_message(self, *_: object) -> None:
            """Quiet."""

    with listening(Overhears) as port:
        told.url = f"http://127.0.0.1:{port}"
        yield told


def tells(server: Server, job: dict[str, Any]) -> None:
    """From now on the server tells this of its check."""
    server.read = (200, "application/json", json.dumps(job), {})


def asks(extension: Extension, number: int, url: str) -> None:
    """A click, for the panel that is open."""
    extension.worker.evaluate(REQUEST, {"id": f"{number}", "url": url})


def spoiled(value: Any, text: str) -> Any:
    """Markup in every word for people."""
    if isinstance(value, dict):
        return {key: child if key in KEPT else spoiled(child, text) for key, child in value.items()}
    if isinstance(value, list):
        return [spoiled(child, text) for child in value]
    return text if isinstance(value, str) else value


# Markup


def test_forty_strings_of_markup_are_shown_as_typed(
    loaded: Extension, server: Server, foreign: Foreign, job: dict[str, Any], web: Web
) -> None:
    texts = markup(foreign.url)
    assert len(set(texts)) == 40
    loaded.reset(server.url)
    panel = loaded.open()
    for number, text in enumerate(texts):
        pictures = LINKS[number % len(LINKS)].replace("FOREIGN_HOST", foreign.url[7:]).replace("FOREIGN", foreign.url)
        links = {"self": text, "events": text, "page": pictures, "pictures": pictures}
        tells(server, {**job, "id": f"job {number}", "links": links, "report": spoiled(job["report"], text)})
        server.submit = (202, "application/json", json.dumps({**ACCEPTED, "id": f"job {number}"}), {})
        asks(loaded, number, f"https://example.org/?{text}" if number % 2 else f"https://example.org/?{quote(text)}")
        expect(panel.locator(".verdict .name")).to_have_text(text)
        panel.locator("summary").click()
        assert_harmless(panel, foreign)
    server.read = (404, "application/problem+json", json.dumps({"code": texts[0], "detail": " ".join(texts)}), {})
    asks(loaded, len(texts), f"https://example.org/?{texts[10]}")
    expect(panel.locator(".problem .sentence")).to_have_text(" ".join(texts))
    assert_harmless(panel, foreign)
    panel.get_by_role("button", name="History").click()
    expect(panel.locator(".past li")).to_have_count(40)
    assert_harmless(panel, foreign)
    panel.wait_for_timeout(300)
    assert foreign.asked == [] and panel.title() == "Telltale"
    assert server.asked.count("POST /api/v1/checks") == 41


def assert_harmless(panel: Page, foreign: Foreign) -> None:
    """Nothing in the panel but what the panel itself makes."""
    strange = "main :is(script, style, iframe, object, embed, link, base, meta, form, video, audio, details:not(.source), math, image, use)"
    assert panel.locator(strange).count() == 0
    assert panel.evaluate(
        """foreign => [...document.querySelectorAll("*")].flatMap((one) => [...one.attributes]).filter(({ name, value }) =>
        /^on/.test(name) || /^(src|srcset|href|action|data|poster|style)$/.test(name) && (value.startsWith(foreign) ||
          /^(javascript|data):/.test(value))
        ).map(({ name, value }) => `${name}=${value}`)""",
        foreign.url,
    ) == []  # fmt: skip


def test_the_same_strings_bite_where_a_page_takes_them_for_markup(loaded: Extension, foreign: Foreign, web: Web) -> None:
    body = "\n".join(f"<div>{text}</div>" for text in markup(foreign.url) if not text.startswith(("--", "]]", "</", "javascript", "data")))
    (web.folder / "bitten.html").write_text(f"<!doctype html><title>x</title><body>{body}", encoding="utf-8")
    page = loaded.context.new_page()
    page.goto(f"{web.url}/bitten.html", wait_until="commit")
    page.wait_for_timeout(1500)
    assert len(set(foreign.asked)) > 10 and "/ran" in foreign.asked
    page.close()


# Nonsense


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every value in an answer."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, child in children for place in places(child, (*path, key)))]


def broken(job: dict[str, Any], rng: random.Random) -> tuple[str, dict[str, Any]]:
    """One value of an answer replaced, left out, or joined by one that plays with prototypes; what was done."""
    made = copy.deepcopy(job)
    deepest = rng.choice([1, 2, 3, 9])
    path = rng.choice([path for path in places(job) if 0 < len(path) <= deepest])
    holder: Any = made
    for key in path[:-1]:
        holder = holder[key]
    way = rng.choice(["replaced", "replaced", "gone", "prototype"])
    if way == "replaced":
        holder[path[-1]] = value = rng.choice(BESIDE)
        return f"{path} = {value!r:.40}", made
    if way == "gone":
        del holder[path[-1]]
    elif isinstance(holder, dict):
        holder["__proto__"] = {"verdict": "likely_fake", "report": job["report"], "polluted": True}
        holder["constructor"] = {"prototype": {"polluted": True}}
    return f"{path} {way}", made


CHOSEN: list[tuple[tuple[Any, ...], Any]] = [
    (("report", "provenance", "claims"), "x"),
    (("report", "provenance", "problems"), [None]),
    (("report", "people", 0, "observations"), lambda now: now * 2000),
    (("report", "people", 0, "reasons"), [{"severity": "warning", "code": "constructor", "message": "x", "params": {}}]),
    (("report", "caveats", 0, "code"), "constructor"),
    (("report", "verdict"), "constructor"),
    (("report", "fake_probability"), 7),
    (("state",), "constructor"),
]
"""Answers that have the ways of a Report and are meant to trip what reads them."""


def test_nonsense_is_no_verdict_and_stops_nothing(loaded: Extension, server: Server, job: dict[str, Any]) -> None:
    loaded.reset(server.url)
    panel = loaded.open()
    errors: list[str] = []
    panel.on("pageerror", lambda error: errors.append(str(error)))
    rng = random.Random(7)
    seen = {"verdict": 0, "problem": 0}
    answers = [at(job, path, value) for path, value in CHOSEN] + [broken(job, rng) for _ in range(BROKEN)]
    for number, (name, answer) in enumerate(answers):
        tells(server, answer)
        asks(loaded, number, f"https://example.org/{number}")
        ended = outcome(panel, number, errors, name)
        seen[ended] += 1
        assert errors == [], name
        assert not panel.evaluate("() => 'polluted' in {}"), name
        if ended == "verdict":
            assert panel.locator(".verdict").get_attribute("class").split()[-1] == answer["report"]["verdict"], name  # type: ignore[union-attr]
    assert min(seen.values()) >= 5


PROGRESS: list[Any] = [
    {"step": "constructor", "text": "x", "count": {}, "done": 1, "total": 2},
    {"step": "__proto__", "text": "<b>", "count": None, "done": -1, "total": 1e300},
    {"step": "faces", "text": "", "count": ["x"], "done": 9, "total": -2},
    {"step": "faces", "text": "", "done": 1e300, "total": 1e-300},
]


def test_nonsense_about_progress_stops_nothing(loaded: Extension, server: Server, job: dict[str, Any]) -> None:
    loaded.reset(server.url)
    panel = loaded.open()
    errors: list[str] = []
    panel.on("pageerror", lambda error: errors.append(str(error)))
    for number, progress in enumerate(PROGRESS):
        tells(server, {**job, "state": "running", "report": None, "progress": progress})
        asks(loaded, number, f"https://example.org/{number}")
        expect(panel.locator(".progress .address")).to_have_text(f"https://example.org/{number}")
        expect(panel.locator(".progress h2")).to_have_text("Waiting for the server")
    assert errors == []
    tells(server, job)
    expect(panel.locator(".verdict")).to_be_visible()


def outcome(panel: Page, number: int, errors: list[str], name: str) -> str:
    """How the panel ended a check that it was asked for: it must, in one of two ways."""
    ended = """number => chrome.storage.session.get("check").then(({ check }) => check?.request === String(number) &&
        (document.querySelector(".verdict") ? "verdict" : document.querySelector(".problem") ? "problem" : ""))"""
    deadline = time.monotonic() + 20
    while not (found := panel.evaluate(ended, number)):
        assert not errors and time.monotonic() < deadline, (name, errors, panel.locator("main").inner_text())
        panel.wait_for_timeout(20)
    return str(found)


def at(job: dict[str, Any], path: tuple[Any, ...], value: Any) -> tuple[str, dict[str, Any]]:
    """The answer with this value in that place."""
    made = holder = copy.deepcopy(job)
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = value(holder[path[-1]]) if callable(value) else value
    return f"{path} = {value!r:.40}", made
