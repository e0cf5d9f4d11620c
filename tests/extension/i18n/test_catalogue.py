"""The extension renders the catalogue as the engine does, in every language: in plain Node."""

import re
from pathlib import Path

import pytest

from extension_build.catalogue import PREFIXES
from telltale.messages.catalogue import languages, messages, parameters, render
from tests.support.browser.loaded_extension import EXTENSION, unpacked
from tests.support.golden.vectors import Vector, failures, run_vectors

NUMBERS = (0, 1, 2, 5, 22, 1234567.26)
WORDS = ("x", "a {b} 'c' <d>", "private", "listed")


def params_of(text: str, at: int) -> dict[str, str | int | float]:
    """Values for a message: numbers where it counts or writes one, else words."""
    numeric = set(re.findall(r"\{\s*(\w+)\s*,\s*(?:number|plural)", text))
    return {name: NUMBERS[at % len(NUMBERS)] if name in numeric else WORDS[at % len(WORDS)] for name in parameters(text)}


@pytest.mark.parametrize("code", languages())
def test_every_message_is_rendered_alike(tmp_path: Path, code: str) -> None:
    vectors = []
    for id, text in messages(code).items():
        if not id.startswith(PREFIXES) or re.search(r", (?:date|time),", text):
            continue  # dates are written by the browser itself
        tries = len(NUMBERS) if "plural" in text or "number" in text else 1
        for params in (params_of(text, at) for at in range(tries)):
            vectors.append(Vector("i18n/catalogue", "rendered", [code, text, params], render(id, params, code)))
    assert len(vectors) > 400
    done = run_vectors(vectors, tmp_path, unpacked(), ("i18n", "vendor"))
    assert done.returncode == 0, failures(done)


def test_every_message_that_the_source_names_is_packed() -> None:
    known = messages("en")
    named = {
        found
        for file in EXTENSION.rglob("*.js")
        for found in re.findall(r'["`]([a-z_]+(?:\.[a-z_]+)+)["`]', file.read_text(encoding="utf-8"))
        if found in known
    }
    assert len(named) > 100 and {"strength.caption", "kind.heading", "next.source"} <= named
    assert [found for found in sorted(named) if not found.startswith(PREFIXES)] == []
