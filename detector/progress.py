"""Progress of a check: which step is under way and how much of it is done. A listener may raise to cancel the check."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Step = Literal["fetch", "read", "faces", "score", "explain"]

STEP_NAMES: dict[Step, str] = {
    "fetch": "Fetching the video",
    "read": "Reading frames",
    "faces": "Finding faces",
    "score": "Looking at faces",
    "explain": "Drawing the evidence",
}
STEPS: tuple[Step, ...] = ("fetch", "read", "faces", "score", "explain")


@dataclass(frozen=True)
class Progress:
    """``done`` of ``total`` units of ``step``; ``total`` is 0 where it is not known yet."""

    step: Step
    done: int
    total: int

    @property
    def text(self) -> str:
        """The step in words."""
        return STEP_NAMES[self.step]


Listener = Callable[[Progress], None]


def silent(_: Progress) -> None:
    """The listener that does nothing."""
