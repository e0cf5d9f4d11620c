"""The fixed set of clips for measuring speed: real ones from the data set as they lie there, and 1080p ones made of a real one.

The made ones show the frames of one talking head, enlarged between black bars, for ten seconds, in four formats; longer ones repeat them by
stream copy, as sites' encoders would not but decoders cannot tell. They are kept, and made again only where they are missing. Not here:
textures for remote reading (``benchmarks/remote/long_videos.py``).
"""

import itertools
import struct
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.accuracy.all_videos import HEIGHT, RATE, SECONDS, WIDTH, endless
from benchmarks.remote.long_videos import ordinary

if TYPE_CHECKING:
    import numpy as np

GOP = 4 * RATE
SOURCE = "celebv"
"""The real clips' set from which the made ones are."""
SETS = ("celebv", "dreamtalk", "liveportrait", "intel", "anitalker", "loopy")
"""Of each, the first video is measured as it lies there."""


@dataclass(frozen=True)
class Format:
    """A codec as sites serve it: encoder, its options, pixels, file ending and muxer."""

    name: str
    encoder: str
    options: tuple[tuple[str, str], ...]
    pixels: str = "yuv420p"
    ending: str = "mp4"


FORMATS = (
    Format("H.264", "libx264", (("preset", "veryfast"), ("crf", "23"), ("sc_threshold", "0"))),
    Format("VP9", "libvpx-vp9", (("deadline", "realtime"), ("cpu-used", "8"), ("row-mt", "1"), ("b", "2500k")), ending="webm"),
    Format("AV1", "libsvtav1", (("preset", "12"), ("crf", "35"))),
    Format("HEVC 10 bit", "libx265", (("preset", "ultrafast"), ("crf", "26"), ("x265-params", "log-level=none")), "yuv420p10le"),
)


@dataclass(frozen=True)
class Sample:
    """One clip of the set."""

    name: str
    path: Path


def real_clips(data: Path, most: int) -> list[Sample]:
    """The first video of each of ``SETS``, no more than ``most``."""
    from trainer.data.manifest import read_manifest

    rows = [row for row in read_manifest(data / "manifest.jsonl").rows if row.kind == "video"]
    firsts = [next((row for row in rows if row.source == wanted), None) for wanted in SETS]
    return [Sample(f"real, {row.source}", row.file) for row in firsts if row][:most]


def make_clip(form: Format, source: Path, folder: Path, seconds: int = SECONDS, told: Callable[[str], None] = print) -> Sample:
    """A 1080p clip of so many seconds, a whole number of ten seconds."""
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{form.encoder}-{form.pixels}"
    one = folder / f"{name}-{SECONDS}s.{form.ending}"
    if not one.exists():
        told(f"making {SECONDS} s of {form.name}")
        part = one.with_name(f".{one.name}")
        encode(part, form, source)
        part.replace(one)
    length = f"{seconds} s" if seconds < 60 else f"{seconds // 60} min"
    if seconds == SECONDS:
        return Sample(f"1080p {form.name}, {length}", one)
    long = folder / f"{name}-{seconds}s.{form.ending}"
    if not long.exists():
        part = long.with_name(f".{long.name}")
        repeat(one, part, form, seconds // SECONDS)
        part.replace(long)
    return Sample(f"1080p {form.name}, {length}", long)


def encode(path: Path, form: Format, source: Path) -> None:
    """Ten seconds of the source's frames, a keyframe every four."""
    import av

    with av.open(str(path), "w", format=muxer(form)) as container:
        stream = container.add_stream(form.encoder, rate=RATE, options=dict(form.options))
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt, stream.gop_size = WIDTH, HEIGHT, form.pixels, GOP
        for number, rgb in enumerate(itertools.islice(endless(source), RATE * SECONDS)):
            frame = av.VideoFrame.from_ndarray(letterbox(rgb), format="rgb24").reformat(format=form.pixels)
            frame.pts, frame.time_base = number, Fraction(1, RATE)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    ordinary()


def letterbox(rgb: "np.ndarray") -> "np.ndarray":
    """A picture enlarged to 1080p between black bars."""
    import cv2
    import numpy as np

    scale = min(WIDTH / rgb.shape[1], HEIGHT / rgb.shape[0])
    width, height = round(rgb.shape[1] * scale), round(rgb.shape[0] * scale)
    left, top = (WIDTH - width) // 2, (HEIGHT - height) // 2
    canvas = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    canvas[top : top + height, left : left + width] = cv2.resize(rgb, (width, height), interpolation=cv2.INTER_CUBIC)
    return canvas


def muxer(form: Format) -> str:
    """The container's name."""
    return "webm" if form.ending == "webm" else "mp4"


def repeat(one: Path, path: Path, form: Format, times: int) -> None:
    """The packets of ten seconds again and again."""
    import av

    from benchmarks.remote.long_videos import make_packet

    with av.open(str(one)) as source, av.open(str(path), "w", format=muxer(form)) as target:
        given = source.streams.video[0]
        stream = target.add_stream_from_template(given, opaque=True)
        base = given.time_base or Fraction(1, 1000)
        length = round(SECONDS / base)
        packets = [(bytes(packet), packet.pts, packet.dts, packet.is_keyframe) for packet in source.demux(given) if packet.pts is not None]
        for number in range(times):
            for held, pts, dts, is_keyframe in packets:
                shift = number * length
                target.mux(make_packet(held, pts + shift, (pts if dts is None else dts) + shift, is_keyframe, base, stream))


def another(path: Path, number: int) -> bytes:
    """The bytes of an MP4 or JPEG file, which shows the same, under another SHA-256: a box, or a comment, that nobody reads."""
    held, mark = path.read_bytes(), struct.pack(">I", number)
    if path.suffix == ".mp4":
        return held + struct.pack(">I4s", 12, b"free") + mark
    return held[:2] + b"\xff\xfe" + struct.pack(">H", 6) + mark + held[2:]
