"""Pseudo-fakes from real faces: self-blended images and blends with another person, written afresh from the papers.

    python -m trainer.forge runs/crops/train --out sheet.png       # a contact sheet of reals, their fakes and the masks

Self-blending (Shiohara & Yamasaki, CVPR 2022): two differently changed copies of one face are blended through a mask, so that only
the traces of a manipulation differ between a real and its fake. Cross-blending (Li et al., "Face X-ray", CVPR 2020): the inside
comes from another person's aligned face, its colours matched. Not here: the masks (``masks.py``) and what both classes go through
alike (``augment.py``).
"""

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from trainer.crops import SIDE
from trainer.masks import bent, outline_of, region, softened

STRENGTHS = (0.4, 0.6, 0.8, 1.0, 1.0, 1.0, 1.0)
"""How much of the changed face is blended in; drawn evenly."""
FARTHEST = 0.045
"""Greatest misfit of a donor's landmarks, as a share of the face's width; worse pairs (a profile on a frontal face) teach nothing."""


@dataclass(frozen=True, eq=False)
class Forged:
    """A real face, the fake made from it and the mask between them (float32, 0..1); pictures uint8 (SIDE, SIDE, 3)."""

    real: np.ndarray
    fake: np.ndarray
    mask: np.ndarray


def self_blended(face: np.ndarray, points: list[float] | None, rng: np.random.Generator) -> Forged:
    """A fake from one face alone. A coin decides whether the inside or the outside is the changed copy."""
    mask = softened(bent(region(outline_of(points), rng), rng), rng)
    changed = restyled(face, rng)
    inside, outside = (changed, face) if rng.random() < 0.5 else (face, changed)
    inside, mask = misaligned(inside, mask, rng)
    return Forged(face, blended(inside, outside, mask * rng.choice(STRENGTHS)), mask)


