"""Stored crops as ``trainer.prepare`` leaves them, drawn at test time: faces are smooth blobs that no detector has to find."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from datasets import Dataset
from PIL import Image as Pillow

from trainer.data.crops import SIDE
from trainer.data.shards import features
from trainer.synthesis.masks import average_face

MEASURED = {"compression": None, "face_px": 150.0}


@dataclass(frozen=True)
class Held:
    """One unit of crops: so many files a source has, with so many frames each."""

    source: str
    label: str
    unit: str
    group: str = ""
    kind: str = "video"
    method: str = ""
    frames: int = 1


def drawn_crop(hue: int, frame: int) -> np.ndarray:
    """A picture whose mean in red says which unit it is of, in green which frame: red 40 + hue, green 60 + 8 · frame."""
    crop = np.random.default_rng([hue, frame]).integers(-6, 7, (SIDE // 4, SIDE // 4, 3)).repeat(4, axis=0).repeat(4, axis=1)
    return np.clip(crop + np.array([40 + hue, 60 + 8 * frame, 110]), 0, 255).astype(np.uint8)


def split_of(units: Sequence[Held], *, lacking: Sequence[str] = (), outlines: bool = True) -> Dataset:
    """The rows of units, the n-th unit in hue n; ``lacking`` columns are left out, as older folders do."""
    rows: list[dict[str, Any]] = []
    for hue, held in enumerate(units):
        for frame in range(held.frames):
            file = io.BytesIO()
            Pillow.fromarray(drawn_crop(hue, frame)).save(file, "PNG")
            texts = {"label": held.label, "source": held.source, "group": held.group, "unit": held.unit, "kind": held.kind}
            points = (average_face() + frame % 3).ravel().tolist() if outlines else None
            image = {"bytes": file.getvalue(), "path": None}
            rows.append({"image": image, **texts, "method": held.method or None, **MEASURED, "frame": frame, "outline": points})
    return Dataset.from_list(rows, features=features()).remove_columns(list(lacking))


def write_split(folder: Path) -> Path:
    """A small split on disk: two sources of real clips."""
    units = [Held(source, "real", f"{source}/{number}.mp4", frames=2) for source in ("one", "two") for number in range(3)]
    split_of(units).save_to_disk(folder)
    return folder
