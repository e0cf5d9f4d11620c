"""SOURCE… of the command line -> the single things to check: addresses, lists of them, files, and the media below folders.

A folder's files are judged by their first bytes, not by their names; a file that is merely named like a video is kept too, so that its
error is told instead of being passed over. See also: reading any of it (``telltale/video/frames.py``) or fetching it
(``telltale/fetch/fetch.py``).
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from telltale.cli.exit_codes import CheckResult
from telltale.cli.url_lists import read_list
from telltale.core.errors import BadMedia, FetchFailed
from telltale.core.text import harmless
from telltale.fetch.fetch import is_address
from telltale.net.pasted_text import address_in, address_of
from telltale.video.file_types import HEAD_BYTES, MOVIE_NAMES, PICTURE_NAMES, begins_like_media


@dataclass(frozen=True)
class CheckSource:
    """One thing to check and the name that it is shown under."""

    source: str | Path
    name: str


def expand(source: str) -> list[CheckSource]:
    """What ``source`` stands for: itself, or every video and picture below it. Raises BadMedia for a folder without any."""
    if is_address(source):
        address = address_of(source) or source
        return [CheckSource(address, harmless(address))]
    path = Path(source)
    try:
        is_folder = path.is_dir()
        pasted = not path.exists() and ("://" in source or not path.parent.is_dir()) and address_in(source)
    except OSError as problem:  # a name that is too long, a folder on the way that may not be entered
        raise BadMedia("media.not_found", "unopened", name=path.name[:80], why=str(problem.strerror)) from problem
    if pasted:
        return [CheckSource(pasted, harmless(pasted))]
    if not is_folder:
        return [CheckSource(path, harmless(path.name))]
    found = [CheckSource(file, harmless(str(file.relative_to(path)))) for file in sorted(files_below(path)) if is_media(file)]
    if not found:
        raise BadMedia("media.no_media_in_folder", name=str(path))
    return found


def expand_list(path: Path) -> list[CheckSource | CheckResult]:
    """Every address of a list, and an error for each entry that is none. Raises BadMedia and BadRequest where the list cannot be read."""
    found: list[CheckSource | CheckResult] = []
    for entry in read_list(path):
        name, address = harmless(entry.text), address_of(entry.text)
        if address:
            found.append(CheckSource(address, harmless(address)))
        else:
            refused = FetchFailed("fetch.bad_address", "line", line=entry.line, name=harmless(path.name))
            found.append(CheckResult(name[:200], error=refused))
    return found


def files_below(folder: Path) -> Iterator[Path]:
    """Every ordinary, unhidden file below ``folder``. Links to other folders are not followed: they may lead in a circle."""
    for here, folders, names in os.walk(folder, onerror=refuse):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (file for name in names if not name.startswith(".") and (file := Path(here, name)).is_file())


def refuse(problem: OSError) -> None:
    """A folder that may not be opened is told, not passed over."""
    raise BadMedia("media.not_found", "folder", name=str(problem.filename), why=str(problem.strerror)) from problem


def is_media(file: Path) -> bool:
    """Whether the file begins like a video or a picture, or is at least named like one."""
    if file.suffix.lower() in MOVIE_NAMES + PICTURE_NAMES:
        return True
    try:
        with file.open("rb") as opened:
            return begins_like_media(opened.read(HEAD_BYTES))
    except OSError:  # neither readable nor named like media: nothing says that it is one
        return False
