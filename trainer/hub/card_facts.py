"""What is known of a trained model, gathered from its folder, its training run and its evaluation: what a model card is rendered from.

    MODEL/            config.json, telltale.json, about.json, and model.safetensors, onnx/export.json
                      or, of a frozen encoder, onnx/model.onnx, onnx/weights.bin, transformers_head.json, leave_one_source_out.json
    MODEL/../         trained.json, curves.png: the training run, where the model lies in one
    EVALUATION/       metrics.json and its pictures

``about.json`` is what no file can know: what the model is for, its limits, where its media came from. All its keys may be absent. Figures
and ONNX files of other weights are refused. Its keys are the fields of ``About``. See also: the card's words (``model_card.py``).
"""

import json
import struct
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from telltale.core.errors import BadModel, BadRequest
from telltale.core.model_settings import ModelSettings, read_settings
from telltale.model.checksums import EXPORTED, EXPORTED_DATA, WEIGHTS

PICTURES = {
    "roc.png": "ROC over videos and over their frames, with the operating point",
    "reliability.png": "Reliability: how often a video's probability comes true",
    "histograms.png": "Scores of real and fake videos, by source",
    "risk_coverage.png": "Wrong answers over answers given, as the band of “cannot tell” widens: videos",
    "robustness.png": "AUC when videos are made worse",
    "sizes.png": "AUC by size of the face and by compression: videos",
    "versus.png": "Other models on the same videos",
    "confusion.png": "Which videos were called real and fake",
    "stills_roc.png": "ROC over stills, with the operating point",
    "stills_reliability.png": "Reliability: how often a still's probability comes true",
    "stills_histograms.png": "Scores of real and fake stills, by source",
    "stills_risk_coverage.png": "Wrong answers over answers given, as the band of “cannot tell” widens: stills",
    "stills_robustness.png": "AUC when stills are made worse",
    "stills_sizes.png": "AUC by size of the face and by compression: stills",
    "stills_versus.png": "Other models on the same stills",
    "stills_confusion.png": "Which stills were called real and fake",
}
"""Those of an evaluation that a card shows, in this order; what else an evaluation draws follows."""


class Media(BaseModel):
    """One collection that the model learnt from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(description="What its authors call it")
    licence: str = Field(default="not stated", description="Its terms, in words")
    what: str = Field(default="", description="What it shows, in words")


class About(BaseModel):
    """``about.json``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str | None = Field(default=None, description="Heading of the card")
    summary: str = Field(default="", description="What the model is, in one or two sentences")
    intended: str = Field(default="", description="What it is for, instead of the card's own words")
    base_model: str | None = Field(default=None, description="Hub id of the weights that training started from, or of the frozen encoder")
    base_licence: str | None = Field(default=None, description="Name of the licence of those weights")
    base_licence_text: str = Field(default="", description="Its full text with the copyright notice, which LICENSE.md must pass on")
    data: str = Field(default="", description="What it learnt from, in words")
    media: tuple[Media, ...] = Field(default=(), description="The collections, with their terms")
    sources: dict[str, str] = Field(default={}, description="What each source of the evaluation is")
    reading: str = Field(default="", description="How the figures are to be read")
    limits: tuple[str, ...] = Field(default=(), description="Known limits, instead of the card's own")


@dataclass(frozen=True)
class Facts:
    """Everything a card is rendered from. What a file would have said is None where the file is absent."""

    folder: Path
    config: dict[str, Any]
    settings: ModelSettings
    about: About
    parameters: int
    revision: str
    metrics: dict[str, Any] | None
    unseen: dict[str, Any] | None
    exported: dict[str, Any] | None
    trained: dict[str, Any] | None
    history: list[dict[str, Any]] | None
    pictures: dict[str, Path]

    @property
    def frozen(self) -> bool:
        """Whether it is a frozen encoder with a linear head: only ``trainer.head`` writes matrices beside the graph."""
        return (self.folder / EXPORTED_DATA).is_file()

    @property
    def base_model(self) -> str | None:
        """The Hub id that training started from, where one is known."""
        started = (self.trained or {}).get("recipe", {}).get("model") or ""
        looks_like_an_id = started.count("/") == 1 and not started.startswith((".", "/", "~", "runs/"))
        return self.about.base_model or (started.split("@")[0] if looks_like_an_id else None)


