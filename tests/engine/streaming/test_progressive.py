"""One file with an index, in the ways that encoders make it: pictures out of order, open groups, edit lists, times that do not begin at 0.

The frames must be those that decoding the file from its beginning gives at the same times, bit for bit.
"""

from pathlib import Path

import av
import numpy as np
import pytest

from telltale.core.progress import silent
from telltale.net.range_client import RangeClient, Target
from telltale.streaming.progressive import sample_file
from telltale.streaming.remote_file import RemoteFile
from telltale.streaming.remux import remux
from telltale.video.frames import Clip, read_clip, spread
from tests.support.media.long_videos import GOP, RATE, every_frame, short_video
from tests.support.web.range_server import Shelf

COUNT, SECONDS = 8, 40
WAYS = {
    "reordered.mp4": ("h264", {"bf": "3", "x264-params": "b-pyramid=strict"}),
    "reordered.mkv": ("h264", {"bf": "3", "x264-params": "b-pyramid=strict"}),
    "open.mp4": ("h264", {"bf": "3", "x264-params": "open-gop=1"}),
    "open.mkv": ("h264", {"bf": "3", "x264-params": "open-gop=1"}),
    "open-hevc.mp4": ("hevc", {"x265-params": "log-level=none:scenecut=0:bframes=3:open-gop=1:keyint=40:min-keyint=40"}),
    "open-hevc.mkv": ("hevc", {"x265-params": "log-level=none:scenecut=0:bframes=3:open-gop=1:keyint=40:min-keyint=40"}),
    "plain.webm": ("vp9", {}),
    "hidden.webm": ("vp9", {"deadline": "good", "cpu-used": "8", "auto-alt-ref": "1", "lag-in-frames": "16"}),
    "plain.mp4": ("av1", {}),
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the files are that tests share."""
    return tmp_path_factory.mktemp("made")


def video(folder: Path, name: str) -> Path:
    """Forty seconds, encoded once."""
    codec, options = WAYS[name]
    if not (folder / name).exists():
        short_video(folder / name, codec, SECONDS, (96, 64), **options)
    return folder / name


def sampled(path: Path, shelf: Shelf, folder: Path, run: int = 1, count: int = COUNT) -> tuple[Clip, RangeClient]:
    """What is sampled of a file on a shelf."""
    client, target = RangeClient(), Target(shelf.put(path))
    size = path.stat().st_size
    found = sample_file(RemoteFile(client, target, size, path.read_bytes()[:4096]), count, silent, run)
    client.close()
    assert found
    remux(found[1], found[0], folder / "sampled.mkv", run)
    return read_clip(folder / "sampled.mkv", count), client


def shifted(path: Path, to: Path, seconds: float, **options: str) -> Path:
    """The same packets at later or earlier times."""
    with av.open(str(path)) as source, av.open(str(to), "w", options=options) as container:
        track = container.add_stream_from_template(source.streams.video[0], opaque=True)
        for packet in source.demux(source.streams.video[0]):
            if packet.size and packet.pts is not None and packet.dts is not None:
                by = round(seconds / packet.time_base)
                packet.pts, packet.dts, packet.stream = packet.pts + by, packet.dts + by, track
                container.mux(packet)
    return to


def check(clip: Clip, path: Path, run: int = 1) -> None:
    """Every frame is the local file's at its time; those of a run follow each other; the runs lie within a keyframe distance."""
    there = every_frame(path)
    for frame in clip.frames:
        at, rgb = min(there, key=lambda one: abs(one[0] - frame.time))
        assert at == pytest.approx(frame.time, abs=0.002), "not at its true time"
        assert np.array_equal(rgb, frame.rgb), f"another picture than the one at {at}"
    times = [frame.time for frame in clip.frames]
    assert len(times) == COUNT * run and times == sorted(times)
    assert all(
        at - first == pytest.approx(number / RATE, abs=0.002) for first in times[::run] for number, at in enumerate(runs(times, first, run))
    )
    assert np.abs(spread(SECONDS, COUNT) - times[::run]).max() <= GOP + 1 / RATE


def runs(times: list[float], first: float, run: int) -> list[float]:
    """The times of the run that begins at ``first``."""
    return times[times.index(first) :][:run]


@pytest.mark.parametrize("name", WAYS)
@pytest.mark.parametrize("run", [1, 9, pytest.param(2, marks=pytest.mark.long)])
def test_the_frames_are_those_of_the_file(name: str, run: int, made: Path, shelf: Shelf, tmp_path: Path) -> None:
    path = video(made, name)
    clip, client = sampled(path, shelf, tmp_path, run)
    check(clip, path, run)
    assert client.read <= path.stat().st_size


@pytest.mark.parametrize("seconds", [-1.0, 7.3])
@pytest.mark.parametrize("form", ["mp4", "mkv", "mov"])
def test_times_count_from_the_first_picture(seconds: float, form: str, made: Path, shelf: Shelf, tmp_path: Path) -> None:
    more = {"avoid_negative_ts": "disabled"} if form != "mkv" else {}
    path = shifted(video(made, "reordered.mp4"), tmp_path / f"shifted.{form}", seconds if form != "mkv" else abs(seconds), **more)
    clip, _ = sampled(path, shelf, tmp_path)
    check(clip, path)


def test_a_run_ends_at_the_next_keyframe(made: Path, shelf: Shelf, tmp_path: Path) -> None:
    path = video(made, "reordered.mp4")
    clip, _ = sampled(path, shelf, tmp_path, 60, 2)
    per_run = round(GOP * RATE)
    assert len(clip.frames) == 2 * per_run
    there = {round(at, 2): rgb for at, rgb in every_frame(path)}
    assert all(np.array_equal(there[round(frame.time, 2)], frame.rgb) for frame in clip.frames)


def test_a_picture_that_is_refreshed_little_by_little_is_never_shown_in_part(shelf: Shelf, tmp_path: Path) -> None:
    """Without keyframes but the first, nothing is sampled that is not whole."""
    path = short_video(tmp_path / "refresh.mp4", "h264", SECONDS, (96, 64), **{"x264-params": "intra-refresh=1:keyint=40"})
    found = sample_file(RemoteFile(RangeClient(), Target(shelf.put(path)), path.stat().st_size, path.read_bytes()), COUNT, silent)
    if found is None:
        return
    remux(found[1], found[0], tmp_path / "sampled.mkv")
    there = every_frame(path)
    for frame in read_clip(tmp_path / "sampled.mkv", COUNT).frames:
        assert np.array_equal(frame.rgb, min(there, key=lambda one: abs(one[0] - frame.time))[1])
