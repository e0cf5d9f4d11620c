"""The outer shells of media files: noise and lies end the walk."""

import struct

from telltale.net.range_client import RangeClient, Target
from telltale.streaming.container_boxes import MOST_BOXES, Fragment, box_after, boxes, fragments
from telltale.streaming.remote_file import RemoteFile


def held(data: bytes) -> RemoteFile:
    """A file that is wholly here."""
    return RemoteFile(RangeClient(), Target("http://example.com/x"), len(data), data)


def test_boxes_in_order_until_the_first_fragment() -> None:
    data = b"".join(struct.pack(">I4s", 8, kind) for kind in (b"ftyp", b"moov", b"moof", b"mdat"))
    assert [box.kind for box in boxes(held(data))] == [b"ftyp", b"moov", b"moof"]


def test_lies_about_sizes_end_the_walk() -> None:
    assert len(list(boxes(held(struct.pack(">I4s", 8, b"ftyp") * 1000)))) == MOST_BOXES
    assert list(boxes(held(struct.pack(">I4s", 4, b"ftyp") * 9))) == []
    assert len(list(boxes(held(struct.pack(">I4sQ", 1, b"ftyp", 2**63) * 9)))) == 1
    assert list(boxes(held(b"<html>" * 9))) == []


def test_a_list_of_fragments() -> None:
    body = struct.pack(">4xII II HH", 1, 10, 50, 7, 0, 2) + struct.pack(">6I", 100, 40, 1 << 31, 200, 20, 1 << 31)
    assert fragments(body, 1000) == [Fragment(1007, 1107, 0.0, 4.0), Fragment(1107, 1307, 4.0, 2.0)]
    assert fragments(body[:-1], 1000) == [] and fragments(b"", 0) == []
    assert fragments(body.replace(struct.pack(">I", 100), struct.pack(">I", 1 << 31)), 1000) == []


def test_the_block_that_reaches_beyond_what_is_here() -> None:
    cluster = b"\x1f\x43\xb6\x75\x01\xff\xff\xff\xff\xff\xff\xff" + b"\xe7\x81\x00" + b"\xa3\x50\x00" + b"\0" * 100
    assert box_after(cluster, 1000) == 1000 + 18 + 0x1000
