"""How the pixels of a decoded picture lie when it is shown: turned, mirrored, and square.

A phone's clip says how it was held (display matrix, EXIF), a disc or broadcast that its pixels are wider than high (sample aspect ratio).
Both are undone before anything looks at the picture, here and in training. See also: colours (``color.py``).
"""

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av
import av.sidedata.sidedata
import numpy as np

from telltale.video.container import PICTURES

MOST_STRETCH = 4
"""How many times as long as the other a pixel's side may be; what says more is not believed."""
DENSITIES = (*PICTURES, "apng", "gif")
"""Containers whose aspect ratio is one of print, which viewers do not follow."""
SQUARE = Fraction(1)


@dataclass(frozen=True)
class Orientation:
    """What is done to a decoded picture: first mirrored, left for right, then turned by quarters anticlockwise."""

    mirrored: bool = False
    quarters: int = 0

    def __bool__(self) -> bool:
        """Whether there is anything to do."""
        return self.mirrored or self.quarters != 0

    def apply(self, rgb: np.ndarray) -> np.ndarray:
        """The picture as it is shown."""
        return np.ascontiguousarray(np.rot90(rgb[:, ::-1] if self.mirrored else rgb, self.quarters)) if self else rgb


UPRIGHT = Orientation()


def orientation_of(frame: "av.video.frame.VideoFrame") -> Orientation:
    """What a frame's display matrix says; an angle that is not a right one is taken for the nearest."""
    matrix = frame.side_data.get("DISPLAYMATRIX")
    if matrix is None:
        return UPRIGHT
    a, b, _, c, d = np.frombuffer(matrix, np.int32)[:5].tolist()  # type: ignore[call-overload]
    mirrored = a * d - b * c < 0
    if not mirrored:
        return Orientation(False, round(frame.rotation / 90) % 4)
    a, b = -a, -b
    across, down = math.hypot(a, c), math.hypot(b, d)
    if not across or not down:
        return UPRIGHT
    return Orientation(True, round(-math.degrees(math.atan2(b / down, a / across)) / 90) % 4)


def stretch_of(stream: "av.video.stream.VideoStream") -> Fraction:
    """How many times as wide as high the pixels of a track are; 1 where that is not said, or cannot be."""
    ratio = stream.sample_aspect_ratio
    if not ratio or ratio == SQUARE or stream.container.format.name in DENSITIES:
        return SQUARE
    return ratio if Fraction(1, MOST_STRETCH) <= ratio <= MOST_STRETCH else SQUARE


def squared(frame: "av.video.frame.VideoFrame", stretch: Fraction) -> "av.video.frame.VideoFrame":
    """The same picture with square pixels, its shorter side made longer, to an even number."""
    if stretch == SQUARE:
        return frame
    width, height = frame.width, frame.height
    if stretch > 1:
        width = round(width * stretch / 2) * 2
    else:
        height = round(height / stretch / 2) * 2
    longer = frame.reformat(width=width, height=height, interpolation="BICUBIC", threads=1)
    longer.colorspace, longer.color_range = frame.colorspace, frame.color_range
    longer.color_trc, longer.color_primaries = frame.color_trc, frame.color_primaries
    return longer


def name_every_kind() -> None:
    """PyAV refuses all that goes with a frame if it has no name for one of it, such as a JPEG's EXIF; give it a name for each."""
    kinds = av.sidedata.sidedata.Type

    def unnamed(cls: type, value: object) -> object:
        kind: Any = object.__new__(cls)
        kind._name_, kind._value_ = f"UNNAMED_{value}", value
        return kind

    kinds._missing_ = classmethod(unnamed)  # type: ignore[assignment]


name_every_kind()