def cross_blended(
    face: np.ndarray, points: list[float] | None, donor: np.ndarray, donor_points: list[float] | None, rng: np.random.Generator
) -> Forged:
    """A fake with another person's face inside: warped onto this face's landmarks, colours matched under the mask."""
    outline, other = outline_of(points), outline_of(donor_points)
    matrix, _ = cv2.estimateAffine2D(other[17:], outline[17:], method=cv2.LMEDS)
    if matrix is None or misfit(matrix, other, outline) > FARTHEST:
        return self_blended(face, points, rng)
    inside = cv2.warpAffine(donor, matrix, (SIDE, SIDE), borderMode=cv2.BORDER_REFLECT_101)
    mask = softened(bent(region(outline, rng), rng), rng)
    if is_grey(face):
        inside = cv2.cvtColor(cv2.cvtColor(inside, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    inside = recoloured(inside, face, mask, rng.uniform(0.7, 1.0))
    if rng.random() < 0.5:
        inside = resampled(inside, rng)
    return Forged(face, blended(inside, face, mask * rng.choice(STRENGTHS[2:])), mask)


def misfit(matrix: np.ndarray, donor: np.ndarray, outline: np.ndarray) -> float:
    """How far the donor's landmarks lie from this face's after the warp: mean distance as a share of the face's width."""
    moved = donor[17:] @ matrix[:, :2].T + matrix[:, 2]
    return float(np.linalg.norm(moved - outline[17:], axis=1).mean() / np.ptp(outline[:, 0]))


def is_grey(face: np.ndarray) -> bool:
    """Whether a picture has no colour; a coloured patch in it would be too easy a tell."""
    small = face[::8, ::8].astype(np.int16)
    return bool(np.ptp(small, axis=2).max() <= 6)


def restyled(face: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A copy with other colour statistics and another frequency content."""
    out = face.astype(np.float32)
    if rng.random() < 0.7:
        out += rng.uniform(-14, 14, 1 if is_grey(face) else 3).astype(np.float32)
    out = (out - 128) * rng.uniform(0.85, 1.15) + 128 + rng.uniform(-12, 12)
    grey = out.mean(axis=2, keepdims=True)
    out = np.clip(grey + (out - grey) * rng.uniform(0.75, 1.25), 0, 255).astype(np.uint8)
    return resampled(out, rng) if rng.random() < 0.8 else out


def resampled(face: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A copy that went through a smaller size, a sharpening, a smoothing, or fresh noise: what generators and editors leave behind."""
    kind = rng.integers(4)
    if kind == 0:
        small = round(SIDE / rng.uniform(1.5, 4.0))
        ups = (cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_LANCZOS4, cv2.INTER_NEAREST)
        shrunk = cv2.resize(face, (small, small), interpolation=cv2.INTER_AREA)
        return cv2.resize(shrunk, (SIDE, SIDE), interpolation=ups[rng.integers(len(ups))])
    if kind == 1:
        soft = cv2.GaussianBlur(face, (0, 0), rng.uniform(1.0, 2.5))
        amount = rng.uniform(0.4, 1.4)
        return cv2.addWeighted(face, 1 + amount, soft, -amount, 0)
    if kind == 2:
        return (
            cv2.bilateralFilter(face, 5, rng.uniform(15, 45), 5)
            if rng.random() < 0.5
            else cv2.GaussianBlur(face, (0, 0), rng.uniform(0.6, 1.8))
        )
    noise = rng.normal(0, rng.uniform(2, 8), (SIDE, SIDE, 1)).astype(np.float32)
    return np.clip(face + noise, 0, 255).astype(np.uint8)


def misaligned(face: np.ndarray, mask: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Face and mask shifted, scaled and turned a little, together."""
    matrix = cv2.getRotationMatrix2D((SIDE / 2, SIDE / 2), rng.uniform(-2, 2), rng.uniform(0.95, 1.05))
    matrix[:, 2] = matrix[:, 2] + rng.uniform(-0.025, 0.025, 2) * SIDE
    moved = cv2.warpAffine(face, matrix, (SIDE, SIDE), borderMode=cv2.BORDER_REFLECT_101)
    return moved, cv2.warpAffine(mask, matrix, (SIDE, SIDE))


def recoloured(inside: np.ndarray, face: np.ndarray, mask: np.ndarray, amount: float) -> np.ndarray:
    """``inside`` with the mean and spread of ``face``'s colours under the mask (Reinhard et al., IEEE CG&A 2001), in Lab."""
    weight = mask.ravel() / max(mask.sum(), 1e-6)
    ours, theirs = (cv2.cvtColor(picture, cv2.COLOR_RGB2LAB).astype(np.float32) for picture in (inside, face))
    means = [weight @ picture.reshape(-1, 3) for picture in (ours, theirs)]
    spreads = [np.sqrt(weight @ (picture.reshape(-1, 3) - mean) ** 2) + 1e-3 for picture, mean in zip((ours, theirs), means, strict=True)]
    moved = (ours - means[0]) * (spreads[1] / spreads[0]) + means[1]
    mixed = ours + (moved - ours) * amount
    return cv2.cvtColor(np.clip(mixed, 0, 255).astype(np.uint8), cv2.COLOR_LAB2RGB)


def blended(inside: np.ndarray, outside: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """inside · mask + outside · (1 − mask)."""
    weight = mask[:, :, None].astype(np.float32)
    return np.clip(outside + (inside.astype(np.float32) - outside) * weight, 0, 255).astype(np.uint8)


def main(arguments: list[str] | None = None) -> int:
    """Write a contact sheet: a row of reals, the fakes below them, the masks below those."""
    from datasets import load_from_disk

    parser = argparse.ArgumentParser(prog="python -m trainer.forge", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("crops", type=Path, help="a split written by trainer.prepare")
    parser.add_argument("--out", type=Path, required=True, help="PNG to write")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    rng = np.random.default_rng(options.seed)
    data = load_from_disk(options.crops)
    reals = [place for place, label in enumerate(data["label"]) if label == "real"]
    columns = []
    for number, place in enumerate(rng.choice(reals, 16)):
        row, donor = data[int(place)], data[int(rng.choice(reals))]
        face = np.asarray(row["image"].convert("RGB"))
        if number % 2:
            made = cross_blended(face, row["outline"], np.asarray(donor["image"].convert("RGB")), donor["outline"], rng)
        else:
            made = self_blended(face, row["outline"], rng)
        grey = np.repeat((made.mask * 255).astype(np.uint8)[:, :, None], 3, axis=2)
        columns.append(np.concatenate([made.real, made.fake, grey]))
    sheet = np.concatenate([np.concatenate(columns[:8], axis=1), np.concatenate(columns[8:], axis=1)])
    cv2.imwrite(str(options.out), sheet[:, :, ::-1])
    return 0


if __name__ == "__main__":
    sys.exit(main())
