"""The catalogue of messages: id and parameters -> a sentence in one language, by ICU MessageFormat (plurals, numbers, choices).

    render("reason.person.few_looks", {"looks": 2}, "de")

Ids begin with where a message belongs: ``verdict``, ``reason``, ``caveat``, ``provenance``, ``progress``, ``error``, ``format``, and
``page``, ``pdf``, ``cli`` for one door's own words; ``panel`` and ``options`` are the extension's. Whoever stores or sends a message
keeps its id and parameters. See also: how figures are written (``telltale/render/formatting.py``).
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    from icu4py.messageformat import MessageFormat

FOLDER = Path(__file__).parent
ENGLISH = "en"
Params = Mapping[str, "str | int | float | datetime"]
ARGUMENT = re.compile(r"\{\s*(\w+)\s*([,}])")


@cache
def languages() -> tuple[str, ...]:
    """The codes (RFC 5646, the first part) of the files that are there, English first."""
    found = sorted(path.stem for path in FOLDER.glob("*.json"))
    return (ENGLISH, *(code for code in found if code != ENGLISH))


@cache
def messages(language: str) -> dict[str, str]:
    """Id -> ICU text of one language."""
    found: dict[str, str] = json.loads((FOLDER / f"{language}.json").read_text(encoding="utf-8"))
    return found


def render(message_id: str, params: Params | None = None, language: str = ENGLISH, *, otherwise: str | None = None) -> str:
    """The message in ``language``, or in English where that has no file.

    ``otherwise`` is given for an id that is unknown, or where a parameter is absent, as for what another version stored. Raises KeyError
    where there is no ``otherwise``.
    """
    language = language if language in languages() else ENGLISH
    given: dict[str, Any] = dict(params or {})
    if message_id not in messages(language) or not parameters(messages(language)[message_id]) <= given.keys():
        if otherwise is None:
            raise KeyError(f"{message_id} with {sorted(given)}")
        return otherwise
    return compiled(message_id, language).format(given)


def parameters_of(message_id: str) -> frozenset[str] | None:
    """The names of the parameters that a message takes; None for an id that is unknown."""
    text = messages(ENGLISH).get(message_id)
    return None if text is None else parameters(text)


@cache
def compiled(message_id: str, language: str) -> "MessageFormat":
    """One message, parsed."""
    from icu4py.messageformat import MessageFormat

    return MessageFormat(messages(language)[message_id], language)


@cache
def parameters(text: str) -> frozenset[str]:
    """The names of the parameters that an ICU text takes, at any depth. Raises ValueError where its braces do not match."""
    return frozenset(arguments(text))


def arguments(text: str) -> Iterator[str]:
    """The names of all arguments in order. A quoted brace (``'{'``) is text."""
    text = re.sub(r"'[{}][^']*'", "", text)
    place = 0
    while (start := text.find("{", place)) >= 0:
        end = closing(text, start)
        named = ARGUMENT.match(text, start)
        if named is None:
            raise ValueError(f"no argument at {start}: {text}")
        yield named[1]
        place = named.end()
        if named[2] == ",":
            for branch in branches(text[place:end]):
                yield from arguments(branch)
        place = end + 1


def branches(text: str) -> Iterator[str]:
    """The texts in braces of a plural or a select."""
    place = 0
    while (start := text.find("{", place)) >= 0:
        place = closing(text, start)
        yield text[start + 1 : place]


def closing(text: str, start: int) -> int:
    """Where the brace at ``start`` is closed."""
    depth = 0
    for place in range(start, len(text)):
        depth += (text[place] == "{") - (text[place] == "}")
        if depth == 0:
            return place
    raise ValueError(f"a brace is not closed: {text}")
