"""What each step of one check costs, in this process: the product's own ``check()``, its functions watched from outside.

The time of a function that is watched within another belongs to the inner one alone; what no watched function takes is ``other``. Times
come from passes in which nothing else is measured, bytes and peak memory from one of their own. See also: the floors (``lower_bounds.py``).

    python -m benchmarks.speed.step_costs clip.mp4 --repeat 3
"""

import argparse
import gc
import json
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from functools import reduce, wraps
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from benchmarks.resource_meter import Cost, bytes_read, fresh_peak, measure_cost, peak, processor_seconds

if TYPE_CHECKING:
    from telltale.core.report import Report
    from telltale.pipeline import Engine

STEPS: dict[str, tuple[str, ...]] = {
    "open": (
        "telltale.pipeline:is_readable",
        "telltale.video.frames:is_readable",
        "telltale.video.frames:open_container",
        "telltale.video.frames:picture_stream",
    ),
    "read": ("telltale.pipeline:sha256_of", "telltale.pipeline:provenance_of"),
    "decode": ("telltale.pipeline:read_sandboxed",),
    "detect": ("telltale.pipeline:find_faces",),
    "align": ("telltale.model.scoring:CropStream.of",),
    "score": ("telltale.pipeline:score",),
    "explain": ("telltale.pipeline:draw_people", "telltale.pipeline:draw_evidence", "telltale.pipeline:draw_filmstrip"),
    "report": ("telltale.pipeline:decide", "benchmarks.speed.step_costs:written"),
}
"""Step -> the functions that make it up, by the names under which they are called."""
OTHER = "other"


class Watch:
    """Charges what passes to the innermost watched function."""

    def __init__(self, memory: bool = False) -> None:
        self.costs = {step: Cost() for step in (*STEPS, OTHER)}
        self._memory, self._stack = memory, [OTHER]
        self._then = self._now()

    def _now(self) -> tuple[float, float, float]:
        return time.perf_counter(), processor_seconds(), bytes_read() if self._memory else 0.0

    def turn(self) -> None:
        """Whatever passed since the last turn belongs to who is at work."""
        now, cost = self._now(), self.costs[self._stack[-1]]
        cost.wall, cost.cpu, cost.read = (
            have + new - old for have, new, old in zip((cost.wall, cost.cpu, cost.read), now, self._then, strict=True)
        )
        if self._memory:
            cost.peak = max(cost.peak, peak())
            fresh_peak()
        self._then = self._now()

    def watching(self, function: Callable[..., Any], step: str) -> Callable[..., Any]:
        """The function, watched."""

        @wraps(function)
        def watched(*given: Any, **named: Any) -> Any:
            self.turn()
            self._stack.append(step)
            try:
                return function(*given, **named)
            finally:
                self.turn()
                self._stack.pop()

        return watched


@contextmanager
def watch_steps(memory: bool = False) -> Iterator[Watch]:
    """All of ``STEPS``, watched. Raises LookupError where a function is no more: then ``STEPS`` is to be brought up to date."""
    watch = Watch(memory)
    with ExitStack() as patches:
        for step, name, holder, attribute in list_functions():
            if not hasattr(holder, attribute):
                raise LookupError(f"{name} is no more; benchmarks/speed/step_costs.py names it as part of the step “{step}”")
            patches.enter_context(patch.object(holder, attribute, watch.watching(getattr(holder, attribute), step)))
        watch.turn()
        for cost in watch.costs.values():
            cost.wall = cost.cpu = cost.read = cost.peak = 0.0
        yield watch
        watch.turn()


def list_functions() -> Iterator[tuple[str, str, Any, str]]:
    """Step, full name, module and attribute of every function of ``STEPS``."""
    for step, names in STEPS.items():
        for name in names:
            module, _, place = name.partition(":")
            *around, attribute = place.split(".")
            holder = sys.modules["__main__"] if module == __spec__.name and __name__ == "__main__" else import_module(module)
            holder = reduce(getattr, around, holder)
            yield step, name, holder, attribute


def written(report: "Report") -> str:
    """The Report as it goes over the wire."""
    return report.model_dump_json()


def one_check(path: Path, engine: "Engine", memory: bool = False) -> tuple[dict[str, Cost], "Report"]:
    """The costs by step of one check."""
    from telltale import pipeline

    gc.collect()
    with watch_steps(memory) as watch:
        report = pipeline.check(path, engine)
        sent = written(report)
    if memory:
        watch.costs["report"].read = (len(sent) + sum(map(len, report.pictures.values()))) / 1e6
    return watch.costs, report


def main(argv: list[str] | None = None) -> int:
    """Check the clip cold, then warm; the last line printed is the result."""
    made = argparse.ArgumentParser(prog="python -m benchmarks.speed.step_costs", description="The cost of each step of one check.")
    made.add_argument("clip", type=Path)
    made.add_argument("--repeat", type=int, default=3, help="warm checks, of which the median counts (default: %(default)s)")
    given = made.parse_args(argv)
    with measure_cost() as load:
        from telltale.model.classifier import BROWSER
        from telltale.pipeline import load_engine

        engine = load_engine(BROWSER, faces="mtcnn")
    cold, report = one_check(given.clip, engine)
    warm = [one_check(given.clip, engine)[0] for _ in range(given.repeat)]
    whole = []
    for _ in range(given.repeat):
        with measure_cost() as cost:
            from telltale.pipeline import check

            check(given.clip, engine)
        whole.append(cost)
    memory, _ = one_check(given.clip, engine, memory=True)
    from benchmarks.speed.lower_bounds import lower_bounds

    looks = sum(len(person.observations) for person in report.people)
    steps = {}
    for step in (*STEPS, OTHER):
        wall, cpu = (statistics.median(getattr(each[step], figure) for each in warm) for figure in ("wall", "cpu"))
        steps[step] = {"cold": asdict(cold[step]), "warm": asdict(Cost(wall, cpu, memory[step].read, memory[step].peak))}
    warm_whole = {figure: statistics.median(getattr(each, figure) for each in whole) for figure in ("wall", "cpu", "peak")}
    told = {
        "load": asdict(load),
        "steps": steps,
        "whole": warm_whole,
        "looks": looks,
        "floors": lower_bounds(given.clip, engine, report, given.repeat),
    }
    print(json.dumps(told | {"frames": report.source.frames_read, "engine": report.model.runtime, "verdict": report.verdict}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
