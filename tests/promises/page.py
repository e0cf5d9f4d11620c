"""docs/promises.md, written from the figures of a run and from nothing else. See also: running the suites (``__main__.py``)."""

import os
import platform
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.promises.promise import Demand, Result, Suite

WORDS = {True: "kept", False: "**missed**", None: "not run"}
MANY = 400
"""Letters of a figure that are shown."""


@dataclass(frozen=True)
class Kept:
    """One promise: its suite (None where there is none), its plain run, and the runs with a guard off."""

    name: str
    suite: Suite | None
    plain: Result | None
    thrown: tuple[Result, ...]

    @property
    def good(self) -> bool:
        """Kept, and every switch turned it red."""
        return self.plain is not None and self.plain.good and all(result.good for result in self.thrown)


def write(results: Sequence[Kept]) -> str:
    """The whole page."""
    kept = sum(one.good for one in results)
    minutes = sum(run.seconds for one in results for run in (one.plain, *one.thrown) if run) / 60
    head = [
        "# The promises, and how they were kept",
        "",
        "Written by `make promises` (`python -m tests.promises`) from what it measured; not edited by hand. Each suite can be run alone:",
        "`python -m tests.promises.NAME`. Its switches turn a guard off, and must turn it red while its controls stay good.",
        "",
        f"{kept} of {len(results)} kept, in {minutes:.0f} minutes of suites (the fuzzers run beside the others), on {machine()}.",
        "",
        "| | promise | suite | demands | switches that went red | |",
        "|---|---|---|---|---|---|",
        *(row(one) for one in results),
    ]
    return "\n".join([*head, *(line for one in results for line in section(one)), ""])


def machine() -> str:
    """What it was measured on."""
    info = Path("/proc/cpuinfo")
    names = (
        [line.partition(":")[2].strip() for line in info.read_text().splitlines() if line.startswith("model name")]
        if info.is_file()
        else []
    )
    return f"{os.cpu_count()} cores ({names[0] if names else platform.machine()}), {platform.system()}, Python {platform.python_version()}"


def row(one: Kept) -> str:
    """A line of the table."""
    if one.suite is None or one.plain is None:
        return f"| | | {one.name} | | | **not there** |"
    measured = [demand for demand in one.plain.demands if demand.kept is not None]
    demands = f"{sum(bool(demand.kept) for demand in measured)} of {len(measured)}"
    idle = len(one.plain.demands) - len(measured)
    red = f"{sum(result.good for result in one.thrown)} of {len(one.thrown)}"
    state = "kept" if one.good else "**not kept**"
    return f"| {one.suite.number} | {one.suite.promise} | `{one.name}` | {demands}{f', {idle} not run' if idle else ''} | {red} | {state} |"


def section(one: Kept) -> Iterator[str]:
    """One promise with all its figures."""
    if one.suite is None or one.plain is None:
        return
    yield from ("", f"## {one.suite.number}. {one.suite.promise}", "")
    yield from ("| measured | figure | asked | |", "|---|---|---|---|")
    yield from (figure(demand) for demand in one.plain.demands)
    yield ""
    yield f"`python -m tests.promises.{one.name}`: {one.plain.seconds:.0f} s." + (
        f" Not covered: {lowered(one.suite.covers)}" if one.suite.covers else ""
    )
    for result in one.thrown:
        missed = [demand.what for demand in result.demands if demand.kept is False and not demand.control]
        came = f"red: {cell('; '.join(missed))}" if result.good else "**did not go red**"
        yield f"- With `{result.off}` ({one.suite.switches[result.off or '']}): {came}."


def figure(demand: Demand) -> str:
    """A line of a section's table."""
    what = f"{'control: ' if demand.control else ''}{demand.what}"
    return f"| {cell(what)} | {cell(demand.figure)} | {cell(demand.asked)} | {WORDS[demand.kept]} |"


def cell(text: str) -> str:
    """Text within a table: on one line, and no markup of its own."""
    plain = " ".join(text.split())[:MANY]
    return plain.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").replace("`", "'")


def lowered(text: str) -> str:
    """A sentence that goes on after a colon, unless it begins with a name."""
    first, _, _ = text.partition(" ")
    return text[0].lower() + text[1:] if first.istitle() and first.isalpha() else text
