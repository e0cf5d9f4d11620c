"""What one suite of promises is: demands with their figures, controls that must pass, and switches that turn a guard off.

A suite is a module ``tests/promises/<name>.py`` that holds ``SUITE`` and ends in ``main(SUITE)``. It is not a test: it measures and says
what it found, at full length or in a seeded short form. Its switches show that it can fail: with a guard off it must go red while its
controls stay good. The product knows no such switch; a suite replaces the guard from outside (``sabotage.py`` for servers and children).
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tests.support.models import SMALL


@dataclass(frozen=True)
class Demand:
    """One thing that was measured, beside what is asked. ``kept`` is None where it could not be tried here: the figure then says why."""

    what: str
    figure: str
    asked: str
    kept: bool | None
    control: bool = False
    """Something sound that must pass whatever guard is off: else a suite that refuses all would be green."""


@dataclass(frozen=True)
class Plan:
    """How a suite is to be run."""

    short: bool = False
    """The seeded part that CI runs: seconds, not minutes."""
    seed: int = 20261121
    off: str | None = None
    """The switch that is thrown, if any."""
    minutes: float | None = None
    """How long each fuzzer runs, where it is not the suite's own choice."""


@dataclass(frozen=True)
class Suite:
    """The proof of one promise."""

    number: int
    name: str
    promise: str
    """One sentence, as the README states it."""
    measure: Callable[[Plan], Iterator[Demand]]
    """Yields demands as they are measured. It raises only where the suite itself is broken."""
    switches: Mapping[str, str] = field(default_factory=dict)
    """A short name and what is turned off by it."""
    covers: str = ""
    """One or two sentences on what is not covered."""


@dataclass(frozen=True)
class Result:
    """What came of a run."""

    suite: str
    off: str | None
    short: bool
    seconds: float
    demands: tuple[Demand, ...]

    @property
    def kept(self) -> bool:
        """True where something was measured and nothing was missed."""
        measured = [demand for demand in self.demands if demand.kept is not None]
        return bool(measured) and all(demand.kept for demand in measured)

    @property
    def controlled(self) -> bool:
        """True where all that must pass passed, and there was something."""
        controls = [demand for demand in self.demands if demand.control and demand.kept is not None]
        return bool(controls) and all(demand.kept for demand in controls)

    @property
    def good(self) -> bool:
        """A plain run is good where all is kept; a sabotaged one where something is missed and every control still passes."""
        return self.kept and self.controlled if self.off is None else self.controlled and not self.kept


def run(suite: Suite, plan: Plan) -> Result:
    """Measures a suite; a switch that it does not have is a ValueError."""
    if plan.off is not None and plan.off not in suite.switches:
        raise ValueError(f"{suite.name} has no switch {plan.off}; it has {', '.join(suite.switches) or 'none'}")
    began = time.monotonic()
    demands = tuple(suite.measure(plan))
    return Result(suite.name, plan.off, plan.short, round(time.monotonic() - began, 1), demands)


def lines(result: Result) -> Iterator[str]:
    """A result as a person reads it."""
    for demand in result.demands:
        mark = {True: "kept", False: "MISSED", None: "not run"}[demand.kept]
        yield f"{mark:8}{'control: ' if demand.control else ''}{demand.what}: {demand.figure} (asked: {demand.asked})"
    off = f", with {result.off} off" if result.off else ""
    yield f"{result.suite}{off}: {'good' if result.good else 'BAD'} in {result.seconds:.0f} s"


def keep(result: Result, path: Path) -> None:
    """Writes a result where ``read`` finds it."""
    path.write_text(json.dumps(asdict(result), indent=1))


def read(path: Path) -> Result:
    """A result that was kept."""
    kept = json.loads(path.read_text())
    return Result(**kept | {"demands": tuple(Demand(**demand) for demand in kept["demands"])})


def main(suite: Suite, argv: list[str] | None = None) -> int:
    """``python -m tests.promises.<name>``: 0 where the run was good. ``--sabotage`` is good where the suite goes red."""
    parser = argparse.ArgumentParser(description=suite.promise)
    parser.add_argument("--short", action="store_true", help="the seeded part that CI runs")
    parser.add_argument("--seed", type=int, default=Plan.seed)
    parser.add_argument("--minutes", type=float, help="for each fuzzer")
    parser.add_argument("--sabotage", nargs="?", const=next(iter(suite.switches), None), choices=list(suite.switches), metavar="SWITCH")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    given = parser.parse_args(argv)
    os.environ |= SMALL  # of the servers and commands that it starts
    result = run(suite, Plan(given.short, given.seed, given.sabotage, given.minutes))
    sys.stdout.write("\n".join(lines(result)) + "\n")
    if given.json:
        keep(result, given.json)
    return 0 if result.good else 1
