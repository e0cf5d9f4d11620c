"""Fuzzing one reader: inputs that Hypothesis builds, and entries of the corpus that are cut, flipped, spliced and repeated.

An input is always bytes, so that what breaks a reader is kept as one small file and is tried first for ever after. A reader keeps its word
where it gives an answer that the target finds sound, or one of the errors that it announces; anything else, an answer that took longer than
``SLOWEST`` of processor time, or memory beyond a bound, is a miss. See also: the readers (``fuzz_*.py``), the suite (``fuzz.py``).
"""

import random
import resource
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

CORPUS = Path(__file__).resolve().parent / "corpus"
SLOWEST = 3.0
"""Seconds of processor time for one input; the median is below a millisecond."""
ROUND = 400
"""Inputs between two looks at the clock."""
MOST_GROWTH = 512
"""MiB by which the process may grow."""


@dataclass(frozen=True)
class Target:
    """A reader of strangers' bytes. ``check`` returns in silence, or raises what is then a miss."""

    name: str
    reads: str
    """What is fuzzed, in words."""
    check: Callable[[bytes], bool]
    """True where the input was taken, False where it was refused as it should be; both must be seen."""
    built: SearchStrategy[bytes]
    sound: tuple[bytes, ...]
    """Inputs that must be taken: the controls, and the beginning of the corpus."""
    switch: str = ""
    """What is turned off by ``off``."""
    off: Callable[[], AbstractContextManager[object]] | None = None


@dataclass
class Outcome:
    """What came of fuzzing a target."""

    inputs: int = 0
    taken: int = 0
    seconds: float = 0.0
    slowest: float = 0.0
    grown: float = 0.0
    misses: list[str] = field(default_factory=list)
    broke: bytes | None = None


def corpus(name: str) -> dict[str, bytes]:
    """What is checked in for a target, by file name."""
    return {path.name: path.read_bytes() for path in sorted((CORPUS / name).glob("*"))}


def mutated(seeds: tuple[bytes, ...]) -> SearchStrategy[bytes]:
    """Entries of the corpus, damaged in up to six places."""
    edits = st.tuples(st.sampled_from(("flip", "cut", "put", "repeat", "splice", "number", "drop")), st.floats(0, 1), st.binary(max_size=8))
    return st.builds(damaged, st.sampled_from(seeds), st.sampled_from(seeds), st.lists(edits, min_size=1, max_size=6))


NUMBERS = (b"\0", b"\xff", b"\0\0\0\1", b"\xff" * 4, b"\x7f\xff\xff\xff", b"\xff" * 8, b"-1", b"0", b"1e999", b"9" * 30, b"NaN", b"\0" * 8)


def damaged(content: bytes, other: bytes, edits: list[tuple[str, float, bytes]]) -> bytes:
    """The content after a list of edits, each at a share of its length."""
    for kind, share, extra in edits:
        at = int(share * len(content))
        if kind == "flip" and at < len(content):
            content = content[:at] + bytes([content[at] ^ (1 << len(extra) % 8)]) + content[at + 1 :]
        elif kind == "cut":
            content = content[:at]
        elif kind == "put":
            content = content[:at] + extra + content[at + len(extra) :]
        elif kind == "repeat":
            content = content[:at] + content[at : at + 64] * (1 + len(extra) * 20) + content[at:]
        elif kind == "splice":
            content = content[:at] + other[int(share * len(other)) :]
        elif kind == "number":
            content = content[:at] + NUMBERS[sum(extra) % len(NUMBERS)] + content[at + len(extra) :]
        elif kind == "drop":
            content = content[:at] + content[at + 1 + len(extra) :]
    return content[: 1 << 20]


def fuzz(target: Target, start: int, seconds: float | None = None, inputs: int = 200) -> Outcome:
    """Inputs until the time is over, or as many as asked; it ends with the first miss, made as small as Hypothesis can."""
    outcome, began, before = Outcome(), time.monotonic(), peak()
    for name, content in corpus(target.name).items():
        tried(target, content, outcome, f"corpus/{target.name}/{name}")
    number = 0
    phases = (Phase.generate, Phase.shrink) if seconds else (Phase.generate,)
    while not outcome.misses and (time.monotonic() - began < seconds if seconds is not None else number * ROUND < inputs):
        one_round(target, start + number, outcome, ROUND if seconds is not None else min(ROUND, inputs), phases)
        number += 1
    outcome.seconds, outcome.grown = time.monotonic() - began, peak() - before
    if outcome.grown > MOST_GROWTH:
        outcome.misses.append(f"grew by {outcome.grown:.0f} MiB")
    return outcome


def one_round(target: Target, start: int, outcome: Outcome, inputs: int, phases: tuple[Phase, ...]) -> None:
    """One run of Hypothesis with a seed of its own."""
    source = target.built | mutated((*target.sound, *corpus(target.name).values()))

    @seed(start)
    @settings(max_examples=inputs, database=None, deadline=None, suppress_health_check=list(HealthCheck), phases=phases)
    @given(source)
    def each(content: bytes) -> None:
        outcome.broke = content
        measured(target, content, outcome)

    state = random.getstate()
    try:
        each()
    except Exception as miss:  # whatever the reader did not announce, made small by now
        outcome.misses.append(f"{type(miss).__name__}: {str(miss)[:200]!r}, by {(outcome.broke or b'')[:400]!r}")
    finally:
        random.setstate(state)


def tried(target: Target, content: bytes, outcome: Outcome, name: str) -> None:
    """One input of the corpus."""
    try:
        measured(target, content, outcome)
    except Exception as miss:  # as above
        outcome.broke = content
        outcome.misses.append(f"{type(miss).__name__}: {str(miss)[:200]!r}, by {name}")


def measured(target: Target, content: bytes, outcome: Outcome) -> None:
    """One input, counted and timed. Raises what the reader raised, and TimeoutError where it took too long."""
    began = time.process_time()
    outcome.inputs += 1
    outcome.taken += target.check(content)
    spent = time.process_time() - began
    outcome.slowest = max(outcome.slowest, spent)
    if spent > SLOWEST:
        raise TimeoutError(f"one input took {spent:.1f} s")


def peak() -> float:
    """MiB that this process has held at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def named(targets: tuple[Target, ...]) -> Mapping[str, Target]:
    """Targets by their names."""
    return {target.name: target for target in targets}


def broken_controls(target: Target) -> Iterator[str]:
    """Sound inputs that are not taken."""
    for content in target.sound:
        try:
            if not target.check(content):
                yield f"{content[:60]!r} was refused"
        except Exception as error:  # a control that breaks is told, not raised
            yield f"{content[:60]!r}: {type(error).__name__}"
