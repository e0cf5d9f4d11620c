"""The outer shells of media files: boxes of an MP4 and elements of a Matroska cluster, by place and size, never by content.

Every table has a bound, nothing nests, and a size that makes no sense ends the walk.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from telltale.streaming.remote_file import RemoteFile

MOST_BOXES = 64
MOST_FRAGMENTS = 50_000
LARGEST_SIDX = 2 * 1024 * 1024
FIRST_BOXES = (b"ftyp", b"styp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot", b"sidx", b"uuid")
SEGMENT_BOXES = (*FIRST_BOXES, b"moof", b"mfra", b"prft", b"emsg", b"ssix")
MOST_BLOCKS = 10_000
BLOCK_GROUP, SIMPLE_BLOCK = 0xA0, 0xA3


@dataclass(frozen=True)
class Box:
    """One box: its kind, its first byte, where its content begins, and the byte after its last."""

    kind: bytes
    start: int
    content: int
    stop: int


@dataclass(frozen=True)
class Fragment:
    """A part of a fragmented MP4 that begins with a keyframe: its bytes, and its time and length in seconds."""

    start: int
    stop: int
    time: float
    duration: float


def boxes(file: "RemoteFile") -> Iterator[Box]:
    """The outermost boxes of an MP4 in order, none for another kind of file, until the first fragment."""
    place = 0
    for _ in range(MOST_BOXES):
        head = file.at(place, 16)
        if place == 0 and head[4:8] not in FIRST_BOXES:
            return
        box = box_at(head, place, file.size)
        if box is None:
            return
        yield box
        if box.kind == b"moof" or box.stop >= file.size:
            return
        place = box.stop


def box_at(head: bytes, place: int, end: int) -> Box | None:
    """The box that begins with ``head`` (16 bytes, or 8 at the very end) at ``place`` of a file that ends at ``end``."""
    if len(head) < 8:
        return None
    size, content = int.from_bytes(head[:4]), 8
    if size == 1 and len(head) >= 16:
        size, content = int.from_bytes(head[8:16]), 16
    if size and size < content:
        return None
    return Box(head[4:8], place, place + content, place + size if size else end)


def shells(data: bytes, place: int = 0) -> Iterator[Box]:
    """The boxes of a segment that begin in ``data`` from ``place`` on, as long as they are of the kinds that segments are made of."""
    for _ in range(MOST_BOXES):
        box = box_at(data[place : place + 16], place, len(data))
        if box is None or box.kind not in SEGMENT_BOXES:
            return
        yield box
        place = box.stop


def fragments(body: bytes, after: int) -> list[Fragment]:
    """The fragments that the content of a sidx box lists; ``after`` is the byte behind the box. None where it refers to further lists."""
    try:
        version, scale = body[0], struct.unpack_from(">I", body, 8)[0]
        time, first = struct.unpack_from(">QQ" if version else ">II", body, 12)
        place = 28 if version else 20
        count = struct.unpack_from(">H", body, place + 2)[0]
        entries = struct.unpack_from(f">{3 * count}I", body, place + 4)
    except (struct.error, IndexError):
        return []
    if not scale or any(size >> 31 for size in entries[::3]):
        return []
    found, start, at = [], after + first, time
    for size, length in zip(entries[::3], entries[1::3], strict=True):
        found.append(Fragment(start, start + size, (at - time) / scale, length / scale))
        start, at = start + size, at + length
    return found


def box_after(cluster: bytes, place: int) -> int | None:
    """Of a Matroska cluster's beginning, which lies at ``place``: where the last element ends that begins in it."""
    if not cluster.startswith(b"\x1f\x43\xb6\x75"):
        return None
    _, at = number(cluster, 4)
    for _ in range(MOST_BLOCKS):
        if at is None or at >= len(cluster):
            return None
        _, after_id = number(cluster, at)
        size, content = number(cluster, after_id) if after_id is not None else (0, None)
        if content is None:
            return None
        if content + size > len(cluster):
            return place + content + size if cluster[at] in (BLOCK_GROUP, SIMPLE_BLOCK) else None
        at = content + size
    return None


def number(data: bytes, at: int) -> tuple[int, int | None]:
    """An EBML number of variable length without its marker bits, and the place behind it (RFC 8794, 4); no place where it is cut off."""
    if at >= len(data) or not data[at]:
        return 0, None
    length = 9 - data[at].bit_length()
    if at + length > len(data):
        return 0, None
    return int.from_bytes(data[at : at + length]) & ((1 << 7 * length) - 1), at + length
