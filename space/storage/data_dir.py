"""Folder: where a process keeps files of its checks: the store's own, held by one server alone, or one that passes with the process.

One that cannot be made or written in is told in a sentence, as is one that somebody else has.
"""

import fcntl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from telltale.core.errors import BadRequest
from telltale.sandbox.temp_dir import temporary_folder


@contextmanager
def own_folder(folder: Path) -> Iterator[Path]:
    """``folder``/uploads, while nobody else has ``folder``. Raises BadRequest where somebody has, or nothing can be written there."""
    uploads = folder / "uploads"
    with writable(folder):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        uploads.mkdir(exist_ok=True, mode=0o700)
        claim = (folder / "lock").open("w")
    with claim:
        try:
            fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as taken:
            raise BadRequest("request.invalid", "folder_taken", name=str(folder)) from taken
        yield uploads


@contextmanager
def passing_folder(folder: Path) -> Iterator[Path]:
    """A folder below ``folder`` that goes with this process, killed or not: what must last lies in the database. Raises BadRequest."""
    with writable(folder):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryFile(dir=folder):
            pass
    with temporary_folder(folder, "process-") as uploads:
        yield uploads


@contextmanager
def writable(folder: Path) -> Iterator[None]:
    """What the system says against writing in ``folder``, as BadRequest."""
    try:
        yield
    except OSError as error:
        raise BadRequest("request.invalid", "folder_unwritable", name=str(folder), why=str(error.strerror)) from error
