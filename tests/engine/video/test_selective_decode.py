"""telltale/video/selective_decode.py: what is asked for is the same, bit for bit, whether or not the pictures that nobody needs are left
out.
"""

from pathlib import Path

import av
import numpy as np
import pytest

from telltale.video.frames import read_clip, spread
from telltale.video.selective_decode import choose_times, decode_needed, presentation_times

NOISE = np.random.default_rng(1)


def moving(
    path: Path, codec: str = "libx264", options: dict[str, str] | None = None, count: int = 60, steps: tuple[int, ...] = (1,)
) -> Path:
    """Noise that drifts, so that each picture is built on others; ``steps`` are the times between the pictures, in turn."""
    ground = NOISE.integers(0, 255, (80, 260, 3)).astype(np.uint8)
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=25, options={"bf": "3", "g": "25"} | (options or {}))
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        shown = 0
        for number in range(60):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(ground[8:72, 2 * number : 2 * number + 96]), format="rgb24")
            frame.pts = shown
            shown += steps[number % len(steps)]
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def all_of(path: Path) -> dict[float, np.ndarray]:
    """Every picture by its time."""
    with av.open(str(path)) as container:
        return {float(frame.time or 0): frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)}


CLIPS = [
    ("plain.mp4", "libx264", {}, (1,)),
    ("pyramid.mkv", "libx264", {"bf": "8", "b-pyramid": "strict"}, (1,)),
    ("open.mp4", "libx264", {"x264-params": "open-gop=1:keyint=10"}, (1,)),
    ("uneven.mp4", "libx264", {}, (1, 4, 1, 1, 7)),
    ("field.ts", "libx264", {"flags": "+ildct+ilme"}, (1,)),
    ("hevc.mp4", "libx265", {"x265-params": "log-level=none:bframes=4:b-pyramid=1"}, (1,)),
    ("vp9.webm", "libvpx-vp9", {}, (1,)),
]


@pytest.mark.parametrize(("name", "codec", "options", "steps"), CLIPS)
def test_what_is_asked_for_is_bit_for_bit_the_same(
    tmp_path: Path, name: str, codec: str, options: dict[str, str], steps: tuple[int, ...]
) -> None:
    path = moving(tmp_path / name, codec, options, steps)
    whole, clip = all_of(path), read_clip(path, 16)
    start = min(whole)
    assert len(clip.frames) >= 12
    for frame in clip.frames:
        nearest = min(whole, key=lambda time: abs(time - start - frame.time))
        assert abs(nearest - start - frame.time) < 1e-6 and np.array_equal(frame.rgb, whole[nearest])


def test_what_nobody_needs_is_left_out(tmp_path: Path) -> None:
    path = moving(tmp_path / "a.mp4")
    with av.open(str(path)) as container:
        times = presentation_times(container, container.streams.video[0])
    assert times is not None and len(times) == 60
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        needed = choose_times(times, stream, 0.0, spread(2.4, 4).tolist(), 0.02)
        came = [frame.pts for frame in decode_needed(container, stream, needed)]
    assert len(needed) == 4 and needed <= set(came) and len(came) < 50, "some were left out, none of those asked for"
    with av.open(str(path)) as container:
        assert len(list(decode_needed(container, container.streams.video[0], None))) == 60


def test_a_cut_file_gives_what_it_has(tmp_path: Path) -> None:
    path = moving(tmp_path / "a.mkv")
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    assert 4 <= len(read_clip(path, 16).frames) < 16
