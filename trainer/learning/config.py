"""A recipe: everything that one training run depends on, from a JSON file, from flags, or from both.

See also: what the settings do (``trainer/train.py`` names the file for each step). Importing this costs nothing: no torch, no transformers.
"""

import argparse
import json
from dataclasses import MISSING, asdict, dataclass, field, fields
from math import inf
from pathlib import Path
from typing import Annotated, Any, get_origin, get_type_hints

from telltale.core.errors import BadRequest


@dataclass(frozen=True)
class Said:
    """A setting's line of ``--help``, and what values it takes."""

    text: str
    choices: tuple[str, ...] = ()
    least: float = -inf
    most: float = inf


@dataclass(frozen=True)
class Recipe:
    """The settings of one run. Fields without a default must be given."""

    crops: Annotated[Path, Said("folder that trainer.prepare wrote")]
    out: Annotated[Path, Said("folder of the run; a second run with the same folder resumes")]
    model: Annotated[str, Said("the net to start from, a folder or Hub id (owner/name@revision); random weights if it has none")] = ""
    architecture: Annotated[dict[str, Any], Said("instead of a model: a configuration with model_type; random weights")] = field(
        default_factory=dict
    )
    about: Annotated[str, Said("what the recipe is, in words; kept in trained.json")] = ""
    tune: Annotated[str, Said("which weights train (layernorm: with the head)", choices=("all", "layernorm", "head"))] = "all"
    size: Annotated[int, Said("side of the net's input in pixels", least=16)] = 224
    margin: Annotated[float, Said("border around the face as a share of the crop's side", least=0, most=0.49)] = 0.12
    sheet: Annotated[int, Said("n: each input is a sheet of n x n crops of one video in order of time", least=1)] = 1
    clip: Annotated[int, Said("frames of one video that share the draws of forging and augmentation", least=1)] = 1
    pairs: Annotated[int, Said("pairs of a real and a fake seen in all", least=1)] = 40_000
    batch: Annotated[int, Said("pairs a step and device", least=1)] = 16
    accumulate: Annotated[int, Said("batches whose gradients are added up before the weights change", least=1)] = 1
    labelled: Annotated[float, Said("share of pairs whose fake is one of the data set", least=0, most=1)] = 0.45
    cross: Annotated[float, Said("share of pairs whose fake is blended from two people; the rest is self-blended", least=0, most=1)] = 0.20
    decoded: Annotated[float, Said("share of pairs whose fake is the real redrawn (trainer.reconstruct)", least=0, most=1)] = 0.0
    learning_rate: Annotated[float, Said("the highest learning rate (AdamW)", least=0)] = 4e-4
    weight_decay: Annotated[float, Said("AdamW's weight decay", least=0)] = 0.02
    warm_up: Annotated[float, Said("share of the steps over which a cosine's learning rate rises", least=0, most=1)] = 0.05
    schedule: Annotated[str, Said("of the learning rate; plateau halves it when the AUC stalls", choices=("cosine", "plateau"))] = "cosine"
    dropout: Annotated[float, Said("before the head, where the architecture has one (MobileNet, EfficientNet)", least=0, most=0.95)] = 0.2
    ema: Annotated[float, Said("decay of the weights' moving average, which is evaluated and kept; 0 is none", least=0, most=0.99999)] = 0.0
    seam_weight: Annotated[float, Said("weight of the second task, the seam map of blended fakes; 0 is none", least=0)] = 0.0
    teacher: Annotated[str, Said("a larger trained model, folder or Hub id, to learn from (distillation)")] = ""
    distil_weight: Annotated[float, Said("share of the loss that is agreement with the teacher", least=0, most=1)] = 0.5
    distil_temperature: Annotated[float, Said("softens both nets' logits before they are compared", least=0.1)] = 2.0
    distil_loss: Annotated[str, Said("how they are compared: Kullback-Leibler or squared log-odds", choices=("kl", "mse"))] = "kl"
    precision: Annotated[str, Said("auto is bf16 where the processor has it", choices=("auto", "bf16", "fp32"))] = "auto"
    evaluate_every: Annotated[int, Said("steps between evaluations; each leaves a checkpoint", least=1)] = 250
    per_unit: Annotated[int, Said("validation crops taken of a video", least=1)] = 8
    patience: Annotated[int, Said("evaluations without a better AUC after which the run ends", least=1)] = 8
    keep: Annotated[int, Said("newest checkpoints that stay, besides the best", least=1)] = 2
    seed: Annotated[int, Said("of every draw", least=0)] = 1
    workers: Annotated[int, Said("processes that decode, forge and augment", least=0)] = 1
    threads: Annotated[int, Said("threads of the net on a CPU; 0 leaves it to torch", least=0)] = 1
    cpu: Annotated[bool, Said("do not use a GPU")] = False

    def as_json(self) -> dict[str, Any]:
        """The settings as JSON holds them."""
        return {key: str(value) if isinstance(value, Path) else value for key, value in asdict(self).items()}


WITHOUT_EFFECT = frozenset({"about", "crops", "out", "model", "teacher", "patience", "keep", "workers", "threads", "cpu", "per_unit"})
"""Settings that may differ when a run goes on: they do not change what its weights learn, or are checked otherwise."""


