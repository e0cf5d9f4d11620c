"""Videos in pieces: several keyframes in one piece, pieces made of many fragments, few bytes, and pieces that are no good."""

from pathlib import Path

import numpy as np
import pytest

from telltale.core.errors import FetchFailed
from telltale.streaming.sample import MediaSource, source_of
from telltale.video.frames import Clip, read_clip, spread
from tests.support.media.long_videos import GOP, SEGMENTED, hls, read, repeated, same, short_video
from tests.support.web.range_server import Shelf

COUNT = 8
LONG = {"hls_time": str(5 * GOP)}
"""Segments of five keyframes."""


def local(media: Path, folder: Path, times: int = 30, count: int = COUNT) -> Clip:
    """The same moments of the same packets in a local file."""
    return read_clip(repeated(media / "h264.mp4", folder / "local.mkv", times), count)


@pytest.mark.parametrize("kind", SEGMENTED)
@pytest.mark.parametrize("ranges", [True, False])
def test_in_long_segments_the_keyframe_before_the_moment_is_read(
    kind: str, ranges: bool, media: Path, shelf: Shelf, tmp_path: Path
) -> None:
    url = hls(media, tmp_path, kind, shelf, **LONG)
    assert len(shelf.files) < 35
    shelf.ranges = ranges
    found, clip = read(MediaSource(url, "hls"), tmp_path)
    same(clip, local(media, tmp_path))
    assert all(0 <= at - frame.time < GOP for at, frame in zip(spread(600, COUNT), clip.frames, strict=True))
    size = sum(map(len, shelf.files.values())) / (len(shelf.files) - 1)
    assert found.bytes_read < COUNT * size * (0.3 if ranges else 0.85), "more than up to the moments was read"


def test_several_moments_in_one_segment(media: Path, shelf: Shelf, tmp_path: Path) -> None:
    for kind in SEGMENTED:
        (tmp_path / kind).mkdir()
        url = hls(media, tmp_path / kind, kind, shelf, 9, **LONG)
        found, clip = read(MediaSource(url, "hls"), tmp_path, 24)
        assert found.sampled and len(clip.frames) == 24
        same(clip, local(media, tmp_path, 9, 24))


def test_keyframes_that_lie_unevenly_are_found_within_the_cap(media: Path, shelf: Shelf, tmp_path: Path) -> None:
    """Where looking into every segment would cost too much, their first keyframes do."""
    url = hls(media, tmp_path, "ts", shelf, **LONG)
    shelf.ranges = False
    size = sum(map(len, shelf.files.values())) / (len(shelf.files) - 1)
    found, clip = read(MediaSource(url, "hls"), tmp_path, max_bytes=round(3 * size))
    assert found.sampled and len(clip.frames) == COUNT and found.bytes_read < 3 * size
    assert all(0 <= at - frame.time < 5 * GOP for at, frame in zip(spread(600, COUNT), clip.frames, strict=True))


@pytest.mark.parametrize("seconds", [1.0, 5.0])
def test_segments_of_many_fragments(seconds: float, media: Path, shelf: Shelf, tmp_path: Path) -> None:
    """As low-latency streams have them: pieces of pieces, of which most begin without a keyframe."""
    more = {"hls_segment_options": f"movflags=+frag_custom:frag_duration={round(seconds * 1e6)}"} | LONG
    url = hls(media, tmp_path, "fmp4", shelf, **more)
    found, clip = read(MediaSource(url, "hls"), tmp_path)
    assert found.sampled
    same(clip, local(media, tmp_path))


def test_dash_with_long_segments(media: Path, shelf: Shelf, tmp_path: Path) -> None:
    hls(media, tmp_path, "fmp4", shelf, **LONG)
    names = sorted((name for name in shelf.files if name.endswith(".m4s")), key=lambda name: int(name[5:-4]))
    fragments = [{"url": f"{shelf.url}/init.mp4"}, *({"path": name[1:], "duration": 5 * GOP} for name in names)]
    info = {"protocol": "http_dash_segments", "url": f"{shelf.url}/x.mpd", "fragment_base_url": f"{shelf.url}/", "fragments": fragments}
    found, clip = read(source_of(info), tmp_path)
    assert found.sampled and found.requests <= 4 * COUNT + 1
    same(clip, local(media, tmp_path))


@pytest.mark.parametrize("kind", SEGMENTED)
def test_damaged_and_missing_segments(kind: str, media: Path, shelf: Shelf, tmp_path: Path) -> None:
    url = hls(media, tmp_path, kind, shelf)
    segments = sorted(name for name in shelf.files if name.endswith((".ts", ".m4s")))
    for name in segments[::2]:
        shelf.files[name] = np.random.default_rng(0).bytes(len(shelf.files[name]))
    found, clip = read(MediaSource(url, "hls"), tmp_path)
    whole = {round(frame.time, 2): frame.rgb for frame in local(media, tmp_path).frames}
    assert found.sampled and 0 < len(clip.frames) < COUNT
    assert all(np.array_equal(frame.rgb, whole[round(frame.time, 2)]) for frame in clip.frames), "a frame of a damaged segment was kept"
    for name in segments:
        del shelf.files[name]
    with pytest.raises(FetchFailed) as caught:
        read(MediaSource(url, "hls"), tmp_path)
    assert caught.value.code in ("fetch.upstream", "fetch.gone")


@pytest.mark.parametrize("times", [9, 1], ids=["sampled", "joined"])
@pytest.mark.parametrize("how", ["missing", "gap", "no end"])
def test_a_segment_that_is_missing_costs_no_more_than_itself(how: str, times: int, media: Path, shelf: Shelf, tmp_path: Path) -> None:
    url = hls(media, tmp_path, "ts", shelf, times, hls_time="4" if times == 1 else str(GOP))
    segments = sorted((name for name in shelf.files if name.endswith(".ts")), key=lambda name: int("".join(filter(str.isdigit, name))))
    listed, middle = shelf.files["/list.m3u8"].decode(), segments[len(segments) // 2]
    if how == "missing":
        del shelf.files[middle]
    elif how == "gap":
        shelf.files["/list.m3u8"] = listed.replace(f"{middle[1:]}\n", f"#EXT-X-GAP\n{middle[1:]}\n").encode()
        del shelf.files[middle]
    else:
        shelf.files["/list.m3u8"] = listed.replace("#EXT-X-ENDLIST", "").encode()
    found, clip = read(MediaSource(url, "hls"), tmp_path)
    assert found.sampled is (times > 1) and len(clip.frames) >= COUNT - 1 - (how != "no end")
    assert clip.duration == pytest.approx(20 * times, abs=5)


def test_what_there_is_most_of_is_the_video_not_an_advertisement(media: Path, shelf: Shelf, tmp_path: Path) -> None:
    url = hls(media, tmp_path, "ts", shelf)
    segments = sorted((name for name in shelf.files if name.endswith(".ts")), key=lambda name: int("".join(filter(str.isdigit, name))))
    advertisement = short_video(tmp_path / "ad.ts", "h264", seconds=4, size=(320, 180))
    for name in segments[len(segments) // 2 - 12 : len(segments) // 2 + 12]:
        shelf.files[name] = advertisement.read_bytes()
    _, clip = read(MediaSource(url, "hls"), tmp_path)
    assert (clip.width, clip.height) == (160, 120) and len(clip.frames) >= COUNT // 2
    assert clip.frames[0].time < 100 and clip.frames[-1].time > 500
