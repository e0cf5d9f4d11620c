"""Media: uploaded files on their way to whoever looks at them.

With SQLite a file lies in the store's folder, where the one server finds it. With PostgreSQL it goes into the database in pieces, in the
transaction that accepts its check, and each worker writes it to a folder of its own. Deleted as soon as nobody waits for its verdict.
"""

from pathlib import Path

from sqlalchemy import Connection, delete, select

from space.core.job import Job
from space.storage.database import Database
from space.storage.schema import checks, media

PIECE = 1 << 20
"""Bytes of one row."""


class LostMedia(Exception):
    """The file of a check is not there any more."""


def keep_media(db: Connection, id: str, path: Path) -> None:
    """Write the file into the database."""
    with path.open("rb") as file:
        place = 0
        while piece := file.read(PIECE):
            db.execute(media.insert().values(check_id=id, place=place, bytes=piece))
            place += 1


def bring_media(database: Database, job: Job, folder: Path) -> Path:
    """The file of a job, in ``folder``: it lies there already, or is written there from the database. Raises LostMedia."""
    path = Path(job.work.source)
    if database.is_sqlite:
        if not path.is_file():
            raise LostMedia(path)
        return path
    path = folder / path.name
    part = path.with_name(f"{path.name}.part")
    place = 0
    with part.open("wb") as file:
        while rows := database.rows(select(media.c.bytes).where(media.c.check_id == job.id, media.c.place == place)):
            file.write(rows[0].bytes)
            place += 1
    if not place:
        part.unlink()
        raise LostMedia(path)
    return part.rename(path)


def drop_media(database: Database, id: str) -> None:
    """What the database holds of one job's file."""
    if not database.is_sqlite:
        with database.writing() as db:
            db.execute(delete(media).where(media.c.check_id == id))


def drop_stale_media(database: Database) -> None:
    """What the database holds of files of jobs that have ended."""
    if not database.is_sqlite:
        ended = select(checks.c.id).where(checks.c.state.not_in(("queued", "running")))
        with database.writing() as db:
            db.execute(delete(media).where(media.c.check_id.in_(ended)))
