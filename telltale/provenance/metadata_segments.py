"""The parts of a file that speak about the file itself: its XMP packet, and whether it carries Content Credentials (C2PA).

Only the outer shells of JPEG, PNG, RIFF (WebP, AVI) and ISO files (MP4, MOV, HEIC, AVIF) are walked, from head to head, by place and
size; nothing is decoded. The number of parts and what is read of each are bounded, and a size that makes no sense ends the walk. GIF and
TIFF are only searched for the label of C2PA. See also: what the parts say (``xmp.py``, ``c2pa_worker.py``); extended XMP of JPEG, XMP that
is an item of HEIC or AVIF or lies in a MOV's user data, and whatever Matroska holds.
"""

import mmap
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO

from telltale.streaming.container_boxes import box_at
from telltale.video.file_types import QUICKTIME

MOST_PARTS = 65_536
LARGEST_XMP = 1_000_000
SEARCHED = 64 * 2**20
"""Bytes of a GIF or TIFF that are searched."""
XMP_IN_JPEG = b"http://ns.adobe.com/xap/1.0/\0"
XMP_IN_PNG = b"XML:com.adobe.xmp\0"
XMP_IN_MP4 = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
C2PA_IN_MP4 = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
PICTURES_IN_BOXES = {b"avif": "image/avif", b"avis": "image/avif", b"heic": "image/heic", b"heix": "image/heic", b"mif1": "image/heic"}
START_OF_SCAN, END_OF_IMAGE, APP1, APP11, TEMPORARY = 0xDA, 0xD9, 0xE1, 0xEB, 0x01


@dataclass(frozen=True)
class MetadataSegments:
    """What a file carries about itself. ``media_type`` is None for a kind of file that is not looked through."""

    media_type: str | None
    credentials: bool = False
    xmp: bytes = b""


Part = bytes | None
"""An XMP packet, or None for a part of Content Credentials."""


def read_segments(file: IO[bytes]) -> MetadataSegments:
    """What an open file carries; never an error, whatever it holds."""
    media_type, walk = kind_of(at(file, 0, 16))
    credentials, xmp = False, b""
    for part in walk(file):
        if part is None:
            credentials = True
        else:
            xmp = xmp or part
    return MetadataSegments(media_type, credentials, xmp)


def kind_of(head: bytes) -> tuple[str | None, Callable[[IO[bytes]], Iterator[Part]]]:
    """The media type of a file that begins with ``head``, and how its parts are walked."""
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg", in_jpeg
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png", in_png
    if head[:4] == b"RIFF" and head[8:12] in (b"WEBP", b"AVI "):
        return "image/webp" if head[8:12] == b"WEBP" else "video/avi", in_riff
    if head[4:8] in QUICKTIME:
        return PICTURES_IN_BOXES.get(head[8:12], "video/quicktime" if head[8:12] == b"qt  " else "video/mp4"), in_boxes
    if head.startswith(b"GIF8"):
        return "image/gif", by_label
    if head.startswith((b"II*\0", b"MM\0*")):
        return "image/tiff", by_label
    return None, nowhere


def at(file: IO[bytes], place: int, count: int) -> bytes:
    """Up to ``count`` bytes from ``place`` on."""
    file.seek(place)
    return file.read(count)


def in_jpeg(file: IO[bytes]) -> Iterator[Part]:
    """The application segments before the picture (ISO/IEC 10918-1, B.1; C2PA 2.2, A.3.1)."""
    place = 2
    for _ in range(MOST_PARTS):
        head = at(file, place, 4)
        if len(head) < 4 or head[0] != 0xFF or head[1] in (START_OF_SCAN, END_OF_IMAGE):
            return
        if head[1] == 0xFF:  # a fill byte
            place += 1
            continue
        if head[1] == TEMPORARY or 0xD0 <= head[1] <= 0xD8:  # markers that stand alone
            place += 2
            continue
        length = int.from_bytes(head[2:4])
        if head[1] in (APP1, APP11):
            content = at(file, place + 4, max(length - 2, 0))
            if head[1] == APP11 and content[:2] == b"JP" and content[12:16] == b"jumb":
                yield None
            elif head[1] == APP1 and content.startswith(XMP_IN_JPEG):
                yield content[len(XMP_IN_JPEG) :]
        place += 2 + length


def in_png(file: IO[bytes]) -> Iterator[Part]:
    """The chunks (ISO/IEC 15948, 5.3)."""
    place = 8
    for _ in range(MOST_PARTS):
        head = at(file, place, 8)
        if len(head) < 8 or head[4:] == b"IEND":
            return
        length = int.from_bytes(head[:4])
        if head[4:] == b"caBX":
            yield None
        elif head[4:] == b"iTXt" and length <= LARGEST_XMP:
            content = at(file, place + 8, length)
            if content.startswith(XMP_IN_PNG):
                yield text_of(content[len(XMP_IN_PNG) :])
        place += 12 + length


def text_of(content: bytes) -> bytes:
    """The text of an iTXt chunk behind its keyword, unpacked if it is packed; empty where it is broken."""
    packed, _, rest = content[:1], content[1:2], content[2:].split(b"\0", 2)
    if len(rest) < 3:
        return b""
    if packed != b"\1":
        return rest[2]
    try:
        return zlib.decompressobj().decompress(rest[2], LARGEST_XMP)
    except zlib.error:
        return b""


def in_riff(file: IO[bytes]) -> Iterator[Part]:
    """The outermost chunks."""
    place = 12
    for _ in range(MOST_PARTS):
        head = at(file, place, 8)
        if len(head) < 8:
            return
        length = int.from_bytes(head[4:], "little")
        if head[:4] == b"C2PA":
            yield None
        elif head[:4] == b"XMP " and length <= LARGEST_XMP:
            yield at(file, place + 8, length)
        place += 8 + length + length % 2


def in_boxes(file: IO[bytes]) -> Iterator[Part]:
    """The outermost boxes (ISO/IEC 14496-12, 4.2), of which those called ``uuid`` count."""
    place, end = 0, file.seek(0, 2)
    for _ in range(MOST_PARTS):
        box = box_at(at(file, place, 16), place, end)
        if box is None:
            return
        if box.kind == b"uuid":
            name, length = at(file, box.content, 16), box.stop - box.content - 16
            if name == C2PA_IN_MP4:
                yield None
            elif name == XMP_IN_MP4 and length <= LARGEST_XMP:
                yield at(file, box.content + 16, max(length, 0))
        if box.stop >= end:
            return
        place = box.stop


def by_label(file: IO[bytes]) -> Iterator[Part]:
    """A file whose parts are not walked, but searched for the label of a C2PA store."""
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as whole:
        if whole.find(b"jumdc2pa", 0, SEARCHED) >= 0 or whole.find(b"jumb", 0, SEARCHED) >= 0:
            yield None


def nowhere(_: IO[bytes]) -> Iterator[Part]:
    """A kind of file that is not looked through."""
    return iter(())
