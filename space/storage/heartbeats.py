"""Crew: which workers are alive. Each counts up its own beat; one whose beat has stood still for ``PATIENCE`` on our own clock is dead.

So no two machines' clocks are compared. A worker that was thought dead and was not finds its checks in other hands and lets them go
(``Store``, by ``Job.attempts``). See also: what becomes of a dead worker's checks (``space/jobs/worker.py``).
"""

import time
from collections.abc import Callable

from sqlalchemy import delete, func, select, update

from space.storage.database import Database
from space.storage.schema import checks, workers

BEAT = 1.0
"""Seconds between two beats."""
PATIENCE = 10.0
"""Seconds without a beat after which a worker is dead."""


class Heartbeats:
    """The workers on one database, as one of them sees the others."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._clock = clock
        self._seen: dict[str, tuple[int, float]] = {}
        self._looked = 0.0

    def beat(self, worker: str) -> None:
        """``worker`` is alive."""
        with self._database.writing() as db:
            if not db.execute(update(workers).where(workers.c.id == worker).values(beat=workers.c.beat + 1)).rowcount:
                db.execute(workers.insert().values(id=worker, beat=0))

    def sign_off(self, worker: str) -> None:
        """``worker`` has gone, or is gone, and holds no check."""
        with self._database.writing() as db:
            db.execute(delete(workers).where(workers.c.id == worker))

    def size(self) -> int:
        """How many are there, those included of whom it is not yet known that they are dead."""
        return int(self._database.rows(select(func.count()).select_from(workers))[0][0])

    def alive(self) -> set[str]:
        """Those that have signed on and are not known to be dead."""
        return {row.id for row in self._database.rows(select(workers.c.id))}

    def dead(self, worker: str) -> list[str]:
        """Those that are dead as ``worker`` sees it: without a beat for too long, or not signed on and yet with checks in hand."""
        now, last = self._clock(), self._looked
        self._looked = now
        if now - last > PATIENCE / 2:  # this one could not look for so long that it cannot judge who has been silent meanwhile
            self._seen = {}
        beats = {row.id: row.beat for row in self._database.rows(select(workers.c.id, workers.c.beat)) if row.id != worker}
        self._seen = {id: seen for id, seen in self._seen.items() if id in beats}
        for id, beat in beats.items():
            if id not in self._seen or self._seen[id][0] != beat:
                self._seen[id] = (beat, now)
        unknown = select(checks.c.worker).where(checks.c.state == "running", checks.c.worker.not_in(select(workers.c.id))).distinct()
        gone = [row.worker for row in self._database.rows(unknown) if row.worker != worker]
        return gone + [id for id, (_, since) in self._seen.items() if now - since >= PATIENCE]
