"""What is asked of remote reading, beside what was measured; a demand that is missed is one line, and makes the benchmark fail."""

from dataclasses import dataclass

SECONDS, CPU_SECONDS = 4.0, 3.0
FEWER_BYTES, FASTER = 100.0, 10.0
FLAT = 0.2


@dataclass(frozen=True)
class Demand:
    """Something asked of ``subject``: ``measured`` at most, or at least, ``asked``."""

    subject: str
    what: str
    measured: float
    asked: float
    at_least: bool = False

    @property
    def holds(self) -> bool:
        """Whether it is met."""
        return self.measured >= self.asked if self.at_least else self.measured <= self.asked

    @property
    def line(self) -> str:
        """In words."""
        return f"{self.subject}: {self.what}: {self.measured:.3g}, asked {'at least' if self.at_least else 'at most'} {self.asked:g}"


def table(demands: list[Demand]) -> str:
    """In Markdown."""
    lines = ["| source | demand | asked | measured | holds |", "|---|---|---|---|---|"]
    for one in demands:
        asked = f"{'≥' if one.at_least else '≤'} {one.asked:g}"
        lines.append(f"| {one.subject} | {one.what} | {asked} | {one.measured:.3g} | {'yes' if one.holds else '**no**'} |")
    return "\n".join(lines)
