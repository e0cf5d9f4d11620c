"""What shows on a file besides its face: colour, sizes, framing, JPEG quality, codec and rate.

These are what a net may learn instead of the manipulation, because every source of fakes has its own. Read from a few frames and from the
file itself. A rate is that of keyframes, in bits a pixel, because keyframes are what later is made anew (``transforms.py``). See also: what
a whole source has in common (``processing_chain.py``), marks in corners (``watermarks.py``).
"""

import io
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from PIL import Image

from telltale.faces.detectors import Face, FaceDetector
from telltale.video.container import is_readable, open_container, picture_stream
from telltale.video.frames import Clip
from trainer.data.manifest import Row
from trainer.data.media import open_media
from trainer.synthesis.clips import is_grey

FRAMES = 3
"""Frames of a file that are looked at."""


@dataclass(frozen=True, eq=False)
class Traits:
    """One file. Sizes in pixels; ``landmarks`` (5, 2) and ``face_px`` of the largest face, None where there is none; ``people`` is the
    median number of faces a frame; ``quality`` is a JPEG's, ``codec`` and ``bits`` (a pixel of a keyframe) a video's; ``frame`` is one of
    its frames."""

    width: int
    height: int
    grey: bool
    face_px: float | None
    landmarks: np.ndarray | None
    people: int
    quality: int | None
    codec: str | None
    bits: float | None
    frame: np.ndarray


def traits_of(row: Row, finder: FaceDetector) -> Traits:
    """Measure one file. Raises BadMedia."""
    clip = open_media(row, FRAMES)
    faces = [] if row.cropped else faces_in(clip, finder)
    largest = [each[0] for each in faces if each]
    return Traits(
        width=clip.width,
        height=clip.height,
        grey=all(is_grey(frame.rgb) for frame in clip.frames),
        face_px=float(np.median([face.size for face in largest])) if largest else None,
        landmarks=np.median([face.landmarks for face in largest], axis=0) if largest else None,
        people=int(np.median([len(each) for each in faces])) if faces else 0,
        quality=jpeg_quality(row) if row.kind == "image" else None,
        codec=clip.codec if row.kind == "video" else None,
        bits=keyframe_bits(row) if row.kind == "video" else None,
        frame=clip.frames[len(clip.frames) // 2].rgb,
    )


def faces_in(clip: Clip, finder: FaceDetector, frames: int = FRAMES) -> list[list[Face]]:
    """The faces that are surely there in some frames, spread over the clip."""
    places = np.unique(np.linspace(0, len(clip.frames) - 1, min(frames, len(clip.frames))).round().astype(int))
    return [[face for face in finder.detect(clip.frames[place].rgb) if face.sure] for place in places]


def jpeg_quality(row: Row) -> int | None:
    """The quality 1..100 at which libjpeg would write the table of luminance that the file has, or nearly; None for no JPEG."""
    with Image.open(row.file) as picture:
        tables = getattr(picture, "quantization", None)
    if not tables:
        return None
    return int(np.argmin([np.abs(np.array(tables[0]) - table).sum() for table in luminance_tables()])) + 1


@lru_cache(maxsize=1)
def luminance_tables() -> tuple[np.ndarray, ...]:
    """libjpeg's table of luminance at each quality from 1 to 100."""
    found = []
    for quality in range(1, 101):
        file = io.BytesIO()
        Image.new("L", (8, 8)).save(file, "JPEG", quality=quality)
        with Image.open(file) as picture:
            found.append(np.array(picture.quantization[0]))  # type: ignore[attr-defined]
    return tuple(found)


def keyframe_bits(row: Row) -> float | None:
    """Bits a pixel of a video's keyframes: the median. Raises BadMedia."""
    with is_readable(row.file) as file, open_container(file, row.file.name) as container:
        stream = picture_stream(container, row.file.name)
        sizes = [packet.size for packet in container.demux(stream) if packet.is_keyframe and packet.size]
        pixels = stream.codec_context.width * stream.codec_context.height
    return float(np.median(sizes)) * 8 / pixels if sizes else None
