"""The catalogue: the same ids and parameters in every language, none missing in the code and none left over, nothing claimed as true."""

import ast
import json
import re
from collections.abc import Iterator
from html import escape
from pathlib import Path

import pytest
from icu4py.messageformat import MessageFormat

from telltale.core.errors import CODES
from telltale.messages.catalogue import FOLDER, languages, messages, parameters, render

ROOT = Path(__file__).resolve().parents[3]
OTHERS = [code for code in languages() if code != "en"]
ERRORS = {"BadMedia", "FetchFailed", "BadModel", "JobProblem", "BadRequest", "TelltaleError", "JobError"}
ELSEWHERE = ("panel.", "options.", "provenance.not_checked", "provenance.problem.")
"""Ids that the extension alone uses, and those of codes that come from older Reports and from C2PA's library."""
CLAIMS = {
    "en": r"\b(?:real|proof|prove[ns]?|authentic\w*|genuine)\b(?! ?[.”]| that)",
    "de": r"\b(?:echt\w*|wahr(?:e\w*|heit)?|Beweis\w*|authentisch\w*)\b",
    "fr": r"\b(?:réel\w*|vrai\w*|preuves?|prouv\w*|authenti\w*|véridiques?)\b",
}
"""What no language says of a face or a video."""


def strings() -> set[str]:
    """Every string of the source, and the fixed beginnings of those with values in them."""
    found = set[str]()
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)
    return found


def sources() -> list[Path]:
    return [*(ROOT / "telltale").rglob("*.py"), *(ROOT / "space").rglob("*.py")]


def raised() -> Iterator[tuple[str, frozenset[str]]]:
    """Id and names of the parameters of every error that is made with a literal code; English texts of tools are left out."""
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ERRORS and node.args):
                continue
            words = [argument.value for argument in node.args[:2] if isinstance(argument, ast.Constant)]
            names = {keyword.arg for keyword in node.keywords if keyword.arg}
            starred = any(keyword.arg is None for keyword in node.keywords) or "text" in names
            if len(words) != len(node.args[:2]) or starred or words[0] not in CODES:
                continue
            if len(node.args) == 3 and isinstance(node.args[2], ast.Dict):
                names |= {key.value for key in node.args[2].keys if isinstance(key, ast.Constant)}
            where = {"where"} if node.func.id == "BadMedia" and "name" in names else set()
            yield ".".join(["error", *filter(None, words)]), frozenset(names | where)


@pytest.mark.parametrize("code", OTHERS)
def test_every_language_has_the_same_ids_with_the_same_parameters(code: str) -> None:
    assert list(messages(code)) == list(messages("en"))
    assert {id: parameters(text) for id, text in messages(code).items()} == {id: parameters(text) for id, text in messages("en").items()}


@pytest.mark.parametrize("code", languages())
def test_every_message_is_sound_icu_and_stands_in_its_place(code: str) -> None:
    for text in messages(code).values():
        MessageFormat(text, code)
        assert text == text.strip()
    stored = json.loads((FOLDER / f"{code}.json").read_text(encoding="utf-8"))
    assert list(stored) == sorted(stored), "sorted, so that two changes rarely meet"


def test_every_error_that_the_source_raises_has_its_message_with_just_its_parameters() -> None:
    found = sorted(set(raised()))
    assert len(found) > 120, "the test would pass for nothing"
    wrong = [(id, names) for id, names in found if id not in messages("en") or not parameters(messages("en")[id]) <= names]
    assert wrong == []


def test_every_id_that_the_source_names_is_there_and_none_is_left_over() -> None:
    known, told = set(messages("en")), strings()
    prefixes = {id.partition(".")[0] for id in known}
    named = {one for one in told if re.fullmatch(r"[a-z]+(\.\w+)+", one) and one.partition(".")[0] in prefixes - {"error"}}
    unknown = {one for one in named - known if not any(id.startswith(one) for id in known)}
    assert unknown == {"page.css"}, "a file"
    ends = {part for one in told for part in (one, *one.split())}
    used = {id for id in known if any(id == f"{prefix}{end}" for prefix, end in joints(id) if end in ends or end in CODES)}
    raised_ids = {id for id, _ in raised()}
    left = sorted(known - used - raised_ids - {id for id in known if id.startswith(ELSEWHERE)})
    assert left == []


def joints(id: str) -> Iterator[tuple[str, str]]:
    """Every way in which the source may have put an id together of a beginning and an end."""
    yield "", id
    for place in (place for place, sign in enumerate(id) if sign in "._"):
        yield id[: place + 1], id[place + 1 :]


@pytest.mark.parametrize("code", languages())
def test_no_word_can_break_out_of_the_markup_it_is_put_into(code: str) -> None:
    wrong = [text for text in messages(code).values() if escape(text, quote=True) != text]
    assert wrong == [], "typographic quotation marks and apostrophes only"


@pytest.mark.parametrize("code", languages())
def test_nothing_is_called_true_or_proven(code: str) -> None:
    said = [text for id, text in messages(code).items() if not id.startswith("error.")]
    assert [text for text in said if re.search(CLAIMS[code], text, re.IGNORECASE)] == []


def test_a_message_is_rendered_with_plurals_numbers_and_choices() -> None:
    assert [render("page.looks", {"n": n}, "fr") for n in (0, 1, 2)] == ["0 regard", "1 regard", "2 regards"]
    assert render("error.media.empty", {"name": "a {b}.mp4", "where": "file"}, "de").startswith("„a {b}.mp4“ ist leer")
    assert render("error.media.empty", {"name": "x", "where": "link"}, "de").startswith("Was unter dieser Adresse liegt, ist leer")
    assert "33,554,432" in render("error.fetch.too_large.pixels", {"most": 33_554_432})


def test_an_unknown_language_is_english_and_an_unknown_id_what_is_given_instead() -> None:
    assert render("page.cancel", {}, "xx") == render("page.cancel")
    assert render("reason.of_a_later_version", {}, "de", otherwise="As told.") == "As told."
    assert render("reason.face.small", {"pixels": 3}, "de", otherwise="As told.") == "As told."
    with pytest.raises(KeyError):
        render("reason.of_a_later_version")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("no braces", set()),
        ("{one} and { two , number, ::.0}", {"one", "two"}),
        ("{n, plural, one {# of {all}} other {{all, number}}}", {"n", "all"}),
        ("a quoted '{brace}' and {name}", {"name"}),
        ("{a, select, x { {b}} other {}}", {"a", "b"}),
    ],
)
def test_parameters_are_found_at_any_depth(text: str, names: set[str]) -> None:
    assert parameters(text) == names


def test_a_brace_that_is_not_closed_is_an_error() -> None:
    with pytest.raises(ValueError, match="not closed"):
        parameters("{n, plural, one {#}")
