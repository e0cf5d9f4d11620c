"""Packets -> the one file of them: true times, the length of the whole, and nothing of what does not belong there."""

import io
from pathlib import Path

import av
import numpy as np
import pytest

from telltale.core.errors import FetchFailed
from telltale.core.progress import Progress
from telltale.streaming.remux import Keyframe, open_demuxer, pictures, remux
from telltale.video.container import RUN_LENGTH, SAMPLED_FROM
from telltale.video.frames import read_clip
from telltale.video.gop import run_of
from tests.support.media.bad_media import audio_only, broken_file, rotated_video
from tests.support.media.long_videos import GOP, every_frame


def keyframes(path: Path, times: list[float], run: int = 1) -> list[Keyframe]:
    """Those at these times of a file."""
    container = open_demuxer(io.BytesIO(path.read_bytes()), 5_000_000)
    stream = pictures(container)
    found = []
    for time in times:
        container.seek(round(time / float(stream.time_base or 1)) + (stream.start_time or 0), stream=stream)
        found.append(Keyframe(time, run_of(container.demux(stream), run, whole=True)[0], stream))
    return found


@pytest.mark.parametrize("name", ["h264.mp4", "hevc.mp4", "vp9.webm", "av1.mp4"])
def test_keyframes_keep_their_times_and_pictures(name: str, media: Path, tmp_path: Path) -> None:
    found = keyframes(media / name, [2 * GOP, 0.0, GOP])
    remux(found, 1234.5, tmp_path / "x.mkv")
    heard: list[Progress] = []
    clip = read_clip(tmp_path / "x.mkv", 32, listener=heard.append)
    there = {round(at, 2): rgb for at, rgb in every_frame(media / name)}
    assert clip.duration == 1234.5 and [frame.time for frame in clip.frames] == [0.0, GOP, 2 * GOP] and heard
    assert all(np.array_equal(there[frame.time], frame.rgb) for frame in clip.frames)
    with av.open(str(tmp_path / "x.mkv")) as container:
        packets = [packet for packet in container.demux(video=0) if packet.size]
        assert [bytes(packet) for packet in packets] == [bytes(one.packets[0]) for one in sorted(found, key=lambda one: one.time)]
        assert (container.metadata[SAMPLED_FROM], container.metadata[RUN_LENGTH]) == ("1234.500", "1")
    assert len(read_clip(tmp_path / "x.mkv", 2).frames) == 2


def test_runs_that_overlap_are_kept_once(media: Path, tmp_path: Path) -> None:
    found = keyframes(media / "h264.mp4", [0.0, 0.0, GOP], 5)
    found.append(Keyframe(0.2, found[2].packets, found[2].stream))
    remux(found[1:], 20.0, tmp_path / "x.mkv", 5)
    clip = read_clip(tmp_path / "x.mkv", 32)
    assert [round(frame.time, 1) for frame in clip.frames] == [0.0, 0.1, 0.2, 0.3, 0.4, 4.0, 4.1, 4.2, 4.3, 4.4]


@pytest.mark.parametrize("said", ["0", "x", "-3", "99999999999999999999", "١"])
def test_what_a_file_says_of_its_runs_is_not_trusted(said: str, media: Path, tmp_path: Path) -> None:
    found = keyframes(media / "h264.mp4", [0.0, GOP], 5)
    remux(found, 20.0, tmp_path / "x.mkv", 5)
    body = (tmp_path / "x.mkv").read_bytes()
    assert RUN_LENGTH.encode() in body
    with av.open(str(tmp_path / "x.mkv")) as source, av.open(str(tmp_path / "y.mkv"), "w") as target:
        target.metadata.update({SAMPLED_FROM: "20.000", RUN_LENGTH: said})
        track = target.add_stream_from_template(source.streams.video[0], opaque=True)
        for packet in source.demux(video=0):
            if packet.size:
                packet.stream = track
                target.mux(packet)
    assert len(read_clip(tmp_path / "y.mkv", 8).frames) in (0, 2, 10)


def test_what_is_no_video(tmp_path: Path) -> None:
    with pytest.raises(FetchFailed) as caught:
        pictures(open_demuxer(io.BytesIO(audio_only(tmp_path).read_bytes()), 5_000_000))
    assert caught.value.code == "fetch.not_a_video"
    with pytest.raises(FetchFailed):
        pictures(open_demuxer(io.BytesIO(broken_file(tmp_path).read_bytes()), 5_000_000))


def test_a_turned_video_stays_turned(tmp_path: Path) -> None:
    path = rotated_video(tmp_path)
    remux(keyframes(path, [0.0]), 1.0, tmp_path / "x.mkv")
    assert np.array_equal(read_clip(tmp_path / "x.mkv").frames[0].rgb, read_clip(path).frames[0].rgb)
