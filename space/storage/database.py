"""Database: SQLite in the store's folder, or PostgreSQL for many machines; its connections, its transactions, its tables' version.

SQLite: WAL, writers one after the other (BEGIN IMMEDIATE), what is deleted is overwritten. PostgreSQL has no such overwriting: what is
deleted there leaves the disk when its own vacuum comes by. See also: what stands in the tables (``schema.py``, ``store.py``).
"""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Executable, Row, create_engine, event, inspect, text
from sqlalchemy.exc import ArgumentError

from space.storage.schema import ONE_ACTIVE, VERSION, metadata, versions
from telltale.core.errors import BadRequest

FROM_1 = (
    "ALTER TABLE checks ADD COLUMN sha256 TEXT",
    "UPDATE checks SET sha256 = json_extract(report, '$.source.sha256') WHERE state = 'done'",
)
INDEX_2 = "CREATE INDEX checks_by_bytes ON checks (sha256, engine)"
FROM_3 = (
    "ALTER TABLE checks ADD COLUMN worker TEXT",
    "ALTER TABLE checks ADD COLUMN crashes INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE checks ADD COLUMN handed INTEGER NOT NULL DEFAULT 0",
)
FROM_4 = ("checks", "batch_items")
"""Tables that got ``fault_params``; the second came with version 4, and is made whole where it is absent."""
OWNED = ("checks", "batches")
"""Tables that got ``owner`` with version 6."""
PRAGMAS = ("journal_mode = WAL", "synchronous = FULL", "busy_timeout = 30000", "foreign_keys = ON", "secure_delete = ON")
MAKING, ADDING, HANDING = 7_348_150, 7_348_151, 7_348_152
"""Numbers of PostgreSQL's advisory locks."""


def sqlite_engine(path: Path) -> Engine:
    """A file of this machine."""
    engine = create_engine(f"sqlite:///{path}", pool_size=48, max_overflow=16)  # one for each thread of the server: making one takes long

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _: object) -> None:
        connection.isolation_level = None  # the driver begins too late: before the first change, not before what that rests on
        for pragma in PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(db: Connection) -> None:
        db.exec_driver_sql("BEGIN IMMEDIATE" if db.get_execution_options().get("writes") else "BEGIN")

    return engine


def postgres_engine(url: str) -> Engine:
    """A server that many machines share. Raises BadRequest for what is no address of one."""
    scheme, _, rest = url.partition("://")
    if scheme not in ("postgres", "postgresql", "postgresql+psycopg") or not rest:
        raise BadRequest("request.invalid", "database_url")
    try:
        return create_engine(f"postgresql+psycopg://{rest}", pool_size=8, max_overflow=32, pool_pre_ping=True)
    except (ArgumentError, ValueError) as error:
        raise BadRequest("request.invalid", "database_url") from error


class Database:
    """Transactions on one engine. Writers of one SQLite file wait for each other here, not in its busy handler."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.is_sqlite = engine.dialect.name == "sqlite"
        self._lock = threading.RLock()

    def close(self) -> None:
        """Let all connections go."""
        self.engine.dispose()

    @contextmanager
    def writing(self, lock: int | None = None) -> Iterator[Connection]:
        """One transaction: all of it or nothing. Under ``lock`` no two of any machine at the same time."""
        if self.is_sqlite:
            with self._lock, self.engine.connect() as db, db.execution_options(writes=True).begin():
                yield db
            return
        with self.engine.begin() as db:
            if lock:
                db.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": lock})
            yield db

    @contextmanager
    def alone(self, lock: int) -> Iterator[bool]:
        """Whether nobody else does what ``lock`` stands for; while it is so, nobody else begins. SQLite's file is one process's own."""
        if self.is_sqlite:
            yield True
            return
        with self.engine.begin() as db:
            yield bool(db.execute(text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": lock}).scalar())

    def rows(self, statement: Executable | str, **values: object) -> Sequence[Row[Any]]:
        """What one statement finds."""
        with self.engine.connect() as db:
            return db.execute(text(statement) if isinstance(statement, str) else statement, values).all()

    def checkpoint(self) -> None:
        """SQLite: write the write-ahead log back into the file, and empty it."""
        with self._lock:
            raw = self.engine.raw_connection()
            try:
                raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
            finally:
                raw.close()

    def make(self) -> None:
        """Make the tables, or change those of an older version. Raises BadRequest for those of a newer one."""
        with self.writing(MAKING) as db:
            version = self._version(db)
            if version > VERSION:
                raise BadRequest("request.invalid", "store_newer")
            if version < VERSION:
                self._bring_up_to_date(db, version)

    def _version(self, db: Connection) -> int:
        """0 where there are no tables yet."""
        if self.is_sqlite:
            return int(db.exec_driver_sql("PRAGMA user_version").scalar_one())
        versions.create(db, checkfirst=True)
        return int(db.execute(text("SELECT coalesce(max(version), 0) FROM telltale_version")).scalar_one())

    def _bring_up_to_date(self, db: Connection, version: int) -> None:
        """PostgreSQL came with version 4; the ways from before are SQLite's."""
        if version == 1:
            for statement in (*FROM_1, INDEX_2):
                db.exec_driver_sql(statement)
        if 0 < version < 4:
            for statement in FROM_3:
                db.exec_driver_sql(statement)
        there = inspect(db).get_table_names()
        for table in FROM_4 if 0 < version < 5 else ():
            if table in there:
                db.exec_driver_sql(f"ALTER TABLE {table} ADD COLUMN fault_params TEXT")
        for table in OWNED if 0 < version < 6 else ():
            if table in there:
                db.exec_driver_sql(f"ALTER TABLE {table} ADD COLUMN owner TEXT")
        metadata.create_all(db)
        if 0 < version < 6:
            db.exec_driver_sql("DROP INDEX IF EXISTS one_active_check_per_input")
            ONE_ACTIVE.create(db)
        if self.is_sqlite:
            db.exec_driver_sql(f"PRAGMA user_version = {VERSION}")
        else:
            db.execute(versions.delete())
            db.execute(versions.insert().values(version=VERSION))