@dataclass(frozen=True)
class Setting:
    """A field of the recipe: its plain type, its default (None: must be given, or has none) and what is said of it."""

    name: str
    kind: type
    default: Any
    said: Said


def settings_of() -> dict[str, Setting]:
    """Every setting by its name."""
    hints = get_type_hints(Recipe, include_extras=True)
    plain = {name: get_origin(hint.__origin__) or hint.__origin__ for name, hint in hints.items()}
    defaults = {each.name: None if each.default is MISSING else each.default for each in fields(Recipe)}
    return {name: Setting(name, plain[name], defaults[name], hints[name].__metadata__[0]) for name in hints}


def parsed(arguments: list[str] | None, title: str = "") -> Recipe:
    """A recipe from a JSON file, flags, or both; flags win. Raises BadRequest."""
    parser = argparse.ArgumentParser(prog="python -m trainer.train", description=title)
    parser.add_argument("--config", type=Path, help="a recipe: a JSON object with any of the options below")
    for each in settings_of().values():
        add_flag(parser, each)
    flags = {key: value for key, value in vars(parser.parse_args(arguments)).items() if value is not None}
    config = flags.pop("config", None)
    settings = read_config(config) if config else {}
    if {"model", "architecture"} & flags.keys():  # the start named by a flag replaces the file's
        settings = {key: value for key, value in settings.items() if key not in ("model", "architecture")}
    return checked(settings | flags)


def add_flag(parser: argparse.ArgumentParser, each: Setting) -> None:
    """The command-line option of one setting."""
    flag, text = f"--{each.name.replace('_', '-')}", each.said.text.replace("%", "%%")
    if each.kind is bool:
        parser.add_argument(flag, action="store_true", default=None, help=text)
        return
    if each.default not in (None, ""):
        text += f" (default: {each.default})"
    if each.said.choices:
        parser.add_argument(flag, choices=each.said.choices, help=text)
    else:
        name = {"str": "TEXT", "dict": "JSON"}.get(each.kind.__name__, each.kind.__name__.upper())
        parser.add_argument(flag, type=json_object if each.kind is dict else each.kind, metavar=name, help=text)


def json_object(text: str) -> dict[str, Any]:
    """What ``--architecture`` takes. Raises ValueError, which argparse turns into its own message."""
    value = json.loads(text)
    if not isinstance(value, dict):
        raise ValueError(text)
    return value


def read_config(path: Path) -> dict[str, Any]:
    """The recipe's file. Raises BadRequest."""
    try:
        settings = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise BadRequest("request.invalid", text=f"The recipe {path} is absent or not JSON.") from error
    if not isinstance(settings, dict):
        raise BadRequest("request.invalid", text=f"The recipe {path} is not a JSON object.")
    if unknown := settings.keys() - settings_of().keys():
        raise BadRequest("request.invalid", text=f"{path} has settings that a recipe does not know: {', '.join(sorted(unknown))}.")
    return settings


def checked(settings: dict[str, Any]) -> Recipe:
    """The settings as a recipe, each of the right type and within its bounds. Raises BadRequest."""
    missing = [f"--{name}" for name in ("crops", "out") if name not in settings]
    if not {"model", "architecture"} & settings.keys():
        missing.append("--model (or --architecture)")
    if missing:
        raise BadRequest("request.invalid", text=f"A training needs {', '.join(missing)}.")
    if {"model", "architecture"} <= settings.keys():
        raise BadRequest("request.invalid", text="A recipe starts from a model or from an architecture, not from both.")
    known = settings_of()
    recipe = Recipe(**{name: value_of(known[name], value) for name, value in settings.items()})
    if recipe.architecture and "model_type" not in recipe.architecture:
        raise BadRequest("request.invalid", text="The architecture names no model_type, such as resnet.")
    if recipe.labelled + recipe.cross + recipe.decoded > 1:
        raise BadRequest("request.invalid", text="labelled, cross and decoded are shares of the pairs: together they exceed 1.")
    if recipe.size % recipe.sheet:
        raise BadRequest(
            "request.invalid", text=f"A sheet of {recipe.size} pixels does not divide into {recipe.sheet} x {recipe.sheet} crops."
        )
    if recipe.sheet > 1 and recipe.clip > 1:
        raise BadRequest("request.invalid", text="A sheet holds the frames of a video already: sheet and clip do not go together.")
    return recipe


def value_of(each: Setting, value: Any) -> Any:
    """One setting in its own type. Raises BadRequest."""
    written: dict[str, type] = {"Path": str, "float": int}  # what JSON has for it
    sound = isinstance(value, (each.kind, written.get(each.kind.__name__, each.kind))) and (
        each.kind is bool or not isinstance(value, bool)
    )
    if sound and each.kind in (int, float):
        sound = each.said.least <= value <= each.said.most
    if not sound or (each.said.choices and value not in each.said.choices):
        raise BadRequest("request.invalid", text=f"{each.name} is {value!r}, which it cannot be: {each.said.text}.")
    return each.kind(value) if each.kind in (Path, float) else value
