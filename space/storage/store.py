"""Store: every check in one database, so that a restart forgets nothing: SQLite in a folder, or PostgreSQL for many machines.

States change by compare-and-set only: a method that finds the job in another state, or in other hands (``Job.attempts``), changes nothing
and returns False (or None). See also: the running of jobs (``space/jobs/worker.py``), their files (``media.py``), and the database itself
(``database.py``). A second server on the same folder is refused, unless the checks are in PostgreSQL.
"""

import json
import secrets
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from sqlalchemy import Connection, Executable, Row, and_, delete, func, or_, select, update
from sqlalchemy.engine import URL
from sqlalchemy.exc import DatabaseError, OperationalError

from space.core.job import Job, JobError, State, Work
from space.storage.data_dir import own_folder, passing_folder
from space.storage.database import ADDING, Database, postgres_engine, sqlite_engine
from space.storage.faults import fault_columns, fault_of
from space.storage.heartbeats import Heartbeats
from space.storage.idempotency_keys import Named, find_named, keep_name
from space.storage.media import keep_media
from space.storage.reuse import copy_done, find_done
from space.storage.schema import batches, checks, pictures
from telltale.core.errors import BadRequest, JobProblem, TelltaleError
from telltale.core.progress import STEPS, Progress

AT_ONCE = 500
"""Ids in one question to the database."""
UNDER_WAY: tuple[State, ...] = ("queued", "running")


@dataclass(frozen=True)
class StoredReport:
    """What is left of a done check: its Report's JSON and its pictures by name."""

    report: str
    pictures: dict[str, bytes]


