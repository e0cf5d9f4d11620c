"""A language is one file: with a fourth one in the catalogue, Polish with its plurals, the panel and the options offer and speak it."""

import json
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from extension_build.unpacked import CHROMIUM, EXTENSION, lay_out_own
from telltale.messages.catalogue import messages
from tests.space.page.test_strength import FOR, told
from tests.support.browser.loaded_extension import Extension, extended
from tests.support.browser.shown_words import NOWHERE, SHOW, TEXTS, opened, report, speaking
from tests.support.polish import MARK, spoken

pytestmark = pytest.mark.browser

NAMES = (
    r"^Telltale$|^95 % interval|^(?:Alt|Shift|Ctrl)$|127\.0\.0\.1|telltale|clip|h264|mtcnn|onnx|embedded|SHA"
    r"|English|Deutsch|Français|Polski|https?:"
)


@pytest.fixture(scope="module")
def polish(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Extension]:
    """The extension as it is laid out where the catalogue has one more file."""
    folder = tmp_path_factory.mktemp("polish")
    with spoken(folder / "messages"):
        lay_out_own(CHROMIUM, folder / "extension", EXTENSION.parent / "node_modules")
    with extended(chromium, folder / "profile", "--headless=new", folder=folder / "extension") as loaded:
        yield loaded


def not_polish(page: Page) -> list[str]:
    """Words on a page that no message in Polish made."""
    said = page.evaluate(TEXTS)
    assert sum(MARK in text for text in said) > 5
    return [text for text in said if MARK not in text and re.search("[A-Za-z]{3}", text) and not re.search(NAMES, text)]


def test_a_language_of_one_file_is_offered_and_spoken_everywhere(polish: Extension) -> None:
    polish.reset(NOWHERE)
    options, panel = opened(polish, "options/options.html"), opened(polish)
    options.get_by_label(messages("en")["options.language_label"], exact=True).select_option(label="Polski")
    options.get_by_role("heading", name=f"{MARK}{messages('en')['options.title']}").wait_for()
    assert not_polish(options) == []
    panel.get_by_role("button", name=f"{MARK}{messages('en')['panel.options']}", exact=True).wait_for()
    assert panel.get_attribute("html", "lang") == "pl" and not_polish(panel) == []
    panel.get_by_role("button", name=f"{MARK}{messages('en')['panel.history']}", exact=True).click()
    panel.locator(".history").wait_for()
    assert not_polish(panel) == []
    failing = polish.click("link", linkUrl="https://example.org/a.mp4")
    expect(failing.locator(".problem .sentence")).to_contain_text(MARK)
    assert not_polish(failing) == []


def test_plurals_are_those_of_the_language(polish: Extension) -> None:
    page = opened(speaking(polish, "pl"))
    told = report()
    seen = told["people"][0]["observations"]
    for looks, form in ((1, "1 look"), (3, "few 3 looks"), (5, "many 5 looks"), (22, "few 22 looks")):
        told["people"][0]["observations"] = (seen * 8)[:looks]
        page.evaluate(SHOW, told)
        assert str(page.locator(".timeline svg").first.get_attribute("aria-label")).startswith(f"{MARK}{form} over")
    assert not_polish(page) == []
    reasons = page.locator(".verdict .reasons").inner_text()
    assert f"{MARK}few This face was seen only 3 times" in reasons and "pl:The face is only about 30 pixels wide" in reasons


def test_strength_kinds_and_next_steps_are_said_and_fit_the_panel(polish: Extension) -> None:
    page = opened(speaking(polish, "pl"))
    page.set_viewport_size({"width": 380, "height": 900})
    page.evaluate(SHOW, json.loads(told(FOR).model_dump_json()))
    for place, count in ((".strength .figure strong", 1), (".kinds li strong", 2), (".next li", 3)):
        words = page.locator(place).all_inner_texts()
        assert len(words) == count and all(MARK in each for each in words), place
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
