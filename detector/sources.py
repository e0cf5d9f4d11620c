"""SOURCE… of the command line -> the single things to check: addresses, files, and the media below folders.

A folder's files are judged by their first bytes, not by their names; a file that is merely named like a video is kept too, so that its
error is told instead of being passed over. Not here: reading any of it (``frames.py``) or fetching it (``fetch.py``).
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from detector.errors import BadMedia
from detector.fetch import is_address
from detector.wording import harmless

HEAD_BYTES = 256
MOVIE_NAMES = (".3gp", ".avi", ".flv", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".mts", ".ogv", ".webm", ".wmv")
PICTURE_NAMES = (".avif", ".bmp", ".gif", ".heic", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")
STARTS = (
    *(b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8", b"II*\0", b"MM\0*"),
    *(b"\x1aE\xdf\xa3", b"FLV\x01", b"\0\0\x01\xba", b"0&\xb2u\x8ef\xcf\x11"),
)
"""JPEG, PNG, GIF, both TIFFs, Matroska and WebM, FLV, MPEG programme stream, ASF."""
QUICKTIME = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")
"""Bytes 4 to 8 of MP4, MOV, HEIC, AVIF and of QuickTime files older than ``ftyp``."""
TS_PACKET = 188
"""An MPEG transport stream has the byte G at the start of each of its packets."""
SOUND_ONLY = (b"M4A ", b"M4B ", b"F4A ")


@dataclass(frozen=True)
class Given:
    """One thing to check and the name that it is shown under."""

    source: str | Path
    name: str


def expand(source: str) -> list[Given]:
    """What ``source`` stands for: itself, or every video and picture below it. Raises BadMedia for a folder without any."""
    if is_address(source):
        return [Given(source, harmless(source))]
    path = Path(source)
    try:
        is_folder = path.is_dir()
    except OSError as problem:  # a name that is too long, a folder on the way that may not be entered
        raise BadMedia("media.not_found", f"“{path.name[:80]}” cannot be opened: {problem.strerror}.") from problem
    if not is_folder:
        return [Given(path, harmless(path.name))]
    found = [Given(file, harmless(str(file.relative_to(path)))) for file in sorted(files_below(path)) if is_media(file)]
    if not found:
        raise BadMedia("media.no_media_in_folder", f"There is no video and no picture in the folder “{path}”.")
    return found


def files_below(folder: Path) -> Iterator[Path]:
    """Every ordinary, unhidden file below ``folder``. Links to other folders are not followed: they may lead in a circle."""
    for here, folders, names in os.walk(folder, onerror=refuse):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (file for name in names if not name.startswith(".") and (file := Path(here, name)).is_file())


def refuse(problem: OSError) -> None:
    """A folder that may not be opened is told, not passed over."""
    raise BadMedia("media.not_found", f"The folder “{problem.filename}” cannot be opened: {problem.strerror}.") from problem


def is_media(file: Path) -> bool:
    """Whether the file begins like a video or a picture, or is at least named like one."""
    if file.suffix.lower() in MOVIE_NAMES + PICTURE_NAMES:
        return True
    try:
        with file.open("rb") as opened:
            return begins_like_media(opened.read(HEAD_BYTES))
    except OSError:  # neither readable nor named like media: nothing says that it is one
        return False


def begins_like_media(head: bytes) -> bool:
    """The signatures of the containers and picture formats that Telltale reads."""
    if head[:4] == b"RIFF":
        return head[8:12] in (b"AVI ", b"WEBP")
    if head[:4] == b"OggS":
        return b"theora" in head
    if head[4:8] in QUICKTIME:
        return head[8:12] not in SOUND_ONLY
    if head[:1] == b"G" and head[TS_PACKET : TS_PACKET + 1] == b"G":
        return True
    return head.startswith(STARTS)
