"""What a file says of itself, through every door: the terminal, the API, the page and the extension's panel, of one signed picture."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import expect, sync_playwright
from rich.console import Console

from space.core.job import Work
from space.page.result.provenance import render_provenance
from telltale.cli.report_table import show
from telltale.core.report import Provenance, Report
from telltale.provenance.provenance import read_provenance
from telltale.render.formatting import Translator
from tests.support.browser.loaded_extension import extended
from tests.support.media.c2pa_signing import AI_MADE, new_signer, picture, signed, written
from tests.support.queues import report_on
from tests.support.web.static_server import Web

SOON = 120_000
"""Milliseconds that a check may take on a busy machine."""
UNCHANGED = Translator()("provenance.unchanged")
NAMES_OF_FIELDS = {
    *("state", "code", "message", "params", "claims", "problems"),
    *("signer", "organisation", "signed_at", "generator", "trust_list", "trusted"),
}


@pytest.fixture(scope="module")
def content() -> bytes:
    return signed(picture(), "image/jpeg", new_signer("<i>Somebody</i>"), AI_MADE)


@pytest.fixture(scope="module")
def said(content: bytes, tmp_path_factory: pytest.TempPathFactory) -> Provenance:
    return read_provenance(written(tmp_path_factory.mktemp("signed"), "signed.jpg", content))


def printed(provenance: Provenance) -> str:
    """A Report with it, as the terminal shows it."""
    work = Work("file", "x.png", "x.png", "key")
    report: Report = report_on(work, lambda _: None).model_copy(update={"provenance": provenance})
    console = Console(file=io.StringIO(), width=400)
    show(console, report, Translator())
    return console.file.getvalue()  # type: ignore[attr-defined]


def test_the_terminal_tells_it(said: Provenance) -> None:
    text = printed(said)
    assert said.message in text and "signed: Created, made by a trained model (AI), by “Dream <b>machine”." in text
    assert "named “<i>Somebody</i>”, “A maker”; trust list: none used" in text and UNCHANGED in text


def test_the_card_escapes_what_the_file_says(said: Provenance) -> None:
    html = render_provenance(said, Translator())
    assert "&lt;i&gt;Somebody&lt;/i&gt;" in html and "Dream &lt;b&gt;machine" in html
    assert "<i>" not in html and "<b>" not in html


def test_the_card_names_what_is_wrong(content: bytes, tmp_path: Path) -> None:
    html = render_provenance(read_provenance(written(tmp_path, "x.jpg", content[:-9] + bytes(9))), Translator())
    assert 'data-state="invalid"' in html and "The file was changed after it was signed." in html and "assertion.dataHash.mismatch" in html


@pytest.fixture(scope="module")
def checked(space_url: str, content: bytes) -> Iterator[dict[str, Any]]:
    """A check of the signed picture that has ended, as the API tells it."""
    with httpx.Client(base_url=space_url, timeout=60) as http:
        id = http.post("/api/v1/checks", files={"file": ("signed.jpg", content)}).json()["id"]
        with http.stream("GET", f"/api/v1/checks/{id}/events", timeout=SOON / 1000) as events:
            list(events.iter_lines())
        yield http.get(f"/api/v1/checks/{id}").json()


def test_the_api_tells_it_and_describes_it(checked: dict[str, Any], said: Provenance, space_url: str) -> None:
    assert checked["report"]["provenance"] == said.model_dump(mode="json")
    schema = httpx.get(f"{space_url}/api/v1/openapi.json").json()["components"]["schemas"]
    assert set(schema["Provenance"]["properties"]) == NAMES_OF_FIELDS and "not looked for" in schema["Provenance"]["description"]


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 360])
def test_the_page_shows_it(checked: dict[str, Any], said: Provenance, space_url: str, chromium: str, width: int) -> None:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = opened.new_page(viewport={"width": width, "height": 900})
        page.goto(f"{space_url}/?check={checked['id']}")
        card = page.locator(".tt-provenance")
        expect(card).to_be_visible(timeout=SOON)
        for words in ("Signature fits the file", said.message, "(signed)", "<i>Somebody</i>", "none used", UNCHANGED):
            expect(card).to_contain_text(words)
        assert card.evaluate("card => card.getBoundingClientRect().right <= document.documentElement.clientWidth")
        opened.close()


@pytest.mark.browser
def test_the_panel_shows_it(space_url: str, said: Provenance, content: bytes, web: Web, chromium: str, tmp_path: Path) -> None:
    written(web.folder, "signed.jpg", content)
    with extended(chromium, tmp_path, "--headless=new") as extension:
        extension.reset(space_url)
        panel = extension.click("video", srcUrl=f"{web.url}/signed.jpg", pageUrl=web.url)
        card = panel.locator(".provenance .card")
        expect(card).to_be_visible(timeout=SOON)
        for words in ("Signature fits the file", said.message, "(signed)", "<i>Somebody</i>", "none used", UNCHANGED):
            expect(card).to_contain_text(words)
        assert card.locator("i").count() == 0
