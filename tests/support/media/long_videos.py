"""Long videos in every container, made at test time: a short one is encoded and repeated by stream copy; and reading them from a shelf.

See also: odd and broken media (``bad_media.py``).
"""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from benchmarks.remote.long_videos import ordinary
from telltale.core.progress import silent
from telltale.net.range_client import RangeClient
from telltale.streaming.sample import MediaSource, Sampled, sample
from telltale.video.frames import Clip, read_clip
from tests.support.web.range_server import Shelf

RATE, KEYFRAME_EVERY = 10, 40
"""Frames a second, and frames from one keyframe to the next: four seconds."""
GOP = KEYFRAME_EVERY / RATE
CODECS = {"h264": "libx264", "hevc": "libx265", "vp9": "libvpx-vp9", "av1": "libsvtav1"}
FASTEST = {
    "h264": {"preset": "veryfast", "sc_threshold": "0"},
    "hevc": {"preset": "ultrafast", "x265-params": f"log-level=none:scenecut=0:bframes=3:open-gop=0:keyint={KEYFRAME_EVERY}"},
    "vp9": {"deadline": "realtime", "cpu-used": "8"},
    "av1": {"preset": "12"},
}
SEGMENTED = {"ts": {}, "fmp4": {"hls_segment_type": "fmp4", "hls_fmp4_init_filename": "init.mp4"}}


def short_video(path: Path, codec: str, seconds: int = 20, size: tuple[int, int] = (160, 120), **more: str) -> Path:
    """A drifting noise under a brightness that tells the time; hard to compress, so that frames between keyframes weigh something."""
    noise = np.random.default_rng(0).integers(0, 90, (size[1], size[0], 3), np.uint8)
    options = {"g": str(KEYFRAME_EVERY), "svtav1-params": f"keyint={KEYFRAME_EVERY}:lp=1"} if codec == "av1" else {"g": str(KEYFRAME_EVERY)}
    with av.open(str(path), "w") as container:
        stream = container.add_stream(CODECS[codec], rate=RATE, options=options | FASTEST[codec] | more)
        stream.width, stream.height, stream.pix_fmt, stream.bit_rate = *size, "yuv420p", 1_500_000
        for number in range(seconds * RATE):
            picture = np.roll(noise, (3 * number, 5 * number), (0, 1)) + np.uint8(150 * number / (seconds * RATE))
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")))
        container.mux(stream.encode(None))
    ordinary()
    return path


def repeated(short: Path, path: Path, times: int, *, form: str | None = None, options: dict[str, str] | None = None) -> Path:
    """The same packets again and again, with times that go on; the container is the name's ending, or ``form``."""
    with av.open(str(short)) as source, av.open(str(path), "w", format=form, options=options or {}) as container:
        stream = source.streams.video[0]
        track = container.add_stream_from_template(stream, opaque=True)
        packets = [packet for packet in source.demux(stream) if packet.size]
        frame = round(Fraction(1, RATE) / stream.time_base)
        first = min(packet.dts for packet in packets)
        copies = [(bytes(packet), packet.pts - first, packet.dts - first, packet.is_keyframe) for packet in packets]
        for time in range(times):
            for data, pts, dts, is_keyframe in copies:
                packet = av.Packet(data)
                packet.stream, packet.time_base, packet.is_keyframe = track, stream.time_base, is_keyframe
                packet.pts, packet.dts, packet.duration = pts + time * len(copies) * frame, dts + time * len(copies) * frame, frame
                container.mux(packet)
    return path


def hls(media: Path, folder: Path, kind: str, shelf: Shelf, times: int = 30, **more: str) -> str:
    """Ten minutes in segments of one keyframe distance, on the shelf; the address of their playlist."""
    options = {"hls_time": str(GOP), "hls_list_size": "0", "hls_playlist_type": "vod"} | SEGMENTED[kind] | more
    folder.mkdir(exist_ok=True)
    repeated(media / "h264.mp4", folder / "list.m3u8", times, form="hls", options=options)
    for path in folder.iterdir():
        shelf.put(path)
    return f"{shelf.url}/list.m3u8"


def read(source: MediaSource | str, folder: Path, count: int = 8, run: int = 1, **bounds: int) -> tuple[Sampled, Clip]:
    """What the child does, and then what its parent does."""
    client = RangeClient(**bounds)  # type: ignore[arg-type]
    try:
        found = sample(MediaSource(source, "http") if isinstance(source, str) else source, count, client, folder, silent, run)
    finally:
        client.close()
    return found, read_clip(found.path, count)


def same(one: Clip, other: Clip) -> None:
    """Bit for bit, at the same times."""
    assert [frame.time for frame in one.frames] == pytest.approx([frame.time for frame in other.frames], abs=0.002)
    assert all(np.array_equal(a.rgb, b.rgb) for a, b in zip(one.frames, other.frames, strict=True))
    assert one.duration == pytest.approx(other.duration, abs=0.3)


def every_frame(path: Path) -> list[tuple[float, np.ndarray]]:
    """Seconds from the first, and RGB, of all frames of a local file, decoded in sequence."""
    with av.open(str(path)) as container:
        frames = [(frame.time or 0.0, frame.to_ndarray(format="rgb24")) for frame in container.decode(video=0)]
    return [(at - frames[0][0], rgb) for at, rgb in frames]
