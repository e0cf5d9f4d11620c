"""What it takes to look at an hour of video at its address: bytes, requests, seconds and memory, beside downloading and reading all of it.

One-hour 1080p sources are made (``long_videos.py``) and served over HTTP ranges by a real server on this machine, each answer 30 ms late
(``latency_server.py``). Each source is looked at in fresh processes (``single_fetch.py``). ``--lengths`` does the same with other lengths
of a source. ``--whole`` adds yt-dlp's whole download and OpenCV's reading in sequence (``full_download.py``), of which it decodes a
twentieth and extrapolates; ``--whole full`` decodes everything, which takes many minutes. The exit status is 1 where a demand
(``thresholds.py``) is missed.

    python -m benchmarks.remote.run --folder runs/remote --whole --lengths 10,60,180
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.remote.full_download import Whole
from benchmarks.remote.index_bytes import index_bytes
from benchmarks.remote.latency_server import Server, serving
from benchmarks.remote.long_videos import GOP, KINDS, RATE, Kind, gigabytes, make_video
from benchmarks.remote.single_fetch import Look
from benchmarks.remote.thresholds import CPU_SECONDS, FASTER, FEWER_BYTES, FLAT, SECONDS, Demand
from benchmarks.remote.thresholds import table as table_of_demands

SPARE_GIGABYTES = 5.0


@dataclass(frozen=True)
class Row:
    """One source of so many minutes. MB of all that was sent for one look, and of those the index; the looks, each in its process."""

    kind: Kind
    minutes: float
    megabytes: float
    index: float
    requests: int
    looks: tuple[Look, ...]
    whole: Whole | None = None
    whole_megabytes: float = 0.0

    @property
    def pictures(self) -> float:
        """MB without the index."""
        return self.megabytes - self.index

    def median(self, figure: str) -> float:
        """Of all looks."""
        return statistics.median(getattr(look, figure) for look in self.looks)

    def worst(self, figure: str) -> float:
        """Of all looks, the largest."""
        return max(getattr(look, figure) for look in self.looks)


def main(argv: list[str] | None = None) -> int:
    """Make, serve, measure and print the tables; 1 where a demand is missed."""
    given = parser().parse_args(argv)
    wide, high = (int(side) for side in given.size.split("x"))
    kinds = [kind for kind in KINDS if not given.only or kind.file in given.only]
    further = [length for length in given.lengths if length != given.minutes] if given.lengths else []
    flat = KINDS if "all" in given.lengths_of else [kind for kind in KINDS if kind.file in given.lengths_of]
    order = [(kind, given.minutes, given.whole if not given.whole_of or kind.file in given.whole_of else "") for kind in kinds]
    order += [(kind, given.minutes, "") for kind in flat if further and kind not in kinds]
    order += [(kind, length, "") for kind in flat for length in further]
    rows = []
    with serving(given.folder, given.latency) as server:
        for kind, minutes, whole in order:
            rows.append(measure_source(server, kind, minutes, (wide, high), given.frames, given.repeat, whole))
            note(figures(rows[-1:], given.size).splitlines()[-1])
    asked = [demand for row in rows if row.minutes == given.minutes for demand in demands(row, given.frames)]
    asked += [demand for kind in flat if further for demand in flatness([row for row in rows if row.kind is kind])]
    print("\n\n".join(table for table in (figures(rows, given.size), wholes(rows), table_of_demands(asked)) if table))
    print(f"\n{os.cpu_count()} processors, of which {os.getloadavg()[2]:.1f} were wanted in the last quarter of an hour\n")
    missed = [demand for demand in asked if not demand.holds]
    for demand in missed:
        print(f"missed: {demand.line}")
    return int(bool(missed))


def parser() -> argparse.ArgumentParser:
    """The options."""
    made = argparse.ArgumentParser(
        prog="python -m benchmarks.remote.run", description="Bytes, requests, seconds and memory of remote reading."
    )
    files = [kind.file for kind in KINDS]
    made.add_argument("--folder", type=Path, default=Path("runs/remote"), help="where the sources are kept (default: %(default)s)")
    made.add_argument("--minutes", type=float, default=60, help="length of the sources (default: %(default)s)")
    made.add_argument("--size", default="1920x1080", help="their picture (default: %(default)s)")
    made.add_argument("--latency", type=float, default=0.03, help="seconds that each answer is late (default: %(default)s)")
    made.add_argument("--frames", type=int, default=32, help="moments that are looked at (default: %(default)s)")
    made.add_argument("--repeat", type=int, default=3, help="looks at each source, of which the median counts (default: %(default)s)")
    made.add_argument("--only", nargs="*", choices=files, metavar="FILE", help=f"some of {', '.join(files)}")
    made.add_argument(
        "--whole", nargs="?", const="0.05", default="", metavar="SHARE", help="download all and decode this share, or ``full``"
    )
    made.add_argument("--whole-of", nargs="*", choices=files, metavar="FILE", help="the sources for that (default: all)")
    made.add_argument("--lengths", type=minutes_in, help="minutes, such as 10,60,180, over which the cost should be flat")
    made.add_argument(
        "--lengths-of", nargs="*", choices=[*files, "all"], default=["front.mp4"], metavar="FILE", help="the sources for that"
    )
    return made


def minutes_in(text: str) -> list[float]:
    """Lengths, as the command line names them."""
    return [float(word) for word in text.split(",")]


def note(text: str) -> None:
    """How far it is, on stderr."""
    print(text, file=sys.stderr, flush=True)


def measure_source(server: Server, kind: Kind, minutes: float, size: tuple[int, int], frames: int, repeat: int, whole: str) -> Row:
    """All looks at a source; bytes and requests are the server's own count, what was sent and dropped included, of the last look."""
    path, local = (there(one, server.folder, minutes, size) for one in (kind, kind if kind.codec != "h264" else KINDS[0]))
    url, looks = f"{server.url}/{path.relative_to(server.folder)}", []
    for _ in range(repeat):
        server.take_counts()
        looks.append(Look(**run_fresh("remote.single_fetch", url, "--local", str(local), "--frames", str(frames))))
    requests, sent = server.take_counts()
    megabytes = sum(one.stop - one.start for one in sent) / 1e6
    row = Row(kind, minutes, megabytes, index_bytes(sent) / 1e6, requests, tuple(looks))
    if not whole:
        return row
    note(f"{kind.name}, {minutes:g} minutes: downloading all")
    share = "1" if whole == "full" else whole
    found = Whole(
        **run_fresh("remote.full_download", url, "--share", share, "--seconds", str(seconds_of(minutes)), "--folder", str(server.folder))
    )
    _, sent = server.take_counts()
    return Row(kind, minutes, megabytes, row.index, requests, tuple(looks), found, sum(one.stop - one.start for one in sent) / 1e6)


