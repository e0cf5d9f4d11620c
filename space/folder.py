"""Folder: where a process keeps files of its checks: the store's own, held by one server alone, or one that passes with the process."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from detector.errors import BadRequest
from detector.guardian import short_lived


@contextmanager
def own_folder(folder: Path) -> Iterator[Path]:
    """``folder``/uploads, while nobody else has ``folder``. Raises BadRequest where somebody has."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    uploads = folder / "uploads"
    uploads.mkdir(exist_ok=True, mode=0o700)
    with (folder / "lock").open("w") as claim:
        try:
            fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as taken:
            sentence = f"Another Telltale server already uses {folder}. Give this one a folder of its own."
            raise BadRequest("request.invalid", sentence) from taken
        yield uploads


@contextmanager
def passing_folder(folder: Path) -> Iterator[Path]:
    """A folder below ``folder`` that is gone when this process is, killed or not: what must last lies in the database."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with short_lived(folder, "process-") as uploads:
        yield uploads
