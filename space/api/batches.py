"""Batches: up to 100 addresses asked for at once, each a check of its own or a problem, and one id to follow them all.

A batch remembers which checks it asked for and why others were refused; of a refused address, not the address. A check that is forgotten
leaves its batches, and a batch is forgotten when checks of its age are. See also: the queue that the checks wait in
(``space/jobs/queue.py``).
"""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import func, select

from space.core.job import Job, JobError, RateLimited
from space.jobs.change_poller import Watch
from space.jobs.queue import Jobs
from space.storage.faults import FAULT_COLUMNS, fault_columns, fault_of
from space.storage.schema import batch_items, batches, checks
from space.storage.store import AT_ONCE, Store, job_of
from telltale.core.errors import FetchFailed, JobProblem, TelltaleError

MOST = 100
LONGEST_ADDRESS = 2048
PATIENCE, SILENCE = 0.5, 15.0
"""Seconds between two looks for a change, and between two signs of life."""


@dataclass(frozen=True)
class Item:
    """What became of one address: a job, or why there is none and, if that will pass, after how many seconds."""

    place: int
    url: str | None
    job: Job | None = None
    fault: JobError | None = None
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
        self._watch = Watch(self._versions, PATIENCE, lambda: jobs.stopping)

    def submit(self, urls: list[str], caller: str, admit: Callable[[str], None], owner: str = "") -> Batch:
        """Ask for a check of each address for ``owner``. ``admit`` raises TelltaleError where the caller has asked for too much."""
        items = tuple(self._one(place, url, caller, admit, owner) for place, url in enumerate(urls))
        id = secrets.token_hex(16)
        with self._store.writing() as db:
            db.execute(batches.insert().values(id=id, created=time.time(), owner=owner))
            asked = [item.job.id for item in items if item.job]
            held = select(checks.c.id).where(checks.c.id.in_(asked)).with_for_update(read=True, key_share=True)
            there = set(db.execute(held).scalars())
            for item in items:
                if item.job and item.job.id not in there:
                    continue  # a check may have been forgotten since it was found: then its item is not kept either
                values = {"batch_id": id, "place": item.place, "check_id": item.job.id if item.job else None}
                db.execute(batch_items.insert().values(**values, **(fault_columns(item.fault) if item.fault else {})))
        return Batch(id, items)

    def _one(self, place: int, url: str, caller: str, admit: Callable[[str], None], owner: str) -> Item:
        try:
            if len(url) > LONGEST_ADDRESS:
                raise FetchFailed("fetch.bad_address", "longer_than", most=LONGEST_ADDRESS)
            admit(caller)
            return Item(place, url, self._jobs.submit_url(url, caller, owner=owner))
        except TelltaleError as error:
            full = error.code == "job.queue_full"
            wait = error.wait if isinstance(error, RateLimited) else self._jobs.retry_after() if full else None
            return Item(place, url, None, JobError.of(error), wait)

    def get(self, id: str) -> Batch:
        """Raises JobProblem("job.not_found")."""
        faults = [batch_items.c[name].label(f"refused_{name}") for name in FAULT_COLUMNS]
        found = select(batch_items.c.place, *faults, checks).select_from(
            batch_items.outerjoin(checks, checks.c.id == batch_items.c.check_id)
        )
        rows = self._store.rows(found.where(batch_items.c.batch_id == id).order_by(batch_items.c.place))
        if not rows and not self._store.rows(select(batches.c.id).where(batches.c.id == id)):
            raise JobProblem("job.not_found", "batch")
        items = []
        for row in rows:
            job = job_of(row) if row.id else None
            fault = fault_of(*(getattr(row, f"refused_{name}") for name in FAULT_COLUMNS))
            items.append(Item(row.place, job.work.source if job else None, job, fault))
        return Batch(id, tuple(items))

    def owner(self, id: str) -> str | None:
        """Whose it is; None for batches of older versions. Raises JobProblem("job.not_found")."""
        rows = self._store.rows(select(batches.c.owner).where(batches.c.id == id))
        if not rows:
            raise JobProblem("job.not_found", "batch")
        return None if rows[0].owner is None else str(rows[0].owner)

    def cancel(self, id: str) -> Batch:
        """Cancel each of its checks that has not ended, whoever else waits for it. Raises JobProblem("job.not_found")."""
        for item in self.get(id).items:
            with suppress(JobProblem):  # forgotten meanwhile
                if item.job:
                    self._jobs.cancel(item.job.id)
        return self.get(id)

    def forget(self, id: str) -> Batch:
        """Delete it with all of its checks. -> what is left to tell: the refusals. Raises JobProblem("job.not_found")."""
        batch = self.get(id)
        for item in batch.items:
            with suppress(JobProblem):  # forgotten meanwhile, or asked for twice
                if item.job:
                    self._jobs.forget(item.job.id)
        with self._store.writing() as db:
            db.execute(batches.delete().where(batches.c.id == id))
        return Batch(id, tuple(item for item in batch.items if item.job is None))

    def _versions(self, ids: set[str]) -> dict[str, tuple[int, int]]:
        """Of each batch what grows, or shrinks, with every change of any of its checks."""
        number, versions = func.count(batch_items.c.place).label("number"), func.coalesce(func.sum(checks.c.version), 0).label("versions")
        joined = batches.outerjoin(batch_items, batch_items.c.batch_id == batches.c.id).outerjoin(
            checks, checks.c.id == batch_items.c.check_id
        )
        some, found = list(ids), dict[str, tuple[int, int]]()
        for place in range(0, len(some), AT_ONCE):
            asked = select(batches.c.id, number, versions).select_from(joined).where(batches.c.id.in_(some[place : place + AT_ONCE]))
            found |= {row.id: (int(row.number), int(row.versions)) for row in self._store.rows(asked.group_by(batches.c.id))}
        return found

    async def events(self, id: str) -> AsyncIterator[Batch | None]:
        """The batch now and after every change until all has ended; None about every 15 s of silence. Raises JobProblem."""
        version = (await asyncio.to_thread(self._versions, {id})).get(id)
        batch = await asyncio.to_thread(self.get, id)
        yield batch
        while not batch.ended and version and not self._jobs.stopping:
            if not await self._watch.change(id, version, SILENCE):
                yield None
            elif not self._jobs.stopping:
                version = (await asyncio.to_thread(self._versions, {id})).get(id)
                batch = await asyncio.to_thread(self.get, id)
                yield batch
