"""The words of the page in every language: none is missing, each takes the same values, none says more than was measured."""

import json
import re
from dataclasses import fields
from html import escape
from string import Formatter
from typing import Any

import pytest

from space.i18n.languages import ENGLISH, LANGUAGES, TONGUES, preferred, spoken
from space.i18n.messages import Words
from telltale.core.report import Interval

OTHERS = sorted(set(LANGUAGES) - {"en"})
NAMES = {field.name for field in fields(Words)} - {"LANGUAGE", "SAYINGS"}
CLAIMS = {
    "de": r"\b(?:echt\w*|wahr(?:e\w*|heit)?|Beweis\w*|authentisch\w*)\b",
    "fr": r"\b(?:réel\w*|vrai\w*|preuves?|prouv\w*|authenti\w*|véridiques?)\b",
}
"""What no language says of a face or a video; in English, the detector's own sentences are judged by its tests."""


def tongue(code: str) -> dict[str, dict[str, str]]:
    return json.loads((TONGUES / f"{code}.json").read_text(encoding="utf-8"))


def taken(text: str) -> set[str]:
    """The names that a sentence wants filled in."""
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_there_are_three_languages() -> None:
    assert list(LANGUAGES) == ["en", "de", "fr"]
    assert [words.LANGUAGE for words in LANGUAGES.values()] == list(LANGUAGES)


@pytest.mark.parametrize("code", OTHERS)
def test_no_word_is_missing_and_none_is_left_over(code: str) -> None:
    assert set(tongue(code)["words"]) == NAMES


@pytest.mark.parametrize("code", OTHERS)
def test_every_word_takes_the_values_of_the_english_one(code: str) -> None:
    for name, text in tongue(code)["words"].items():
        assert taken(text) == taken(getattr(ENGLISH, name)), name


@pytest.mark.parametrize("code", OTHERS)
def test_every_saying_takes_the_values_of_the_english_one(code: str) -> None:
    for english, said in tongue(code)["sayings"].items():
        assert sorted(set(re.findall(r"\{.+?\}", english))) == sorted(set(re.findall(r"\{.+?\}", said))), english


@pytest.mark.parametrize("code", OTHERS)
def test_every_language_has_the_same_sayings(code: str) -> None:
    assert list(tongue(code)["sayings"]) == list(tongue(OTHERS[0])["sayings"])


@pytest.mark.parametrize("code", OTHERS)
def test_no_word_can_break_out_of_the_markup_it_is_put_into(code: str) -> None:
    wrong = [text for part in tongue(code).values() for text in part.values() if escape(text, quote=True) != text]
    assert wrong == [], "typographic quotation marks and apostrophes only"


@pytest.mark.parametrize("code", OTHERS)
def test_nothing_is_called_true_or_proven(code: str) -> None:
    said = [text for part in tongue(code).values() for text in part.values()]
    assert [text for text in said if re.search(CLAIMS[code], text, re.IGNORECASE)] == []


@pytest.mark.parametrize("code", OTHERS)
def test_only_few_words_are_the_same_as_in_english(code: str) -> None:
    same = {name for name, text in tongue(code)["words"].items() if text == getattr(ENGLISH, name) and re.search(r"[a-z]{4}", text)}
    assert same <= {
        *("DATE", "TABLE_SCORE", "TITLE", "LINK_HINT", "ROW_READ_ALL", "TABLE_PERSON", "PERSON", "ROW_SOURCE", "ROW_ORGANISATION"),
        *("EVIDENCE_AT", "EVIDENCE_FRAME"),
    }


@pytest.mark.parametrize(
    ("asked", "accepted", "code"),
    [
        *((None, "", "en"), ("de", "fr", "de"), ("de-AT", "", "de"), ("FR", "", "fr"), ("xx", "fr-CA,fr;q=0.9,de;q=0.8", "fr")),
        *((None, "es,de;q=0.4,fr;q=0.5", "fr"), (None, "de;q=0, es", "en"), ("../../etc/passwd", ";;;,q=q,de;q=x", "en")),
    ],
)
def test_the_language_of_a_visitor(asked: str | None, accepted: str, code: str) -> None:
    assert code == spoken(asked, accepted).LANGUAGE


def test_the_most_wanted_language_comes_first() -> None:
    assert preferred("fr;q=0.5, de, *;q=0.1") == ["de", "fr", "*"]


FIGURES: list[tuple[str, tuple[Any, ...], dict[str, str]]] = [
    ("percent", (0.004,), {"en": "< 1 %", "de": "< 1\u202f%", "fr": "< 1\u202f%"}),
    ("percent", (0.87,), {"en": "87 %", "de": "87\u202f%", "fr": "87\u202f%"}),
    ("span", (Interval(low=0.91, high=0.98),), {"en": "91 to 98 %", "de": "91 bis 98\u202f%", "fr": "91 à 98\u202f%"}),
    ("moment", (4.23,), {"en": "0:04.2", "de": "0:04,2", "fr": "0:04,2"}),
    ("bytes", (3_140_000,), {"en": "3.1 MB", "de": "3,1\u202fMB", "fr": "3,1\u202fMo"}),
    ("seconds", (12.34,), {"en": "12.3 s", "de": "12,3\u202fs", "fr": "12,3\u202fs"}),
    ("long_time", (168,), {"en": "7 days", "de": "7\u202fTagen", "fr": "7\u202fjours"}),
    ("long_time", (1,), {"en": "1 hour", "de": "1\u202fStunde", "fr": "1\u202fheure"}),
    (
        "date",
        ("2024-08-06T21:53:37+00:00",),
        {"en": "6 August 2024, 21:53 UTC", "de": "6. August 2024, 21:53 UTC", "fr": "6 août 2024, 21:53 UTC"},
    ),
    ("date", ("some day",), {"en": "some day", "de": "some day", "fr": "some day"}),
]


@pytest.mark.parametrize(("figure", "value", "written"), FIGURES)
def test_figures_are_written_as_the_language_writes_them(figure: str, value: tuple[Any, ...], written: dict[str, str]) -> None:
    assert {code: getattr(words, figure)(*value) for code, words in LANGUAGES.items()} == written
