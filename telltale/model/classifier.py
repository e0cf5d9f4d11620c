"""The classifier: face crops -> logits and evidence maps.

Any image-classification checkpoint of transformers whose labels say which of them mean a fake, from a folder or the Hub (safetensors only,
no remote code), with its own image processor. A folder whose list (``checksums.py``) names ``onnx/model.onnx`` (outputs ``logits`` and
``maps``) runs on the engine that ``cpu_runtimes.py`` chooses, and needs no safetensors; others run on torch (``torch_runtime.py``). The
evidence map is a class-activation map (Zhou et al., CVPR 2016): where a pooled linear head got its evidence, at no extra cost; models
without such a head give an empty one.
"""

import hashlib
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from telltale.checkpoints.catalogue import CROPS, Crop, find_entry
from telltale.checkpoints.labels import Labels, read_labels
from telltale.checkpoints.preprocessing import Preprocessing, by_colours
from telltale.core.errors import BadModel
from telltale.core.model_settings import FILE as SETTINGS
from telltale.core.model_settings import ModelSettings, read_settings
from telltale.model.checksums import EXPORTED, EXPORTED_DATA, LIST, WEIGHTS, check_sums, digest_of
from telltale.model.cpu_runtimes import select_runtime
from telltale.model.safetensors_header import check_weights
from telltale.model.torch_runtime import load_checkpoint
from telltale.parallel.threads import cores

log = logging.getLogger(__name__)

HUB_CARD = Path(__file__).resolve().parents[2] / "hub_card"
EMBEDDED = str(HUB_CARD)
"""The model that comes with Telltale."""
BROWSER = str(HUB_CARD / "browser")
"""The small model: what the browser runs."""
COME_ALONG = {"embedded": EMBEDDED, "browser": BROWSER}
"""Names of the models that come with Telltale."""
LICENCE = "non-commercial research"
SHARDS = "model.safetensors.index.json"
PICKLES = ("pytorch_model*.bin", "*.pth", "*.pt", "*.ckpt")
"""Weights that are never opened here."""


@dataclass(frozen=True, eq=False)
class Scores:
    """``logits`` (N,): log-odds of fake, uncalibrated. ``maps`` (N, h, w): what each place of the crop added to them. ``kinds`` (N, K): log
    likelihood ratios of the kinds in ``ModelSettings.kinds``."""

    logits: np.ndarray
    maps: np.ndarray
    kinds: np.ndarray


class Runner(Protocol):
    """Runs the net: normalized float32 (N, 3, S, S) -> class logits (N, C) and class maps (N, C, h, w). An exported net may give further
    columns of logits, one for each kind of its settings."""

    def __call__(self, pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]: ...


@dataclass(frozen=True, eq=False)
class Model:
    """A loaded classifier; safe to call from several threads."""

    id: str
    revision: str
    engine: str
    settings: ModelSettings
    preprocessing: Preprocessing
    labels: Labels
    run: Runner
    at_once: int = 16
    """Crops that are looked at together."""

    @property
    def size(self) -> int:
        """The side in pixels of the crops that it is given."""
        return self.preprocessing.side

    def score(self, crops: np.ndarray) -> Scores:
        """Scores of looks, uint8 (N, size, size, C): an RGB crop each, or where a model wants several, all of them as channels."""
        logits, maps = self.run(self.preprocessing.prepare(crops))
        if not np.isfinite(logits).all():
            raise BadModel("model.broken", "no_number")
        classes = len(self.labels.fake) + len(self.labels.real)
        kinds = logits[:, classes : classes + len(self.settings.kinds)]
        if kinds.shape[1] != len(self.settings.kinds):
            raise BadModel("model.broken", "kinds", file=SETTINGS)
        return Scores(self.labels.log_odds(logits), self.labels.evidence(maps, logits), kinds)


def load_model(model: str = EMBEDDED, *, threads: int = 0, fake_labels: Sequence[str] = (), crop: Crop | None = None) -> Model:
    """Load a model: a name of the catalogue, a folder, or the Hub's ``owner/name`` or ``owner/name@revision``.

    ``fake_labels`` are the names of the classes that mean a fake, and ``crop`` is what the model looks at, where its own settings do not
    say so. Raises BadModel.
    """
    folder = locate(model)
    listed = check_sums(folder)
    config = read_json(folder / "config.json")
    settings = settings_for(folder, model, crop)
    labels = read_labels(config, model, fake_labels or settings.fake_labels)
    weights = weights_of(folder, model)
    for path in weights:
        if path.suffix == Path(WEIGHTS).suffix:
            check_weights(path)
    runner: Runner
    if EXPORTED in listed:
        preprocessing = settings_preprocessing(folder, settings)
        engine, runner = select_runtime(folder / EXPORTED, threads, settings.batch_size)
    else:
        engine, runner, preprocessing = load_checkpoint(folder, config, model)
        if (folder / SETTINGS).is_file():
            preprocessing = settings_preprocessing(folder, settings)
    log.info("classifier: %s on %s (%s ONNX file)", model, engine, "no listed" if engine == "torch" else "listed")
    return Model(
        id=id_of(model),
        revision=revision_of(*weights),
        engine=engine,
        settings=settings,
        preprocessing=preprocessing,
        labels=labels,
        run=runner,
        at_once=min(Model.at_once, settings.batch_size * max(4, threads or cores())),
    )


