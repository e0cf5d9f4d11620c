"""The page in other languages in a real browser: which one a visitor gets, nothing English left in it, and room for its longest words."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from playwright.sync_api import expect

from telltale.render.formatting import Translator
from tests.support.browser.gradio_page import SOON, Open

pytestmark = pytest.mark.browser

PHONE: dict[str, Any] = {"viewport": {"width": 320, "height": 640}, "has_touch": True}
ENGLISH = r"\b(?:the|and|of|is|are|this|that|with|from|it|its|face|faces|frame|frames|look|looks|check|picture|person|people|time|share)\b"
"""Words that no German sentence holds ("person" is asked for in small letters)."""
TEXTS = """() => {
  const page = document.querySelector(".tt");
  const said = [];
  const walker = document.createTreeWalker(page, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const { parentElement: parent, data } = walker.currentNode;
    if (!parent.closest("bdi, code, .tt-languages, script, style") && data.trim()) said.push(data.trim());
  }
  for (const element of page.querySelectorAll("[aria-label], [alt], [placeholder], [title]")) {
    if (element.closest(".tt-languages a")) continue;
    for (const name of ["aria-label", "alt", "placeholder", "title"]) if (element.getAttribute(name)) said.push(element.getAttribute(name));
  }
  return [...said, ...Object.values(JSON.parse(page.dataset.words))];
}"""
WIDER = """() => {
  const lines = "button, a, label, h1, h2, h3, p, li, dt, dd, strong, small, span";
  const cut = (element) => element.matches(lines) && element.scrollWidth > element.clientWidth + 1
    && getComputedStyle(element).display !== "inline" && getComputedStyle(element).overflow === "hidden";
  const beyond = (element) => element.getBoundingClientRect().right > document.documentElement.clientWidth + 0.5;
  return [...document.querySelectorAll(".tt *")]
    .filter((element) => !element.closest(".tt-scroll, .tt-sr, svg") && element.offsetParent && (beyond(element) || cut(element)))
    .map((element) => `${element.tagName}.${element.className}: ${element.textContent.trim().slice(0, 60)}`);
}"""


@pytest.mark.parametrize(
    ("path", "locale", "code"),
    [
        ("/", "ja-JP", "en"),
        ("/?lang=fr", "de-DE", "fr"),
    ],
)
def test_a_visitor_gets_the_language_asked_for_else_the_browsers(open_page: Open, path: str, locale: str, code: str) -> None:
    page = open_page(path, locale=locale)
    expect(page.locator("h1")).to_have_text(Translator(code)("page.tagline"))
    expect(page.locator("html")).to_have_attribute("lang", code)
    expect(page.locator(".tt-languages [aria-current]")).to_have_text(Translator(code)("format.language_name"))


def test_the_choice_is_seen_and_keeps_the_result(open_page: Open, stored: str) -> None:
    page = open_page(f"/?check={stored}", locale="en-US")
    expect(page.locator("#tt-headline")).to_be_visible(timeout=SOON)
    page.get_by_role("link", name="Deutsch").click()
    expect(page.locator("#tt-headline")).to_be_visible(timeout=SOON)
    expect(page.locator("html")).to_have_attribute("lang", "de")
    assert parse_qs(urlsplit(page.url).query) == {"check": [stored], "lang": ["de"]}
    report = httpx.get(urlsplit(page.url)._replace(path=f"/api/v1/checks/{stored}", query="").geturl()).json()["report"]
    expect(page.locator("#tt-headline")).to_have_text(Translator("de")(f"verdict.headline.{report['verdict']}"))
    page.locator(".tt-head").click()
    expect(page.locator("h1")).to_have_text(Translator("de")("page.tagline"))


def test_no_english_is_left_on_a_german_page(open_page: Open, stored: str) -> None:
    page = open_page(f"/?check={stored}", locale="de-DE")
    expect(page.locator("#tt-headline")).to_be_visible(timeout=SOON)
    said = page.evaluate(TEXTS)
    assert len(said) > 80, "the test would pass for nothing"
    assert [text for text in said if re.search(ENGLISH, text)] == []


def test_a_problem_is_told_in_german(open_page: Open, tmp_path: Path) -> None:
    broken = tmp_path / "kaputt.mp4"
    broken.write_text("this is no video")
    page = open_page("/?lang=de")
    page.set_input_files("#tt-file", broken)
    page.get_by_role("button", name="Prüfen", exact=True).click()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("media.not_media", timeout=SOON)
    expect(alert.locator(".tt-problem-sentence")).to_have_text("„kaputt.mp4“ ist kein Video oder Bild, das Telltale lesen kann.")
    page.get_by_label(Translator("de")("page.link_label")).fill("http://127.0.0.1:9/video.mp4")
    page.get_by_role("button", name="Prüfen", exact=True).click()
    expect(alert).to_contain_text("fetch.refused", timeout=SOON)
    assert not re.search(ENGLISH, alert.locator(".tt-problem-sentence").inner_text())


@pytest.mark.parametrize("code", ["de", "fr"])
def test_the_longest_words_fit_on_a_narrow_phone(open_page: Open, stored: str, code: str) -> None:
    page = open_page(f"/?lang={code}", **PHONE)
    assert page.evaluate(WIDER) == []
    page = open_page(f"/?check={stored}&lang={code}", **PHONE)
    expect(page.locator("#tt-headline")).to_be_visible(timeout=SOON)
    assert page.evaluate(WIDER) == []
