"""The readers of boxes under random bytes: lists of fragments (sidx, mfra), heads (moof), Matroska clusters, and what a file carries.

An input is a file. It is read as a fetched one would be, through a file whose bytes come from a client of one server, and as a local one.
Every walk must end, at places within the file, or be refused.
"""

import io
import itertools
import struct
from contextlib import AbstractContextManager
from unittest.mock import patch

from hypothesis import strategies as st

from telltale.net.range_client import RangeClient
from telltale.net.range_client import Target as Address
from telltale.provenance.metadata_segments import SEARCHED, read_segments
from telltale.provenance.xmp import read_xmp
from telltale.streaming import container_boxes
from telltale.streaming.container_boxes import Fragment, box_after, shells
from telltale.streaming.fragmented_mp4 import entries_of, fragment_after, walk
from telltale.streaming.remote_file import RemoteFile
from telltale.video.file_types import begins_like_media
from tests.promises.fuzzing import Target

HERE = Address("http://example.com/v.mp4")


class Held(RemoteFile):
    """A distant file that is here."""

    def __init__(self, content: bytes) -> None:
        super().__init__(RangeClient(), HERE, len(content), content[:64])
        self._content = content
        self.fetched = 0

    def fetch(self, start: int, stop: int) -> bytes:
        """A part of it, counted."""
        assert 0 <= start <= stop <= self.size, (start, stop)
        self.fetched += stop - start
        return self._content[start:stop]


def check(content: bytes) -> bool:
    """Whether there was anything to be found, and all of it made sense."""
    file = Held(content)
    found: list[Fragment] = []
    first = None
    for box in container_boxes.boxes(file):
        assert 0 <= box.start < box.content <= box.stop and len(box.kind) == 4
        if box.kind == b"sidx":
            listed = container_boxes.fragments(file.at(box.content, min(box.stop - box.content, container_boxes.LARGEST_SIDX)), box.stop)
            assert all(a.stop == b.start for a, b in itertools.pairwise(listed))
            found += listed
        first = box.start if box.kind == b"moof" else first
    for fragment in found:
        assert fragment.start <= fragment.stop and fragment.time >= 0 and fragment.duration >= 0
    entries = entries_of(content[: 1 << 16], 1)
    assert all(time >= 0 and place >= 0 for time, place in entries)
    if first is not None:
        fragment_after(file, first)
        walked = walk(file, first, file.size)
        assert walked.stop >= first and all(0 <= place <= file.size for place in walked.heads)
    places = [box.stop for box in shells(content)]
    assert places == sorted(places)
    after = box_after(content, 7)
    assert after is None or after >= len(content)
    told = whatever_it_carries(content)
    return bool(found or entries or places or told or after)


def whatever_it_carries(content: bytes) -> bool:
    """What a file says of itself: never an error."""
    begins_like_media(content[:256])
    tells = (
        read_segments(io.BytesIO(content)) if not content.startswith((b"GIF8", b"II*\0", b"MM\0*")) else None
    )  # those are mapped, so need a file
    words = read_xmp(tells.xmp if tells and tells.xmp else content)
    assert all(len(kind) <= 200 for kind in words.source_types) and len(content) < SEARCHED
    return bool(tells and (tells.xmp or tells.credentials)) or bool(words.source_types) or words.elsewhere


def box(kind: bytes, content: bytes, size: int | None = None) -> bytes:
    """A box of an MP4."""
    return (8 + len(content) if size is None else size).to_bytes(4) + kind + content


def sidx(entries: list[tuple[int, int]], scale: int = 1000, version: int = 0) -> bytes:
    """A list of fragments."""
    wide = struct.pack(">QQ" if version else ">II", 0, 0)
    listed = b"".join(struct.pack(">III", size, length, 0x90000000) for size, length in entries)
    return box(b"sidx", bytes([version, 0, 0, 0]) + struct.pack(">II", 1, scale) + wide + struct.pack(">HH", 0, len(entries)) + listed)


XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
    b'xmlns:e="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"><e:DigitalSourceType>x</e:DigitalSourceType></rdf:Description></rdf:RDF></x:xmpmeta>'
)
JPEG = b"\xff\xd8\xff\xe1" + (2 + 29 + len(XMP)).to_bytes(2) + b"http://ns.adobe.com/xap/1.0/\0" + XMP + b"\xff\xd9"
TFRA = box(b"tfra", struct.pack(">B3xIII", 1, 1, 0, 2) + b"".join(struct.pack(">QQBBB", t, p, 1, 1, 1) for t, p in ((0, 50), (9, 90))))
MOOF = box(b"moof", box(b"mfhd", bytes(8)))
MP4 = box(b"ftyp", b"isom" + bytes(4)) + sidx([(100, 4000), (200, 4000)]) + MOOF + box(b"mdat", bytes(60))
CLUSTER = b"\x1f\x43\xb6\x75\x40\x40\xe7\x81\x00\xa3\xff"


@st.composite
def inputs(draw: st.DrawFn) -> bytes:
    """Boxes in container_boxes, with sizes that are right, wrong, nothing, or of the long kind."""
    kinds = st.sampled_from((b"ftyp", b"moov", b"sidx", b"moof", b"mdat", b"mfra", b"tfra", b"uuid", b"free", b"styp")) | st.binary(
        min_size=4, max_size=4
    )
    numbers = st.sampled_from((0, 1, 7, 8, 2**31, 2**32 - 1)) | st.integers(0, 2**32 - 1)
    listed = st.lists(st.tuples(numbers, numbers), max_size=6).map(
        lambda drawn: sidx(drawn, scale=draw(numbers), version=draw(st.integers(0, 1)))
    )
    plain = st.builds(box, kinds, st.binary(max_size=40), st.none() | numbers)
    parts = draw(st.lists(listed | plain | st.just(MOOF) | st.just(TFRA) | st.just(CLUSTER), min_size=1, max_size=5))
    return draw(st.sampled_from((b"", box(b"ftyp", b"isom"), b"RIFF\0\0\0\0WEBP", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"))) + b"".join(parts)


def off() -> AbstractContextManager[object]:
    """Sizes that make no sense are believed."""

    def believed(head: bytes, place: int, end: int) -> container_boxes.Box | None:
        size = int.from_bytes(head[:4])
        return container_boxes.Box(head[4:8], place, place + 8, place + size) if len(head) >= 8 else None

    return patch("telltale.streaming.container_boxes.box_at", believed)


TARGET = Target(
    "boxes",
    "the readers of sidx, mfra, moof, Matroska clusters, XMP and C2PA shells",
    check,
    inputs(),
    (MP4, bytes(8) + TFRA, JPEG, XMP, CLUSTER),
    "a box's size is believed",
    off,
)
