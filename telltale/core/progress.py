"""Progress of a check: which step is under way and how much of it is done. A listener may raise to cancel the check."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from telltale.messages.catalogue import ENGLISH, render

Step = Literal["resolve", "fetch", "decode", "faces", "score", "render"]

STEPS: tuple[Step, ...] = ("resolve", "fetch", "decode", "faces", "score", "render")


@dataclass(frozen=True)
class Progress:
    """``done`` of ``total`` units of ``step``; ``total`` is 0 where it is not known yet.

    The units are bytes in ``fetch`` (of those that are planned to be read), and looks, faces or frames in the others.
    """

    step: Step
    done: int
    total: int

    def text(self, language: str = ENGLISH) -> str:
        """The step in words."""
        return render(f"progress.step.{self.step}", {}, language)

    def count(self, language: str = ENGLISH) -> str:
        """How far the step is, where that is known and says more than the step itself: ``3.1 of 6.4 MB``, ``12 of 32``."""
        if self.step != "fetch":
            return render("progress.count.items", {"done": self.done, "total": self.total}, language) if self.total > 1 else ""
        if not self.done:
            return ""
        size, unit = (1e6, "megabytes") if max(self.done, self.total) >= 1e6 else (1e3, "kilobytes")
        params = {"done": self.done / size, "total": self.total / size}
        return render(f"progress.count.{unit}_of" if self.total else f"progress.count.{unit}", params, language)

    def in_words(self, language: str = ENGLISH) -> str:
        """The step and how far it is: ``Reading the video, 3.1 of 6.4 MB``."""
        text, count = self.text(language), self.count(language)
        return render("progress.with_count", {"step": text, "count": count}, language) if count else text


def read_of_parts(read: int, done: int, parts: int) -> Progress:
    """Bytes read for ``done`` of several parts, and what all of them will take if the others are like these."""
    return Progress("fetch", read, read * parts // done if done else 0)


Listener = Callable[[Progress], None]


def silent(_: Progress) -> None:
    """The listener that does nothing."""
