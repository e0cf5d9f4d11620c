"""The links of a source's chain, each done to a decoded clip before faces are looked for: framing, size, colour, a mark, codecs, a grid.

Every link is deterministic and the same for all frames of a clip. Video links write each frame as a keyframe of its own, at the rate of the
source's keyframes: what prediction between frames does to the others is not covered. See also: which links a source has
(``processing_chain.py``), the round trips themselves (``trainer/synthesis/codecs.py``).
"""

import hashlib
from dataclasses import dataclass, replace
from typing import Protocol

import cv2
import numpy as np

from telltale.faces.align import pre_shrunk, similarity
from telltale.faces.detectors import FaceDetector
from telltale.video.frames import Clip
from trainer.shortcuts.source_stats import faces_in
from trainer.shortcuts.watermarks import Corner
from trainer.synthesis.codecs import Codec, encode, through_jpeg, through_video

CRF = (10, 45)
"""The strengths between which a rate is sought."""
TEXT = "AI made"


class Transform(Protocol):
    """One step of a chain. ``name`` says all that it depends on."""

    @property
    def name(self) -> str: ...

    def apply(self, clip: Clip, finder: FaceDetector) -> Clip:
        """The clip after this link."""


@dataclass(frozen=True)
class Reframe:
    """Put where the source has its faces: its picture's size, the face as large, as far from the edges and as upright as there (for
    portraits that were cut by landmarks, that cut). Beyond the picture's edge it is mirrored. A clip without a face stays as it is."""

    width: int
    height: int
    landmarks: tuple[tuple[float, float], ...]

    @property
    def name(self) -> str:
        place = hashlib.sha256(repr(self.landmarks).encode()).hexdigest()[:6]
        return f"framing in {self.width} x {self.height} ({place})"

    def apply(self, clip: Clip, finder: FaceDetector) -> Clip:
        """See Link."""
        largest = [faces[0].landmarks for faces in faces_in(clip, finder) if faces]
        if not largest:
            return clip
        matrix = similarity(np.median(largest, axis=0), np.array(self.landmarks))
        return replace_pictures(clip, [warp(frame.rgb, matrix, (self.width, self.height)) for frame in clip.frames])


@dataclass(frozen=True)
class Resize:
    """Shrunk or enlarged until the face is as large as the source's, in pixels; the framing stays."""

    face_px: int

    @property
    def name(self) -> str:
        return f"face of {self.face_px} px"

    def apply(self, clip: Clip, finder: FaceDetector) -> Clip:
        """See Link."""
        largest = [faces[0].size for faces in faces_in(clip, finder) if faces]
        if not largest:
            return clip
        scale = self.face_px / float(np.median(largest))
        way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        size = max(1, round(clip.width * scale)), max(1, round(clip.height * scale))
        return replace_pictures(clip, [cv2.resize(frame.rgb, size, interpolation=way) for frame in clip.frames])


@dataclass(frozen=True)
class Grayscale:
    """No colour at all."""

    name: str = "grey"

    def apply(self, clip: Clip, finder: FaceDetector) -> Clip:
        """See Link."""
        greys = [cv2.cvtColor(frame.rgb, cv2.COLOR_RGB2GRAY) for frame in clip.frames]
        return replace_pictures(clip, [cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB) for grey in greys])


@dataclass(frozen=True)
class Watermark:
    """A short light text with a dark edge in a corner, a twentieth of the picture high."""

    corner: Corner

    @property
    def name(self) -> str:
        return f"mark {self.corner}"

    def apply(self, clip: Clip, finder: FaceDetector) -> Clip:
        """See Link."""
        return replace_pictures(clip, [self.draw(frame.rgb) for frame in clip.frames])

    def draw(self, rgb: np.ndarray) -> np.ndarray:
        """One frame with the mark."""
        height, width = rgb.shape[:2]
        scale, thick = height / 20 / 21, max(1, round(height / 300))  # this font's capitals are 21 pixels high
        (long, high), _ = cv2.getTextSize(TEXT, cv2.FONT_HERSHEY_SIMPLEX, scale, thick)
        away = height // 40
        x = away if self.corner.endswith("left") else width - long - away
        y = away + high if self.corner.startswith("top") else height - away
        out = rgb.copy()
        for colour, line in (((30, 30, 30), thick + 2), ((235, 235, 235), thick)):
            cv2.putText(out, TEXT, (x, y), cv2.FONT_HERSHEY_SIMPLEX, scale, colour, line, cv2.LINE_AA)
        return out


