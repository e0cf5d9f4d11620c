"""What the tests of the page share: a quiet Chromium, a page that is watched, checks that have ended.

Every page is watched: a request to anywhere but the server, a script error or a refused resource fails its test.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from playwright.sync_api import Browser, Page, sync_playwright

from tests.support.owner import OWNER, SECRET

SOON = 120_000
"""Milliseconds that a check may take on a busy machine."""

Open = Callable[..., Page]


@contextmanager
def launched(chromium: str, *flags: str) -> Iterator[Browser]:
    """Debian's Chromium, quiet by itself."""
    with sync_playwright() as playwright:
        quiet = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=chromium, args=[*quiet, *flags])
        yield browser
        browser.close()


@contextmanager
def watched(browser: Browser, space_url: str) -> Iterator[Open]:
    """Opens pages of the server, each in a fresh context, with the ``secret`` of a visitor. At the end nothing may have gone astray."""
    astray: list[str] = []
    contexts = []

    def open_at(path: str = "/", secret: str = SECRET, **options: Any) -> Page:
        context = browser.new_context(**({"viewport": {"width": 1280, "height": 900}, "locale": "en-GB"} | options))
        contexts.append(context)
        context.add_init_script(f"localStorage.setItem('telltale-owner', '{secret}')")
        page = context.new_page()
        page.on("request", lambda request: astray.append(request.url) if not is_home(request.url, space_url) else None)
        page.on("pageerror", lambda error: astray.append(f"script error: {error}"))
        page.on("console", lambda message: astray.append(message.text) if "Content Security Policy" in message.text else None)
        page.goto(space_url + path)
        page.wait_for_selector(".tt", timeout=SOON)
        return page

    yield open_at
    for context in contexts:
        context.close()
    assert astray == []


def is_home(url: str, space_url: str) -> bool:
    """Whether a request stays on the server or within the browser."""
    return urlsplit(url).scheme in ("data", "blob") or url.startswith(space_url + "/")


def check(page: Page) -> None:
    """Press the button."""
    page.get_by_role("button", name="Check", exact=True).click()


def id_in(page: Page) -> str:
    """The check that the page's address names."""
    return parse_qs(urlsplit(page.url).query)["check"][0]


def checked(space_url: str, file: Path) -> str:
    """The id of a check of ``file`` that has ended well."""
    with httpx.Client(base_url=space_url, headers=OWNER, timeout=60) as http:
        id = http.post("/api/v1/checks", files={"file": (file.name, file.read_bytes())}).json()["id"]
        with http.stream("GET", f"/api/v1/checks/{id}/events", timeout=SOON / 1000) as events:
            last = [line for line in events.iter_lines() if line.startswith("data: ")][-1]
    assert '"state":"done"' in last, last
    return str(id)


def fits(page: Page) -> bool:
    """Whether nothing is wider than the screen. Gradio's frame clips what is, so that looking for a scroll bar would see nothing."""
    return bool(
        page.evaluate(
            "[...document.querySelectorAll('.tt *')].every((element) => element.closest('.tt-scroll, .tt-sr, svg')"
            " || element.getBoundingClientRect().right <= document.documentElement.clientWidth + 0.5)"
        )
    )
