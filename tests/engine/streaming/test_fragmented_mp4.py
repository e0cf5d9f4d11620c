"""Fragmented MP4 without a list at its beginning, as ffmpeg writes it in many ways: the frames are those of the file; lists that lie."""

import struct
from pathlib import Path

import pytest

from telltale.core.errors import FetchFailed
from telltale.video.frames import read_clip
from tests.support.media.long_videos import read, repeated, same
from tests.support.web.range_server import Shelf

PLAIN = "frag_keyframe+empty_moov+default_base_moof"
WAYS = {
    "listed at the end": {"movflags": PLAIN},
    "listed at the end, absolute": {"movflags": "frag_keyframe+empty_moov"},
    "not listed": {"movflags": f"{PLAIN}+skip_trailer"},
    "not listed, absolute": {"movflags": "frag_keyframe+empty_moov+skip_trailer"},
    "samples in front": {"movflags": "frag_keyframe"},
    "samples in front, not listed": {"movflags": "frag_keyframe+skip_trailer"},
    "negative offsets": {"movflags": f"{PLAIN}+negative_cts_offsets+skip_trailer"},
    "fragments without keyframes": {"movflags": "empty_moov+default_base_moof+skip_trailer", "frag_duration": "1500000"},
    "fragments without keyframes, listed": {"movflags": "empty_moov+default_base_moof", "frag_duration": "1500000"},
    "long fragments": {"movflags": "empty_moov+default_base_moof", "frag_duration": "14000000"},
}
COUNT = 8


@pytest.mark.parametrize("way", WAYS)
def test_the_frames_are_those_of_the_file(way: str, media: Path, shelf: Shelf, tmp_path: Path) -> None:
    path = repeated(media / "h264.mp4", tmp_path / "long.mp4", 10, options=WAYS[way])
    shelf.latency = 0.005
    found, clip = read(shelf.put(path), tmp_path)
    assert found.sampled and found.duration == pytest.approx(200, abs=0.5)
    assert found.bytes_read < path.stat().st_size / (3 if "not listed" in way or "without" in way or "front" in way else 15)
    same(clip, read_clip(path, COUNT))


def test_the_list_at_the_end_spares_the_walk(media: Path, shelf: Shelf, tmp_path: Path) -> None:
    path = repeated(media / "h264.mp4", tmp_path / "long.mp4", 10, options={"movflags": PLAIN})
    found, _ = read(shelf.put(path), tmp_path)
    assert found.requests <= COUNT + 6


@pytest.mark.parametrize("lie", ["places", "beyond", "size", "fragments"])
def test_a_list_that_lies_leads_to_no_wrong_frame(lie: str, media: Path, shelf: Shelf, tmp_path: Path) -> None:
    path = repeated(media / "h264.mp4", tmp_path / "long.mp4", 10, options={"movflags": PLAIN})
    body = bytearray(path.read_bytes())
    at = body.rindex(b"mfra") - 4
    if lie == "size":
        body[-4:] = struct.pack(">I", 2**31)
    elif lie == "fragments":
        body = body.replace(b"moof" + b"\0\0\0\x10mfhd", b"moof" + b"\0\0\0\x10mfhx")
    else:
        entry = body.index(b"tfra") + 20
        wide = 8 if body[entry - 16] else 4
        for number in range(3, 30):
            place = entry + number * (2 * wide + 3) + wide
            said = int.from_bytes(body[place : place + wide])
            body[place : place + wide] = (said + 5 if lie == "places" else said + len(body)).to_bytes(wide)
    assert at > 0
    shelf.files["/x.mp4"] = bytes(body)
    try:
        found, clip = read(f"{shelf.url}/x.mp4", tmp_path)
    except FetchFailed as failure:
        assert failure.code in ("fetch.not_a_video", "fetch.upstream")
        return
    assert found.sampled
    same(clip, read_clip(path, COUNT))


def test_too_many_fragments_are_told_of(shelf: Shelf, tmp_path: Path, media: Path) -> None:
    path = repeated(media / "h264.mp4", tmp_path / "long.mp4", 10, options=WAYS["not listed"])
    body = path.read_bytes()
    first = body.index(b"moof") - 4
    shelf.files["/x.mp4"] = (
        body[:first] + (struct.pack(">I4s", 16, b"moof") + bytes(8) + struct.pack(">I4s", 3000, b"mdat") + bytes(2992)) * 4000
    )
    with pytest.raises(FetchFailed) as caught:
        read(f"{shelf.url}/x.mp4", tmp_path)
    assert caught.value.code == "fetch.too_large" and len(shelf.asked) < 4001
