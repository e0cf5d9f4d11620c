"""On the device: the frames that a real Chromium takes of a file are those that the server reads, at the same times; to the last bit where
the file can be decoded from its index."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from telltale.video.captured_frames import CapturedPicture, index_of, read_captured
from telltale.video.frames import Clip, read_clip
from tests.support.browser.local_page import Device, device_page, received
from tests.support.media.bad_media import gradient, rotated_video, still_picture, text_named_mp4, truncated
from tests.support.media.long_videos import repeated
from tests.support.web.static_server import Web

pytestmark = pytest.mark.browser

READ = """
const { readClip } = await load("media/frames");
const [name, type, count] = given;
const told = [];
try {
  const { frames, ...clip } = await readClip(await blobOf(name, type), count, { told: (...now) => told.push(now) });
  const shown = frames.map(({ time, picture }) => ({ time, width: picture.width, height: picture.height, rgb: sent(picture.data) }));
  return { ...clip, frames: shown, told };
} catch (error) {
  return { code: error.code, sentence: error.message };
}
"""
SHOTS = """
const { readShots } = await load("media/frames");
const shots = await Promise.all(given.map(async ([name, type, time]) => ({ time, blob: await blobOf(name, type) })));
try {
  const { frames, ...clip } = await readShots(shots);
  return { ...clip, frames: frames.map(({ time, picture }) => ({ time, rgb: sent(picture.data) })) };
} catch (error) {
  return { code: error.code };
}
"""


@pytest.fixture(scope="module")
def device(chromium: str, web: Web, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Device]:
    """The page."""
    with device_page(chromium, web, tmp_path_factory.mktemp("device-frames")) as device:
        yield device


def read(device: Device, path: Path, count: int = 6, kind: str = "") -> dict[str, Any]:
    """What the page makes of a file."""
    return device.run(READ, device.copy(path), kind, count)


def apart(given: dict[str, Any], expected: Clip) -> list[float]:
    """Mean difference of each frame's pixels; sizes and how many there are must be the same."""
    assert (given["width"], given["height"]) == (expected.width, expected.height)
    assert len(given["frames"]) == len(expected.frames)
    pairs = zip(given["frames"], expected.frames, strict=True)
    return [float(np.abs(received(one["rgb"], *frame.rgb.shape).astype(int) - frame.rgb).mean()) for one, frame in pairs]


def encoded(path: Path, codec: str, **options: str) -> Path:
    """Three seconds of a drifting gradient; ``options`` of the container."""
    with av.open(str(path), "w", options=options) as container:
        stream = container.add_stream(codec, rate=10, options={"g": "10"})
        stream.width, stream.height, stream.pix_fmt = 160, 120, "yuv420p"
        for number in range(30):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(gradient((160, 120), number / 10), format="rgb24")))
        container.mux(stream.encode(None))
    return path


def same(given: dict[str, Any], expected: Clip) -> None:
    """The same frames at the same times, bit by bit."""
    assert (given["kind"], given["codec"]) == (expected.kind, expected.codec.replace("libdav1d", "av1"))
    assert given["duration"] == pytest.approx(expected.duration, abs=1e-6)
    assert [frame["time"] for frame in given["frames"]] == pytest.approx([frame.time for frame in expected.frames], abs=1e-6)
    assert apart(given, expected) == [0.0] * len(expected.frames)


def test_short_clip_is_read_as_by_the_server(device: Device, drawn_video: Path) -> None:
    given = read(device, drawn_video)
    same(given, read_clip(drawn_video, 6))
    assert given["told"] == [[done, 6] for done in range(7)]


@pytest.mark.parametrize("count", [3, 12])
def test_long_clip_is_read_by_its_keyframes(device: Device, media: Path, tmp_path: Path, count: int) -> None:
    path = repeated(media / "h264.mp4", tmp_path / "long.mp4", 3)
    expected = read_clip(path, count)
    same(read(device, path, count), expected)
    assert len(expected.frames) == count and expected.duration == pytest.approx(60, abs=0.5)


def test_av1_is_read_as_by_the_server(device: Device, media: Path) -> None:
    same(read(device, media / "av1.mp4", 4), read_clip(media / "av1.mp4", 4))


def test_rotated_video_stands_upright(device: Device, tmp_path: Path) -> None:
    path = rotated_video(tmp_path)
    expected = read_clip(path, 3)
    assert expected.height > expected.width
    same(read(device, path, 3), expected)


@pytest.mark.parametrize(
    ("matrix", "full", "size"), [(1, 1, (320, 240)), (5, 1, (1280, 720)), (None, None, (1280, 720)), (1, 2, (160, 120))]
)
def test_colours_are_those_that_the_file_says(
    device: Device, tmp_path: Path, matrix: int | None, full: int | None, size: tuple[int, int]
) -> None:
    path = tmp_path / "tagged.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        if matrix is not None and full is not None:
            stream.codec_context.colorspace, stream.codec_context.color_range = matrix, full
        for number in range(4):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(gradient(size, number / 4), format="rgb24")))
        container.mux(stream.encode(None))
    same(read(device, path, 2), read_clip(path, 2))


