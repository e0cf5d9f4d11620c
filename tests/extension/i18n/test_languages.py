"""The panel and the options in other languages: German to the last word, and another one chosen in the options.

See also: that every language has the same messages (``tests/engine/messages/test_catalogue.py``), and renders them alike
(``test_catalogue.py``); one language more (``test_fourth_language.py``).
"""

import re

import pytest

from telltale.messages.catalogue import messages
from tests.support.browser.loaded_extension import Extension
from tests.support.browser.shown_words import NOWHERE, SHOW, TEXTS, opened, report, speaking

pytestmark = pytest.mark.browser

ENGLISH = r"\b(?:the|and|of|is|are|this|that|with|from|it|its|face|faces|frame|frames|look|looks|check|picture|person|people|time|share)\b"
WIDER = """() => [...document.body.querySelectorAll("*")]
  .filter((element) => !element.closest("svg") && element.offsetParent
    && element.getBoundingClientRect().right > document.documentElement.clientWidth + 0.5)
  .map((element) => `${element.tagName}.${element.className}: ${element.textContent.trim().slice(0, 60)}`)"""
OWN = """async (code) => {
  const { language, say, speak } = await import("/i18n/messages.js");
  chrome.i18n.getUILanguage = () => code;
  await speak();
  return [language(), say("panel.check")];
}"""


def test_a_report_is_shown_in_german(loaded: Extension) -> None:
    page = opened(speaking(loaded, "de"))
    page.evaluate(SHOW, report())
    said = page.evaluate(TEXTS)
    assert len(said) > 60, "the test would pass for nothing"
    assert [text for text in said if re.search(ENGLISH, text)] == []
    assert messages("de")["verdict.headline.likely_fake"] in said and "91\u202f%" in said
    assert any("1,2\u202fMB von 3,1\u202fMB" in text for text in said) and "4,2\u202fs" in said
    assert page.get_attribute("html", "lang") == "de"


@pytest.mark.parametrize("name", ["panel/panel.html", "options/options.html"])
def test_no_english_is_left_and_the_longest_words_fit(loaded: Extension, name: str) -> None:
    page = opened(speaking(loaded, "de"), name)
    page.set_viewport_size({"width": 320, "height": 700})
    said = page.evaluate(TEXTS)
    assert len(said) > 5 and [text for text in said if re.search(ENGLISH, text) and text != "English"] == []
    assert page.evaluate(WIDER) == []


def test_another_language_can_be_chosen_in_the_options(loaded: Extension) -> None:
    loaded.reset(NOWHERE)
    options, panel = opened(loaded, "options/options.html"), opened(loaded)
    panel.get_by_role("button", name=messages("en")["panel.options"], exact=True).wait_for()
    options.get_by_label(messages("en")["options.language_label"], exact=True).select_option("fr")
    options.get_by_role("heading", name=messages("fr")["options.title"]).wait_for()
    panel.get_by_role("button", name=messages("fr")["panel.options"], exact=True).wait_for()
    assert panel.get_attribute("html", "lang") == options.get_attribute("html", "lang") == "fr"
    said = panel.evaluate(TEXTS)
    assert any("127.0.0.1:9" in text for text in said), "parts are filled in"
    assert [text for text in said if re.search(ENGLISH, text)] == []


def test_the_browser_s_own_language_is_spoken_where_none_is_chosen(loaded: Extension) -> None:
    loaded.reset(NOWHERE)
    page = opened(loaded)
    for code, language in (("de-AT", "de"), ("fr", "fr"), ("ja", "en"), ("constructor", "en")):
        assert page.evaluate(OWN, code) == [language, messages(language)["panel.check"]]
