"""Store: every check of this server in one SQLite file (WAL), so that a restart forgets nothing.

States change by compare-and-set only: a method that finds the job in another state changes nothing and returns False (or None).
Not here: the running of jobs (``jobs.py``) and their media (``Jobs`` deletes it). One lock serialises this process; a second server on
the same folder is refused.
"""

import fcntl
import secrets
import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from detector.errors import BadRequest, JobProblem
from detector.progress import STEPS, Progress
from space.idempotency import Named, find_named, keep_name
from space.job import Fault, Job, State, Work

SCHEMA = Path(__file__).with_name("schema.sql")
SCHEMA_VERSION = 3
FROM_1 = """
BEGIN;
ALTER TABLE checks ADD COLUMN sha256 TEXT;
UPDATE checks SET sha256 = json_extract(report, '$.source.sha256') WHERE state = 'done';
CREATE INDEX checks_by_bytes ON checks (sha256, engine);
PRAGMA user_version = 2;
COMMIT;
"""
NEW_IN_3 = "CREATE TABLE keys"
"""Where in the schema that begins which a store of version 2 lacks."""


@dataclass(frozen=True)
class Kept:
    """What is left of a done check: its Report's JSON and its pictures by name."""

    report: str
    pictures: dict[str, bytes]


class Store:
    """The checks in ``folder``. Raises BadRequest where another server already uses it."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.uploads = folder / "uploads"
        self.uploads.mkdir(exist_ok=True, mode=0o700)
        self._claim = (folder / "lock").open("w")
        try:
            fcntl.flock(self._claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as taken:
            self._claim.close()
            sentence = f"Another Telltale server already uses {folder}. Give this one a folder of its own."
            raise BadRequest("request.invalid", sentence) from taken
        self._lock = threading.Lock()
        self._db = sqlite3.connect(folder / "checks.sqlite3", check_same_thread=False, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA foreign_keys = ON")
        self._db.execute("PRAGMA secure_delete = ON")  # what is forgotten is overwritten
        self._bring_up_to_date()

    def _bring_up_to_date(self) -> None:
        """Make the tables, or change those of an older version. Raises BadRequest for those of a newer one."""
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        schema = SCHEMA.read_text(encoding="utf-8")
        if version == 0:
            self._db.executescript(schema)
        elif version <= 2:
            if version == 1:
                self._db.executescript(FROM_1)
            self._db.executescript(f"BEGIN;\n{schema[schema.index(NEW_IN_3) :]}\nCOMMIT;")
        elif version > SCHEMA_VERSION:
            self.close()
            raise BadRequest("request.invalid", "The store was written by a newer Telltale. Give this one a folder of its own.")

    def close(self) -> None:
        """Let the file and the folder go."""
        with self._lock:
            self._db.close()
        self._claim.close()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction: all of it or nothing."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def rows(self, sql: str, *values: object) -> list[sqlite3.Row]:
        """What one statement finds."""
        with self._lock:
            return self._db.execute(sql, values).fetchall()

    def add(self, work: Work, *, engine: str | None, bound: int, since: float = 0.0, named: Named | None = None) -> tuple[Job, bool]:
        """Queue ``work``, or find the job that does just this, or did so under ``engine`` and ended after ``since``. -> job, is it new.

        What was ``named`` before is that job again. Raises JobProblem("job.queue_full") where ``bound`` jobs wait already, and
        BadRequest("request.key_reused") where the name was given to another body.
        """
        with self.writing() as db:
            earlier = named and find_named(db, named)
            if earlier:
                return self._job(db, earlier), False
            job, is_new = self._add(db, work, engine, bound, since)
            if named:
                keep_name(db, named, job.id)
            return job, is_new

    def _add(self, db: sqlite3.Connection, work: Work, engine: str | None, bound: int, since: float) -> tuple[Job, bool]:
        """The part of ``add`` that knows no names."""
        same = db.execute(
            "SELECT * FROM checks WHERE key = ?"
            " AND (state IN ('queued', 'running') OR (state = 'done' AND engine = ? AND finished >= ?)) ORDER BY created DESC LIMIT 1",
            (work.key, engine, since),
        ).fetchone()
        if same:
            return job_of(same), False
        waiting = db.execute("SELECT count(*) FROM checks WHERE state = 'queued'").fetchone()[0]
        if waiting >= bound:
            raise JobProblem("job.queue_full", f"{waiting} checks are waiting already, which is as many as fit. Please try again soon.")
        row = (secrets.token_hex(16), work.kind, work.source, work.name, work.key, time.time())
        db.execute("INSERT INTO checks (id, state, kind, source, name, key, created) VALUES (?, 'queued', ?, ?, ?, ?, ?)", row)
        return self._job(db, row[0]), True

    @staticmethod
    def _job(db: sqlite3.Connection, id: str) -> Job:
        """A job that is there."""
        return job_of(db.execute("SELECT * FROM checks WHERE id = ?", (id,)).fetchone())

    def get(self, id: str) -> Job:
        """The job. Raises JobProblem("job.not_found")."""
        rows = self.rows("SELECT * FROM checks WHERE id = ?", id)
        if not rows:
            raise JobProblem("job.not_found", "There is no such check. It may have been forgotten since.")
        return job_of(rows[0])

    def version(self, id: str) -> int:
        """The job's version, cheaply; -1 where there is no such job."""
        rows = self.rows("SELECT version FROM checks WHERE id = ?", id)
        return int(rows[0]["version"]) if rows else -1

    def claim(self) -> Job | None:
        """The job that has waited longest, now running; None where none waits."""
        with self.writing() as db:
            row = db.execute(
                "UPDATE checks SET state = 'running', version = version + 1, attempts = attempts + 1, started = ?"
                " WHERE id = (SELECT id FROM checks WHERE state = 'queued' ORDER BY created, id LIMIT 1) RETURNING *",
                (time.time(),),
            ).fetchone()
        return job_of(row) if row else None

    def advance(self, id: str, progress: Progress) -> bool:
        """running: note how far it is."""
        return self._change(id, ("running",), {"step": progress.step, "done": progress.done, "total": progress.total})

    def finish(self, id: str, *, engine: str | None, report: str, pictures: Mapping[str, bytes]) -> bool:
        """running -> done, with its Report and pictures: all of it or nothing."""
        with self.writing() as db:
            changed = db.execute(
                "UPDATE checks SET state = 'done', version = version + 1, report = ?1, engine = ?2, finished = ?3,"
                " sha256 = json_extract(?1, '$.source.sha256') WHERE id = ?4 AND state = 'running'",
                (report, engine, time.time(), id),
            )
            if changed.rowcount:
                rows = [(id, name, jpeg) for name, jpeg in pictures.items()]
                db.executemany("INSERT OR REPLACE INTO pictures (check_id, name, jpeg) VALUES (?, ?, ?)", rows)
            return bool(changed.rowcount)

    def fail(self, id: str, fault: Fault) -> bool:
        """queued or running -> failed."""
        values = {"fault_code": fault.code, "fault_sentence": fault.sentence, "finished": time.time()}
        return self._change(id, ("queued", "running"), values, to="failed")

    def cancel(self, id: str) -> bool:
        """queued or running -> cancelled."""
        return self._change(id, ("queued", "running"), {"finished": time.time()}, to="cancelled")

    def requeue(self, id: str) -> bool:
        """running -> queued, at its old place and from the start."""
        return self._change(id, ("running",), {"step": None, "done": None, "total": None, "started": None}, to="queued")

    def _change(self, id: str, states: tuple[State, ...], values: Mapping[str, object], *, to: State | None = None) -> bool:
        """Compare-and-set of one job: from one of ``states``, else nothing."""
        changes: dict[str, object] = dict(values) | ({"state": to} if to else {})
        names = "".join(f", {name} = ?" for name in changes)
        marks = ", ".join("?" * len(states))
        with self.writing() as db:
            sql = f"UPDATE checks SET version = version + 1{names} WHERE id = ? AND state IN ({marks})"
            return bool(db.execute(sql, (*changes.values(), id, *states)).rowcount)

    def active(self) -> list[Job]:
        """Every queued or running job, oldest first."""
        return [job_of(row) for row in self.rows("SELECT * FROM checks WHERE state IN ('queued', 'running') ORDER BY created, id")]

    def picture(self, id: str, name: str) -> bytes | None:
        """One JPEG of one check."""
        rows = self.rows("SELECT jpeg FROM pictures WHERE check_id = ? AND name = ?", id, name)
        return bytes(rows[0]["jpeg"]) if rows else None

    def kept(self, sha256: str, engine: str | None) -> Kept | None:
        """The latest done check of these bytes under ``engine``."""
        sql = "SELECT id, report FROM checks WHERE sha256 = ? AND engine = ? AND state = 'done' ORDER BY finished DESC LIMIT 1"
        rows = self.rows(sql, sha256, engine)
        if not rows:
            return None
        pictures = self.rows("SELECT name, jpeg FROM pictures WHERE check_id = ?", rows[0]["id"])
        return Kept(rows[0]["report"], {row["name"]: bytes(row["jpeg"]) for row in pictures})

    def counts(self) -> dict[State, int]:
        """How many checks are in which state."""
        found = {row["state"]: row["n"] for row in self.rows("SELECT state, count(*) AS n FROM checks GROUP BY state")}
        return {state: int(found.get(state, 0)) for state in get_args(State)}

    def usual_seconds(self) -> float | None:
        """The mean run time of the last ten done checks."""
        sql = "SELECT avg(finished - started) AS mean FROM (SELECT * FROM checks WHERE state = 'done' ORDER BY finished DESC LIMIT 10)"
        mean = self.rows(sql)[0]["mean"]
        return None if mean is None else float(mean)

    def delete(self, id: str) -> bool:
        """Delete one check with its pictures, whatever its state."""
        with self.writing() as db:
            gone = db.execute("DELETE FROM checks WHERE id = ?", (id,)).rowcount
        self._empty_log()
        return bool(gone)

    def forget(self, before: float) -> int:
        """Delete every check, with its pictures, that ended before ``before``. -> how many."""
        with self.writing() as db:
            gone = db.execute("DELETE FROM checks WHERE finished < ?", (before,)).rowcount
            db.execute("DELETE FROM batches WHERE created < ?", (before,))
        if gone:
            self._empty_log()
        return gone

    def _empty_log(self) -> None:
        """What was deleted still stands in the write-ahead log until that is written back and emptied."""
        self.rows("PRAGMA wal_checkpoint(TRUNCATE)")


def job_of(row: sqlite3.Row | Mapping[str, Any]) -> Job:
    """One row as a Job."""
    progress = Progress(row["step"], row["done"], row["total"]) if row["step"] in STEPS else None
    return Job(
        id=row["id"],
        state=row["state"],
        work=Work(row["kind"], row["source"], row["name"], row["key"]),
        version=row["version"],
        attempts=row["attempts"],
        progress=progress,
        report=row["report"],
        fault=Fault(row["fault_code"], row["fault_sentence"]) if row["fault_code"] else None,
        created=row["created"],
        started=row["started"],
        finished=row["finished"],
    )
