"""Pseudo-fakes from real faces: self-blended images and blends with another person, written afresh from the papers.

Self-blending (Shiohara & Yamasaki, CVPR 2022): two differently changed copies of one face are blended through a mask, so that only
the traces of a manipulation differ between a real and its fake. Cross-blending (Li et al., "Face X-ray", CVPR 2020): the inside
comes from another person's aligned face, its colours matched. What is random is drawn once (``BlendSettings``) and applied to every frame
of a clip. The seam map 4·m·(1 − m) says where the two meet: the second thing a net can learn to find ("Face X-ray"; Nguyen et al.,
"LAA-Net", CVPR 2024). See also: the masks (``masks.py``) and what both classes go through alike (``augment.py``).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from trainer.data.crops import SIDE
from trainer.synthesis.artifacts import Resampling, Style, draw_resampling, draw_style, match_color, resample
from trainer.synthesis.clips import CropClip, Picture
from trainer.synthesis.masks import MaskDraw, draw_mask, mask_of

STRENGTHS = (0.4, 0.6, 0.8, 1.0, 1.0, 1.0, 1.0)
"""How much of the changed face is blended in; drawn evenly."""
DONOR_STRENGTH = 0.8
"""A donor's face is blended in at least so much: fainter is a double exposure, which nobody makes."""
FARTHEST = 0.045
"""Greatest misfit of a donor's brows, eyes, nose and mouth, as a share of the face's width; worse pairs (a profile on a frontal face)
teach nothing."""
FARTHEST_JAW = 0.055
"""The same for the jaw, which the warp does not follow: beyond it lies what was behind the donor."""


@dataclass(frozen=True, eq=False)
class BlendSettings:
    """Everything random about a pseudo-fake. ``changed_inside``: whether the changed copy goes inside the mask or outside;
    ``move`` (2, 3) misaligns the inside; ``match`` is how far a donor's colours are matched."""

    mask: MaskDraw
    style: Style
    resampling: Resampling | None
    changed_inside: bool
    move: np.ndarray
    strength: float
    match: float


@dataclass(frozen=True, eq=False)
class BlendedPair:
    """Real frames, the fakes made from them and the masks between them (float32 0..1, before the blend's strength)."""

    reals: tuple[Picture, ...]
    fakes: tuple[Picture, ...]
    masks: tuple[np.ndarray, ...]

    @property
    def seams(self) -> list[np.ndarray]:
        """Seam maps, float32 (SIDE, SIDE) in 0..1."""
        return [seam_of(mask) for mask in self.masks]


def seam_of(mask: np.ndarray) -> np.ndarray:
    """4·m·(1 − m): 1 where both faces weigh the same, 0 inside and outside. The blend's strength is left out of m: a face blended in
    by half is no seam in its middle."""
    return 4 * mask * (1 - mask)


def draw_settings(rng: np.random.Generator, *, donor: bool = False) -> BlendSettings:
    """One draw for a still or a whole clip; ``donor``: for a blend with another person."""
    style, resampling = draw_style(rng), draw_resampling(rng)
    move = cv2.getRotationMatrix2D((SIDE / 2, SIDE / 2), rng.uniform(-2, 2), rng.uniform(0.95, 1.05))
    move[:, 2] = move[:, 2] + rng.uniform(-0.025, 0.025, 2) * SIDE
    return BlendSettings(
        mask=draw_mask(rng),
        style=style,
        resampling=resampling if rng.random() < 0.5 else None,
        changed_inside=bool(rng.random() < 0.5),
        move=move,
        strength=max(float(rng.choice(STRENGTHS)), DONOR_STRENGTH if donor else 0.0),
        match=rng.uniform(0.7, 1.0),
    )


def make_fake(real: CropClip, donor: CropClip | None, rng: np.random.Generator) -> BlendedPair:
    """A fake of footage: with a donor's face inside where one is given and its landmarks fit, else from itself."""
    fitted = None if donor is None else fit_donor(donor, real)
    if fitted is None:
        return self_blend(real, draw_settings(rng))
    return cross_blend(real, fitted, draw_settings(rng, donor=True))


