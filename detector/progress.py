"""Progress of a check: which step is under way and how much of it is done. A listener may raise to cancel the check."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Step = Literal["resolve", "fetch", "read", "faces", "score", "explain"]

STEP_NAMES: dict[Step, str] = {
    "resolve": "Looking for the video",
    "fetch": "Fetching the video",
    "read": "Reading frames",
    "faces": "Finding faces",
    "score": "Looking at faces",
    "explain": "Drawing the evidence",
}
STEPS: tuple[Step, ...] = ("resolve", "fetch", "read", "faces", "score", "explain")


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
    def in_words(self) -> str:
        """The step and how far it is: ``Fetching the video, 1.2 of 7.7 MB``."""
        if self.step == "fetch":
            of = f" of {self.total / 1e6:.1f}" if self.total else ""
            return f"{self.text}, {self.done / 1e6:.1f}{of} MB" if self.done else self.text
        return f"{self.text}, {self.done} of {self.total}" if self.total > 1 else self.text


Listener = Callable[[Progress], None]


def silent(_: Progress) -> None:
    """The listener that does nothing."""
