"""A picture as decoders give it, brightness and colours apart (4:2:0, 8 bit): RGB is made of it only as far as it is wanted.

The whole and any part come out bit for bit as if the whole had been converted at once. A smaller picture is made in one pass, each of its
pixels the mean of an area, two and two sharing a colour, and never by way of the whole. Where a picture is anything else (turned,
interlaced, HDR, more than 8 bits, a PNG), RGB of all of it takes the place of the planes. See also: what a decoded picture becomes
(``color.py``).
"""

import threading
from dataclasses import dataclass

import av
import cv2
import numpy as np
from av.video.reformatter import VideoReformatter

FORMATS = ("yuv420p", "yuvj420p")
"""Limited range unless something else is said, and full range."""
MATRICES = frozenset({0, 1, 2, 4, 5, 6, 7, 9})
"""FFmpeg's numbers of the colour spaces that libswscale converts from."""
SPANS = frozenset({0, 1, 2})
"""FFmpeg's numbers of the ranges: unknown, limited, full."""
ALIGNED = 16
"""Columns that are converted together: a part that begins between them would come out otherwise."""

reformatters = threading.local()


@dataclass(frozen=True, eq=False)
class Planes:
    """``packed`` (height * width * 3 / 2,) uint8: brightness, then both colours at half the size; both sides are even.

    ``kind``, ``matrix`` and ``span`` are of FORMATS, MATRICES and SPANS.
    """

    packed: np.ndarray
    height: int
    width: int
    kind: str
    matrix: int
    span: int

    @property
    def shape(self) -> tuple[int, int, int]:
        """That of the whole as RGB."""
        return self.height, self.width, 3

    def whole(self) -> np.ndarray:
        """RGB of all, uint8 (H, W, 3)."""
        return reformatter("whole").reformat(self._frame(), format="rgb24", threads=1).to_ndarray()

    def part(self, top: int, bottom: int, left: int, right: int) -> np.ndarray:
        """RGB of these rows and columns, which lie within, uint8 (bottom - top, right - left, 3)."""
        above, before = top // 2 * 2, left // ALIGNED * ALIGNED
        below, after = min(self.height, -(-bottom // 2) * 2), min(self.width, -(-right // ALIGNED) * ALIGNED)
        brightness, *colours = self._planes()
        half = (slice(above // 2, below // 2), slice(before // 2, after // 2))
        cut = [brightness[above:below, before:after], *(colour[half] for colour in colours)]
        packed = np.concatenate([plane.ravel() for plane in cut])
        rgb = Planes(packed, below - above, after - before, self.kind, self.matrix, self.span).whole()
        return rgb[top - above : bottom - above, left - before : right - before]

    def smaller(self, width: int, height: int) -> np.ndarray:
        """RGB of all at a smaller size, uint8 (height, width, 3)."""
        return reformatter("smaller").reformat(self._frame(), width, height, "rgb24", interpolation="AREA", threads=1).to_ndarray()

    def halve(self) -> "Planes":
        """The same at half the size, each value the mean of four; both sides are multiples of four."""
        height, width = self.height // 2, self.width // 2
        halves = [cv2.resize(plane, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA) for plane in self._planes()]
        return Planes(np.concatenate([half.ravel() for half in halves]), height, width, self.kind, self.matrix, self.span)

    def _planes(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Brightness (H, W), and both colours (H / 2, W / 2)."""
        area = self.height * self.width
        brightness, *colours = np.split(self.packed, (area, area * 5 // 4))
        blue, red = (colour.reshape(self.height // 2, self.width // 2) for colour in colours)
        return brightness.reshape(self.height, self.width), blue, red

    def _frame(self) -> "av.video.frame.VideoFrame":
        """For libswscale."""
        frame = av.VideoFrame.from_ndarray(self.packed.reshape(self.height * 3 // 2, self.width), format=self.kind)
        frame.colorspace, frame.color_range = self.matrix, self.span
        return frame


def reformatter(use: str) -> VideoReformatter:
    """This thread's own, which keeps its tables while size and colours stay the same. One thread each: most pictures are small."""
    if not hasattr(reformatters, use):
        setattr(reformatters, use, VideoReformatter())
    made: VideoReformatter = getattr(reformatters, use)
    return made


Picture = np.ndarray | Planes
"""RGB uint8 (H, W, 3), or what it can be made of."""


def planes_of(frame: "av.video.frame.VideoFrame") -> Planes | None:
    """A decoded picture's planes, None where it is of another kind."""
    kind, matrix, span = frame.format.name, int(frame.colorspace), int(frame.color_range)
    if not are_planes(frame.height, frame.width, kind, matrix, span) or frame.interlaced_frame:
        return None
    return Planes(frame.to_ndarray().ravel(), frame.height, frame.width, kind, matrix, span)


def are_planes(height: int, width: int, kind: str, matrix: int, span: int) -> bool:
    """Whether RGB can be made of planes like these."""
    return kind in FORMATS and matrix in MATRICES and span in SPANS and height % 2 == width % 2 == 0


def rgb_of(picture: Picture) -> np.ndarray:
    """RGB of all of a picture."""
    return picture.whole() if isinstance(picture, Planes) else picture


def shrink(picture: Picture, scale: float) -> np.ndarray:
    """RGB of all of a picture, its sides ``scale`` times as long, at most 1."""
    if scale == 1.0:
        return rgb_of(picture)
    width, height = max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale))
    if isinstance(picture, Planes):
        return picture.smaller(width, height)
    return cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)


def thumbnail(picture: Picture, side: int) -> np.ndarray:
    """RGB of all of a picture, no side longer than ``side``. By halves as far as they go: about the mean of areas, and quicker."""
    whole = 4 if isinstance(picture, Planes) else 2
    while max(picture.shape[:2]) >= 2 * side and not any(edge % whole for edge in picture.shape[:2]):
        if isinstance(picture, Planes):
            picture = picture.halve()
        else:
            picture = cv2.resize(picture, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    return shrink(picture, min(1.0, side / max(picture.shape[:2])))


def part_of(picture: Picture, top: int, bottom: int, left: int, right: int) -> np.ndarray:
    """RGB of these rows and columns of a picture; what lies beyond its edges is left out."""
    height, width = picture.shape[:2]
    top, bottom, left, right = max(top, 0), min(bottom, height), max(left, 0), min(right, width)
    return picture.part(top, bottom, left, right) if isinstance(picture, Planes) else picture[top:bottom, left:right]
