"""Sayings: the server's own English sentences, and what each is in another language.

What a check says (headlines, reasons, limits, problems) is English on the wire and in the store, wherever it was made and however long ago.
A saying is such a sentence with ``{names}`` for what varies; it is found again by its shape, its values are put into the other language's
sentence, and a sentence that is not known stays English. ``{count#}`` stands for a number only, ``{what*}`` for another saying. Not here:
the sentences of the page (``messages.py``); the catalogues (``tongues/*.json``).
"""

import re
from functools import lru_cache

NAME = re.compile(r"\{(\w+[*#]?)\}")
NUMBER = re.compile(r"\d+\.\d+")
COUNT, ANYTHING = r"(\d[\d.,]*)", "(.+?)"
LONGEST, MOST_ENDS = 2000, 16
"""Letters, and ends of sentences; what has more was written by no Telltale."""


class Sayings:
    """English saying -> the same in one other language."""

    def __init__(self, catalogue: dict[str, str], decimal_mark: str = ".") -> None:
        self._exact = {saying: said for saying, said in catalogue.items() if not NAME.search(saying)}
        shaped = [(saying, said) for saying, said in catalogue.items() if NAME.search(saying)]
        shaped.sort(key=lambda pair: -len(NAME.sub("", pair[0])))  # the one that says most of itself first
        self._shaped = [(shape_of(saying), NAME.findall(saying), said) for saying, said in shaped]
        self._decimal_mark = decimal_mark
        self._find = lru_cache(maxsize=1024)(self._look_up)

    def say(self, english: str) -> str:
        """The sentence, or several with a blank between, in the other language; as it is where that is not known."""
        return self._find(english) or english

    def knows(self, english: str) -> bool:
        """Whether there is a saying for it."""
        return self._find(english) is not None

    def _look_up(self, english: str) -> str | None:
        if not (self._exact or self._shaped) or len(english) > LONGEST:
            return None
        ends = [end.end() for end in re.finditer(r"(?<=[.?!]) ", english)]
        return self._cut(english, ends) if len(ends) <= MOST_ENDS else None

    def _cut(self, english: str, ends: list[int]) -> str | None:
        """The sentence as one saying, or as several, each of as many of the sentences as can be. ``ends``: where a sentence may begin.

        What follows each end is looked for once, from the last to the first: strangers' text with many ends must not cost more and more.
        """
        said: dict[int, str | None] = {}
        for start in reversed([0, *ends]):
            said[start] = self._one(english[start:])
            for end in reversed([end for end in ends if end > start and said[end] is not None and said[start] is None]):
                first = self._one(english[start : end - 1])
                said[start] = None if first is None else f"{first} {said[end]}"
                if first is not None:
                    break
        return said[0]

    def _one(self, english: str) -> str | None:
        """What is one saying."""
        if english in self._exact:
            return self._exact[english]
        for shape, names, said in self._shaped:
            if found := shape.fullmatch(english):
                return self._filled(said, dict(zip(names, found.groups(), strict=True)))
        return None

    def _filled(self, said: str, values: dict[str, str]) -> str:
        def value_of(name: "re.Match[str]") -> str:
            value = values[name[1]]
            if name[1].endswith("*"):
                return self.say(value)
            return value.replace(".", self._decimal_mark) if NUMBER.fullmatch(value) else value

        return NAME.sub(value_of, said)


def shape_of(saying: str) -> "re.Pattern[str]":
    """What the sentence looks like with any values in it."""
    parts = NAME.split(saying)
    shape = (re.escape(part) if place % 2 == 0 else COUNT if part.endswith("#") else ANYTHING for place, part in enumerate(parts))
    return re.compile("".join(shape), re.DOTALL)
