"""What limits the judgement of a face: size, turning away, sharpness, compression; and the words for it.

The limits below are rules of thumb; what calibration measured per face size and compression are thresholds
(``telltale/core/model_settings.py``).
"""

from typing import Literal

import cv2
import numpy as np

from telltale.core.report import Params, Quality, Reason, reason_of
from telltale.core.rules import RULES
from telltale.faces.detectors import Face

LIMITS = RULES.quality
SMALL_PX, TINY_PX = LIMITS.small_px, LIMITS.tiny_px
"""Median face size below which the verdict warns, and below which it is withheld."""
TURNED, PROFILE = LIMITS.turned, LIMITS.profile
"""Median turn above which the verdict warns, and above which it is withheld."""
SOFT, BLURRED = LIMITS.soft, LIMITS.blurred
"""Median sharpness below which the verdict warns, and below which it is withheld."""
FEW_LOOKS = LIMITS.few_looks
"""Looks at a person in a video below which the verdict warns."""


def quality_of(face: Face, crop: np.ndarray, compression: float) -> Quality:
    """Measured on one face and its crop; ``compression`` was measured on the frame (``compression.py``)."""
    sharpness = float(cv2.Laplacian(cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY), cv2.CV_64F).var())
    return Quality(
        face_size_px=round(face.size, 1),
        yaw=round(yaw(face.landmarks), 3),
        sharpness=round(sharpness, 1),
        compression=round(compression, 3),
    )


def yaw(landmarks: np.ndarray) -> float:
    """0 facing the camera .. 1 in profile: how far the nose lies from the middle between the eyes, along the eye line."""
    left, right, nose = landmarks[:3]
    axis = right - left
    width = float(np.linalg.norm(axis))
    if width < LIMITS.min_eye_distance:
        return 1.0
    aside = abs(float((nose - (left + right) / 2) @ axis)) / width
    return min(1.0, aside / (width / 2))


def quality_reasons(qualities: list[Quality], kind: Literal["video", "image"], seen: int | None = None) -> list[Reason]:
    """Why a person's verdict is less sure than it could be, or is withheld; ``seen``: how often, where not every look was measured."""
    seen = seen or len(qualities)
    size, turn, sharp = (
        float(np.median([getattr(quality, name) for quality in qualities])) for name in ("face_size_px", "yaw", "sharpness")
    )
    found = [
        reason("face.small", size, SMALL_PX, TINY_PX, {"pixels": round(size), "least": round(SMALL_PX)}),
        reason("face.blurred", sharp, SOFT, BLURRED),
        reason("face.turned", -turn, -TURNED, -PROFILE),
    ]
    if kind == "video" and seen < FEW_LOOKS:
        found.append(reason_of("person.few_looks", "warning", {"looks": seen}))
    return [each for each in found if each is not None]


def reason(code: str, value: float, warn_below: float, abstain_below: float, params: Params | None = None) -> Reason | None:
    """A reason where ``value`` is too low, else None."""
    if value >= warn_below:
        return None
    return reason_of(code, "abstain" if value < abstain_below else "warning", params)