def settings_for(folder: Path, model: str, crop: Crop | None) -> ModelSettings:
    """A folder's own settings, or, where it has none, what was asked for or what the catalogue knows of it. Raises BadModel."""
    settings = read_settings(folder)
    if (folder / SETTINGS).is_file():
        return settings
    entry = None if Path(model).is_dir() else find_entry(model)
    known = entry.settings() if entry else {}
    return settings.model_copy(update={**known, **(CROPS[crop] if crop else {})})


def settings_preprocessing(folder: Path, settings: ModelSettings) -> Preprocessing:
    """That of a model of ours: crops of the settings' size, less mean and over deviation. Raises BadModel."""
    processor = read_json(folder / "preprocessor_config.json")
    mean, std = (np.asarray(processor.get(name, [0.5] * 3), np.float32) for name in ("image_mean", "image_std"))
    return by_colours(settings.size, mean, std)


def id_of(model: str) -> str:
    """How Reports name a model: one that comes with Telltale by its part, any other as it was asked for."""
    return next((name for name, folder in COME_ALONG.items() if model == folder), model)


def locate(model: str) -> Path:
    """The folder of a model, fetched from the Hub where it is not a folder already. Raises BadModel."""
    folder = Path(COME_ALONG.get(model, model)).expanduser()
    if folder.is_dir():
        return folder
    if entry := find_entry(model):
        model = entry.address
    if model.count("/") != 1 or model.startswith((".", "/", "~")):
        raise BadModel("model.not_found", model=model)
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    name, _, revision = model.partition("@")
    try:
        wanted = ["*.json", LIST, WEIGHTS, "model-*-of-*.safetensors", EXPORTED, EXPORTED_DATA]
        return Path(snapshot_download(name, revision=revision or None, allow_patterns=wanted))
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OSError) as error:
        raise BadModel("model.not_found", "hub", model=model) from error


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object of a model folder. Raises BadModel."""
    try:
        content = json.loads(path.read_text())
    except (OSError, ValueError, RecursionError) as error:
        raise BadModel("model.broken", "no_json", file=path.name) from error
    if not isinstance(content, dict):
        raise BadModel("model.broken", "no_object", file=path.name)
    return content


def classes(config: dict[str, Any], model: str) -> tuple[int, int]:
    """Places of "fake" and "real" among the two outputs of a model of ours, by name. Raises BadModel."""
    labels = read_labels(config, model)
    if len(labels.fake) + len(labels.real) != 2:
        raise BadModel("model.unknown_labels", "not_two", model=model)
    return labels.fake[0], labels.real[0]


def weights_of(folder: Path, model: str) -> list[Path]:
    """The files that hold the net's weights: model.safetensors or its shards, or else the exported net and its external data.

    An exported net with external data that is on a list comes first: a model.safetensors beside it is a part of it, made for transformers.
    Raises BadModel where there are none that can be loaded.
    """
    exported = [folder / name for name in (EXPORTED, EXPORTED_DATA) if (folder / name).is_file()]
    if len(exported) == 2 and (folder / LIST).is_file():
        return exported
    if (folder / WEIGHTS).is_file():
        return [folder / WEIGHTS]
    if (folder / SHARDS).is_file():
        named = read_json(folder / SHARDS).get("weight_map")
        names = sorted({str(name) for name in named.values()}) if isinstance(named, dict) else []
        missing = [name for name in names if Path(name).name != name or not (folder / name).is_file()]
        if not names or missing:
            raise BadModel("model.broken", "parts", model=model, missing=", ".join(missing[:3]))
        return [folder / name for name in names]
    if exported and (folder / LIST).is_file():
        return exported
    pickled = next((name for name in PICKLES if any(folder.glob(name))), None)
    if pickled:
        raise BadModel("model.pickled", "convert", model=model, files=pickled)
    raise BadModel("model.broken", "no_weights", model=model, file=WEIGHTS)


def revision_of(*weights: Path) -> str:
    """First 12 hex digits of the SHA-256 of the weights; of several files, that of their SHA-256s one after the other."""
    sums = [digest_of(path) for path in weights]
    return (sums[0] if len(sums) == 1 else hashlib.sha256("".join(sums).encode()).hexdigest())[:12]
