"""Segments that anybody decrypts with a key from an open address: the frames are those of the open video; a key that is none is told of."""

from pathlib import Path

import numpy as np
import pytest
from yt_dlp.aes import aes_cbc_encrypt_bytes

from telltale.core.errors import FetchFailed
from telltale.net.range_client import RangeClient, Target
from telltale.streaming.hls_aes import Encryption, decrypt, unpad
from telltale.streaming.sample import MediaSource
from telltale.streaming.segments import Piece, SegmentStream
from telltale.video.frames import read_clip
from tests.support.media.long_videos import hls, read, repeated, same
from tests.support.web.range_server import Shelf

KEY, VECTOR = b"sixteen bytes ok", bytes(range(16))
PLAIN = np.random.default_rng(3).bytes(3001)
LOCKED = aes_cbc_encrypt_bytes(PLAIN, KEY, VECTOR)


@pytest.mark.parametrize("vector", ["", "0123456789abcdef0123456789abcdef"])
@pytest.mark.parametrize("ranges", [True, False])
def test_the_frames_are_those_of_the_open_video(vector: str, ranges: bool, media: Path, shelf: Shelf, tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(KEY)
    (tmp_path / "info").write_text(f"{shelf.url}/key\n{tmp_path / 'key'}\n{vector}\n")
    url = hls(media, tmp_path / "list", "ts", shelf, 10, hls_key_info_file=str(tmp_path / "info"))
    assert b"METHOD=AES-128" in shelf.files["/list.m3u8"] and shelf.files["/list0.ts"][0] != 0x47
    shelf.put(tmp_path / "key")
    shelf.ranges = ranges
    found, clip = read(MediaSource(url, "hls"), tmp_path)
    assert found.sampled and sum(path == "/key" for path, _ in shelf.asked) == 1
    assert found.bytes_read < sum(map(len, shelf.files.values())) / 4
    same(clip, read_clip(repeated(media / "h264.mp4", tmp_path / "local.mkv", 10), 8))
    found, clip = read(
        MediaSource(hls(media, tmp_path / "list", "ts", shelf, 1, hls_key_info_file=str(tmp_path / "info")), "hls"), tmp_path
    )
    assert not found.sampled and len(clip.frames) == 8


@pytest.mark.parametrize("key", [b"", b"fifteen bytes..", b"<html>no key for you</html>", None])
def test_a_key_that_is_none(key: bytes | None, media: Path, shelf: Shelf, tmp_path: Path) -> None:
    url = hls(media, tmp_path, "ts", shelf, 4)
    shelf.files["/list.m3u8"] = shelf.files["/list.m3u8"].replace(b"#EXTINF", b'#EXT-X-KEY:METHOD=AES-128,URI="key"\n#EXTINF', 1)
    if key is not None:
        shelf.files["/key"] = key
    with pytest.raises(FetchFailed) as caught:
        read(MediaSource(url, "hls"), tmp_path)
    assert caught.value.code in ("fetch.upstream", "fetch.gone") and len(shelf.asked) == 2


def test_a_wrong_key_gives_no_frames(media: Path, shelf: Shelf, tmp_path: Path) -> None:
    url = hls(media, tmp_path, "ts", shelf, 4)
    shelf.files["/list.m3u8"] = shelf.files["/list.m3u8"].replace(b"#EXTINF", b'#EXT-X-KEY:METHOD=AES-128,URI="key"\n#EXTINF', 1)
    shelf.files["/key"] = KEY
    with pytest.raises(FetchFailed) as caught:
        read(MediaSource(url, "hls"), tmp_path)
    assert caught.value.code == "fetch.not_a_video"


@pytest.mark.parametrize("size", [0, 15, 16, 17, 256, 3008])
def test_blocks(size: int) -> None:
    assert decrypt(LOCKED[:size], KEY, VECTOR)[:3001] == PLAIN[: size // 16 * 16]


def test_padding() -> None:
    assert unpad(decrypt(LOCKED, KEY, VECTOR)) == PLAIN
    assert unpad(b"x\x02") == b"x\x02" and unpad(b"") == b"" and unpad(b"\x01") == b""


@pytest.mark.parametrize("ranges", [True, False])
@pytest.mark.parametrize("place", [0, 7])
def test_any_part_of_a_locked_piece(ranges: bool, place: int, shelf: Shelf) -> None:
    shelf.files["/x"] = b"z" * place + LOCKED + b"z" * place
    shelf.ranges = ranges
    key = Target(f"{shelf.url}/key")
    piece = Piece(Target(f"{shelf.url}/x"), 0.0, 1.0, place, place + len(LOCKED) if place else None, lock=Encryption(key, VECTOR))
    client = RangeClient()
    with SegmentStream(client, piece, {key: KEY}) as beginning:
        assert beginning.upto(100) == PLAIN[:100]
        for start, stop in ((0, 5), (16, 32), (100, 101), (2000, 2999), (15, 3001)):
            assert beginning.span(start, stop) == PLAIN[start:stop]
        assert beginning.upto(5000) == PLAIN and beginning.ended
    client.close()
