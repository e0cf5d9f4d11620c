"""Pictures within tar archives, read in place: nothing is ever unpacked onto the disk.

Gzip, bzip2, xz or no compression at all is told by the first bytes, because some sets call plain tars ``.tar.gz``. Archives come from
strangers, so links and devices are passed over, and a member, a header or a whole archive that is larger than any picture, header or set
should be is refused before it is read into memory. See also: which of the pictures are wanted (``media.py``).
"""

import bz2
import gzip
import io
import lzma
import tarfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import IO, Any

from telltale.core.errors import BadMedia

LARGEST = 64 << 20
"""Bytes of the largest member that is read."""
WHOLE = 64 << 30
"""Bytes of the largest archive, unpacked."""
MEMBERS = 500_000
"""The most members that an archive may have."""

_MAGIC: dict[bytes, Callable[..., Any]] = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ": lzma.open}


@dataclass(frozen=True)
class Member:
    """A plain file within an archive: where its bytes lie in the unpacked stream."""

    name: str
    start: int
    size: int


class Meter(io.RawIOBase):
    """A stream that refuses to hand over more at once, or to go further, than an honest archive needs. Raises BadMedia."""

    def __init__(self, stream: IO[bytes], name: str) -> None:
        super().__init__()
        self._stream, self._name = stream, name

    def read(self, size: int = -1) -> bytes:
        """``size`` bytes, or fewer at the end."""
        if not 0 <= size <= LARGEST or self.tell() > WHOLE:
            raise BadMedia("media.too_large", text=f"The archive “{self._name}” says it holds more than Telltale will unpack.")
        return self._stream.read(size)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """As of any stream."""
        if whence == io.SEEK_SET and offset > WHOLE:
            raise BadMedia("media.too_large", text=f"The archive “{self._name}” says it holds more than Telltale will unpack.")
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        """As of any stream."""
        return self._stream.tell()

    def readable(self) -> bool:
        """True."""
        return True

    def seekable(self) -> bool:
        """True."""
        return True


def members_of(archive: Path, folder: str) -> list[Member]:
    """The plain files that lie directly in ``folder`` of an archive, as the archive orders them. Raises BadMedia."""
    stat = archive.stat() if archive.is_file() else None
    if stat is None:
        raise BadMedia("media.not_found", text=f"There is no archive called “{archive.name}”.")
    return list(_list_members(archive, stat.st_mtime_ns, stat.st_size).get(folder.strip("/"), ()))


def contents(archive: Path, members: list[Member]) -> Iterator[tuple[Member, bytes]]:
    """The bytes of members, in the order in which they lie in the archive, so that it is unpacked once. Raises BadMedia."""
    with _open_tar(archive) as stream:
        for member in sorted(members, key=lambda member: member.start):
            stream.seek(member.start)
            yield member, stream.read(member.size)


@lru_cache(maxsize=4)
def _list_members(archive: Path, changed: int, size: int) -> dict[str, tuple[Member, ...]]:
    """Folder -> its plain files. Kept, because the rows of one archive follow one another; ``changed`` and ``size`` name its state."""
    found: dict[str, list[Member]] = {}
    with _open_tar(archive) as stream, tarfile.open(fileobj=stream, mode="r:") as tar:
        seen = 0
        while (entry := tar.next()) is not None:
            tar.members = []  # type: ignore[attr-defined]  # unlisted, but tarfile keeps every header it has seen there
            if (seen := seen + 1) > MEMBERS:
                raise BadMedia("media.too_large", text=f"The archive “{archive.name}” holds more than {MEMBERS:,} files.")
            if entry.type not in (tarfile.REGTYPE, tarfile.AREGTYPE) or entry.size > LARGEST:
                continue
            folder, _, name = entry.name.removeprefix("./").rpartition("/")
            found.setdefault(folder, []).append(Member(name, entry.offset_data, entry.size))
    return {folder: tuple(members) for folder, members in found.items()}


@contextmanager
def _open_tar(archive: Path) -> Iterator[Meter]:
    """The archive's tar stream. Damage met while it is open becomes BadMedia."""
    try:
        with archive.open("rb") as probe:
            head = probe.read(6)
        opener = next((opener for magic, opener in _MAGIC.items() if head.startswith(magic)), None)
        with opener(archive, "rb") if opener else archive.open("rb") as stream:
            yield Meter(stream, archive.name)
    except (tarfile.TarError, EOFError, zlib.error, lzma.LZMAError, OSError) as error:
        raise BadMedia("media.not_media", text=f"The archive “{archive.name}” is damaged: {error}.") from error
