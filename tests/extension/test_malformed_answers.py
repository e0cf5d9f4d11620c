"""Answers that are no answer: each becomes one plain sentence in the panel, never a verdict, and the server is not asked again and again.

The server here is made to fail in ways that a real one, its host, or a hotel's network does.
"""

import http.server
import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.support.browser.loaded_extension import Extension
from tests.support.web.loopback_server import listening

pytestmark = pytest.mark.browser

ACCEPTED: dict[str, Any] = {"id": "a1", "state": "queued", "links": {"self": "/x", "events": "/e", "page": "/?check=a1", "pictures": "/p/"}}
WEB = "text/html; charset=utf-8"
PROBLEM = "application/problem+json"


def problem(code: str) -> str:
    """As the server tells of what went wrong."""
    return json.dumps({"title": "T", "status": 1, "code": code, "detail": f"The server says why: {code}."})


Answer = tuple[int, str, str, dict[str, str]]
ANSWERS: dict[str, tuple[Answer, str]] = {
    "asleep": ((503, WEB, "<h1>Your Space is preparing</h1>", {}), "is asleep or starting"),
    "401": ((401, WEB, "<h1>Log in</h1>", {}), "wants a token"),
    "403": ((403, WEB, "<h1>Forbidden</h1>", {}), "did not take the token"),
    "404": ((404, WEB, "<h1>Nothing here</h1>", {}), "is not a Telltale server (status 404)"),
    "410": ((410, PROBLEM, problem("job.expired"), {}), "The server says why: job.expired."),
    "413": ((413, PROBLEM, problem("request.too_large"), {}), "The server says why: request.too_large."),
    "429 with a time": ((429, PROBLEM, problem("queue.full"), {"Retry-After": "30"}), "The server says why: queue.full."),
    "429 without": ((429, WEB, "<h1>Slow down</h1>", {}), "too many requests"),
    "500": ((500, "text/plain", "Internal Server Error", {}), "is not a Telltale server (status 500)"),
    "broken JSON": ((200, "application/json", '{"id": "a1", "state": "do', {}), "is not a Telltale server (status 200)"),
    "wrong schema": (
        (200, "application/json", '{"verdict": "likely_fake", "headline": "Fake!"}', {}),
        "is not a Telltale server (status 200)",
    ),
    "verdict without its Report": (
        (200, "application/json", json.dumps({**ACCEPTED, "state": "done", "report": {"verdict": "x"}}), {}),
        "is not",
    ),
    "captive portal": ((200, WEB, "<title>Hotel</title><p>Welcome!", {}), "is not a Telltale server (status 200)"),
    "offline": ((0, "", "", {}), "Nothing answers"),
    "portal that sends elsewhere": ((302, WEB, "", {"Location": "https://example.org/login"}), "Nothing answers"),
}
PASSING = {"asleep", "offline", "429 with a time", "429 without", "portal that sends elsewhere"}
"""After which a check that has begun is asked for again, seldom."""
ONLY_LATER = {"verdict without its Report"}
SPEED = 20 if os.environ.get("TELLTALE_TIMES", "1") == "1" else 1
"""How much faster the panel's clock goes; in the long form it goes as it should."""
MINUTE = 60_000
FASTER = "speed => { const real = setTimeout; globalThis.setTimeout = (act, wait) => real(act, wait / speed); }"
REQUEST = "() => chrome.storage.session.set({ request: { id: '1', url: 'https://example.org/a.mp4' } })"


@dataclass
class Server:
    """What it answers, and what it was asked."""

    url: str = ""
    submit: Answer = (202, "application/json", json.dumps(ACCEPTED), {})
    read: Answer = (200, "application/json", json.dumps(ACCEPTED), {})
    asked: list[str] = field(default_factory=list)
    times: list[float] = field(default_factory=list)


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers as it is told to."""

    server_: Server

    def answer(self) -> None:
        """One request."""
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server_.times.append(time.monotonic())
        self.server_.asked.append(f"{self.command} {self.path}")
        status, kind, body, headers = self.server_.submit if self.command == "POST" else self.server_.read
        if not status:
            self.close_connection = True  # without a word
            return
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body.encode())), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body.encode())

    do_GET = do_POST = do_DELETE = answer

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def server() -> Iterator[Server]:
    """The one that fails."""
    told = Server()
    with listening(type("Bound", (Handler,), {"server_": told})) as port:
        told.url = f"http://127.0.0.1:{port}"
        yield told


def chosen(*in_ci: str) -> list[Any]:
    """Every answer; those that CI leaves out are ``long``."""
    return [pytest.param(name, marks=[] if name in in_ci else pytest.mark.long) for name in ANSWERS]


@pytest.mark.parametrize(
    "name", [name for name in chosen("401", "429 with a time", "500", "captive portal", "offline") if name.values[0] not in ONLY_LATER]
)
def test_refused_check_is_told_in_a_sentence_and_not_sent_again(loaded: Extension, server: Server, name: str) -> None:
    server.submit, sentence = ANSWERS[name]
    loaded.reset(server.url)
    panel = loaded.click("link", linkUrl="https://example.org/a.mp4", pageUrl="https://example.org/")
    expect(panel.locator(".problem .sentence")).to_contain_text(sentence)
    panel.wait_for_timeout(300)
    assert server.asked == ["POST /api/v1/checks"]
    assert panel.locator(".verdict").count() == 0


@pytest.mark.parametrize("name", chosen("asleep", "413", "broken JSON", "wrong schema", "verdict without its Report"))
def test_check_that_cannot_be_read_is_told_in_a_sentence(loaded: Extension, server: Server, name: str) -> None:
    server.read, sentence = ANSWERS[name]
    loaded.reset(server.url)
    panel = loaded.open()
    panel.evaluate(FASTER, SPEED)
    loaded.worker.evaluate(REQUEST)
    if name in PASSING:
        expect(panel.locator(".progress")).to_be_visible()
        panel.wait_for_timeout(MINUTE / SPEED)
        if name != "429 with a time":
            expect(panel.locator(".problem .sentence")).to_contain_text(sentence, timeout=MINUTE / SPEED)
    else:
        expect(panel.locator(".problem .sentence")).to_contain_text(sentence)
        assert len(server.asked) == 2
    assert [asked.split()[0] for asked in server.asked].count("POST") == 1
    sixths = zip(server.times, server.times[5:], strict=False)
    assert all(1000 * SPEED * (sixth - first) >= MINUTE for first, sixth in sixths), "more than five times in a minute"
    assert panel.locator(".verdict").count() == 0


def test_check_that_could_not_be_read_is_asked_for_again_and_not_sent_again(loaded: Extension, server: Server) -> None:
    server.read, sentence = ANSWERS["500"]
    loaded.reset(server.url)
    panel = loaded.click("link", linkUrl="https://example.org/a.mp4", pageUrl="https://example.org/")
    expect(panel.locator(".problem .sentence")).to_contain_text(sentence)
    server.read = Server().read
    panel.get_by_role("button", name="Try again").click()
    expect(panel.locator(".progress")).to_contain_text("Waiting for its turn")
    assert server.asked.count("POST /api/v1/checks") == 1
