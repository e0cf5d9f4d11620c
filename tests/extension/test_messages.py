"""The extension's words in every language: none missing, the same parts in each, none says more than was measured; a panel in German."""

import json
import re
import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from telltale.core.report import Quality, Reason, caveats, reason_of
from telltale.faces.quality import quality_reasons
from telltale.provenance.provenance import NO_FILE
from tests.support.browser.loaded_extension import EXTENSION, Extension, extended
from tests.support.verdicts import EXPLANATIONS, HEADLINES

LOCALES = EXTENSION / "_locales"
OTHERS = ["de", "fr"]
CLAIMS = {
    "en": r"\b(?:real|proof|prove[ns]?|authentic\w*|genuine)\b(?! ?[.”]| that)",
    "de": r"\b(?:echt\w*|wahr(?:e\w*|heit)?|Beweis\w*|authentisch\w*)\b",
    "fr": r"\b(?:réel\w*|vrai\w*|preuves?|prouv\w*|authenti\w*|véridiques?)\b",
}
ENGLISH = r"\b(?:the|and|of|is|are|this|that|with|from|it|its|face|faces|frame|frames|look|looks|check|picture|person|people|time|share)\b"
TEXTS = """() => {
  const said = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const { parentElement: parent, data } = walker.currentNode;
    if (!parent.closest("code, .name, script, style") && data.trim()) said.push(data.trim());
  }
  for (const element of document.body.querySelectorAll("[aria-label], [alt], [placeholder], [title]"))
    for (const name of ["aria-label", "alt", "placeholder", "title"]) if (element.getAttribute(name)) said.push(element.getAttribute(name));
  return said;
}"""
WIDER = """() => [...document.body.querySelectorAll("*")]
  .filter((element) => !element.closest("svg") && element.offsetParent
    && element.getBoundingClientRect().right > document.documentElement.clientWidth + 0.5)
  .map((element) => `${element.tagName}.${element.className}: ${element.textContent.trim().slice(0, 60)}`)"""


def messages(code: str) -> dict[str, str]:
    told = json.loads((LOCALES / code / "messages.json").read_text(encoding="utf-8"))
    return {key: one["message"] for key, one in told.items()}


def reasons() -> list[Reason]:
    """Every reason that a verdict can have, as the server tells it."""
    worst = [Quality(face_size_px=30.0, yaw=0.9, sharpness=1.0, compression=0.5)]
    codes = ("score.between", "quality.between", "score.unmeasured", "face.unsure", "face.none")
    fixed = [*(reason_of(code, "abstain") for code in codes), reason_of("model.uncalibrated", "warning")]
    return [*fixed, *quality_reasons(worst, "video"), *quality_reasons(worst * 3, "video")[-1:]]


@pytest.mark.parametrize("code", OTHERS)
def test_every_language_has_every_message_and_no_other(code: str) -> None:
    assert list(messages(code)) == list(messages("en"))


@pytest.mark.parametrize("code", OTHERS)
def test_every_message_takes_the_parts_of_the_english_one(code: str) -> None:
    english = messages("en")
    for key, text in messages(code).items():
        assert set(re.findall(r"\$\d", text)) == set(re.findall(r"\$\d", english[key])), key
        assert bool(text.strip()) and text.startswith(" ") == english[key].startswith(" "), key
        assert text.endswith(" ") == english[key].endswith(" "), key


@pytest.mark.parametrize("code", ["en", *OTHERS])
def test_nothing_is_called_true_or_proven(code: str) -> None:
    assert {key: text for key, text in messages(code).items() if re.search(CLAIMS[code], text, re.IGNORECASE)} == {}


@pytest.mark.parametrize("code", OTHERS)
def test_a_name_for_the_store_is_not_too_long(code: str) -> None:
    assert len(messages(code)["name"]) <= 45 and len(messages(code)["description"]) <= 132


@pytest.fixture(scope="module")
def german(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Extension]:
    """The extension without its English, so that a browser of any language speaks German with it."""
    folder = tmp_path_factory.mktemp("german") / "extension"
    shutil.copytree(EXTENSION, folder, ignore=shutil.ignore_patterns("en", "vendor"))
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    (folder / "manifest.json").write_text(json.dumps(manifest | {"default_locale": "de"}), encoding="utf-8")
    with extended(chromium, tmp_path_factory.mktemp("profile"), "--headless=new", folder=folder) as loaded:
        yield loaded


