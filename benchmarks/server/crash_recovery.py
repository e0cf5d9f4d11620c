"""kill -9 of the server or of a worker at twelve named points: no check that was answered 202 may be lost, doubled or end differently.

    python -m benchmarks.server.crash_recovery [--times 20] [--fixed 0.3] [--video FILE]              one server on SQLite python -m
    benchmarks.server.crash_recovery --workers 2 [--database URL] [--times 20]              a server and two workers on PostgreSQL, one
    killed

For each point and time: checks are asked for (an address and an upload, by name: Idempotency-Key), the process dies at the point, another
is started, what was not answered is asked for again, and all must end as in a run without kills. At the end neither a file nor a process
may be left. Without ``--fixed`` the real check runs, on ``--video`` from a web server of its own. Exits with 1 where a demand is not met.
"""

import argparse
import functools
import http.server
import json
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path

import httpx

from benchmarks.server.crash_points import POINTS
from benchmarks.server.crash_trials import Trials
from benchmarks.server.postgres import postgres

OF_THE_SERVER = ("accepted", "before commit", "after commit")
DIGITS = "0123456789"
PLACES = 40
"""Checks of one kill, at most."""


@dataclass
class Tally:
    """What became of the kills at one point."""

    kills: int = 0
    jobs: int = 0
    lost: int = 0
    doubled: int = 0
    differing: int = 0
    seconds: list[float] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        """Whether all was as it should be."""
        return not (self.lost or self.doubled or self.differing)


def comparable_text(check: dict) -> str:
    """All that must be equal, whatever happened on the way; names, times and what differs from film to film are left out."""
    report = check["report"] or {}
    kept = {name: value for name, value in report.items() if name not in ("source", "timing")}
    source = {name: value for name, value in (report.get("source") or {}).items() if name in ("kind", "width", "height", "codec")}
    text = json.dumps([check["state"], check["error"], kept, source], sort_keys=True)
    return text.replace(check["id"], "ID")


def trial(trials: Trials, point: str, number: int, tally: Tally, wanted: dict[str, str]) -> None:
    """One kill on SQLite: the server dies at the point and is started again, until all that was asked for has ended."""
    began = time.monotonic()
    kinds = ("url", "file")
    server = trials.start(point=None if point == "accepted" else point)
    asked: dict[str, str | None] = {}
    with httpx.Client(base_url=trials.url, timeout=30) as http:
        for place, kind in enumerate(kinds):
            asked[kind] = trials.ask(http, kind, number + place)
            if point == "accepted" and asked[kind]:
                server.kill()
    server.join(60)
    tally.kills += server.exitcode == -9
    server.kill()
    again = trials.start()
    settle(trials, number, asked, tally, wanted)
    again.terminate()
    again.join(60)
    tally.seconds.append(time.monotonic() - began)


def shared_trial(trials: Trials, point: str, number: int, tally: Tally, wanted: dict[str, str]) -> None:
    """One kill on PostgreSQL: of two workers, or of the server beside them."""
    began = time.monotonic()
    of_server = point in OF_THE_SERVER
    server = trials.start(point=point if of_server and point != "accepted" else None)
    workers = [trials.start(serving=False, point=None if of_server else point), trials.start(serving=False)]
    doomed = server if of_server else workers[0]
    asked: dict[str, str | None] = {}
    with httpx.Client(base_url=trials.url, timeout=30) as http:
        for place in range(PLACES):
            asked[f"{('url', 'file')[place % 2]}{place}"] = trials.ask(http, ("url", "file")[place % 2], number + place)
            if point == "accepted":
                server.kill()
            if place >= 3 and wait_for_exit(doomed, 0.5):  # the other worker may have been quicker: ask for more
                break
    doomed.join(60)
    tally.kills += doomed.exitcode == -9
    doomed.kill()
    if of_server:
        server = trials.start()
    settle(trials, number, asked, tally, wanted)
    for process in (*workers, server):
        process.terminate()
    for process in (*workers, server):
        process.join(60)
    tally.seconds.append(time.monotonic() - began)


