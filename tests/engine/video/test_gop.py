"""Runs of consecutive pictures: by packets alone, and from every kind of source to the frames that are read in the end."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from telltale.fetch.fetch import fetch
from telltale.net.limits import FetchLimits
from telltale.streaming.sample import MediaSource
from telltale.video.frames import read_clip, spread
from telltale.video.gop import run_of, runs_of
from tests.support.media.long_videos import GOP, RATE, every_frame, hls, read, repeated
from tests.support.web.range_server import Shelf


@dataclass
class Packet:
    """What of a packet matters here."""

    pts: int | None
    dts: int | None
    is_keyframe: bool = False
    is_corrupt: bool = False
    is_discard: bool = False
    size: int = 1


I, P = True, False  # noqa: E741
ORDER = [
    Packet(pts, dts, key)
    for dts, (pts, key) in enumerate([(2, I), (5, P), (3, P), (4, P), (8, P), (6, P), (7, P), (11, I), (9, P), (10, P)])
]
"""I B B P in decoding order; the second group is open: 9 and 10 are shown before its keyframe."""


@pytest.mark.parametrize(
    ("length", "shown"),
    [(1, [2]), (2, [2, 5, 3]), (3, [2, 5, 3, 4]), (4, [2, 5, 3, 4]), (5, [2, 5, 3, 4, 8, 6]), (99, [2, 5, 3, 4, 8, 6, 7])],
)
@pytest.mark.parametrize("told", [True, False])
def test_what_the_first_pictures_need(length: int, shown: list[int], told: bool) -> None:
    packets = [Packet(one.pts, one.dts if told else None, one.is_keyframe) for one in ORDER]
    found, certain = run_of(packets, length, whole=True)  # type: ignore[arg-type]
    assert [packet.pts for packet in found] == shown and certain


def test_what_is_shown_before_its_keyframe_is_left_out() -> None:
    found, certain = run_of(ORDER[7:], 3, whole=False)  # type: ignore[arg-type]
    assert [packet.pts for packet in found] == [11] and not certain
    assert [[packet.pts for packet in run] for run in runs_of(ORDER, 2)] == [[2, 5, 3], [11]]  # type: ignore[arg-type]


def test_damaged_packets_and_such_without_a_time_are_passed_over() -> None:
    refused = [Packet(None, 0, I), Packet(1, 1, I, is_corrupt=True), Packet(1, 1, I, is_discard=True), Packet(2, 2, P)]
    packets = [*refused, Packet(3, 3, I), Packet(4, 4, P, size=0)]
    assert [packet.pts for packet in run_of(packets, 1, whole=True)[0]] == [3]  # type: ignore[arg-type]
    assert run_of(refused, 1, whole=True) == ([], False)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "source",
    [
        *("front.mp4", "fragmented.mp4", "hls ts"),
        *(pytest.param(source, marks=pytest.mark.long) for source in ("end.mkv", "listed.mp4", "hls fmp4", "hls long ts")),
    ],
)
def test_runs_from_every_source(source: str, media: Path, shelf: Shelf, tmp_path: Path) -> None:
    run, count = 4, 8
    movflags = {"front.mp4": "faststart", "fragmented.mp4": "frag_keyframe+empty_moov+default_base_moof+global_sidx"}
    movflags["listed.mp4"] = "frag_keyframe+empty_moov+default_base_moof"
    local = repeated(media / "h264.mp4", tmp_path / "local.mkv", 10)
    if source.startswith("hls"):
        more = {"hls_time": str(5 * GOP)} if "long" in source else {}
        asked = MediaSource(hls(media, tmp_path / "list", source.split()[-1], shelf, 10, **more), "hls")
    else:
        options = {"movflags": movflags[source]} if source in movflags else {}
        asked = MediaSource(shelf.put(repeated(media / "h264.mp4", tmp_path / source, 10, options=options)), "http")
    found, clip = read(asked, tmp_path, count, run)
    assert found.sampled and len(clip.frames) == count * run
    there = {round(at, 2): rgb for at, rgb in every_frame(local)}
    for first in range(0, count * run, run):
        frames = clip.frames[first : first + run]
        assert [round((frame.time - frames[0].time) * RATE) for frame in frames] == list(range(run))
        assert all(np.array_equal(there[round(frame.time, 2)], frame.rgb) for frame in frames)
    times = np.array([frame.time for frame in clip.frames[::run]])
    assert np.abs(times - spread(200, count)).max() <= GOP
    assert [frame.index for frame in clip.frames] == list(range(count * run))


def test_a_fetch_may_ask_for_runs(media: Path, shelf: Shelf, tmp_path: Path) -> None:
    """Through the fetching child: of each of four moments the keyframe and the two pictures that follow it."""
    url = shelf.put(repeated(media / "h264.mp4", tmp_path / "long.mp4", 60))
    limits = FetchLimits(allow_hosts=frozenset({url.split("/")[2]}))
    found = fetch(url, tmp_path / "fetched", limits=limits, frames=4, run=3)
    times = [frame.time for frame in read_clip(found.path, 4).frames]
    assert found.sampled and len(times) == 12
    steps = np.diff(times)
    assert (steps < 0.2).sum() == 8 and (steps > 60).sum() == 3
