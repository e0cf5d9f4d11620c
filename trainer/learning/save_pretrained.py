"""What a training leaves: a model folder that ``AutoModelForImageClassification.from_pretrained`` loads, and the record of the run.

``config.json``, ``model.safetensors``, ``preprocessor_config.json``, ``seam_head.safetensors`` where a seam map was learnt, and last
``telltale.json``. See also: calibration, ONNX, the card (``calibrate.py``, ``export.py``, ``publish.py``).
"""

import hashlib
import json
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

from telltale.core.model_settings import ModelSettings, write_settings
from telltale.model.checksums import LIST
from trainer.learning.config import Recipe

if TYPE_CHECKING:
    from transformers import PreTrainedModel

    from trainer.learning.boundary_head import SeamHead
    from trainer.synthesis.dataset import NetInput

MODEL_FILES = ("config.json", "model.safetensors", "preprocessor_config.json", "seam_head.safetensors", "telltale.json")
"""In the order in which they are written."""
FRAMES = 32
"""Frames that the service takes of a video."""


def write_model(net: "PreTrainedModel", seam_head: "SeamHead | None", cut: "NetInput", recipe: Recipe, folder: Path) -> None:
    """Weights (float32), configuration and preprocessing as one model folder; telltale.json comes last.

    The preprocessing is plain for every backbone: resize to a square, rescale, normalise, as the net was trained.
    """
    from transformers import ViTImageProcessorPil

    (folder / LIST).unlink(missing_ok=True)  # of what was there before
    net.save_pretrained(folder)
    square = {"height": recipe.size, "width": recipe.size}
    ViTImageProcessorPil(size=square, image_mean=list(cut.mean), image_std=list(cut.std)).save_pretrained(folder)
    if seam_head is not None:
        from trainer.learning.boundary_head import save_head

        save_head(seam_head, folder)
    trained_on = crops_sha256(recipe.crops) or None
    settings = ModelSettings(size=recipe.size, margin=recipe.margin, sheet=recipe.sheet, frames=FRAMES, trained_on=trained_on)
    write_settings(folder, settings)


def release(checkpoint: Path, folder: Path) -> None:
    """The checkpoint's model folder under its final name, whole or not at all."""
    part = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    for name in MODEL_FILES:
        if (checkpoint / name).is_file():
            shutil.copy2(checkpoint / name, part / name)
    if folder.exists():
        shutil.rmtree(folder)
    part.rename(folder)


def write_last(path: Path, content: Any) -> None:
    """JSON through a temporary name, so that its presence means the rest is whole."""
    part = path.with_name(f".{path.name}.part")
    part.write_text(json.dumps(content, indent=2) + "\n")
    part.rename(path)


def crops_sha256(crops: Path) -> str:
    """SHA-256 of the marker that ``trainer.prepare`` wrote last; empty where the crops were made otherwise."""
    marker = crops / "prepared.json"
    return hashlib.sha256(marker.read_bytes()).hexdigest() if marker.is_file() else ""


def revision() -> str | None:
    """The git revision of this code, with "+changes" where the tree differs from it; None outside a repository."""
    root = Path(__file__).resolve().parents[2]
    try:
        head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=root, capture_output=True, text=True, check=True)
        changes = subprocess.run(["git", "status", "--porcelain", "-uno"], cwd=root, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return head.stdout.strip() + ("+changes" if changes.stdout.strip() else "")
