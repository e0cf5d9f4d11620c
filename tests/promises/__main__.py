"""All ten promises, one suite after the other, each in a process of its own; then every switch, which must turn its suite red.

The fuzzers run beside the others, at low priority, for they only need time. Results are kept in a folder; once one of each suite at full
length is there, docs/promises.md is written from them, also where only some were measured again.

    python -m tests.promises                    all, at full length: at most 40 minutes
    python -m tests.promises --short            the seeded part: at most 8 minutes; nothing is kept
    python -m tests.promises weights fuzz       only these
"""

import argparse
import importlib
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from tests.promises.page import Kept, write
from tests.promises.promise import Demand, Result, Suite, keep, lines, read
from tests.promises.sabotage import ROOT

NAMES = ("media", "bounds", "jobs", "weights", "text", "doors", "evidence", "same", "fuzz", "holes")
"""By the number of their promise."""
BESIDE = "fuzz"
LONGEST = 40 * 60
"""Seconds that one suite may take before it is ended."""
PAGE = ROOT / "docs" / "promises.md"
KEPT = ROOT / "runs" / "promises"


def start(name: str, out: Path, *arguments: str) -> "subprocess.Popen[str]":
    """One suite in a process of its own."""
    command = [sys.executable, "-m", f"tests.promises.{name}", "--json", str(out), *arguments]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def end(process: "subprocess.Popen[str]", name: str, out: Path, off: str | None, short: bool) -> Result:
    """What it came to; a suite that broke or took too long has missed."""
    began = time.monotonic()
    try:
        said = process.communicate(timeout=LONGEST)[0]
    except subprocess.TimeoutExpired:
        process.kill()
        said = process.communicate()[0] + f"\nended after {LONGEST} s"
    if out.is_file():
        return read(out)
    last = (said.strip().splitlines() or ["it said nothing"])[-1]
    broke = Demand("the suite", f"broke: {last[:200]}", "runs", False, control=True)
    result = Result(name, off, short, round(time.monotonic() - began, 1), (broke,))
    keep(result, out)
    return result


def suite_of(name: str) -> Suite | None:
    """A suite by its name; None where there is none yet."""
    try:
        return importlib.import_module(f"tests.promises.{name}").SUITE
    except ModuleNotFoundError as error:
        if error.name == f"tests.promises.{name}":
            return None
        raise


def main() -> int:
    """0 where every promise is kept, and every switch turned its suite red."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--short", action="store_true", help="the seeded part that CI runs")
    parser.add_argument("--minutes", help="for each fuzzer")
    parser.add_argument("--no-switches", action="store_true", help="only the plain runs")
    parser.add_argument("--results", type=Path, default=KEPT, help="where they are kept (default: %(default)s)")
    given = parser.parse_args()
    began = time.monotonic()
    if unknown := set(given.names) - set(NAMES):
        parser.error(f"there is no suite {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")
    chosen = [name for name in NAMES if not given.names or name in given.names]
    arguments = (["--short"] if given.short else []) + (["--minutes", given.minutes] if given.minutes else [])
    with tempfile.TemporaryDirectory(prefix="promises-") as folder:
        results = carried_out(chosen, Path(folder), arguments, not given.no_switches)
        if not given.short:
            given.results.mkdir(parents=True, exist_ok=True)
            for path in Path(folder).iterdir():
                shutil.move(path, given.results / path.name)
    seconds = time.monotonic() - began
    told = f"{sum(kept.good for kept in results)} of {len(results)} promises kept in {seconds / 60:.1f} minutes"
    sys.stdout.write(f"{told}\n")
    if not given.short and all((given.results / name).is_file() for name in NAMES):
        PAGE.write_text(write([kept_in(given.results, name) for name in NAMES]))
    return 0 if all(kept.good for kept in results) else 1


def kept_in(folder: Path, name: str) -> Kept:
    """What is kept of a suite and of its switches."""
    suite = suite_of(name)
    switches = suite.switches if suite else ()
    thrown = [folder / f"{name}-{switch}" for switch in switches]
    return Kept(name, suite, read(folder / name), tuple(read(path) for path in thrown if path.is_file()))


def carried_out(chosen: list[str], folder: Path, arguments: list[str], switches: bool) -> list[Kept]:
    """Every suite, then every switch of each, in its short form."""
    short = "--short" in arguments
    beside = start(BESIDE, folder / BESIDE, *arguments) if BESIDE in chosen and not short else None
    results: list[Kept] = []
    for name in chosen:
        suite = suite_of(name)
        if suite is None:
            told(Result(name, None, short, 0.0, (Demand("the suite", "is not there", "is there", False),)))
            results.append(Kept(name, None, None, ()))
            continue
        plain = None
        if name != BESIDE or beside is None:
            plain = end(start(name, folder / name, *arguments), name, folder / name, None, short)
            told(plain)
        thrown = []
        for switch in suite.switches if switches else ():
            out = folder / f"{name}-{switch}"
            thrown.append(end(start(name, out, "--short", "--sabotage", switch), name, out, switch, True))
            told(thrown[-1])
        results.append(Kept(name, suite, plain, tuple(thrown)))
    if beside is not None:
        fuzzed = end(beside, BESIDE, folder / BESIDE, None, short)
        told(fuzzed)
        results = [replace(kept, plain=fuzzed) if kept.name == BESIDE else kept for kept in results]
    return results


def told(result: Result) -> None:
    """One result, as soon as it is there."""
    sys.stdout.write("\n".join(lines(result)) + "\n\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main())
