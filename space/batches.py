"""Batches: up to 100 addresses asked for at once, each a check of its own or a problem, and one id to follow them all.

A batch remembers which checks it asked for and why others were refused; of a refused address, not the address. A check that is forgotten
leaves its batches, and a batch is forgotten when checks of its age are. Not here: the queue that the checks wait in (``jobs.py``).
"""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from detector.errors import FetchFailed, JobProblem, TelltaleError
from space.callers import TooMany
from space.job import Fault, Job
from space.jobs import Jobs
from space.store import Store, job_of

MOST = 100
LONGEST_ADDRESS = 2048
PATIENCE, SILENCE = 0.5, 15.0
"""Seconds between two looks for a change, and between two signs of life."""
TOO_LONG = f"This address is longer than the {LONGEST_ADDRESS} letters that are taken."


@dataclass(frozen=True)
class Item:
    """What became of one address: a job, or why there is none and, if that will pass, after how many seconds."""

    place: int
    url: str | None
    job: Job | None = None
    fault: Fault | None = None
    wait: int | None = None


@dataclass(frozen=True)
class Batch:
    """All that is left of a batch, in the order in which it was asked for."""

    id: str
    items: tuple[Item, ...]

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen to any of it."""
        return all(item.job is None or item.job.ended for item in self.items)


class Batches:
    """The batches of a store and of the queue on it."""

    def __init__(self, store: Store, jobs: Jobs) -> None:
        self._store = store
        self._jobs = jobs

    def submit(self, urls: list[str], caller: str, admit: Callable[[str], None]) -> Batch:
        """Ask for a check of each address. ``admit`` raises TelltaleError where the caller has asked for too much."""
        items = tuple(self._one(place, url, caller, admit) for place, url in enumerate(urls))
        id = secrets.token_hex(16)
        with self._store.writing() as db:
            db.execute("INSERT INTO batches (id, created) VALUES (?, ?)", (id, time.time()))
            for item in items:
                # a check may have been forgotten since it was found: then its item is not kept either
                db.execute(
                    "INSERT INTO batch_items (batch_id, place, check_id, fault_code, fault_sentence)"
                    " SELECT ?1, ?2, ?3, ?4, ?5 WHERE ?3 IS NULL OR EXISTS (SELECT 1 FROM checks WHERE id = ?3)",
                    (
                        id,
                        item.place,
                        item.job.id if item.job else None,
                        item.fault.code if item.fault else None,
                        item.fault.sentence if item.fault else None,
                    ),
                )
        return Batch(id, items)

    def _one(self, place: int, url: str, caller: str, admit: Callable[[str], None]) -> Item:
        try:
            if len(url) > LONGEST_ADDRESS:
                raise FetchFailed("fetch.bad_address", TOO_LONG)
            admit(caller)
            return Item(place, url, self._jobs.submit_url(url, caller))
        except TelltaleError as error:
            full = error.code == "job.queue_full"
            wait = error.wait if isinstance(error, TooMany) else self._jobs.retry_after() if full else None
            return Item(place, url, None, Fault(error.code, error.sentence), wait)

    def get(self, id: str) -> Batch:
        """Raises JobProblem("job.not_found")."""
        rows = self._store.rows(
            "SELECT place, batch_items.fault_code AS refused, batch_items.fault_sentence AS why, checks.*"
            " FROM batch_items LEFT JOIN checks ON checks.id = check_id WHERE batch_id = ? ORDER BY place",
            id,
        )
        if not rows and not self._store.rows("SELECT 1 FROM batches WHERE id = ?", id):
            raise JobProblem("job.not_found", "There is no such batch. It may have been forgotten since.")
        items = []
        for row in rows:
            job = job_of(row) if row["id"] else None
            fault = Fault(row["refused"], row["why"]) if row["refused"] else None
            items.append(Item(row["place"], job.work.source if job else None, job, fault))
        return Batch(id, tuple(items))

    def _version(self, id: str) -> tuple[int, int]:
        """Grows, or shrinks, with every change of any of its checks."""
        row = self._store.rows(
            "SELECT count(*) AS n, coalesce(sum(version), 0) AS v FROM batch_items LEFT JOIN checks ON checks.id = check_id"
            " WHERE batch_id = ?",
            id,
        )[0]
        return row["n"], row["v"]

    async def events(self, id: str) -> AsyncIterator[Batch | None]:
        """The batch now and after every change until all has ended; None about every 15 s of silence. Raises JobProblem."""
        version = await asyncio.to_thread(self._version, id)
        batch = await asyncio.to_thread(self.get, id)
        yield batch
        spoken = time.monotonic()
        while not batch.ended and not self._jobs.stopping:
            await asyncio.sleep(PATIENCE)
            now = await asyncio.to_thread(self._version, id)
            if now != version:
                version, batch = now, await asyncio.to_thread(self.get, id)
                yield batch
                spoken = time.monotonic()
            elif time.monotonic() - spoken > SILENCE:
                yield None
                spoken = time.monotonic()