def report() -> dict[str, Any]:
    """A Report as this device tells it: in English, with everything in it."""
    told = [one.model_dump() for one in reasons()]
    seen = [{"time": time, "fake_probability": 0.91} for time in (0.4, 2.8, 5.0)]
    person = {"id": 1, "picture": "p.jpg", "frame_coverage": 0.5, "verdict": "likely_fake", "fake_probability": 0.91, "observations": seen}
    person |= {"interval": {"low": 0.8, "high": 0.96}, "reasons": told}
    look = {"n": 1, "person": 1, "time": 2.8, "fake_probability": 0.95, "frame": "f.jpg", "face": "a.jpg", "heat_map": "h.jpg"}
    source = {"kind": "video", "name": "clip", "url": None, "title": None, "duration": 5.2, "width": 64, "height": 48, "codec": "h264"}
    return {
        "version": "2",
        "verdict": "likely_fake",
        "headline": HEADLINES["likely_fake"],
        "explanation": EXPLANATIONS["likely_fake"],
        "fake_probability": 0.91,
        "interval": person["interval"],
        "people": [person, person | {"id": 2}],
        "evidence": [look],
        "reasons": told,
        "provenance": NO_FILE.model_dump(),
        "source": source | {"size": 3_140_000, "bytes_read": 1_200_000, "sha256": "0" * 64, "frames_read": 32},
        "model": {"id": "embedded", "revision": "1b005ceaa29e", "calibrated": True, "runtime": "onnxruntime-web", "detector": "mtcnn"},
        "timing": {"total": 4.2},
        "caveats": [one.model_dump() for one in caveats()],
    }


SHOW = """async (report) => {
  const { reportView } = await import("/panel/report/report.js");
  const place = { find: () => null, show: () => null, page: null };
  document.getElementById("view").replaceChildren(reportView(report, place, document.createElement("p")));
  document.querySelector("details").open = true;
}"""


@pytest.mark.browser
def test_a_report_in_english_is_shown_in_german(german: Extension) -> None:
    german.reset("http://127.0.0.1:9")
    page = german.open()
    page.wait_for_selector("#view > *")
    page.evaluate(SHOW, report())
    said = page.evaluate(TEXTS)
    assert len(said) > 60, "the test would pass for nothing"
    assert [text for text in said if re.search(ENGLISH, text)] == []
    assert messages("de")["headlineFake"] in said and "91\u202f%" in said
    assert any("1,2\u202fMB von 3,1\u202fMB" in text for text in said) and "4,2\u202fs" in said
    assert page.get_attribute("html", "lang") == "de"


@pytest.mark.browser
@pytest.mark.parametrize("name", ["panel/panel.html", "options/options.html"])
def test_no_english_is_left_and_the_longest_words_fit(german: Extension, name: str) -> None:
    german.reset("http://127.0.0.1:9")
    page = german.open(name)
    page.set_viewport_size({"width": 320, "height": 700})
    page.wait_for_selector("#view > *, form")
    said = page.evaluate(TEXTS)
    assert len(said) > 5 and [text for text in said if re.search(ENGLISH, text)] == []
    assert page.evaluate(WIDER) == []


@pytest.mark.browser
def test_another_language_can_be_chosen_in_the_options(german: Extension) -> None:
    german.reset("http://127.0.0.1:9")
    options, panel = german.open("options/options.html"), german.open()
    panel.get_by_role("button", name=messages("de")["options"], exact=True).wait_for()
    options.get_by_label(messages("de")["languageLabel"], exact=True).select_option("fr")
    options.get_by_role("heading", name=messages("fr")["optionsTitle"]).wait_for()
    panel.get_by_role("button", name=messages("fr")["options"], exact=True).wait_for()
    assert panel.get_attribute("html", "lang") == options.get_attribute("html", "lang") == "fr"
    said = panel.evaluate(TEXTS)
    assert any("127.0.0.1:9" in text for text in said), "parts are filled in"
    assert [text for text in said if re.search(ENGLISH, text)] == []
    options.get_by_label(messages("fr")["languageLabel"], exact=True).select_option("")
    options.get_by_role("heading", name=messages("de")["optionsTitle"]).wait_for()