def settle(trials: Trials, number: int, asked: dict[str, str | None], tally: Tally, wanted: dict[str, str]) -> None:
    """Ask again for what got no answer, wait for all of it, and count."""
    with httpx.Client(base_url=trials.url, timeout=30) as http:
        for place, (kind, id) in enumerate(list(asked.items())):
            tally.jobs += 1
            id = id or trials.ask(http, kind.rstrip(DIGITS), number + place)
            ended = trials.outcome(http, id) if id else None
            if ended is None or id is None:
                tally.lost += 1
                continue
            tally.doubled += trials.ends(id) != 1
            tally.differing += comparable_text(ended) != wanted[kind.rstrip(DIGITS)]


def wait_for_exit(process: BaseProcess, seconds: float) -> bool:
    """Whether it ended meanwhile."""
    process.join(seconds)
    return not process.is_alive()


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """A web server over the folder."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    folder.mkdir(exist_ok=True)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def run_unharmed(trials: Trials, shared: bool) -> dict[str, str]:
    """What both kinds of check come to where nobody is killed."""
    processes = [trials.start(), *([trials.start(serving=False)] if shared else [])]
    found = {}
    with httpx.Client(base_url=trials.url, timeout=30) as http:
        for place, kind in enumerate(("url", "file")):
            id = trials.ask(http, kind, place)
            ended = trials.outcome(http, id) if id else None
            if ended is None or ended["state"] != "done":
                raise SystemExit(f"the clean run failed: {ended}")
            found[kind] = comparable_text(ended)
    for process in processes:
        process.terminate()
        process.join(60)
    return found


def kills(
    folder: Path, *, points: tuple[str, ...], times: int, shared: bool, database: str | None, fixed: float | None, clip: bytes
) -> int:
    """All of it, with a table. -> how many points did not hold, and one more if anything was left."""
    folder.mkdir(parents=True, exist_ok=True)
    failed = 0
    with serving(folder / "web") as web:
        trials = Trials(folder, database=database, fixed=fixed, web=web, clip=clip)
        try:
            wanted = run_unharmed(trials, shared)
            print(f"{'point':<18}{'kills':>6}{'checks':>8}{'lost':>6}{'doubled':>9}{'differing':>11}{'left':>6}{'seconds':>9}", flush=True)
            number = 100
            for point in points:
                tally = Tally()
                for _ in range(times):
                    (shared_trial if shared else trial)(trials, point, number, tally, wanted)
                    number += 100
                left = trials.left()
                failed += not tally.clean or tally.kills != times or bool(left)
                counts = f"{tally.kills:>6}{tally.jobs:>8}{tally.lost:>6}{tally.doubled:>9}{tally.differing:>11}{len(left):>6}"
                print(f"{point:<18}{counts}{sum(tally.seconds) / max(len(tally.seconds), 1):>9.1f}", *left, flush=True)
        finally:
            trials.end()
    return failed


def main() -> None:
    """Kill, and tell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--points", default=",".join(POINTS), help="some of: " + ", ".join(POINTS))
    parser.add_argument("--workers", type=int, choices=(1, 2), default=1)
    parser.add_argument("--database", help="a PostgreSQL to use; one of its own where absent and there are two workers")
    parser.add_argument("--fixed", type=float, help="seconds of a check that is stood in for")
    parser.add_argument("--video", type=Path, help="the film of the real check")
    given = parser.parse_args()
    if given.fixed is None and not given.video:
        parser.error("give the --video of the real check, or the seconds of a --fixed one")
    with ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="kills-")))
        shared = given.workers == 2 or bool(given.database)
        database = given.database or (opened.enter_context(postgres()) if shared else None)
        clip = given.video.read_bytes() if given.video else b"a film"
        points = tuple(point for point in POINTS if point in given.points.split(","))
        failed = kills(folder / "run", points=points, times=given.times, shared=shared, database=database, fixed=given.fixed, clip=clip)
        if failed:
            print((folder / "run" / "log").read_text()[-3000:], file=sys.stderr)
    raise SystemExit(bool(failed))


if __name__ == "__main__":
    main()
