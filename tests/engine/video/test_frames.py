"""Reading frames: spread over the whole length, right way up, in every container a user has; and every way in which a file can be
no good."""

import itertools
from pathlib import Path

import av
import numpy as np
import pytest

from telltale.core.errors import BadMedia
from telltale.video.file_types import HEAD_BYTES, begins_like_media
from telltale.video.frames import read_clip, sha256_of, spread


def numbered(
    path: Path, seconds: float, *, fps: int = 25, codec: str = "libx264", gop: int = 25, size: tuple[int, int] = (64, 48), turn: int = 0
) -> Path:
    """A video whose brightness tells the time: 0 at the start, 250 at the end; its upper left quarter is white."""
    total = round(seconds * fps)
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=fps, options={"g": str(gop), "sc_threshold": "0"})
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        if turn:
            stream.set_display_rotation(turn)
        for number in range(total):
            picture = np.full((size[1], size[0], 3), round(200 * number / total), np.uint8)
            picture[: size[1] // 4, : size[0] // 4] = 255
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))
    return path


@pytest.mark.parametrize(
    ("name", "codec"), [("a.mp4", "libx264"), ("a.mkv", "libx264"), ("a.webm", "libvpx-vp9"), ("a.avi", "mpeg4"), ("a.ts", "libx264")]
)
def test_frames_are_spread_over_the_whole_length(tmp_path: Path, name: str, codec: str) -> None:
    clip = read_clip(numbered(tmp_path / name, 4, codec=codec), 8)
    assert (clip.kind, clip.width, clip.height, len(clip.frames)) == ("video", 64, 48, 8)
    assert clip.duration == pytest.approx(4, abs=0.2)
    times = [frame.time for frame in clip.frames]
    assert np.abs(times - spread(4, 8)).max() < 0.1
    brightness = [frame.rgb[40, 40].mean() for frame in clip.frames]
    assert np.abs(np.array(brightness) - 50 * np.array(times)).max() < 12, "the picture is not the one of that time"


def test_a_long_video_is_read_by_keyframes(tmp_path: Path) -> None:
    path = numbered(tmp_path / "long.mp4", 60, fps=10, gop=10)
    clip = read_clip(path, 16)
    assert len(clip.frames) == 16
    times = np.array([frame.time for frame in clip.frames])
    assert np.abs(times - spread(60, 16)).max() <= 1.0, "further than one keyframe distance from what was asked"
    assert np.abs(times - np.round(times)).max() < 1e-6, "a frame between keyframes was decoded"
    assert np.abs(np.array([frame.rgb[40, 40].mean() for frame in clip.frames]) - 200 * times / 60).max() < 12


def test_a_long_video_with_one_keyframe_is_read_in_sequence(tmp_path: Path) -> None:
    clip = read_clip(numbered(tmp_path / "one.mp4", 30, fps=10, gop=1000), 16)
    assert np.abs(np.array([frame.time for frame in clip.frames]) - spread(30, 16)).max() < 0.2


@pytest.mark.parametrize(("turn", "corner"), [(90, (-1, 0)), (180, (-1, -1)), (270, (0, -1))])
def test_a_turned_clip_is_shown_upright(tmp_path: Path, turn: int, corner: tuple[int, int]) -> None:
    """The white upper left corner goes where a player would show it: rotations count anticlockwise."""
    clip = read_clip(numbered(tmp_path / "a.mp4", 1, turn=turn), 4)
    assert (clip.width, clip.height) == ((64, 48) if turn == 180 else (48, 64))
    picture = clip.frames[0].rgb
    corners = {(y, x): picture[y * 3, x * 3].mean() for y in (0, -1) for x in (0, -1)}
    assert corners[corner] > 230
    assert all(value < 60 for place, value in corners.items() if place != corner)


def test_a_short_clip_gives_what_it_has(tmp_path: Path) -> None:
    assert len(read_clip(numbered(tmp_path / "short.mp4", 0.2), 32).frames) == 5


def test_frames_are_in_order_of_time_and_numbered(tmp_path: Path) -> None:
    frames = read_clip(numbered(tmp_path / "a.mp4", 2), 10).frames
    assert [frame.index for frame in frames] == list(range(10))
    assert all(a.time < b.time for a, b in itertools.pairwise(frames))


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.webp"])
def test_a_picture_is_a_video_of_one_frame(tmp_path: Path, name: str) -> None:
    from PIL import Image

    Image.new("RGB", (70, 50), (200, 10, 10)).save(tmp_path / name)
    clip = read_clip(tmp_path / name)
    assert (clip.kind, clip.duration, len(clip.frames)) == ("image", None, 1)
    assert clip.frames[0].rgb.shape == (50, 70, 3)
    assert clip.frames[0].rgb[25, 35, 0] > 180