@pytest.mark.parametrize("name", ["vp9.webm", "vp8.webm", "vp9.mkv", "h264.mkv"])
def test_webm_and_matroska_are_read_as_by_the_server(device: Device, tmp_path: Path, name: str) -> None:
    path = encoded(tmp_path / name, {"vp8": "libvpx", "vp9": "libvpx-vp9", "h264": "libx264"}[name.partition(".")[0]])
    same(read(device, path, 4), read_clip(path, 4))


def test_recording_of_unstated_length_is_thinned_out(device: Device, tmp_path: Path) -> None:
    path = encoded(tmp_path / "live.webm", "libvpx", live="1")
    expected = read_clip(path, 4)
    assert expected.duration is None and len(expected.frames) == 4
    same(read(device, path, 4), expected)


def test_what_has_no_index_is_played(device: Device, tmp_path: Path) -> None:
    path = encoded(tmp_path / "fragmented.mp4", "libx264", movflags="frag_keyframe+empty_moov")
    given, expected = read(device, path, 4), read_clip(path, 4)
    assert [frame["time"] for frame in given["frames"]] == pytest.approx([frame.time for frame in expected.frames], abs=0.25)
    assert max(apart(given, expected)) < 30


@pytest.mark.shared
def test_real_videos_are_read_as_by_the_server(device: Device, shared: Path) -> None:
    rows = [json.loads(line) for line in (shared / "data" / "manifest.jsonl").read_text().splitlines()]
    paths = [shared / "data" / row["path"] for row in rows if row["kind"] == "video"]
    small = [path for path in paths if path.stat().st_size < 1_500_000]
    for path in np.random.default_rng(3).choice(np.array(small, object), 5, replace=False):
        same(read(device, path, 5), read_clip(path, 5))


def test_what_is_no_mp4_within_is_refused_quickly(device: Device, tmp_path: Path, drawn_video: Path) -> None:
    whole = drawn_video.read_bytes()
    place = whole.index(b"moov")
    chosen = np.random.default_rng(5)
    for number in range(12):
        content = bytearray(whole)
        for at in chosen.integers(place, len(whole), 6):
            content[at] = chosen.choice([0, 1, 127, 255])
        path = tmp_path / f"odd-{number}.mp4"
        path.write_bytes(content)
        given = read(device, path, 3)
        assert given.get("code", "media.").startswith("media.") and len(given.get("frames", [])) <= 3


def test_picture_is_one_frame(device: Device, tmp_path: Path) -> None:
    path = still_picture(tmp_path)
    given = read(device, path, kind="image/png")
    assert (given["kind"], given["duration"], given["codec"]) == ("image", None, "png")
    assert apart(given, read_clip(path)) == [0.0]


def test_captured_frames_are_read_as_by_the_server(device: Device, tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.jpg" for number in range(3)]
    for number, path in enumerate(paths):
        Image.fromarray(gradient((160, 120), number)).save(path, quality=90)
    given = device.run(SHOTS, *[[device.copy(path), "image/jpeg", number / 2] for number, path in enumerate(paths)])
    together = tmp_path / "shots.frames"
    shots = [CapturedPicture(path.stat().st_size, number / 2) for number, path in enumerate(paths)]
    together.write_bytes(b"".join(path.read_bytes() for path in paths) + index_of(shots))
    expected = read_captured(together)
    assert (given["kind"], given["duration"], given["codec"]) == ("frames", None, "mjpeg")
    assert [frame["time"] for frame in given["frames"]] == [0, 0.5, 1]
    assert max(apart(given, expected)) < 2


@pytest.mark.parametrize("make", [text_named_mp4, truncated], ids=lambda make: make.__name__)
def test_what_is_no_video_is_told_in_a_sentence(device: Device, tmp_path: Path, make: Any) -> None:
    given = read(device, make(tmp_path))
    assert given["code"] == "media.not_media" and given["sentence"].endswith(".")
    assert read(device, make(tmp_path), kind="image/jpeg")["code"] == "media.not_media"


def test_damage_ends_the_video_and_does_not_lose_it(device: Device, tmp_path: Path, drawn_video: Path) -> None:
    content = bytearray(drawn_video.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 4000] = bytes(4000)
    path = tmp_path / "damaged.mp4"
    path.write_bytes(content)
    assert len(read(device, path)["frames"]) >= 1


def test_reading_stops_when_asked_to(device: Device, drawn_video: Path) -> None:
    script = """
    const { readClip } = await load("media/frames");
    const stop = new AbortController();
    let seen = 0;
    const each = () => { seen++; stop.abort(); };
    try { await readClip(await blobOf(given[0]), 12, { each, signal: stop.signal }); } catch (error) { return [error.name, seen]; }
    """
    name, seen = device.run(script, device.copy(drawn_video))
    assert name == "AbortError" and seen <= 12
