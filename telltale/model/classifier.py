"""The classifier: face crops -> logits and evidence maps.

Any image-classification checkpoint of transformers with the labels "real" and "fake", from a folder or the Hub (safetensors only, no remote
code). A folder whose list (``checksums.py``) names ``onnx/model.onnx`` (outputs ``logits`` and ``maps``) runs on the engine that
``cpu_runtimes.py`` chooses, and needs no safetensors; others run on torch (``torch_runtime.py``). The evidence map is a class-activation
map (Zhou et al., CVPR 2016): where a pooled linear head got its evidence, at no extra cost; models without such a head give an empty one.
"""

import hashlib
import json
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from telltale.core.errors import BadModel
from telltale.core.model_settings import ModelSettings, read_settings
from telltale.model.checksums import EXPORTED, EXPORTED_DATA, LIST, WEIGHTS, check_sums, digest_of
from telltale.model.cpu_runtimes import select_runtime
from telltale.model.safetensors_header import check_weights
from telltale.model.torch_runtime import torch_runner
from telltale.parallel.threads import cores

log = logging.getLogger(__name__)

HUB_CARD = Path(__file__).resolve().parents[2] / "hub_card"
EMBEDDED = str(HUB_CARD)
"""The model that comes with Telltale."""
BROWSER = str(HUB_CARD / "browser")
"""The small model: what the browser runs."""


@dataclass(frozen=True, eq=False)
class Scores:
    """``logits`` (N,): log-odds of fake, uncalibrated. ``maps`` (N, h, w): what each place of the crop added to them."""

    logits: np.ndarray
    maps: np.ndarray


class Runner(Protocol):
    """Runs the net: normalised float32 (N, 3, S, S) -> class logits (N, 2) and class maps (N, 2, h, w)."""

    def __call__(self, pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]: ...


@dataclass(frozen=True, eq=False)
class Model:
    """A loaded classifier; safe to call from several threads."""

    id: str
    revision: str
    engine: str
    size: int
    settings: ModelSettings
    mean: np.ndarray
    std: np.ndarray
    fake: int
    real: int
    run: Runner
    at_once: int = 16
    """Crops that are looked at together."""

    def score(self, crops: np.ndarray) -> Scores:
        """Scores of looks, uint8 (N, size, size, C): an RGB crop each, or where a model wants several, all of them as channels."""
        logits, maps = self.run(normalize(crops, self.mean, self.std))
        if not np.isfinite(logits).all():
            raise BadModel("model.broken", "The model gives no number for this face, so nothing is judged.")
        return Scores(logits[:, self.fake] - logits[:, self.real], maps[:, self.fake] - maps[:, self.real])


def normalize(crops: np.ndarray, mean: np.ndarray, std: np.ndarray) -> np.ndarray:
    """uint8 (N, S, S, C) -> float32 (N, C, S, S) as the net was trained: a table of 256 values for each colour, C a multiple of 3."""
    table = (np.arange(256, dtype=np.float32)[:, None] / 255 - mean) / std
    pixels = np.empty((len(crops), crops.shape[3], *crops.shape[1:3]), np.float32)
    for crop, planes in zip(crops, pixels, strict=True):
        for channel in range(crops.shape[3]):
            np.take(
                table[:, channel % 3], crop[..., channel], out=planes[channel], mode="clip"
            )  # every byte lies in it; "raise" would copy
    return pixels


def load_model(model: str = EMBEDDED, *, threads: int = 0) -> Model:
    """Load a model from a folder, or from the Hub as ``owner/name`` or ``owner/name@revision``. Raises BadModel."""
    folder = locate(model)
    listed = check_sums(folder)
    config = read_json(folder / "config.json")
    fake, real = classes(config, model)
    settings = read_settings(folder)
    processor = read_json(folder / "preprocessor_config.json")
    weights = weights_of(folder)
    if not weights or (weights[0].name != WEIGHTS and EXPORTED not in listed):
        raise BadModel("model.broken", f"The model {model} has no {WEIGHTS}; other weight files are not loaded.")
    if weights[0].name == WEIGHTS:
        check_weights(weights[0])
    engine, run = select_runtime(folder / EXPORTED, threads, settings.batch_size) if EXPORTED in listed else ("torch", torch_runner(folder))
    log.info("classifier: %s on %s (%s ONNX file)", model, engine, "no listed" if engine == "torch" else "listed")
    return Model(
        id=id_of(model),
        revision=revision_of(*weights),
        engine=engine,
        size=settings.size,
        settings=settings,
        mean=np.asarray(processor.get("image_mean", [0.5] * 3), np.float32),
        std=np.asarray(processor.get("image_std", [0.5] * 3), np.float32),
        fake=fake,
        real=real,
        run=run,
        at_once=min(Model.at_once, settings.batch_size * max(4, threads or cores())),
    )


def id_of(model: str) -> str:
    """How Reports name a model: one that comes with Telltale by its part, any other as it was asked for."""
    if model == EMBEDDED:
        return "embedded"
    return "browser" if model == BROWSER else model


def locate(model: str) -> Path:
    """The folder of a model, fetched from the Hub where it is not a folder already."""
    folder = Path(model).expanduser()
    if folder.is_dir():
        return folder
    if model.count("/") != 1 or model.startswith((".", "/", "~")):
        raise BadModel("model.not_found", f"There is no model folder {model}.")
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    name, _, revision = model.partition("@")
    try:
        wanted = ["*.json", LIST, WEIGHTS, EXPORTED, EXPORTED_DATA]
        return Path(snapshot_download(name, revision=revision or None, allow_patterns=wanted))
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OSError) as error:
        raise BadModel("model.not_found", f"The model {model} is neither a folder here nor to be had from the Hub.") from error


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object of a model folder. Raises BadModel."""
    try:
        content = json.loads(path.read_text())
    except (OSError, ValueError, RecursionError) as error:
        raise BadModel("model.broken", f"The model's {path.name} is absent or not JSON.") from error
    if not isinstance(content, dict):
        raise BadModel("model.broken", f"The model's {path.name} is not a JSON object.")
    return content


def classes(config: dict[str, Any], model: str) -> tuple[int, int]:
    """Places of "fake" and "real" among the outputs, by name: their order differs between models."""
    named = config.get("id2label")
    places = {str(name).lower(): place for place, name in named.items()} if isinstance(named, dict) else {}
    if {str(place) for place in (places.get("fake"), places.get("real"))} != {"0", "1"}:
        raise BadModel("model.broken", f"The model {model} does not name its classes “real” and “fake”, so it cannot be read.")
    return int(places["fake"]), int(places["real"])


def weights_of(folder: Path) -> list[Path]:
    """The files that hold the net's weights: model.safetensors, or else the exported net and its external data.

    An exported net with external data that is on a list comes first: a model.safetensors beside it is a part of it, made for transformers.
    """
    exported = [folder / name for name in (EXPORTED, EXPORTED_DATA) if (folder / name).is_file()]
    first = len(exported) == 2 and (folder / LIST).is_file()
    return exported if first or not (folder / WEIGHTS).is_file() else [folder / WEIGHTS]


def revision_of(*weights: Path) -> str:
    """First 12 hex digits of the SHA-256 of the weights; of several files, that of their SHA-256s one after the other."""
    sums = [digest_of(path) for path in weights]
    return (sums[0] if len(sums) == 1 else hashlib.sha256("".join(sums).encode()).hexdigest())[:12]
