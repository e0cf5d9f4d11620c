"""What one training step sees: pairs of a real and a fake that share every draw but the manipulation.

Three kinds of pair: self-blended, cross-blended, and labelled (a fake of the data set beside a real of the same kind of source).
Sources are balanced, so that a large one does not drown the rest. Pair number ``i`` is the same in every run with one seed, so
training resumes where it stopped.
"""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from trainer.augment import augmented, cut
from trainer.forge import cross_blended, self_blended

REAL, FAKE = 0, 1


@dataclass(frozen=True)
class Mix:
    """Shares of the kinds of pair; the rest is self-blended."""

    labelled: float = 0.45
    cross: float = 0.20


class Pairs:
    """A map-style data set of ``length`` pairs over the rows that ``trainer.prepare`` wrote."""

    def __init__(self, rows: Any, length: int, net: "NetInput", *, mix: Mix, seed: int) -> None:
        self._rows, self._length, self._net, self._mix, self._seed = rows, length, net, mix, seed
        self._reals, self._fakes = by_source(rows, "real"), by_source(rows, "fake")
        self._stills = {source for source, kind in zip(rows["source"], rows["kind"], strict=True) if kind == "image"}

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, number: int) -> dict[str, np.ndarray]:
        cv2.setNumThreads(1)
        rng = np.random.default_rng([self._seed, number])
        real, fake = self._pair(rng)
        pictures = augmented([real, fake], self._net.size, self._net.margin, rng)
        return {"pixel_values": self._net.normalised(np.stack(pictures)), "labels": np.array([REAL, FAKE])}

    def _pair(self, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """A real and a fake crop, not yet augmented."""
        draw = rng.random()
        if self._fakes and draw < self._mix.labelled:
            source = self._fake_source(rng)
            real = self._row(self._reals, rng, self._partner(source, rng))
            return picture(real), picture(self._row(self._fakes, rng, source))
        real = self._row(self._reals, rng, self._balanced(rng))
        if draw < self._mix.labelled + self._mix.cross:
            donor = self._row(self._reals, rng, real["source"])
            made = cross_blended(picture(real), real["outline"], picture(donor), donor["outline"], rng)
        else:
            made = self_blended(picture(real), real["outline"], rng)
        return made.real, made.fake

    def _fake_source(self, rng: np.random.Generator) -> str:
        """A source of fakes: stills or videos by a coin, then by the square root of its number of files."""
        wanted = rng.random() < 0.5
        names = [name for name in sorted(self._fakes) if (name in self._stills) == wanted] or sorted(self._fakes)
        return weighted(rng, names, [len(self._fakes[name]) for name in names])

    def _partner(self, source: str, rng: np.random.Generator) -> str:
        """A source of reals for a fake: its own where it has any, else one of the same kind (stills or videos)."""
        if source in self._reals:
            return source
        alike = sorted(other for other in self._reals if (other in self._stills) == (source in self._stills))
        return self._balanced(rng, alike or sorted(self._reals))

    def _balanced(self, rng: np.random.Generator, among: list[str] | None = None) -> str:
        """A source of reals, drawn by the square root of its size."""
        names = among or sorted(self._reals)
        return weighted(rng, names, [sum(map(len, self._reals[name].values())) for name in names])

    def _row(self, pool: dict[str, dict[str, list[int]]], rng: np.random.Generator, source: str) -> dict[str, Any]:
        """A random crop of a random file of a source."""
        files = pool[source]
        places = files[rng.choice(sorted(files))] if len(files) < 200 else files[list(files)[rng.integers(len(files))]]
        return dict(self._rows[int(places[rng.integers(len(places))])])


def weighted(rng: np.random.Generator, names: list[str], sizes: list[int]) -> str:
    """One of the names, drawn by the square root of its size."""
    weights = np.sqrt(sizes)
    return str(rng.choice(names, p=weights / weights.sum()))


def by_source(rows: Any, label: str) -> dict[str, dict[str, list[int]]]:
    """Source -> file or clip -> row numbers, of one label."""
    found: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for place, (source, unit, given) in enumerate(zip(rows["source"], rows["unit"], rows["label"], strict=True)):
        if given == label:
            found[source][unit].append(place)
    return {source: dict(units) for source, units in found.items()}


def picture(row: dict[str, Any]) -> np.ndarray:
    """The stored crop, uint8 RGB."""
    return np.asarray(row["image"].convert("RGB"))


@dataclass(frozen=True)
class NetInput:
    """What the net wants to see: the crop's side in pixels, the border around the face, the channels' mean and standard deviation."""

    size: int
    margin: float
    mean: list[float]
    std: list[float]

    def normalised(self, pictures: np.ndarray) -> np.ndarray:
        """uint8 (N, S, S, 3) -> float32 (N, 3, S, S)."""
        scaled = (pictures.astype(np.float32) / 255 - np.asarray(self.mean, np.float32)) / np.asarray(self.std, np.float32)
        return np.ascontiguousarray(scaled.transpose(0, 3, 1, 2))


class Singles:
    """Validation: every crop as the service would cut it, one by one."""

    def __init__(self, rows: Any, net: NetInput, *, per_unit: int = 8) -> None:
        self._rows, self._net, self._cut = rows, net, cut(net.size, net.margin)
        self.places = thinned(rows["unit"], per_unit)
        self.labels = np.array([FAKE if rows["label"][place] == "fake" else REAL for place in self.places])
        self.units = [rows["unit"][place] for place in self.places]
        self.kinds = [rows["kind"][place] for place in self.places]

    def __len__(self) -> int:
        return len(self.places)

    def __getitem__(self, number: int) -> dict[str, np.ndarray]:
        face = self._cut(picture(self._rows[self.places[number]]))
        return {"pixel_values": self._net.normalised(face[None]), "labels": self.labels[number : number + 1]}


def thinned(units: list[str], per_unit: int) -> list[int]:
    """At most ``per_unit`` evenly spread rows of every unit."""
    rows: dict[str, list[int]] = defaultdict(list)
    for place, unit in enumerate(units):
        rows[unit].append(place)
    return [places[at] for places in rows.values() for at in np.unique(np.linspace(0, len(places) - 1, per_unit).round().astype(int))]


def collate(items: list[dict[str, np.ndarray]]) -> dict[str, Any]:
    """Pairs (or singles) side by side in one batch of pictures."""
    import torch

    return {key: torch.from_numpy(np.concatenate([item[key] for item in items])) for key in ("pixel_values", "labels")}
