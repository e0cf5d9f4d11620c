"""How well an ONNX file tells the validation crops apart, so that a smaller file can be set against fp32.

AUC *by crop* and *by video* (mean of a unit's logits). Not an evaluation: crops of validation, one by one, no calibration; the released
figures come from ``evaluate.py``.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from telltale.core.errors import BadRequest

MARKER = "export.json"

if TYPE_CHECKING:
    from trainer.synthesis.dataset import ValidationCrops

BATCH = 32
SAMPLES = 96
"""Training crops from which int8 takes its ranges."""


@dataclass(frozen=True)
class Measured:
    """Areas under the ROC curve, and over how many crops and videos."""

    auc: float
    video_auc: float
    crops: int
    videos: int

    def loss(self, reference: "Measured") -> float:
        """The greater of the two areas' distances from the reference's."""
        return max(abs(reference.auc - self.auc), abs(reference.video_auc - self.video_auc))


@dataclass(frozen=True)
class Held:
    """Stored crops as one model sees them: validation to measure on, training to take ranges from."""

    crops: Path
    model: Path
    sha256: str

    @cached_property
    def validation(self) -> "ValidationCrops":
        """What is measured on."""
        return singles(self.crops / "validation", self.model)

    @cached_property
    def training(self) -> "ValidationCrops":
        """What int8 takes its ranges from."""
        return singles(self.crops / "train", self.model)

    def samples(self) -> Iterator[np.ndarray]:
        """Training crops, evenly spread, as pixel values (1, 3, S, S)."""
        for place in np.unique(np.linspace(0, len(self.training) - 1, SAMPLES).round().astype(int)):
            yield self.training[int(place)]["pixel_values"]

    def measure(self, path: Path) -> Measured:
        """The AUC of a file's logits on the validation crops."""
        import onnxruntime
        from sklearn.metrics import roc_auc_score

        from telltale.model.classifier import classes, read_json

        fake_at, real_at = classes(read_json(self.model / "config.json"), str(self.model))
        session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        found = []
        for start in range(0, len(self.validation), BATCH):
            places = range(start, min(start + BATCH, len(self.validation)))
            pixels = np.concatenate([self.validation[place]["pixel_values"] for place in places])
            logits = session.run(["logits"], {"pixel_values": pixels})[0]
            found.append(logits[:, fake_at] - logits[:, real_at])
        scores, fake, units = np.concatenate(found), self.validation.labels == 1, np.asarray(self.validation.units)
        names, firsts, video = np.unique(units, return_index=True, return_inverse=True)
        mean, truth = np.bincount(video, scores) / np.bincount(video), fake[firsts]
        return Measured(float(roc_auc_score(fake, scores)), float(roc_auc_score(truth, mean)), len(scores), len(names))


def open_held(model: Path, crops: Path) -> Held:
    """The crops that ``trainer.prepare`` wrote. Raises BadRequest where they are not there or hold one class only."""
    marker = crops / "prepared.json"
    if not marker.is_file():
        raise BadRequest("request.invalid", text=f"{crops} holds no prepared.json: it is not what trainer.prepare writes.")
    held = Held(crops, model, digest(marker))
    if len(set(held.validation.labels.tolist())) < 2:
        raise BadRequest("request.invalid", text=f"The validation crops of {crops} are not of both classes, so no AUC can be measured.")
    return held


def singles(folder: Path, model: Path) -> "ValidationCrops":
    """Stored crops of a split, cut and normalised as the model wants them."""
    from transformers import AutoImageProcessor

    from telltale.core.model_settings import read_settings
    from trainer.data.shards import open_split
    from trainer.synthesis.dataset import NetInput, ValidationCrops

    settings, processor = read_settings(model), AutoImageProcessor.from_pretrained(model)
    net = NetInput(settings.size, settings.margin, processor.image_mean, processor.image_std)
    return ValidationCrops(open_split(folder), net, sheet=settings.sheet)


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def same_weights(place: Path, sha256: str) -> bool:
    """Whether the marker says that what lies there was made from these weights."""
    try:
        return bool(json.loads((place / MARKER).read_text())["weights_sha256"] == sha256)
    except (OSError, ValueError, KeyError):
        return False
