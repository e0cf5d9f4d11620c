"""How much of what a server sent was index: the tables and lists that grow with the length of a video, as against its pictures.

Found by walking the outer shells of the whole local file; nothing of the reader that is measured is used here.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

from benchmarks.remote.latency_server import Sent

MP4_INDEX = (b"moov", b"sidx")
SEGMENT, CUES = 0x18538067, 0x1C53BB6B


def index_bytes(sent: Iterable[Sent]) -> int:
    """Bytes of index among what was sent; what was sent twice counts twice."""
    known: dict[Path, list[tuple[int, int]]] = {}
    total = 0
    for one in sent:
        spans = known.get(one.path)
        if spans is None:
            spans = known[one.path] = list(index_of(one.path))
        total += sum(max(min(stop, one.stop) - max(start, one.start), 0) for start, stop in spans)
    return total


def index_of(path: Path) -> Iterator[tuple[int, int]]:
    """First byte and the one after the last of each index in a file; of a list of segments, all of it."""
    size = path.stat().st_size
    if path.suffix in (".m3u8", ".mpd"):
        yield 0, size
        return
    with path.open("rb") as file:
        if path.suffix == ".mp4":
            yield from boxes(file, size)
        elif path.suffix == ".webm":
            yield from cues(file, size)


def boxes(file: IO[bytes], size: int) -> Iterator[tuple[int, int]]:
    """The outermost boxes of an MP4 that are index."""
    place = 0
    while place + 8 <= size:
        file.seek(place)
        head = file.read(16)
        length = int.from_bytes(head[:4]) or size - place
        length = int.from_bytes(head[8:]) if length == 1 else length
        if head[4:8] in MP4_INDEX:
            yield place, place + length
        place += max(length, 8)


def cues(file: IO[bytes], size: int) -> Iterator[tuple[int, int]]:
    """The list of clusters of a Matroska file."""
    place = 0
    while place < size:
        file.seek(place)
        head = file.read(16)
        wide = 9 - head[0].bit_length()
        long = 9 - head[wide].bit_length()
        content = place + wide + long
        length = int.from_bytes(head[wide : wide + long]) & ((1 << 7 * long) - 1)
        kind = int.from_bytes(head[:wide])
        if kind == CUES:
            yield place, content + length
        place = content if kind == SEGMENT else content + length
