"""A fourth language made for tests: Polish, with its four plural forms, generated from the English catalogue."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from telltale.messages import catalogue

FORMS = ("one", "few", "many", "other")
MARK = "pl:"
"""Before every text, so that what is not in Polish shows."""
LOOKS = "{n, plural, one {# spojrzenie} few {# spojrzenia} many {# spojrzeń} other {# spojrzenia}}"


def polish() -> dict[str, str]:
    """Id -> the English text with a mark, its plurals with all forms of Polish; some of them in real Polish."""
    made = {id: f"{MARK}{plurals(text)}" if not is_figure(id) else text for id, text in catalogue.messages("en").items()}
    return made | {"page.looks": LOOKS, "format.language_name": "Polski"}


def is_figure(id: str) -> bool:
    """Whether it is only how a figure is written."""
    sentences = ("format.probability", "format.score", "format.interval", "format.read")
    return (id.startswith("format.") and not id.startswith(sentences)) or id in ("progress.with_count", "cli.labelled")


def plurals(text: str) -> str:
    """Every ``one {a} other {b}`` with a form of its own for few and many."""

    def forms(found: "re.Match[str]") -> str:
        return found[0].replace("other {", "few {few ").removesuffix("}") + "} many {many " + found[2] + "} other {" + found[2] + "}"

    return re.sub(r"one \{([^{}]*)\} other \{([^{}]*)\}", forms, text)


@contextmanager
def spoken(folder: Path) -> Iterator[None]:
    """The catalogue in ``folder`` with one more file, for this process."""
    folder.mkdir(parents=True, exist_ok=True)
    for code in catalogue.languages():
        (folder / f"{code}.json").write_text(json.dumps(catalogue.messages(code), ensure_ascii=False), encoding="utf-8")
    (folder / "pl.json").write_text(json.dumps(polish(), ensure_ascii=False), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(catalogue, "FOLDER", folder)
        forget()
        yield
    forget()


def forget() -> None:
    """Nothing of another folder is remembered."""
    for remembered in (catalogue.languages, catalogue.messages, catalogue.compiled):
        remembered.cache_clear()
