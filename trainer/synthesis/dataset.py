"""What one training step sees: pairs of a real and a fake that share every draw but the manipulation.

Three kinds of pair: self-blended, cross-blended, and labelled (a fake of the data set beside the real it was made from where that is known,
else beside one of the same kind of source). A picture is one crop, or a sheet of crops of one person in order of time
(``telltale/model/crop_grid.py``); a pair may hold several of each, from one clip. Pair number ``i`` is the same in every run and in
every worker with one seed, so training resumes where it stopped. See also: which reals, fakes and donors are drawn (``pairing.py``).
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from telltale.model.scoring import sheet_of
from trainer.synthesis.augment import Geometry, draw_augmentation
from trainer.synthesis.blending import BlendedPair, blend_reconstruction, make_fake
from trainer.synthesis.clips import CropClip
from trainer.synthesis.pairing import PairSampler
from trainer.synthesis.sampling import by_unit, columns_of, keep_encoded, moments, picture_of
from trainer.synthesis.sharpness_matching import match_sharpness

if TYPE_CHECKING:
    from datasets import Dataset

REAL, FAKE = 0, 1
LEVELLED = 0.7
"""Share of pairs of two clips in which the sharper one is softened to the other's level."""


@dataclass(frozen=True)
class Mix:
    """Shares of the kinds of pair; the rest is self-blended."""

    labelled: float = 0.45
    cross: float = 0.20
    decoded: float = 0.0


@dataclass(frozen=True)
class NetInput:
    """What the net wants to see: the picture's side in pixels, the border around the face, the channels' mean and standard deviation."""

    size: int
    margin: float
    mean: list[float]
    std: list[float]

    def normalize(self, pictures: np.ndarray) -> np.ndarray:
        """uint8 (N, S, S, 3) -> float32 (N, 3, S, S)."""
        gain = 1 / (255 * np.asarray(self.std, np.float32))
        bias = -np.asarray(self.mean, np.float32) / np.asarray(self.std, np.float32)
        planes: np.ndarray = np.ascontiguousarray(pictures.transpose(0, 3, 1, 2)).astype(np.float32)
        planes *= gain[:, None, None]
        planes += bias[:, None, None]
        return planes