@dataclass(frozen=True)
class Compress:
    """A JPEG of this quality and back."""

    quality: int

    @property
    def name(self) -> str:
        return f"JPEG quality {self.quality}"

    def apply(self, clip: Clip, finder: FaceDetector) -> Clip:
        """See Link."""
        pictures = [through_jpeg(frame.rgb[:, :, ::-1], self.quality)[:, :, ::-1] for frame in clip.frames]  # OpenCV's order
        return replace_pictures(clip, [np.ascontiguousarray(picture) for picture in pictures])


@dataclass(frozen=True)
class Reencode:
    """Keyframes of a video of about this many bits a pixel and back; the strength is sought on the clip's middle frame."""

    codec: Codec
    bits: float

    @property
    def name(self) -> str:
        return f"{self.codec} of {self.bits:g} bits a pixel"

    def apply(self, clip: Clip, finder: FaceDetector) -> Clip:
        """See Link."""
        crf = self.strength(clip.frames[len(clip.frames) // 2].rgb)
        pictures = [through_video([frame.rgb], self.codec, crf)[0] for frame in clip.frames]
        return replace_pictures(clip, [np.ascontiguousarray(picture) for picture in pictures])

    def strength(self, rgb: np.ndarray) -> int:
        """The lowest CRF at which the frame takes no more than these bits; the last where none does."""
        low, high = CRF
        while low < high:
            middle = (low + high) // 2
            low, high = (low, middle) if bits_per_pixel(rgb, self.codec, middle) <= self.bits else (middle + 1, high)
        return low


@dataclass(frozen=True)
class DoubleFrames:
    """The clip beside its own mirror image, as papers show results side by side."""

    name: str = "side by side"

    def apply(self, clip: Clip, finder: FaceDetector) -> Clip:
        """See Link."""
        return replace_pictures(clip, [np.hstack([frame.rgb, frame.rgb[:, ::-1]]) for frame in clip.frames])


@dataclass(frozen=True)
class Passage:
    """Several links, one after the other: a ``Change`` of ``trainer/evaluation/perturbations.py``."""

    links: tuple[Transform, ...]

    @property
    def name(self) -> str:
        """The links' names in their order."""
        return ", ".join(link.name for link in self.links)

    def apply(self, clip: Clip, finder: FaceDetector) -> Clip:
        """The clip after all of them."""
        for link in self.links:
            clip = link.apply(clip, finder)
        return clip


def bits_per_pixel(rgb: np.ndarray, codec: Codec, crf: int) -> float:
    """Bits a pixel of a frame as a keyframe, less what an empty one takes: the encoder's headers are most of a small picture."""
    full, empty = (sum(packet.size for packet in encode([each], codec, crf)) for each in (rgb, np.zeros_like(rgb)))
    return (full - empty) * 8 / (rgb.shape[0] * rgb.shape[1])


def replace_pictures(clip: Clip, pictures: list[np.ndarray]) -> Clip:
    """The clip with other pictures in its frames, all of one size."""
    height, width = pictures[0].shape[:2]
    frames = [replace(frame, picture=picture) for frame, picture in zip(clip.frames, pictures, strict=True)]
    return replace(clip, width=width, height=height, frames=frames)


def warp(rgb: np.ndarray, matrix: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """A frame under a similarity transform, cut to (width, height); shrunk with anti-aliasing, enlarged smoothly."""
    scale = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    if scale < 0.5:
        rgb, matrix = pre_shrunk(rgb, matrix, scale)
    way = cv2.INTER_LINEAR if scale <= 1 else cv2.INTER_CUBIC
    return cv2.warpAffine(rgb, matrix, size, flags=way, borderMode=cv2.BORDER_REFLECT_101)