def there(kind: Kind, folder: Path, minutes: float, size: tuple[int, int]) -> Path:
    """The source, made where it is not there and the disk has room for it and as much again."""
    seconds = seconds_of(minutes)
    if 2 * gigabytes(kind, seconds, size) + SPARE_GIGABYTES > shutil.disk_usage(folder).free / 1e9:
        raise SystemExit(f"{folder}: no room for {minutes:g} minutes of {kind.name}")
    return make_video(kind, folder, seconds, size, note)


def seconds_of(minutes: float) -> float:
    """The length of a source that is asked for in minutes."""
    return round(60 * minutes, 1)


def run_fresh(module: str, *order: str) -> dict[str, Any]:
    """What a fresh process found out."""
    done = subprocess.run([sys.executable, "-m", f"benchmarks.{module}", *order], stdout=subprocess.PIPE, check=True)
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def demands(row: Row, frames: int) -> list[Demand]:
    """What is asked of a look at the hour; of its time and processor time, the median counts."""
    asked = [
        Demand(row.kind.name, "MB", row.megabytes, row.kind.most),
        Demand(row.kind.name, "seconds", row.median("seconds"), SECONDS),
        Demand(row.kind.name, "processor seconds", row.median("cpu"), CPU_SECONDS),
        Demand(row.kind.name, "frames", min(look.frames for look in row.looks), frames, at_least=True),
        Demand(row.kind.name, "frames that differ from the local copy's", row.worst("frames") - min(look.same for look in row.looks), 0),
        Demand(row.kind.name, "seconds from a wanted moment to its frame", row.worst("furthest"), GOP / RATE),
    ]
    if row.whole:
        asked += [
            Demand(row.kind.name, "times fewer bytes than all", row.whole_megabytes / row.megabytes, FEWER_BYTES, at_least=True),
            Demand(row.kind.name, "times faster than all", row.whole.seconds / row.median("seconds"), FASTER, at_least=True),
        ]
    return asked


def flatness(rows: list[Row]) -> list[Demand]:
    """The cost of pictures must not grow with the length."""
    costs = [row.pictures for row in rows]
    lengths = ", ".join(f"{row.minutes:g}" for row in sorted(rows, key=lambda row: row.minutes))
    return [Demand(rows[0].kind.name, f"MB without index at {lengths} minutes, largest over smallest", max(costs) / min(costs), 1 + FLAT)]


def figures(rows: list[Row], size: str) -> str:
    """The looks in Markdown; of several, the median, and in brackets the best."""
    columns = "MB | without index | requests | s (best) | CPU s (best) | peak MB, parent | peak MB, child | frames | equal | furthest"
    lines = [f"| {size} | minutes | {columns} |", "|---|" + "---|" * 11]
    for row in rows:
        read = f"{row.megabytes:.1f} | {row.pictures:.1f} | {row.requests}"
        times = " | ".join(f"{row.median(one):.1f} ({min(getattr(look, one) for look in row.looks):.1f})" for one in ("seconds", "cpu"))
        memory = f"{row.worst('parent'):.0f} | {row.worst('child'):.0f}"
        shown = f"{row.looks[-1].frames} | {min(look.same for look in row.looks)} | {row.worst('furthest'):.1f} s"
        lines.append(f"| {row.kind.name} | {row.minutes:g} | {read} | {times} | {memory} | {shown} |")
    return "\n".join(lines)


def wholes(rows: list[Row]) -> str:
    """The whole downloads in Markdown; nothing where there were none."""
    lines = ["| all of it | MB | times as much | download s | decoding s | times as long | decoded |", "|---|" + "---|" * 6]
    for row in rows:
        if row.whole:
            ratios = row.whole_megabytes / row.megabytes, row.whole.seconds / row.median("seconds")
            full = row.whole.decoded >= round(seconds_of(row.minutes) * RATE)
            how = f"{row.whole.decoded} frames by {row.whole.decoder}{'' if full else ', extrapolated'}"
            times = f"{ratios[0]:.0f} | {row.whole.download:.1f} | {row.whole.decoding:.0f} | {ratios[1]:.0f}"
            lines.append(f"| {row.kind.name} | {row.whole_megabytes:.0f} | {times} | {how} |")
    return "\n".join(lines) if len(lines) > 2 else ""


if __name__ == "__main__":
    raise SystemExit(main())