class Store:
    """The checks in ``folder``, or at ``url`` (PostgreSQL). Raises BadRequest where another server already uses the folder."""

    def __init__(self, folder: Path, url: str | None = None) -> None:
        self._holding = ExitStack()
        try:
            self.uploads = self._holding.enter_context(passing_folder(folder) if url else own_folder(folder))
            self.database = Database(postgres_engine(url) if url else sqlite_engine(folder / "checks.sqlite3"))
            self._holding.callback(self.database.close)
            self.database.make()
        except OperationalError as error:
            self._holding.close()
            raise BadRequest("request.invalid", "database_silent" if url else "database_full") from error
        except DatabaseError as error:
            self._holding.close()
            raise BadRequest("request.invalid", "database_broken") from error
        except TelltaleError:
            self._holding.close()
            raise
        self.workflows: URL | None = None if url else URL.create("sqlite", database=str(folder / "workflows.sqlite3"))
        """Where DBOS keeps its tables, if not beside ours."""
        self.crew = Heartbeats(self.database)

    @property
    def is_shared(self) -> bool:
        """Whether workers of other processes and machines may take checks from it."""
        return not self.database.is_sqlite

    def close(self) -> None:
        """Let the database and the folder go."""
        self._holding.close()

    def writing(self) -> AbstractContextManager[Connection]:
        """One transaction: all of it or nothing."""
        return self.database.writing()

    def rows(self, statement: Executable | str, **values: object) -> Sequence[Row[Any]]:
        """What one statement finds."""
        return self.database.rows(statement, **values)

    def add(
        self, work: Work, *, engine: str | None, bound: int, since: float = 0.0, named: Named | None = None, owner: str = ""
    ) -> tuple[Job, bool]:
        """Queue ``work``, or find the owner's job that does just this, or did so under ``engine`` and ended after ``since``.

        -> job, is it new. Where another owner's job did so, the new one is done at once, with a copy of its Report and pictures.

        What was ``named`` before is that job again. Raises JobProblem("job.queue_full") where ``bound`` jobs wait already, and
        BadRequest("request.key_reused") where the name was given to another body.
        """
        with self.database.engine.connect() as db:  # what is refused in a flood does not wait for those who write
            earlier = self._find_named(db, named)
            same = earlier or self._same(db, work, engine, since, owner)
            if same is None and find_done(db, work, engine, since) is None:
                self._have_room(db, bound)
        if same and (earlier or not named):
            return same, False
        with self.database.writing(ADDING) as db:
            earlier = self._find_named(db, named)
            if earlier:
                return earlier, False
            job, is_new = self._add(db, work, engine, bound, since, owner)
            if named:
                keep_name(db, named, job.id)
            return job, is_new

    @staticmethod
    def _find_named(db: Connection, named: Named | None) -> Job | None:
        """The job that was named so. Raises BadRequest("request.key_reused")."""
        id = find_named(db, named) if named else None
        row = db.execute(select(checks).where(checks.c.id == id)).one_or_none() if id else None
        return job_of(row) if row else None

    @staticmethod
    def _same(db: Connection, work: Work, engine: str | None, since: float, owner: str) -> Job | None:
        """The owner's job that does just this, or did so."""
        done_so = and_(checks.c.state == "done", checks.c.engine == engine, checks.c.finished >= since)
        same = select(checks).where(checks.c.key == work.key, checks.c.owner == owner, or_(checks.c.state.in_(UNDER_WAY), done_so))
        row = db.execute(same.order_by(checks.c.created.desc()).limit(1)).one_or_none()
        return job_of(row) if row else None

    @staticmethod
    def _have_room(db: Connection, bound: int) -> None:
        """Raises JobProblem("job.queue_full")."""
        waiting = db.execute(select(func.count()).where(checks.c.state == "queued")).scalar_one()
        if waiting >= bound:
            raise JobProblem("job.queue_full", waiting=waiting)

    def _add(self, db: Connection, work: Work, engine: str | None, bound: int, since: float, owner: str) -> tuple[Job, bool]:
        """The part of ``add`` that knows no names."""
        same = self._same(db, work, engine, since, owner)
        if same:
            return same, False
        values = {"kind": work.kind, "source": work.source, "name": work.name, "key": work.key, "created": time.time(), "owner": owner}
        if earlier := find_done(db, work, engine, since, hold=True):
            return job_of(copy_done(db, earlier, values)), False
        self._have_room(db, bound)
        new = checks.insert().values(id=secrets.token_hex(16), state="queued", **values).returning(checks)
        job = job_of(db.execute(new).one())
        if self.is_shared and work.kind == "file":
            keep_media(db, job.id, Path(work.source))
        return job, True

    def get(self, id: str) -> Job:
        """The job. Raises JobProblem("job.not_found")."""
        rows = self.rows(select(checks).where(checks.c.id == id))
        if not rows:
            raise JobProblem("job.not_found")
        return job_of(rows[0])

    def version(self, id: str) -> int:
        """The job's version, cheaply; -1 where there is no such job."""
        rows = self.rows(select(checks.c.version).where(checks.c.id == id))
        return int(rows[0].version) if rows else -1

    def versions(self, ids: set[str]) -> dict[str, int]:
        """The versions of many jobs at once."""
        some, found = list(ids), list[Row[Any]]()
        for place in range(0, len(some), AT_ONCE):
            found += self.rows(select(checks.c.id, checks.c.version).where(checks.c.id.in_(some[place : place + AT_ONCE])))
        return {row.id: int(row.version) for row in found}

    def take(self, id: str, worker: str) -> Job | None:
        """queued -> running, in the hands of ``worker``. Whoever had it before can change it no more."""
        taken = update(checks).where(checks.c.id == id, checks.c.state == "queued").returning(checks)
        values = {"state": "running", "version": checks.c.version + 1, "attempts": checks.c.attempts + 1, "worker": worker}
        with self.writing() as db:
            row = db.execute(taken.values(**values, started=time.time(), handed=1)).one_or_none()
        return job_of(row) if row else None

    def advance(self, job: Job, progress: Progress) -> bool:
        """running, in this job's hands: note how far it is."""
        return self._change(job, ("running",), {"step": progress.step, "done": progress.done, "total": progress.total})

    def finish(self, job: Job, *, engine: str | None, report: str, pictures_of: Mapping[str, bytes]) -> bool:
        """running, in this job's hands -> done, with its Report and pictures: all of it or nothing."""
        values = {"report": report, "engine": engine, "finished": time.time(), "sha256": json.loads(report)["source"]["sha256"]}
        with self.writing() as db:
            changed = self._changed(db, job, ("running",), values, to="done")
            if changed:
                db.execute(delete(pictures).where(pictures.c.check_id == job.id))
                rows = [{"check_id": job.id, "name": name, "jpeg": jpeg} for name, jpeg in pictures_of.items()]
                if rows:
                    db.execute(pictures.insert(), rows)
            return changed

    def fail(self, job: Job, fault: JobError) -> bool:
        """queued or running, in this job's hands -> failed."""
        values = {**fault_columns(fault), "finished": time.time()}
        return self._change(job, UNDER_WAY, values, to="failed")

    def cancel(self, id: str) -> bool:
        """queued or running -> cancelled, in whose hands ever."""
        return self._change(id, UNDER_WAY, {"finished": time.time()}, to="cancelled")

    def requeue(self, job: Job, *, crashed: bool = False) -> bool:
        """running, in this job's hands -> queued, at its old place and from the start; ``crashed``: whoever had it died with it."""
        values = {"step": None, "done": None, "total": None, "started": None, "worker": None, "handed": 0}
        return self._change(job, ("running",), values | ({"crashes": checks.c.crashes + 1} if crashed else {}), to="queued")

    def _change(self, job: Job | str, states: tuple[State, ...], values: Mapping[str, object], *, to: State | None = None) -> bool:
        """Compare-and-set of one job: from one of ``states``, else nothing."""
        with self.writing() as db:
            return self._changed(db, job, states, values, to=to)

    @staticmethod
    def _changed(
        db: Connection, job: Job | str, states: tuple[State, ...], values: Mapping[str, object], *, to: State | None = None
    ) -> bool:
        """``_change`` within a transaction; for a Job, only while it is in the same hands as that."""
        ours = (checks.c.id == job,) if isinstance(job, str) else (checks.c.id == job.id, checks.c.attempts == job.attempts)
        change = update(checks).where(*ours, checks.c.state.in_(states))
        return bool(db.execute(change.values(**values, version=checks.c.version + 1, **({"state": to} if to else {}))).rowcount)

    def active(self) -> list[Job]:
        """Every queued or running job, oldest first."""
        found = select(checks).where(checks.c.state.in_(UNDER_WAY)).order_by(checks.c.created, checks.c.id)
        return [job_of(row) for row in self.rows(found)]

    def running(self, worker: str) -> list[Job]:
        """The jobs in the hands of ``worker``."""
        return [job_of(row) for row in self.rows(select(checks).where(checks.c.state == "running", checks.c.worker == worker))]

    def undispatched(self) -> list[str]:
        """The ids of queued jobs of which DBOS does not know, oldest first."""
        found = select(checks.c.id).where(checks.c.state == "queued", checks.c.handed == 0)
        return [row.id for row in self.rows(found.order_by(checks.c.created, checks.c.id))]

    def waiting(self) -> set[str]:
        """The ids of queued jobs of which DBOS should know."""
        return {row.id for row in self.rows(select(checks.c.id).where(checks.c.state == "queued", checks.c.handed == 1))}

    def mark_dispatched(self, ids: Iterable[str], *, known: bool = True) -> None:
        """DBOS knows of these now, or no more."""
        if not (some := list(ids)):
            return
        with self.writing() as db:
            db.execute(update(checks).where(checks.c.id.in_(some), checks.c.state == "queued").values(handed=int(known)))

    def picture(self, id: str, name: str) -> bytes | None:
        """One JPEG of one check."""
        rows = self.rows(select(pictures.c.jpeg).where(pictures.c.check_id == id, pictures.c.name == name))
        return bytes(rows[0].jpeg) if rows else None

    def find_report(self, sha256: str, engine: str | None) -> StoredReport | None:
        """The latest done check of these bytes under ``engine``."""
        found = select(checks.c.id, checks.c.report).where(checks.c.sha256 == sha256, checks.c.engine == engine, checks.c.state == "done")
        rows = self.rows(found.order_by(checks.c.finished.desc()).limit(1))
        if not rows:
            return None
        shown = self.rows(select(pictures.c.name, pictures.c.jpeg).where(pictures.c.check_id == rows[0].id))
        return StoredReport(rows[0].report, {row.name: bytes(row.jpeg) for row in shown})

    def counts(self) -> dict[State, int]:
        """How many checks are in which state."""
        found = {row.state: row.n for row in self.rows(select(checks.c.state, func.count().label("n")).group_by(checks.c.state))}
        return {state: int(found.get(state, 0)) for state in get_args(State)}

    def delete(self, id: str) -> bool:
        """Delete one check with its pictures, whatever its state."""
        with self.writing() as db:
            gone = db.execute(delete(checks).where(checks.c.id == id)).rowcount
        self._empty_log()
        return bool(gone)

    def forget(self, before: float) -> int:
        """Delete every check, with its pictures, that was asked for and ended before ``before``. -> how many."""
        with self.writing() as db:
            gone = db.execute(delete(checks).where(checks.c.finished < before, checks.c.created < before)).rowcount
            db.execute(delete(batches).where(batches.c.created < before))
        if gone:
            self._empty_log()
        return gone

    def _empty_log(self) -> None:
        """What was deleted still stands in SQLite's write-ahead log until that is written back and emptied."""
        if not self.is_shared:
            self.database.checkpoint()


def job_of(row: Row[Any]) -> Job:
    """One row as a Job."""
    return Job(
        id=row.id,
        state=row.state,
        work=Work(row.kind, row.source, row.name, row.key),
        version=row.version,
        attempts=row.attempts,
        crashes=row.crashes,
        progress=Progress(row.step, row.done, row.total) if row.step in STEPS else None,
        report=row.report,
        fault=fault_of(row.fault_code, row.fault_sentence, row.fault_params),
        created=row.created,
        started=row.started,
        finished=row.finished,
        owner=row.owner,
    )
