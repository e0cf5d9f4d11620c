"""How many videos a minute ``telltale check`` gets through in a folder: by itself, on all cores, and one at a time.

The real command in fresh processes, its start and the loading of its models included. The folder is halved, and the two ways take turns on
each half, so that a change in the machine's other work meets both. See also: an archive over machines (``telltale check --input-list``).
"""

import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.accuracy.all_videos import ANSWERS
from benchmarks.remote.single_fetch import watch_children


@dataclass(frozen=True)
class Throughput:
    """Seconds for ``videos``, on all cores and one at a time; ``peak`` MB of the largest process of the first way."""

    videos: int
    together: float
    singly: float
    peak: float

    @property
    def gain(self) -> float:
        """Times faster on all cores."""
        return self.singly / self.together


def throughput(videos: Sequence[Path], folder: Path) -> Throughput:
    """Both ways on both halves."""
    together, singly, peaks = 0.0, 0.0, []
    for number, part in enumerate((videos[::2], videos[1::2])):
        if not part:
            continue
        place = link_videos(part, folder / str(number))
        ways: list[tuple[str, ...]] = [("--workers", "1"), ()]
        for way in ways if number else reversed(ways):
            seconds, peak = check_folder(place, len(part), way)
            if way:
                singly += seconds
            else:
                together += seconds
                peaks.append(peak)
    return Throughput(len(videos), together, singly, max(peaks))


def link_videos(videos: Sequence[Path], folder: Path) -> Path:
    """A folder of links to all of them."""
    folder.mkdir(parents=True)
    for number, path in enumerate(videos):
        (folder / f"{number:04d}{path.suffix}").symlink_to(path.resolve())
    return folder


def check_folder(folder: Path, videos: int, way: Sequence[str] = ()) -> tuple[float, float]:
    """Seconds for the whole folder, and MB of the largest process."""
    command: list[str | Path] = [Path(sys.executable).with_name("telltale"), "check", "--json", "--face-detector", "mtcnn", *way, folder]
    with watch_children() as peak:
        started = time.perf_counter()
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        seconds = time.perf_counter() - started
    if done.returncode not in (*ANSWERS, 2) or len(done.stdout.splitlines()) != videos:
        raise RuntimeError(
            f"telltale check ended with {done.returncode} after {len(done.stdout.splitlines())} results:\n{done.stderr[-2000:]}"
        )
    return seconds, peak[0]


def a_minute(clip: Path, count: int, folder: Path) -> float:
    """Copies of the clip that the command gets through in a minute."""
    from benchmarks.speed.clips import another

    folder.mkdir(parents=True)
    for number in range(count):
        (folder / f"{number:04d}{clip.suffix}").write_bytes(another(clip, number))
    return 60 * count / check_folder(folder, count)[0]
