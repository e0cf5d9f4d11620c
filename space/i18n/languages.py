"""The languages of the page: English, and one for each file in ``tongues/``. Which one a visitor gets.

To add a language, copy ``space/i18n/locales/de.json`` to its code and translate the right-hand sides. See also: the sentences
(``messages.py``).
"""

import json
from pathlib import Path

from space.i18n.messages import Words
from space.i18n.sentence_matcher import Sayings

TONGUES = Path(__file__).parent / "locales"
ENGLISH = Words()


def read_tongue(path: Path) -> Words:
    """The words of one file; TypeError for a name that ``Words`` does not have."""
    told = json.loads(path.read_text(encoding="utf-8"))
    mark = told["words"].get("DECIMAL_MARK", ENGLISH.DECIMAL_MARK)
    return Words(LANGUAGE=path.stem, **told["words"], SAYINGS=Sayings(told["sayings"], mark))


LANGUAGES: dict[str, Words] = {"en": ENGLISH} | {path.stem: read_tongue(path) for path in sorted(TONGUES.glob("*.json"))}
"""Code (RFC 5646, the first part) -> words."""


def spoken(asked: str | None, accepted: str = "") -> Words:
    """The language asked for by its code (``de``, ``de-AT``), else the first of an Accept-Language that is spoken, else English."""
    for code in [asked or "", *preferred(accepted)]:
        if (words := LANGUAGES.get(code.strip().lower().partition("-")[0])) is not None:
            return words
    return ENGLISH


def preferred(accepted: str) -> list[str]:
    """``fr;q=0.5, de`` -> de, fr: the codes of an Accept-Language (RFC 9110, 12.5.4), the most wanted first; none that is not wanted."""
    weighed = []
    for part in accepted.split(",")[:20]:
        code, _, weight = part.partition(";")
        try:
            weighed.append((float(weight.strip().removeprefix("q=") or 1), code.strip()))
        except ValueError:
            continue
    return [code for weight, code in sorted(weighed, key=lambda one: -one[0]) if weight > 0]
