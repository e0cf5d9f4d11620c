"""How light the skin of a face looks in its pixels: the individual typology angle (ITA) of both cheeks in the aligned crop.

ITA = atan2(L* - 50, b*) in degrees, in CIE L*a*b* (Chardon et al., 1991): high for light skin, negative for dark. What is measured is the
picture, not the person: light, exposure, white balance, make-up, a hand or a beard on a cheek move it, by tens of degrees in strong light
or shadow, and a colour cast turns it. So it divides videos into rough groups and says nothing of one face; ``--groups`` takes what people
saw instead. Grey pictures have no b* and get none. See also: the groups and their figures (``fairness_groups.py``).
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import cv2
import numpy as np

from telltale.faces.align import align, upright_box
from trainer.synthesis.clips import is_grey

if TYPE_CHECKING:
    from telltale.core.model_settings import ModelSettings
    from telltale.model.observations import Observation

CHEEKS = ((0.25, 0.60), (0.75, 0.60))
"""Where cheeks lie in the square of ``telltale.faces.align.TEMPLATE``: below the eyes, beside the nose."""
REACH = 0.06
"""Half a patch's side there."""
LIGHT_FROM = 28.0
"""Degrees: the border between "intermediate" and "tan" of Chardon's six classes; light is above, dark is not."""


def typology_angle(crop: np.ndarray, margin: float) -> float | None:
    """ITA in degrees of an aligned crop, uint8 RGB (S, S, 3): the mean of both cheeks' medians. None where the crop is grey."""
    if is_grey(crop):
        return None
    patches = [patch(crop, cheek, margin).astype(np.float32) / 255 for cheek in CHEEKS]
    cheeks = [np.median(cv2.cvtColor(each, cv2.COLOR_RGB2LAB).reshape(-1, 3), axis=0) for each in patches]
    lightness, _, yellow = np.mean(cheeks, axis=0)
    return float(np.degrees(np.arctan2(lightness - 50, yellow)))


def patch(picture: np.ndarray, centre: tuple[float, float], margin: float) -> np.ndarray:
    """The square part of a crop about a place of the template's square, which ``margin`` surrounds."""
    (left, top), (right, bottom) = (
        np.round((margin + (np.array(centre) + shift) * (1 - 2 * margin)) * len(picture)).astype(int) for shift in (-REACH, REACH)
    )
    return picture[top:bottom, left:right]


def tone_of(looks: Sequence["Observation"], settings: "ModelSettings") -> float | None:
    """How light one person's skin looks: the median angle over their looks in colour; None without any."""
    angles = [angle for look in looks if (angle := typology_angle(align_look(look, settings), settings.margin)) is not None]
    return float(np.median(angles)) if angles else None


def align_look(look: "Observation", settings: "ModelSettings") -> np.ndarray:
    """The aligned crop of a look, made of the upright one where that is what the model saw."""
    if settings.crop == "aligned":
        return look.crop
    side = len(look.crop)
    left, top, right, bottom = upright_box(look.face.landmarks, side, settings.margin)
    landmarks = (look.face.landmarks - [left, top]) * side / np.array([right - left, bottom - top])
    return align(look.crop, landmarks, side, settings.margin)
