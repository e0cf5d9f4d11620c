"""Overload, open loop: a real server with its real model is asked for far more checks than it can do, and must stay kind.

    python -m benchmarks.server.overload [--rate 50] [--seconds 60] [--bound 32] [--database URL]

1. Capacity: the queue is kept full by few requests; checks that end in a second.
2. Flood: ``--rate`` uploads a second. Every answer is 202 or 429; ``Retry-After`` is true within a factor 2 (to its whole second, against
   the next request that was taken); p99 of the answers <= 250 ms, of /health <= 100 ms; and the checks go on.
3. Twice the capacity, for as long: goodput >= 90 % of the capacity.
Then every check that was taken ends: none lost. Each upload is the same short clip with other bytes at its end, so each is a check of its
own. Prints a table and fails when a demand is not met. Client and server share the machine: what else runs there is in the figures.
"""

import argparse
import asyncio
import io
import itertools
import sys
import tempfile
import time
from fractions import Fraction
from pathlib import Path

import av
import httpx
import numpy as np

from benchmarks.remote.thresholds import Demand, table
from benchmarks.server.open_loop import LoadResult, percentile, send_on_schedule, share_of_true, waits
from benchmarks.server.server_process import space_server

SIZE, FPS, SECONDS = (320, 180), 8, 2
WARM = 3
"""Checks that are done before anything is measured."""
DRAIN = 600.0
"""Seconds until all that was taken has ended, at most."""


def draw_clip() -> bytes:
    """Some seconds of slowly moving colours, H.264 in MP4: nothing of anybody, but all of it has to be looked at."""
    file = io.BytesIO()
    width, height = SIZE
    y, x = np.mgrid[0:height, 0:width]
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=FPS)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.time_base = Fraction(1, FPS)
        for number in range(FPS * SECONDS):
            waves = [127 + 120 * np.sin((x * a + y * b) / 40 + number / 3) for a, b in ((1, 0), (0, 1), (1, 1))]
            frame = av.VideoFrame.from_ndarray(np.stack(waves, axis=-1).astype(np.uint8), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return file.getvalue()


def number_clip(clip: bytes, number: int) -> bytes:
    """The clip with other bytes: a "free" box, which every MP4 reader passes over."""
    return clip + (24).to_bytes(4, "big") + b"free" + number.to_bytes(16, "big")


def wait_until_ended(url: str, most: int = 0) -> None:
    """Until no more than ``most`` checks wait or run. Raises TimeoutError."""
    deadline = time.monotonic() + DRAIN
    while time.monotonic() < deadline:
        queue = httpx.get(f"{url}/health", timeout=30).json()["queue"]
        if queue["queued"] + queue["running"] <= most:
            return
        time.sleep(0.2)
    raise TimeoutError(f"the queue did not empty within {DRAIN:.0f} s")


def measure(url: str, rate: float, seconds: float) -> tuple[LoadResult, LoadResult, LoadResult]:
    """Capacity, flood, twice the capacity."""
    clip, bodies = draw_clip(), itertools.count()

    def phase(each: float, length: float) -> LoadResult:
        return asyncio.run(send_on_schedule(url, bodies, lambda number: number_clip(clip, number), each, length))

    phase(WARM, 1)
    wait_until_ended(url)
    phase(rate, 2)  # fills the queue, which two requests a second then keep full
    full = phase(2, seconds / 2)
    flood = phase(rate, seconds)
    twice = phase(max(2 * full.goodput, 0.2), seconds)
    wait_until_ended(url)
    return full, flood, twice


def demands_of(full: LoadResult, flood: LoadResult, twice: LoadResult, lost: int) -> list[Demand]:
    """What is asked, beside what was measured."""
    answers = flood.checks + twice.checks
    kind = sum(answer.status == 202 or (answer.status == 429 and answer.retry_after is not None) for answer in answers)
    return [
        Demand("flood, twice", "share of answers that are 202, or 429 with Retry-After", kind / len(answers), 1, at_least=True),
        Demand("flood", "share of Retry-After true within a factor 2", share_of_true(waits(flood.checks)), 0.99, at_least=True),
        Demand("flood", "p99 of the answer, s", percentile(flood.checks, 0.99), 0.25),
        Demand("flood", "p99 of /health, s", percentile(flood.health, 0.99), 0.1),
        Demand("twice", "goodput over capacity", twice.goodput / full.goodput if full.goodput else 0.0, 0.9, at_least=True),
        Demand("flood", "goodput over capacity", flood.goodput / full.goodput if full.goodput else 0.0, 0.5, at_least=True),
        Demand("all", "checks taken that did not end", lost, 0),
    ]


def main(arguments: list[str] | None = None) -> int:
    """-> 0 where every demand is met."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.server.overload", description=__doc__.partition("\n")[0])
    parser.add_argument("--rate", type=float, default=50, help="uploads in a second")
    parser.add_argument("--seconds", type=float, default=60, help="length of the flood")
    parser.add_argument("--bound", type=int, default=32, help="checks that may wait")
    parser.add_argument("--database", help="a PostgreSQL of its own instead of the embedded SQLite")
    chosen = parser.parse_args(arguments)
    settings = {"TELLTALE_RATE_LIMIT_PER_MINUTE": "0", "TELLTALE_MAX_QUEUED": str(chosen.bound)}
    settings |= {"TELLTALE_DATABASE_URL": chosen.database} if chosen.database else {}
    with tempfile.TemporaryDirectory() as folder, space_server(Path(folder), settings) as server:
        full, flood, twice = measure(server.url, chosen.rate, chosen.seconds)
        store = httpx.get(f"{server.url}/health", timeout=30).json()["store"]
    taken = [sum(answer.status == 202 for answer in phase.checks) for phase in (full, flood, twice)]
    counts = {status: sum(answer.status == status for answer in flood.checks) for status in {answer.status for answer in flood.checks}}
    told = sorted(waits(flood.checks))
    print(f"capacity {full.goodput:.2f} checks/s; flood: {counts}, p50 {percentile(flood.checks, 0.5) * 1000:.0f} ms, {taken[1]} taken")
    print(f"Retry-After told {told[0][0] if told else '-'} to {told[-1][0] if told else '-'} s; goodput {flood.goodput:.2f}/s in the flood")
    demands = demands_of(full, flood, twice, int(store["failed"]) + int(store["cancelled"]))
    print(table(demands))
    return 0 if all(demand.holds for demand in demands) else 1


if __name__ == "__main__":
    sys.exit(main())