def self_blend(real: CropClip, draw: BlendSettings) -> BlendedPair:
    """A fake from one face alone: one copy changed, the inside misaligned."""
    grey, fakes, masks = real.grey, [], []
    for face, outline in zip(real.pictures, real.outlines, strict=True):
        changed = resample(cv2.transform(face, draw.style.matrix(grey)), draw.resampling)
        inside, outside = (changed, face) if draw.changed_inside else (face, changed)
        inside = cv2.warpAffine(inside, draw.move, (SIDE, SIDE), borderMode=cv2.BORDER_REFLECT_101)
        masks.append(mask_of(draw.mask, transform_points(outline, draw.move)))
        fakes.append(blend(inside, outside, masks[-1] * np.float32(draw.strength)))
    return BlendedPair(real.pictures, tuple(fakes), tuple(masks))


def cross_blend(real: CropClip, donor: CropClip, draw: BlendSettings) -> BlendedPair:
    """A fake with another person's face inside, its colours matched under the mask; ``donor`` fits already (``fit_donor``)."""
    grey, fakes, masks = real.grey, [], []
    for face, outline, inside in zip(real.pictures, real.outlines, donor.pictures, strict=True):
        masks.append(mask_of(draw.mask, outline))
        inside = resample(match_color(inside, face, masks[-1], draw.match), draw.resampling)
        if grey:
            inside = cv2.cvtColor(cv2.cvtColor(inside, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
        fakes.append(blend(inside, face, masks[-1] * np.float32(draw.strength)))
    return BlendedPair(real.pictures, tuple(fakes), tuple(masks))


def blend_reconstruction(real: CropClip, copy: CropClip, *, whole: bool, rng: np.random.Generator) -> BlendedPair:
    """A fake from the face's own copy that an autoencoder redrew: all of it, as generated pictures are, or inside a mask, as swaps and
    lip-sync paste theirs back. The whole has no seam, so it has no masks."""
    copies = [cv2.cvtColor(cv2.cvtColor(face, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB) if real.grey else face for face in copy.pictures]
    if whole:
        return BlendedPair(real.pictures, tuple(copies), ())
    draw = draw_settings(rng, donor=True)
    masks = tuple(mask_of(draw.mask, outline) for outline in real.outlines)
    fakes = [blend(inside, face, mask) for inside, face, mask in zip(copies, real.pictures, masks, strict=True)]
    return BlendedPair(real.pictures, tuple(fakes), masks)


def fit_donor(donor: CropClip, real: CropClip) -> CropClip | None:
    """The donor's frames warped onto the real face's landmarks, each by its best affine map; None if any frame misfits. A donor
    with fewer frames starts over."""
    frames = donor.at([frame % len(donor.pictures) for frame in range(len(real.pictures))])
    if misfit(frames.outlines, real.outlines) > 1:
        return None
    maps = [onto(theirs, ours) for theirs, ours in zip(frames.outlines, real.outlines, strict=True)]
    warped = [
        cv2.warpAffine(picture, matrix, (SIDE, SIDE), borderMode=cv2.BORDER_REFLECT_101)
        for picture, matrix in zip(frames.pictures, maps, strict=True)
    ]
    return CropClip(tuple(warped), real.outlines)


def onto(theirs: np.ndarray, ours: np.ndarray) -> np.ndarray:
    """The affine map (2, 3) that brings their brows, eyes, nose and mouth closest to ours."""
    inner = np.concatenate([theirs[17:], np.ones((51, 1), np.float32)], axis=1)
    return np.linalg.lstsq(inner, ours[17:], rcond=None)[0].T


def misfit(theirs: Sequence[np.ndarray], ours: Sequence[np.ndarray]) -> float:
    """How badly a donor's landmarks fit in the worst frame, in units of what is allowed: more than 1 does not fit."""
    worst = 0.0
    for donor, outline in zip(theirs, ours, strict=True):
        off = np.linalg.norm(transform_points(donor, onto(donor, outline)) - outline, axis=1) / np.ptp(outline[:, 0])
        worst = max(worst, off[17:].mean() / FARTHEST, off[:17].mean() / FARTHEST_JAW)
    return float(worst)


def transform_points(points: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Points (n, 2) under an affine map (2, 3)."""
    return points @ matrix[:, :2].T + matrix[:, 2]


def blend(inside: Picture, outside: Picture, weight: np.ndarray) -> Picture:
    """inside · weight + outside · (1 − weight), rounded."""
    return cv2.blendLinear(inside, outside, weight, 1 - weight)