def test_a_file_is_known_by_its_content_not_its_name(tmp_path: Path) -> None:
    path = numbered(tmp_path / "a.mp4", 1)
    renamed = path.rename(tmp_path / "holiday.txt")
    assert len(read_clip(renamed, 4).frames) == 4


def test_a_cut_video_gives_what_can_be_read(tmp_path: Path) -> None:
    path = numbered(tmp_path / "a.ts", 4)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert 1 <= len(read_clip(path, 8).frames) <= 8


def test_a_recording_that_was_cut_off_is_told_so(tmp_path: Path) -> None:
    path = numbered(tmp_path / "cut.mp4", 2)
    whole = path.read_bytes()
    for length in (whole.index(b"moov") - 4, whole.index(b"mdat") + 400):
        path.write_bytes(whole[:length])
        with pytest.raises(BadMedia, match=r"cut\.mp4” was cut off before its index") as refused:
            read_clip(path)
        assert refused.value.code == "media.not_media"


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("a.mxf", "mpeg2video"),
        ("a.ivf", "libvpx-vp9"),
        ("a.h264", "libx264"),
        ("a.hevc", "libx265"),
        ("a.y4m", "wrapped_avframe"),
        ("a.vob", "mpeg2video"),
    ],
)
def test_what_cameras_and_recorders_write(tmp_path: Path, name: str, codec: str) -> None:
    clip = read_clip(numbered(tmp_path / name, 2, codec=codec), 4)
    assert (clip.kind, clip.width, clip.height, len(clip.frames)) == ("video", 64, 48, 4)
    brightness = [frame.rgb[40, 40].mean() for frame in clip.frames]
    assert brightness == sorted(brightness) and brightness[-1] > brightness[0] + 80
    assert begins_like_media(Path(tmp_path / name).read_bytes()[:HEAD_BYTES]) or name.endswith(("h264", "hevc"))


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("empty.mp4", b"", "media.empty"),
        ("text.mp4", b"this is not a video, whatever its name says\n" * 9, "media.not_media"),
        ("noise.mp4", bytes(range(256)) * 40, "media.not_media"),
        ("list.mp4", b"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nlist.mp4\n", "media.not_media"),
        ("concat.mp4", b"ffconcat version 1.0\nfile /etc/hostname\n", "media.not_media"),
    ],
)
def test_what_is_no_media(tmp_path: Path, name: str, content: bytes, code: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadMedia) as caught:
        read_clip(tmp_path / name)
    assert caught.value.code == code
    assert name in caught.value.sentence


def test_an_absent_file(tmp_path: Path) -> None:
    with pytest.raises(BadMedia, match=r"There is no file named “nothing\.mp4”") as caught:
        read_clip(tmp_path / "nothing.mp4")
    assert caught.value.code == "media.not_found"


def test_sound_alone(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "a.m4a"), "w") as container:
        stream = container.add_stream("aac", rate=44100)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 44100), np.float32), format="fltp", layout="mono")
        frame.sample_rate = 44100
        container.mux([*stream.encode(frame), *stream.encode(None)])
    with pytest.raises(BadMedia) as caught:
        read_clip(tmp_path / "a.m4a")
    assert caught.value.code == "media.no_picture"


def test_the_hash_is_the_files(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    assert sha256_of(tmp_path / "a") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_reading_on_in_sequence_forgets_what_was_sought(shared: Path) -> None:
    """The later half of this clip says that it is BT.709; its few keyframes are sought before it is read from the start."""
    path = shared / "data" / "playerberny" / "real" / "obama.mp4"
    sought = read_clip(path, 32).frames[:2]
    with av.open(str(path)) as container:
        start = float((container.streams.video[0].start_time or 0) * (container.streams.video[0].time_base or 0))
        plain = {round(frame.time - start, 4): frame for frame in itertools.islice(container.decode(video=0), 60)}
        for frame in sought:
            assert np.array_equal(frame.rgb, plain[round(frame.time, 4)].to_ndarray(format="rgb24"))
