"""Two workers against one on PostgreSQL, with checks of a fixed cost: how much faster a backlog is finished.

    python -m benchmarks.server.worker_scaling [--checks 40] [--cost 1] [--database URL]

The check is stood in for by one that takes ``--cost`` seconds and no processor, so that it is the queue that is measured and not how many
cores this machine has. Exits with 1 where two workers are not 1.8 times as fast.
"""

import argparse
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import httpx
from sqlalchemy import func, select

from benchmarks.server.crash_trials import CHECKS, Trials
from benchmarks.server.postgres import postgres
from space.storage.schema import checks, workers
from space.storage.store import Store

DEMAND = 1.8


def rate(folder: Path, database: str, *, count: int, number: int, cost: float) -> float:
    """Checks a second from the first that is taken to the last that is done, by ``count`` workers, on a backlog that waits."""
    folder.mkdir()
    trials = Trials(folder, database=database, fixed=cost, web="http://127.0.0.1:9", clip=b"")
    store = Store(folder / "looking", database)
    try:
        server = trials.start()
        with httpx.Client(base_url=trials.url, timeout=60) as http:
            for place in range(number):
                http.post(CHECKS, json={"url": f"https://example.org/{folder.name}/{place}"}).raise_for_status()
        for _ in range(count):
            trials.start(serving=False)
        ours = checks.c.source.contains(f"/{folder.name}/")
        number_of = func.count().label("number")
        began, ended = func.min(checks.c.started).label("began"), func.max(checks.c.finished).label("ended")
        done = select(number_of, began, ended).where(ours, checks.c.state == "done")
        deadline = time.monotonic() + 120 + number * cost
        while (found := store.rows(done)[0]).number < number:
            if time.monotonic() > deadline or not server.is_alive():
                raise SystemExit(f"{found.number} of {number} checks were done\n{(folder / 'log').read_text()[-3000:]}")
            time.sleep(0.2)
        shares = sorted(row.number for row in store.rows(select(checks.c.worker, number_of).where(ours).group_by(checks.c.worker)))
        print(f"{count} worker(s): {number} checks in {found.ended - found.began:.1f} s, shared out as {shares}", flush=True)
        return float(number / (found.ended - found.began))
    finally:
        trials.end()
        with store.writing() as db:
            db.execute(workers.delete())
        store.close()


def main() -> None:
    """Measure both."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checks", type=int, default=40)
    parser.add_argument("--cost", type=float, default=1.0)
    parser.add_argument("--database")
    given = parser.parse_args()
    with ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="scaling-")))
        database = given.database or opened.enter_context(postgres())
        one, two = (rate(folder / f"of-{n}", database, count=n, number=given.checks, cost=given.cost) for n in (1, 2))
    print(f"two workers are {two / one:.2f} times as fast as one (demanded: {DEMAND})")
    raise SystemExit(two / one < DEMAND)


if __name__ == "__main__":
    main()
