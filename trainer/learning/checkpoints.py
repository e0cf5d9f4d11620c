"""The checkpoints of a run: which are whole, which one a cut run goes on from, and which may go.

A checkpoint is whole once its last file is there, ``whole.json``, which also says of which recipe, crops and number of processes it is.
Whatever a killed process left half-written is deleted at the next start. Each is a model folder (the weights that were evaluated) beside
what training needs to go on: ``learner.safetensors``, the optimiser, the schedule, the random generators. See also: writing those
(``trainer.py``).
"""

import json
import shutil
from pathlib import Path
from typing import Any

from telltale.core.errors import BadRequest
from trainer.learning.config import WITHOUT_EFFECT, Recipe
from trainer.learning.save_pretrained import write_last

LEARNER = "learner.safetensors"
"""Raw weights and their averages; written first."""
STATE = "trainer_state.json"
MARKER = "whole.json"


def step_of(checkpoint: Path) -> int:
    """The optimiser step at which it was written."""
    return int(checkpoint.name.removeprefix("checkpoint-"))


def whole(run: Path) -> list[Path]:
    """The whole checkpoints of a run, oldest first."""
    return sorted((path.parent for path in run.glob(f"checkpoint-*/{MARKER}")), key=step_of)


def newest(run: Path) -> Path | None:
    """The one that a cut run goes on from."""
    return next(reversed(whole(run)), None)


def clear_torn(run: Path) -> None:
    """Delete what was not written to its end. Raises BadRequest where finished checkpoints of something else lie there: those are kept."""
    torn = [path for path in run.glob("checkpoint-*") if path.is_dir() and not (path / MARKER).is_file()]
    if foreign := [path.name for path in torn if (path / STATE).is_file() and not (path / LEARNER).is_file()]:
        said = f"{run} holds checkpoints that another program wrote ({', '.join(sorted(foreign))}): choose another --out."
        raise BadRequest("request.invalid", text=said)
    for path in torn:
        shutil.rmtree(path)


def mark(checkpoint: Path, identity: dict[str, Any]) -> None:
    """Everything else of the checkpoint is on disk."""
    write_last(checkpoint / MARKER, identity)


def prune_checkpoints(run: Path, keep: int, best: int | None) -> None:
    """Delete all but the newest ``keep`` and the best; each loses its marker first, so that a cut deletion is seen as one."""
    for path in whole(run)[:-keep]:
        if step_of(path) != best:
            (path / MARKER).unlink()
            shutil.rmtree(path)


def identity_of(recipe: Recipe, crops_sha256: str, processes: int) -> dict[str, Any]:
    """What must be the same for a run to go on."""
    settings = {key: value for key, value in recipe.as_json().items() if key not in WITHOUT_EFFECT}
    return {"recipe": settings, "crops_sha256": crops_sha256, "processes": processes}


def check_same(checkpoint: Path, identity: dict[str, Any]) -> None:
    """Raises BadRequest where the checkpoint is of another recipe, other crops or another number of processes."""
    before = json.loads((checkpoint / MARKER).read_text())
    changed = [f"{key} {before['recipe'].get(key)}" for key, value in identity["recipe"].items() if before["recipe"].get(key) != value]
    changed += [f"{key} {before[key]}" for key in ("crops_sha256", "processes") if before[key] != identity[key]]
    if changed:
        said = f"{checkpoint.parent} holds a run that was begun with {', '.join(changed)}: go on with that, or choose another --out."
        raise BadRequest("request.invalid", text=said)


def read_state(checkpoint: Path) -> dict[str, Any]:
    """The HF Trainer's state at the checkpoint: steps, best step, history."""
    state: dict[str, Any] = json.loads((checkpoint / STATE).read_text())
    return state


def stale(step: int, best: int | None, recipe: Recipe) -> bool:
    """Whether ``patience`` evaluations have gone by since the best one. Counted from the steps, so that it survives a cut."""
    return best is not None and step - best >= recipe.patience * recipe.evaluate_every
