"""What happens to a picture on its way through the web: JPEG, H.264, shrinking, blur, noise, each at stated strengths; and half size with
H.264 together.

Applied to whole decoded frames, before faces are looked for, so that everything after decoding meets the worse picture, the face detector
included. H.264 writes every frame as a keyframe of its own, which is what is read of long videos; what prediction between frames does to
the others is not covered. Nothing is drawn by chance but the noise, and that is the same in every run. See also: what it does to the
scores (``robustness.py``), the round trips themselves (``codecs.py``), the chains of whole sources (``trainer/probing``) and training's
(``augment.py``).

    worse = perturb(clip, Perturbation("jpeg", 30))
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, Protocol, get_args

import cv2
import numpy as np

from telltale.core.errors import BadRequest
from telltale.video.frames import Clip
from trainer.synthesis.codecs import through_jpeg, through_video

if TYPE_CHECKING:
    from telltale.faces.detectors import FaceDetector

Kind = Literal["jpeg", "h264", "half_h264", "resize", "blur", "noise"]


class Change(Protocol):
    """What is done to a decoded clip before faces are looked for. ``name`` is part of a run's name and says all that it depends on."""

    @property
    def name(self) -> str: ...

    def apply(self, clip: Clip, finder: "FaceDetector") -> Clip:
        """The clip after it; ``finder`` is there for changes that need to know where the face is."""


@dataclass(frozen=True)
class Perturbation:
    """A kind and its strength: JPEG quality, H.264 CRF (``half_h264``: of frames of half their sides, which stay that small), the side left
    in percent, blur in pixels (sigma), noise in grey levels (sigma)."""

    kind: Kind
    level: int

    @property
    def name(self) -> str:
        """``jpeg 30``: part of a run's name."""
        return f"{self.kind} {self.level}"

    def apply(self, clip: Clip, finder: "FaceDetector") -> Clip:
        """See ``perturb``; where the face is does not matter."""
        return perturb(clip, self)

    @property
    def words(self) -> str:
        """For tables and pictures."""
        return {
            "jpeg": f"JPEG quality {self.level}",
            "h264": f"H.264 CRF {self.level}",
            "half_h264": f"half size, H.264 CRF {self.level}",
            "resize": f"shrunk to {self.level} %",
            "blur": f"blur, σ {self.level} px",
            "noise": f"noise, σ {self.level}",
        }[self.kind]


GRID: dict[Kind, tuple[int, ...]] = {
    "jpeg": (100, 90, 80, 70, 60, 50, 40, 30, 20, 10),
    "h264": (23, 28, 34, 40),
    "half_h264": (34,),
    "resize": (75, 50, 35, 25),
    "blur": (1, 2, 3, 4),
    "noise": (4, 8, 16, 24),
}
"""The strengths tried, mild to harsh."""
PLATFORM = Perturbation("half_h264", 34)
"""What a harsh platform sends: the one perturbation whose fall in AUC is told in a sentence of its own."""


def grid(kinds: list[str]) -> list[Perturbation]:
    """All strengths of the given kinds, or of every kind for ``all``. Raises BadRequest."""
    known = get_args(Kind)
    for kind in kinds:
        if kind not in (*known, "all"):
            raise BadRequest("request.invalid", text=f"There is no perturbation called {kind!r}; choose all or some of {', '.join(known)}.")
    return [Perturbation(kind, level) for kind, levels in GRID.items() if kind in kinds or "all" in kinds for level in levels]


def perturb(clip: Clip, perturbation: Perturbation) -> Clip:
    """The clip with every frame made worse; only ``half_h264`` changes its size."""
    frames = [replace(frame, picture=degrade(frame.rgb, perturbation, seed=frame.index)) for frame in clip.frames]
    height, width = frames[0].rgb.shape[:2]
    return replace(clip, width=width, height=height, frames=frames)


def degrade(rgb: np.ndarray, perturbation: Perturbation, seed: int = 0) -> np.ndarray:
    """One RGB uint8 frame (H, W, 3), made worse."""
    level = perturbation.level
    if perturbation.kind == "jpeg":
        return through_jpeg(rgb[:, :, ::-1], level)[:, :, ::-1].copy()  # OpenCV's order
    if perturbation.kind == "h264":
        return np.ascontiguousarray(through_video([rgb], "h264", level)[0])
    if perturbation.kind == "half_h264":
        return np.ascontiguousarray(through_video([shrink(rgb, 0.5)], "h264", level)[0])
    if perturbation.kind == "resize":
        return shrink_and_enlarge(rgb, level / 100)
    if perturbation.kind == "blur":
        return cv2.GaussianBlur(rgb, (0, 0), float(level), borderType=cv2.BORDER_REFLECT_101)
    noise = np.random.default_rng(seed).normal(0, level, rgb.shape)
    return np.clip(rgb + noise + 0.5, 0, 255).astype(np.uint8)


def shrink_and_enlarge(rgb: np.ndarray, share: float) -> np.ndarray:
    """Shrunk to that share of its sides, then stretched to its old size: what is lost is detail, not the size of the face."""
    height, width = rgb.shape[:2]
    return cv2.resize(shrink(rgb, share), (width, height), interpolation=cv2.INTER_CUBIC)


def shrink(rgb: np.ndarray, share: float) -> np.ndarray:
    """That share of its sides is left."""
    height, width = rgb.shape[:2]
    return cv2.resize(rgb, (max(1, round(width * share)), max(1, round(height * share))), interpolation=cv2.INTER_AREA)
