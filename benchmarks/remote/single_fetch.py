"""One look at a video at its address, in this process and the product's child: seconds, processor seconds, peak memory, and the pictures.

The product's own door, ``fetch`` and ``read_clip``; faces and scores are left out. The pictures are compared with those of the same times
that a plain decoder finds in the local copy. See also: bytes and requests, which the server counts (``latency_server.py``).

    python -m benchmarks.remote.single_fetch http://127.0.0.1:8000/front.mp4 --local front.mp4 --frames 32
"""

import argparse
import json
import os
import resource
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.resource_meter import below, high_water

if TYPE_CHECKING:
    from telltale.video.frames import Frame

LOOK_EVERY = 0.02


@dataclass(frozen=True)
class Look:
    """``cpu`` in seconds, of all processes; ``parent`` and ``child`` in MB at their peak, the frames kept in the parent included.

    ``same`` of ``frames`` were equal bit for bit to the local copy's; ``furthest`` seconds lie between a moment wanted and the frame
    nearest to it.
    """

    seconds: float
    cpu: float
    parent: float
    child: float
    frames: int
    same: int
    furthest: float


def main(argv: list[str] | None = None) -> int:
    """Look once; the last line printed is the result."""
    made = argparse.ArgumentParser(prog="python -m benchmarks.remote.single_fetch", description="Look at one video at its address.")
    made.add_argument("url")
    made.add_argument("--local", type=Path, required=True, help="the same video as a file")
    made.add_argument("--frames", type=int, default=32, help="moments that are looked at (default: %(default)s)")
    given = made.parse_args(argv)
    print(json.dumps(asdict(look(given.url, given.local, given.frames))))
    return 0


def look(url: str, local: Path, frames: int) -> Look:
    """Fetch and read the moments, then compare. The address is that of a server on this machine, which is let through by name."""
    import numpy as np

    from telltale.fetch.fetch import fetch
    from telltale.net.limits import FetchLimits
    from telltale.video.frames import read_clip, spread

    limits = FetchLimits(allow_hosts=frozenset({url.split("/")[2]}))
    with tempfile.TemporaryDirectory() as folder, watch_children() as peak:
        started, before = time.monotonic(), cpu()
        fetched = fetch(url, Path(folder), limits=limits, frames=frames)
        clip = read_clip(fetched.path, frames)
        seconds, spent, parent = time.monotonic() - started, cpu() - before, high_water(os.getpid())
    wanted = spread(fetched.duration or clip.duration or 0, frames)
    times = np.array([frame.time for frame in clip.frames])
    furthest = max(float(np.abs(times - moment).min()) for moment in wanted)
    return Look(seconds, spent, parent, peak[0], len(clip.frames), equal(clip.frames, local), furthest)


def equal(frames: "list[Frame]", local: Path) -> int:
    """How many of the frames are, bit for bit, what a decoder shows of the local copy at their times."""
    import av
    import numpy as np

    same = 0
    with av.open(str(local)) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        base = float(stream.time_base or 1)
        origin, half = (stream.start_time or 0) * base, 0.5 / float(stream.average_rate or 25)
        for frame in frames:
            container.seek(round((origin + frame.time + half) / base), stream=stream)
            for other in container.decode(stream):
                if (other.time or 0.0) - origin > frame.time - half:
                    same += np.array_equal(frame.rgb, other.to_ndarray(format="rgb24"))
                    break
    return int(same)


def cpu() -> float:
    """Processor seconds of this process and of its children that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def command(process: int) -> bytes:
    """The command line of a process; empty where it has ended."""
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return b""


@contextmanager
def watch_children() -> Iterator[list[float]]:
    """A list whose only number is the MB of the largest child begun since, at its peak; a look every 20 ms may miss the last."""
    peak, over, here = [0.0], threading.Event(), os.getpid()
    ours, older = command(here), set(below(here))  # a child has our command and memory until its own program begins

    def watch() -> None:
        while not over.wait(LOOK_EVERY):
            begun = [child for child in below(here) if child not in older and command(child) != ours]
            peak[0] = max([peak[0], *(high_water(child) for child in begun)])

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield peak
    finally:
        over.set()
        thread.join()


if __name__ == "__main__":
    sys.exit(main())