class TrainingPairs:
    """A map-style data set of ``length`` pairs over the rows that ``trainer.prepare`` wrote.

    An item has ``pixel_values`` float32 (2k, 3, S, S) and ``labels`` int64 (2k,): k = ``clip`` reals, then k fakes. Each picture is a
    sheet of ``sheet``² crops. With ``seam`` > 0 there are also ``seams`` float32 (2k, seam, seam) in 0..1 and ``seam_known`` bool (2k,): a
    real has no seam, a pseudo-fake has the one it was blended along, of a labelled fake nothing is known.
    """

    def __init__(
        self, rows: "Dataset", length: int, net: NetInput, *, mix: Mix, seed: int, clip: int = 1, sheet: int = 1, seam: int = 0
    ) -> None:
        self._couples, self._length, self._net, self._mix, self._seed = PairSampler(rows), length, net, mix, seed
        self._clip, self._sheet, self._seam = clip, sheet, seam

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, number: int) -> dict[str, np.ndarray]:
        cv2.setNumThreads(1)  # the workers are the parallelism
        rng = np.random.default_rng([self._seed, number])
        made, known = self._pair(rng)
        augmentation = draw_augmentation(self._net.size // self._sheet, self._net.margin, rng)
        crops = [*augmentation.apply(made.reals), *augmentation.apply(made.fakes)]
        item = {
            "pixel_values": self._net.normalize(tile_sheets(np.stack(crops), self._sheet)),
            "labels": np.repeat(np.array([REAL, FAKE]), self._clip),
        }
        if self._seam:
            fakes = self._maps([augmentation.warp_map(seam) for seam in made.seams]) if known else self._blank
            item["seams"] = np.concatenate([self._blank, fakes])
            item["seam_known"] = np.repeat(np.array([True, known]), self._clip)
        return item

    @property
    def _blank(self) -> np.ndarray:
        """The seam maps of pictures without a seam."""
        return np.zeros((self._clip, self._seam, self._seam), np.float32)

    def _maps(self, seams: list[np.ndarray]) -> np.ndarray:
        """Seam maps of crops -> of pictures, (clip, seam, seam)."""
        whole = tile_sheets(np.stack(seams)[..., None], self._sheet)[..., 0]
        small = [cv2.resize(seam, (self._seam, self._seam), interpolation=cv2.INTER_AREA) for seam in whole]
        return np.clip(np.stack(small), 0, 1)

    def _pair(self, rng: np.random.Generator) -> tuple[BlendedPair, bool]:
        """Crops of a real and a fake, not yet augmented, and whether the seam is known."""
        draw, times = rng.random(), moments(rng, self._clip * self._sheet**2)
        if self._couples.labelled and draw < self._mix.labelled:
            real, fake = self._level(self._couples.real_and_fake(rng, times), rng)
            return BlendedPair(real.pictures, fake.pictures, ()), False
        draw -= self._mix.labelled
        if self._couples.decoded and 0 <= draw < self._mix.decoded:
            real, copy = self._level(self._couples.real_and_redrawn(rng, times), rng)
            whole = bool(rng.random() < 0.5)
            return blend_reconstruction(real, copy, whole=whole, rng=rng), not whole
        if draw < self._mix.decoded + self._mix.cross:
            real, donor = self._couples.real_and_donor(rng, times)
            if donor:
                real, donor = self._level((real, donor), rng)
            return make_fake(real, donor, rng), True
        return make_fake(self._couples.real(rng, times), None, rng), True

    def _level(self, clips: tuple[CropClip, CropClip], rng: np.random.Generator) -> tuple[CropClip, CropClip]:
        """Two clips, mostly brought to one level of detail."""
        return match_sharpness(*clips, rng) if rng.random() < LEVELLED else clips


class ValidationCrops:
    """Validation: every picture as the service would cut it, one by one: crops evenly spread over each unit, or sheets of such crops.

    ``labels``, ``units`` and ``kinds`` are lists over the pictures; a unit's name is unique among all sources.
    """

    def __init__(self, rows: "Dataset", net: NetInput, *, per_unit: int = 8, sheet: int = 1) -> None:
        self._rows, self._net, self._sheet = keep_encoded(rows), net, sheet
        columns = columns_of(rows)
        order, starts = by_unit(columns)
        self.places = [
            order[first + part]
            for first, end in zip(starts, np.append(starts[1:], len(order)), strict=True)
            for part in spread(end - first, per_unit, sheet)
        ]
        firsts = np.array([places[0] for places in self.places], int)
        self.labels = np.where(columns.where("label", "fake")[firsts], FAKE, REAL)
        self.kinds = columns.texts("kind", firsts)
        parts = [columns.texts(key, firsts) for key in ("source", "label", "unit")]
        self.units = ["/".join(names) for names in zip(*parts, strict=True)]

    def __len__(self) -> int:
        return len(self.places)

    def __getitem__(self, number: int) -> dict[str, np.ndarray]:
        cv2.setNumThreads(1)
        crops = [picture_of(self._rows[int(place)]) for place in self.places[number]]
        cut = np.stack([Geometry().cut(crop, self._net.size // self._sheet, self._net.margin) for crop in crops])
        return {"pixel_values": self._net.normalize(tile_sheets(cut, self._sheet)), "labels": self.labels[number : number + 1]}


def spread(count: int, per_unit: int, sheet: int) -> list[np.ndarray]:
    """Which of a unit's ``count`` rows make up its pictures: at most ``per_unit`` rows, evenly spread, each row once; as sheets, as many
    as that gives, but at least one, for which a short unit shows rows again."""
    if sheet == 1:
        return [np.array([at]) for at in np.unique(np.linspace(0, count - 1, per_unit).round().astype(int))]
    sheets = max(1, min(per_unit, count) // sheet**2)
    return np.split(np.linspace(0, count - 1, sheets * sheet**2).round().astype(int), sheets)


def tile_sheets(crops: np.ndarray, sheet: int) -> np.ndarray:
    """Crops (n·sheet², s, s, C) in order of time -> n pictures (n, sheet·s, sheet·s, C)."""
    return crops if sheet == 1 else np.stack([sheet_of(part, sheet) for part in np.split(crops, len(crops) // sheet**2)])


def collate(items: list[dict[str, np.ndarray]]) -> dict[str, Any]:
    """Pairs (or singles) side by side in one batch of pictures, with everything else that they have."""
    import torch

    return {key: torch.from_numpy(np.concatenate([item[key] for item in items])) for key in items[0]}
