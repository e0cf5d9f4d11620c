"""Promise 9: the readers of strangers' bytes are fuzzed, each for as long as is asked, and the corpus is tried first.

Long: every target in a process of its own, two at a time. Short: in this process, seeded, a few hundred inputs each. Hypothesis builds and
shrinks; it is not guided by coverage. Not covered: native decoders (they run behind walls, see promises 1 and 2), yt-dlp's extractors.

    python -m tests.promises.fuzz --minutes 10
    python -m tests.promises.fuzz --short --sabotage address
"""

import multiprocessing
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager, nullcontext

from tests.promises import fuzz_address, fuzz_boxes, fuzz_manifests, fuzz_playlists, fuzz_ranges, fuzz_report
from tests.promises.fuzzing import Outcome, Target, broken_controls, fuzz, named
from tests.promises.promise import Demand, Plan, Suite, main

TARGETS = named(tuple(one.TARGET for one in (fuzz_address, fuzz_ranges, fuzz_playlists, fuzz_boxes, fuzz_report, fuzz_manifests)))
MINUTES = 10.0
SHORT = 150
"""Inputs of each target in the short form."""
FEWEST_TAKEN = 0.02
"""Share of inputs that must get through a reader, and that must not: else only its door is fuzzed."""


def measure(plan: Plan) -> Iterator[Demand]:
    """Every target; with a switch thrown, that target alone."""
    chosen = [TARGETS[plan.off]] if plan.off else list(TARGETS.values())
    for target in chosen:
        with disarmed(target, plan):
            broken = list(broken_controls(target))
        yield Demand(
            f"{target.reads}: sound inputs", broken[0] if broken else f"{len(target.sound)} taken", "taken", not broken, control=True
        )
    for target, outcome in zip(chosen, outcomes(chosen, plan), strict=True):
        yield demand(target, outcome)


def disarmed(target: Target, plan: Plan) -> AbstractContextManager[object]:
    """With the guard off, where the switch is thrown."""
    return target.off() if plan.off and target.off else nullcontext()


def outcomes(chosen: list[Target], plan: Plan) -> Iterator[Outcome]:
    """What came of each target, in order."""
    if plan.short or plan.off:
        for target in chosen:
            with disarmed(target, plan):
                yield fuzz(target, plan.seed, inputs=SHORT if plan.off is None else 8 * SHORT)
        return
    seconds = 60 * (MINUTES if plan.minutes is None else plan.minutes)
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn"), initializer=os.nice, initargs=(10,), max_tasks_per_child=1) as pool:
        yield from pool.map(fuzzed, [target.name for target in chosen], [plan.seed] * len(chosen), [seconds] * len(chosen))


def fuzzed(name: str, start: int, seconds: float) -> Outcome:
    """One target in a process of its own."""
    return fuzz(TARGETS[name], start, seconds=seconds)


def demand(target: Target, outcome: Outcome) -> Demand:
    """What came of one target, in words."""
    share = outcome.taken / max(outcome.inputs, 1)
    told = (
        outcome.misses[0]
        if outcome.misses
        else (
            f"{outcome.inputs:,} inputs in {outcome.seconds:.0f} s, {share:.0%} taken, slowest {outcome.slowest * 1000:.0f} ms, "
            f"{outcome.grown:.0f} MiB more, none broke it"
        )
    )
    kept = not outcome.misses and FEWEST_TAKEN <= share <= 1 - FEWEST_TAKEN
    return Demand(target.reads, told, "no crash, none slower than 3 s, at most 512 MiB more", kept)


SUITE = Suite(
    9,
    "fuzz",
    "The readers of strangers' bytes are fuzzed, and what once broke one is tried for ever after.",
    measure,
    switches={target.name: target.switch for target in TARGETS.values()},
    covers="Native decoders, which run behind walls of their own; yt-dlp's extractors; Hypothesis is not guided by coverage.",
)

if __name__ == "__main__":
    raise SystemExit(main(SUITE))
