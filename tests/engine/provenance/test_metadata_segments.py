"""Walking the shells of hostile files: every walk ends, soon, and reads little."""

import io
import time
import zlib

import pytest

from telltale.provenance.metadata_segments import LARGEST_XMP, read_segments
from telltale.provenance.xmp import Xmp, read_xmp
from tests.support.media.c2pa_signing import XMP, picture

PNG = b"\x89PNG\r\n\x1a\n"
RIFF = b"RIFF\xff\xff\xff\xffWEBP"
FTYP = b"\0\0\0\x10ftypisom\0\0\0\0"


def chunk(kind: bytes, content: bytes) -> bytes:
    return len(content).to_bytes(4) + kind + content + bytes(4)


class Counted(io.BytesIO):
    """Counts what is read."""

    read_so_far = 0

    def read(self, size: int | None = -1) -> bytes:
        content = super().read(size)
        self.read_so_far += len(content)
        return content


@pytest.mark.parametrize(
    "content",
    [
        *(b"\xff\xd8\xff" + b"\xff" * 300_000, b"\xff\xd8\xff\xe0\0\0" * 100_000, b"\xff\xd8\xff\xd0" * 300_000),
        *(PNG + b"\xff\xff\xff\xffcaBX", PNG + chunk(b"tEXt", b"") * 200_000, RIFF + b"JUNK\0\0\0\0" * 200_000),
        *(RIFF + b"XMP \xff\xff\xff\xff", FTYP + b"\0\0\0\x08free" * 200_000, FTYP + b"\0\0\0\x01uuid" + b"\xff" * 8),
        *(FTYP + b"\0\0\0\x04uuid", b"GIF8", b"", b"\xff\xd8\xff"),
    ],
    ids=range(13),
)
def test_a_walk_ends(content: bytes, tmp_path: object) -> None:
    file = Counted(content)
    began = time.process_time()
    if content[:3] != b"GIF":  # those are searched in memory that the system maps, which needs a file
        read_segments(file)
    assert time.process_time() - began < 3 and file.read_so_far < 5_000_000


def test_a_packed_packet_is_unpacked_up_to_its_bound() -> None:
    bomb = b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(bytes(50_000_000))
    assert len(read_segments(io.BytesIO(PNG + chunk(b"iTXt", bomb))).xmp) == LARGEST_XMP
    assert read_segments(io.BytesIO(PNG + chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0nonsense"))).xmp == b""


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_the_packet_is_found(kind: str) -> None:
    assert read_segments(io.BytesIO(picture(kind, "<x/>"))).xmp == b"<x/>"
    assert read_segments(io.BytesIO(picture(kind))).xmp == b""


@pytest.mark.parametrize(
    "packet",
    [
        XMP.format(attributes="i:DigitalSourceType='digitalArt'", inside=""),
        XMP.format(attributes="", inside="<i:DigitalSourceType> digitalArt </i:DigitalSourceType>"),
        XMP.format(attributes="", inside="<i:DigitalSourceType rdf:resource='digitalArt'/>"),
        XMP.format(attributes="i:DigitalSourceType='digitalArt'", inside="<broken"),
    ],
)
def test_the_source_type_is_read_in_each_of_its_forms(packet: str) -> None:
    assert read_xmp(packet.encode()) == Xmp(("digitalArt",), False)
    assert read_xmp(packet.encode("utf-16")) == Xmp(("digitalArt",), False)


@pytest.mark.parametrize(
    "packet",
    [
        "<!DOCTYPE x [<!ENTITY a 'digitalArt'>]>" + XMP.format(attributes="i:DigitalSourceType='&a;'", inside=""),
        "<!DOCTYPE x SYSTEM 'file:///etc/hostname'>" + XMP.format(attributes="i:DigitalSourceType='digitalArt'", inside=""),
        "<a>" * 100_000,
        "",
        "no packet",
        "<?xml version='1.0' encoding='no-such-code'?><x/>",
    ],
    ids=range(6),
)
def test_hostile_packets_say_nothing(packet: str) -> None:
    assert read_xmp(packet.encode()) == Xmp()


def test_only_an_address_of_the_web_is_elsewhere() -> None:
    assert read_xmp(XMP.format(attributes="d:provenance='https://example.org/x.c2pa'", inside="").encode()).elsewhere
    assert not read_xmp(XMP.format(attributes="d:provenance='self#jumbf=c2pa'", inside="").encode()).elsewhere
