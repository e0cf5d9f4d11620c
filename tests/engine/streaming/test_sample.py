"""Reading a long video by little of it: whatever the container and the server, the frames are those of the file itself, bit for bit."""

import itertools
from pathlib import Path

import numpy as np
import pytest

from telltale.core.errors import FetchFailed
from telltale.core.progress import Progress
from telltale.net.range_client import RangeClient
from telltale.streaming.sample import MediaSource, sample
from telltale.video.frames import read_clip, spread
from tests.support.media.long_videos import GOP, SEGMENTED, hls, read, repeated, same
from tests.support.web.range_server import Shelf

COUNT = 8
FILES = {
    "front.mp4": ("h264", {"movflags": "faststart"}),
    "end.mp4": ("h264", {}),
    "end.mkv": ("h264", {}),
    "hevc.mp4": ("hevc", {"movflags": "faststart"}),
    "hevc.mkv": ("hevc", {}),
    "vp9.webm": ("vp9", {}),
    "av1.mp4": ("av1", {"movflags": "faststart"}),
    "fragmented.mp4": ("h264", {"movflags": "frag_keyframe+empty_moov+default_base_moof+global_sidx"}),
}


def long_file(media: Path, folder: Path, name: str, times: int = 30) -> Path:
    """Ten minutes in one file."""
    codec, options = FILES[name]
    return repeated(next(media.glob(f"{codec}.*")), folder / name, times, options=options)


@pytest.mark.parametrize("name", FILES)
def test_a_long_file_is_sampled_and_its_frames_are_those_of_the_file(name: str, media: Path, shelf: Shelf, tmp_path: Path) -> None:
    path = long_file(media, tmp_path, name)
    shelf.latency = 0.03
    found, clip = read(shelf.put(path), tmp_path)
    assert found.sampled and len(clip.frames) == COUNT
    assert shelf.sent == found.bytes_read < path.stat().st_size / 20
    assert len(shelf.asked) == found.requests < 45
    assert shelf.connections <= 6 and found.seconds < 2
    assert found.duration == pytest.approx(600, abs=0.5)
    assert np.abs([frame.time for frame in clip.frames] - spread(600, COUNT)).max() <= GOP
    same(clip, read_clip(path, COUNT))


@pytest.mark.parametrize("kind", SEGMENTED)
@pytest.mark.parametrize("ranges", [True, False])
def test_of_segments_only_their_beginnings_are_read(kind: str, ranges: bool, media: Path, shelf: Shelf, tmp_path: Path) -> None:
    url = hls(media, tmp_path, kind, shelf)
    shelf.ranges = ranges
    found, clip = read(MediaSource(url, "hls"), tmp_path)
    assert found.sampled and len(clip.frames) == COUNT and found.duration == pytest.approx(600, abs=0.5)
    assert found.bytes_read < sum(map(len, shelf.files.values())) / 20
    assert found.requests == len(shelf.asked) <= 2 * COUNT + 2
    local = read_clip(repeated(media / "h264.mp4", tmp_path / "local.mkv", 30), COUNT)
    same(clip, local)


def test_hls_of_byte_ranges(media: Path, shelf: Shelf, tmp_path: Path) -> None:
    url = hls(media, tmp_path, "ts", shelf, hls_flags="single_file")
    found, clip = read(MediaSource(url, "hls"), tmp_path)
    assert found.sampled and {path for path, _ in shelf.asked} == {"/list.m3u8", "/list.ts"}
    same(clip, read_clip(repeated(media / "h264.mp4", tmp_path / "local.mkv", 30), COUNT))


@pytest.mark.parametrize("trouble", ["no ranges", "packed"])
def test_a_server_without_ranges_is_read_once_and_whole(trouble: str, media: Path, shelf: Shelf, tmp_path: Path) -> None:
    path = long_file(media, tmp_path, "front.mp4", 3)
    url = shelf.put(path)
    shelf.ranges, shelf.trouble = False, trouble
    found, clip = read(url, tmp_path)
    assert not found.sampled and found.requests == 1 and found.path.read_bytes() == path.read_bytes()
    same(clip, read_clip(path, COUNT))


def test_a_short_clip_is_read_whole(media: Path, shelf: Shelf, tmp_path: Path) -> None:
    found, clip = read(shelf.put(media / "h264.mp4"), tmp_path)
    assert not found.sampled and found.requests == 2 and found.bytes_read == (media / "h264.mp4").stat().st_size
    same(clip, read_clip(media / "h264.mp4", COUNT))
    found, clip = read(MediaSource(hls(media, tmp_path, "fmp4", shelf, 1), "hls"), tmp_path)
    assert not found.sampled and len(clip.frames) == COUNT


def test_a_redirect_is_followed_once(media: Path, shelf: Shelf, tmp_path: Path) -> None:
    path = long_file(media, tmp_path, "front.mp4")
    shelf.put(path)
    shelf.moved["/watch"] = "/front.mp4"
    found, clip = read(f"{shelf.url}/watch", tmp_path)
    assert found.sampled and sum(asked == "/watch" for asked, _ in shelf.asked) == 1
    same(clip, read_clip(path, COUNT))


@pytest.mark.parametrize("trouble", ["shifted", "other length", "truncated", "status"])
def test_a_lying_server_is_told_of_and_leaves_no_sample(trouble: str, media: Path, shelf: Shelf, tmp_path: Path) -> None:
    url = shelf.put(long_file(media, tmp_path, "front.mp4"))
    shelf.trouble = trouble
    (tmp_path / "job").mkdir()
    with pytest.raises(FetchFailed) as caught:
        read(url, tmp_path / "job")
    assert caught.value.code == "fetch.upstream" and shelf.url not in caught.value.sentence
    assert len(shelf.asked) < 30 and not list((tmp_path / "job").iterdir())


def test_progress_reaches_the_end_and_a_listener_can_stop_it(media: Path, shelf: Shelf, tmp_path: Path) -> None:
    url = shelf.put(long_file(media, tmp_path, "front.mp4"))
    heard: list[Progress] = []
    client = RangeClient()
    sample(MediaSource(url, "http"), COUNT, client, tmp_path, heard.append)
    assert heard and all(one.step == "fetch" and 0 <= one.done <= one.total for one in heard)
    assert all(a.done <= b.done for a, b in itertools.pairwise(heard) if a.total == b.total)

    def stop(_: Progress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sample(MediaSource(url, "http"), COUNT, client, tmp_path, stop)
    client.close()
