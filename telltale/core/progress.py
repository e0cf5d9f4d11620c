"""Progress of a check: which step is under way and how much of it is done. A listener may raise to cancel the check."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Step = Literal["resolve", "fetch", "decode", "faces", "score", "render"]

STEP_NAMES: dict[Step, str] = {
    "resolve": "Finding the video",
    "fetch": "Reading the video",
    "decode": "Decoding frames",
    "faces": "Finding faces",
    "score": "Looking at faces",
    "render": "Drawing the evidence",
}
STEPS: tuple[Step, ...] = ("resolve", "fetch", "decode", "faces", "score", "render")


@dataclass(frozen=True)
class Progress:
    """``done`` of ``total`` units of ``step``; ``total`` is 0 where it is not known yet.

    The units are bytes in ``fetch`` (of those that are planned to be read), and looks, faces or frames in the others.
    """

    step: Step
    done: int
    total: int

    @property
    def text(self) -> str:
        """The step in words."""
        return STEP_NAMES[self.step]

    @property
    def count(self) -> str:
        """How far the step is, where that is known and says more than the step itself: ``3.1 of 6.4 MB``, ``12 of 32``."""
        if self.step == "fetch":
            size, unit, digits = (1e6, "MB", 1) if max(self.done, self.total) >= 1e6 else (1e3, "kB", 0)
            of = f" of {self.total / size:.{digits}f}" if self.total else ""
            return f"{self.done / size:.{digits}f}{of} {unit}" if self.done else ""
        return f"{self.done} of {self.total}" if self.total > 1 else ""

    @property
    def in_words(self) -> str:
        """The step and how far it is: ``Reading the video, 3.1 of 6.4 MB``."""
        return f"{self.text}, {self.count}" if self.count else self.text


def read_of_parts(read: int, done: int, parts: int) -> Progress:
    """Bytes read for ``done`` of several parts, and what all of them will take if the others are like these."""
    return Progress("fetch", read, read * parts // done if done else 0)


Listener = Callable[[Progress], None]


def silent(_: Progress) -> None:
    """The listener that does nothing."""