def gather(folder: Path, evaluation: Path | None) -> Facts:
    """Read them all. Raises BadModel for a folder that is no whole model, BadRequest for figures of other weights."""
    from telltale.model.classifier import classes, read_json, revision_of, weights_of

    config, weights = read_json(folder / "config.json"), weights_of(folder, str(folder))
    classes(config, str(folder))
    if len(weights) != 2 and [path.name for path in weights] != [WEIGHTS]:
        raise BadModel(
            "model.broken", text=f"{folder} has no {WEIGHTS}, nor {EXPORTED} with {EXPORTED_DATA}, so there is nothing to publish."
        )
    read_json(folder / "preprocessor_config.json")
    metrics = optional(evaluation / "metrics.json") if evaluation else optional(folder / "metrics.json")
    if evaluation and metrics is None:
        raise BadRequest("request.invalid", text=f"{evaluation} holds no metrics.json: let `python -m trainer.evaluate` finish first.")
    if metrics is not None:
        check_schema(metrics, evaluation or folder)
    measured, revision = (metrics or {}).get("run", {}).get("model_revision"), revision_of(*weights)
    if measured and measured != revision:
        raise BadRequest("request.invalid", text=f"The figures in {evaluation or folder} are of other weights: evaluate this model first.")
    run = folder.parent if (folder.parent / "trained.json").is_file() else folder
    return Facts(
        folder=folder,
        config=config,
        settings=read_settings(folder),
        about=read_about(folder / "about.json"),
        parameters=parameters(weights[0]) if len(weights) == 1 else graph_parameters(weights[0]),
        revision=revision,
        metrics=metrics,
        unseen=optional(folder / "leave_one_source_out.json"),
        exported=read_export(folder),
        trained=optional(run / "trained.json"),
        history=optional(run / "history.json"),
        pictures=pictures(run, evaluation),
    )


def check_schema(metrics: Any, place: Path) -> None:
    """Raises BadRequest for figures that another version of ``trainer.evaluate`` wrote."""
    from trainer.evaluation.summary import SCHEMA_VERSION

    if not isinstance(metrics, dict) or metrics.get("schema_version") != SCHEMA_VERSION:
        sentence = f"{place / 'metrics.json'} is of another version, such as the first, which counted stills among videos: "
        raise BadRequest("request.invalid", text=f"{sentence}evaluate the model again with `python -m trainer.evaluate`.")


def optional(path: Path) -> Any:
    """A JSON file's content, or None where it is absent. Raises BadRequest where it is not JSON."""
    try:
        return json.loads(path.read_text()) if path.is_file() else None
    except ValueError as error:
        raise BadRequest("request.invalid", text=f"{path} is not JSON.") from error


def read_about(path: Path) -> About:
    """The words, or none. Raises BadRequest."""
    try:
        return About.model_validate(optional(path) or {})
    except ValidationError as error:
        raise BadRequest("request.invalid", text=f"{path} is not sound: {'; '.join(str(error).splitlines()[1:3])}.") from error


def read_export(folder: Path) -> dict[str, Any] | None:
    """``export.json``. Raises BadModel where the ONNX files beside it are not of these weights."""
    from trainer.hub.onnx_parity import digest, same_weights

    exported: dict[str, Any] | None = optional(folder / "onnx" / "export.json")
    if exported is None:
        return None
    whole = all(
        (folder / each["file"]).is_file() and digest(folder / each["file"]) == each["sha256"] for each in exported["files"].values()
    )
    if not whole or not same_weights(folder / "onnx", digest(folder / "model.safetensors")):
        raise BadModel(
            "model.broken", text=f"The ONNX files in {folder / 'onnx'} are of other weights: run `python -m trainer.export {folder}`."
        )
    return exported


def pictures(run: Path, evaluation: Path | None) -> dict[str, Path]:
    """File name -> path, in the order in which a card shows them: evaluation first, then the curves of the training."""
    drawn = {path.name: path for path in sorted(evaluation.glob("*.png"))} if evaluation else {}
    order = [*(name for name in PICTURES if name in drawn), *(name for name in drawn if name not in PICTURES)]
    curves = {"curves.png": run / "curves.png"} if (run / "curves.png").is_file() else {}
    return {name: drawn[name] for name in order} | curves


def parameters(weights: Path) -> int:
    """Numbers in the weights that training can change: batch normalisation's running statistics are not among them."""
    with weights.open("rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
    learnt = {name: entry for name, entry in header.items() if name != "__metadata__" and "running_" not in name}
    return sum(prod(entry["shape"]) for name, entry in learnt.items() if not name.endswith("num_batches_tracked"))


def graph_parameters(path: Path) -> int:
    """Numbers in the constants of an ONNX graph and its external data: weights and biases, not the scales that 8-bit matrices come with."""
    import onnx

    held = onnx.load(str(path), load_external_data=False).graph.initializer
    numbers = (onnx.TensorProto.FLOAT, onnx.TensorProto.INT8)
    return sum(prod(tensor.dims) for tensor in held if tensor.data_type in numbers and not tensor.name.endswith(".scale"))
