"""How fast Telltale is, step by step, beside its peers and this machine's floors; writes the README's table of speed.

Measures on real clips of the data set and on 1080p ones that are made of one of them, ten seconds to half an hour, in H.264, VP9, AV1 and
HEVC of 10 bit. Whatever is compared takes turns in processes of its own; medians count. Everything is printed; figures.md in the folder
keeps it, speed.md is the README's table. The exit status is 1 where a demand is missed. See also: reading by address
(``benchmarks/remote/run.py``), right and wrong (``trainer/evaluate.py``), a GPU.

    python -m benchmarks.speed.run --data ../shared/data
"""

import argparse
import os
import platform
import subprocess
import sys
import time
import traceback
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from benchmarks.remote.run import note
from benchmarks.remote.thresholds import Demand, table
from benchmarks.speed.context import Bench, Part, Setup
from benchmarks.speed.parts import PARTS

BEGIN, END = "<!-- speed -->", "<!-- /speed -->"
"""Where the README's table stands."""
PACKAGES = ("av", "onnxruntime", "openvino", "torch", "opencv-python-headless")


def main(argv: list[str] | None = None) -> int:
    """Measure, print, write; 1 where a demand is missed."""
    given = parser().parse_args(argv)
    asked = [name for name in PARTS if not given.only or name in needed_parts(given.only)]
    models = given.models or given.data.parent / "models"
    bench = Bench(Setup(given.data, models, given.folder, given.rounds, given.real, given.videos, given.frames, given.copies, given.jobs))
    bench.setup.folder.mkdir(parents=True, exist_ok=True)
    began, found = time.monotonic(), []
    for name in asked:
        found.append(measure_part(name, bench))
        note(f"{name}: done after {time.monotonic() - began:.0f} s")
    text = report(found)
    print(text)
    (given.folder / "figures.md").write_text(text + "\n")
    if not given.only:
        (given.folder / "speed.md").write_text(speed_table(found) + "\n")
        if given.readme:
            replace_table(given.readme, speed_table(found))
    missed = [demand for part in found for demand in part.demands if not demand.holds]
    for demand in missed:
        print(f"missed: {demand.line}")
    return int(bool(missed))


def measure_part(name: str, bench: Bench) -> Part:
    """One part. A command of it that breaks is a demand missed, and the other parts go on."""
    try:
        return PARTS[name](bench)
    except (RuntimeError, OSError, subprocess.CalledProcessError) as error:
        traceback.print_exc()
        return Part((f"{name} broke: {error}",), (Demand(name, "parts that broke", 1, 0),))


def parser() -> argparse.ArgumentParser:
    """The options."""
    made = argparse.ArgumentParser(prog="python -m benchmarks.speed.run", description="Speed by step, beside peers and floors.")
    made.add_argument("--data", type=Path, required=True, help="folder with manifest.jsonl and the files it names")
    made.add_argument("--models", type=Path, help="folder of insightface/ and peers/mesonet/ (default: DATA/../models)")
    made.add_argument("--folder", type=Path, default=Path("runs/pipeline"), help="made clips and results (default: %(default)s)")
    made.add_argument("--only", nargs="*", choices=PARTS, metavar="PART", help=f"some of {', '.join(PARTS)}; speed.md is not written then")
    made.add_argument("--readme", type=Path, help="write the table of a whole run into this file, between its marks")
    made.add_argument("--rounds", type=int, default=3, help="turns of whatever is compared (default: %(default)s)")
    made.add_argument("--real", type=int, default=3, help="real clips (default: %(default)s)")
    made.add_argument("--videos", type=int, help="only so many videos of the data set (default: all)")
    made.add_argument("--frames", type=int, default=4, help="frames of each for the AUC (default: %(default)s)")
    made.add_argument("--copies", type=int, default=12, help="ten-second clips in a folder (default: %(default)s)")
    made.add_argument("--jobs", type=int, default=1000, help="checks of a server whose memory is measured (default: %(default)s)")
    return made


def needed_parts(only: Sequence[str]) -> set[str]:
    """The parts asked for, and those that they need."""
    wanted = set(only)
    if "floors" in wanted:
        wanted |= {"steps", "nets"}
    return wanted | ({"agreement"} if "nets" in wanted else set())


def report(found: Sequence[Part]) -> str:
    """All tables, the demands and the machine."""
    demands = [demand for part in found for demand in part.demands]
    tables = [text for part in found for text in part.tables]
    load = f"{os.getloadavg()[2]:.1f} cores were wanted in the last quarter of an hour."
    return "\n\n".join([*tables, table(demands), speed_table(found), f"{gpu()} {load}"])


def speed_table(found: Sequence[Part]) -> str:
    """The README's table, with the machine named."""
    lines = [f"`python -m benchmarks.speed.run --data ../shared/data`, {machine()}:", "", "| what | figure |", "|---|---|"]
    lines += [f"| {what} | {figure} |" for part in found for what, figure in part.speed]
    return "\n".join(lines)


def replace_table(readme: Path, speed: str) -> None:
    """The table in place of the one that stands between the marks. Raises ValueError where there are none."""
    before, begin, rest = readme.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end:
        raise ValueError(f"{readme} has no {BEGIN} … {END}")
    readme.write_text(f"{before}{begin}\n{speed}\n{end}{after}", encoding="utf-8")


def machine() -> str:
    """Processor, cores, memory, Python and the packages that decide."""
    names = [line.partition(":")[2].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    cores = len(os.sched_getaffinity(0))
    return f"{cores} cores of {names[0] if names else platform.machine()}, {memory:.0f} GiB, Python {platform.python_version()}, {packages}"


def gpu() -> str:
    """What is said of a GPU."""
    from benchmarks.peers.classifiers import has_gpu

    return "A GPU is at hand: `python -m benchmarks.speed.gpu` measures it." if has_gpu() else "No GPU was at hand."


if __name__ == "__main__":
    sys.exit(main())
