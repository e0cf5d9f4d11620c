"""Bad and odd media, made when a test asks for them: what people drop on a checker that is no ordinary video of a face.

See also: pictures and videos with faces (``drawing.py``).
"""

import struct
from pathlib import Path

import av
import numpy as np
from PIL import Image

TKHD_MATRIX = 44
"""Bytes from the name of an MP4 track header (version 0) to its matrix."""


def empty_file(folder: Path) -> Path:
    """No bytes at all."""
    path = folder / "empty.mp4"
    path.write_bytes(b"")
    return path


def broken_file(folder: Path) -> Path:
    """Begins like an MP4 and goes on as noise."""
    path = folder / "broken.mp4"
    path.write_bytes(b"\0\0\0\x20ftypisom\0\0\2\0isomiso2avc1mp41" + np.random.default_rng(1).bytes(20_000))
    return path


def text_named_mp4(folder: Path) -> Path:
    """A text under a video's name."""
    path = folder / "text.mp4"
    path.write_text("This is a shopping list, not a video.\n" * 50)
    return path


def audio_only(folder: Path) -> Path:
    """One second of a tone in an MP4."""
    path = folder / "audio.mp4"
    tone = (0.3 * np.sin(2 * np.pi * 440 * np.arange(44_100) / 44_100)).astype(np.float32)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=44_100, layout="mono")
        for start in range(0, len(tone), 1024):
            frame = av.AudioFrame.from_ndarray(tone[None, start : start + 1024], format="fltp", layout="mono")
            frame.sample_rate, frame.pts = 44_100, start
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def truncated(folder: Path) -> Path:
    """The first half of an MP4 whose index lay at its end, as an interrupted download leaves it."""
    path = faceless_video(folder, "truncated.mp4")
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    return path


def faceless_video(folder: Path, name: str = "faceless.mp4", size: tuple[int, int] = (160, 120), seconds: float = 1.0) -> Path:
    """A moving gradient: a sound video with nobody in it. The container is the name's ending."""
    path = folder / name
    rate = 10
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libvpx-vp9" if path.suffix == ".webm" else "libx264", rate=rate)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        for number in range(round(seconds * rate)):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(gradient(size, number / rate), format="rgb24")))
        container.mux(stream.encode(None))
    return path


def portrait_video(folder: Path) -> Path:
    """Higher than wide, as telephones record it."""
    return faceless_video(folder, "portrait.mp4", size=(120, 214))


def rotated_video(folder: Path) -> Path:
    """Stored lying, 160 x 120, with a track header that tells players to turn it by 90 degrees."""
    path = faceless_video(folder, "rotated.mp4")
    content = bytearray(path.read_bytes())
    place = content.index(b"tkhd") + TKHD_MATRIX
    one = 1 << 16
    content[place : place + 36] = struct.pack(">9i", 0, one, 0, -one, 0, 0, 120 * one, 0, 1 << 30)
    path.write_bytes(content)
    return path


def still_picture(folder: Path, name: str = "still.png", size: tuple[int, int] = (160, 120)) -> Path:
    """A picture with nobody in it; its kind is the name's ending."""
    path = folder / name
    Image.fromarray(gradient(size, 0.3)).save(path)
    return path


def gradient(size: tuple[int, int], at: float) -> np.ndarray:
    """RGB uint8 (H, W, 3), drifting with the time ``at``."""
    x, y = np.meshgrid(np.linspace(0, 1, size[0]), np.linspace(0, 1, size[1]))
    planes = (x, (y + 0.2 * at) % 1, 0.5 + 0.5 * np.sin(6 * x + 4 * at))
    return (255 * np.stack(planes, axis=-1)).astype(np.uint8)
