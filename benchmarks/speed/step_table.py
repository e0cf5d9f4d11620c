"""The steps of one clip's check beside their floors, and of several as a table in Markdown. See also: measuring them
(``step_costs.py``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Steps:
    """What ``benchmarks.speed.step_costs`` found: costs in seconds and MB by step, cold and warm; whole warm checks; floors in seconds."""

    name: str
    load: dict[str, float]
    steps: dict[str, dict[str, dict[str, float]]]
    whole: dict[str, float]
    looks: int
    floors: dict[str, float]
    frames: int
    engine: str
    verdict: str

    @property
    def wall(self) -> float:
        """Seconds of all steps, warm."""
        return sum(cost["warm"]["wall"] for cost in self.steps.values())

    def floor_of(self, step: str, net_rate: float) -> float:
        """Seconds that a step takes at least; the classifier's from its crops a second."""
        return self.looks / net_rate if step == "score" and net_rate else self.floors.get(step, 0.0)

    def floor(self, net_rate: float) -> float:
        """Of all steps; 0 where the classifier's rate is not known."""
        return sum(self.floor_of(step, net_rate) for step in self.steps) if net_rate else 0.0


def table(clips: Sequence[Steps], net_rate: float) -> str:
    """Every clip's steps; ``bytes`` are those that a step read, of the report those that it holds."""
    heading = "| clip | step | ms warm | CPU ms warm | floor, ms | ms cold | CPU ms cold | bytes, MB | peak MB |"
    lines = [heading, "|---|---|" + "---:|" * 7]
    for clip in clips:
        lines.append(row(clip.name, "import, load", None, None, clip.load))
        for step, cost in clip.steps.items():
            lines.append(row(clip.name, step, cost["warm"], clip.floor_of(step, net_rate), cost["cold"]))
        total = {figure: sum(cost["warm"][figure] for cost in clip.steps.values()) for figure in ("wall", "cpu", "read")}
        cold = {figure: sum(cost["cold"][figure] for cost in clip.steps.values()) + clip.load[figure] for figure in ("wall", "cpu")}
        floor = clip.floor(net_rate)
        lines.append(
            row(clip.name, f"**all**, {total['wall'] / floor:.2f} times the floors", total | {"peak": clip.whole["peak"]}, floor, cold)
        )
    return "\n".join(lines)


def row(clip: str, step: str, warm: dict[str, Any] | None, floor: float | None, cold: dict[str, float]) -> str:
    """One line; what was not measured is a dash."""
    figures = [
        *((f"{1000 * warm[name]:.1f}" for name in ("wall", "cpu")) if warm else ("–", "–")),
        f"{1000 * floor:.1f}" if floor else "–",
        *(f"{1000 * cold[name]:.1f}" for name in ("wall", "cpu")),
        *((f"{warm['read']:.2f}", f"{warm['peak']:.0f}") if warm else (f"{cold.get('read', 0):.2f}", f"{cold.get('peak', 0):.0f}")),
    ]
    return f"| {clip} | {step} | {' | '.join(figures)} |"
