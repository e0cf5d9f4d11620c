"""Train a vision model on prepared crops with the HF Trainer, and write it as a model folder that the plain Auto classes load.

    python -m trainer.train --config trainer/recipes/small.json
    python -m trainer.train --config trainer/recipes/efficientnet-b0.json --crops runs/crops --out runs/mine --model DIR
    accelerate launch -m trainer.train --config …        # or torchrun --nproc_per_node 8 -m trainer.train --config …

Any image classifier of transformers, from a folder, the Hub, or from scratch. A second run with the same ``--out`` resumes from the last
whole checkpoint; ``tensorboard --logdir OUT/logs`` shows the curves. Writes ``OUT/model`` (the best checkpoint's averaged weights,
preprocessor, telltale.json), ``OUT/history.json``, ``OUT/curves.png`` and, last, ``OUT/trained.json``.
"""

import json
import logging
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from telltale.core.errors import BadRequest, TelltaleError
from trainer.learning.config import Recipe, parsed

if TYPE_CHECKING:
    from trainer.learning.trainer import FaceTrainer
    from trainer.synthesis.dataset import NetInput, TrainingPairs, ValidationCrops

log = logging.getLogger(__name__)


def main(arguments: list[str] | None = None) -> int:
    """The command line; see the module's docstring."""
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    try:
        figures = train(parsed(arguments, (__doc__ or "").split("\n")[0]))
    except TelltaleError as error:
        print(f"{error.code}: {error.sentence}", file=sys.stderr)
        return error.exit
    if figures is not None:
        print(json.dumps(figures, indent=2))
    return 0


def train(recipe: Recipe) -> dict[str, Any] | None:
    """Run a recipe to its end, or on from where it was cut. The best checkpoint's figures, in the first process; None in others."""
    from accelerate import PartialState
    from transformers import set_seed
    from transformers.utils.logging import disable_progress_bar

    from trainer.learning import checkpoints
    from trainer.learning.save_pretrained import crops_sha256

    device = choose_device(recipe)
    processes = PartialState(cpu=device.on_cpu)
    identity = checkpoints.identity_of(recipe, crops_sha256(recipe.crops), processes.num_processes)
    set_seed(recipe.seed)
    disable_progress_bar()  # of every file that is written or read; the training keeps its own
    if processes.is_main_process:
        log.info("device: %s; precision: %s (%s)", device.name, "bf16" if device.bf16 else "fp32", device.why)
        checkpoints.clear_torn(recipe.out)
    processes.wait_for_everyone()
    start = checkpoints.newest(recipe.out)
    if start:
        checkpoints.check_same(start, identity)
        log.info("going on from %s", start)
    loop = assemble(recipe, device, identity, start)
    state = checkpoints.read_state(start) if start else {}
    if not checkpoints.stale(state.get("global_step", 0), state.get("best_global_step"), recipe):
        loop.train(resume_from_checkpoint=str(start) if start else None)
        state = vars(loop.state)
    processes.wait_for_everyone()
    return finish_run(recipe, state, identity) if processes.is_main_process else None


@dataclass(frozen=True)
class Device:
    """Where and in which precision the net computes, and why."""

    name: str
    on_cpu: bool
    bf16: bool
    why: str


def choose_device(recipe: Recipe) -> Device:
    """The GPU if there is one; bf16 wherever the processor computes in it. Raises BadRequest where it is asked for in vain."""
    import torch

    on_cpu = recipe.cpu or not torch.cuda.is_available()
    if on_cpu:
        units = torch.cpu.get_capabilities()
        found = [name for name in ("amx_bf16", "avx512_bf16") if units.get(name)]
        able, why = bool(found), f"the processor has {found[0]}" if found else "the processor computes in no bf16"
    else:
        able = torch.cuda.is_bf16_supported(including_emulation=False)
        why = "the GPU has bf16" if able else "the GPU has no bf16"
    if recipe.precision == "bf16" and not able:
        raise BadRequest("request.invalid", text=f"The recipe wants bf16, but {why}.")
    bf16 = able and recipe.precision != "fp32"
    return Device("cpu" if on_cpu else torch.cuda.get_device_name(), on_cpu, bf16, why if bf16 == able else "the recipe says so")


def assemble(recipe: Recipe, device: Device, identity: dict[str, Any], start: Path | None) -> "FaceTrainer":
    """Net, data, teacher and callbacks as one loop."""
    import torch
    from torch.utils.tensorboard import SummaryWriter
    from transformers.integrations import TensorBoardCallback

    from trainer.learning.backbone import backbone
    from trainer.learning.boundary_head import SeamHead, map_shape
    from trainer.learning.distillation import load_teacher
    from trainer.learning.module import TrainingModule
    from trainer.learning.trainer import CheckpointCallback, FaceTrainer, training_arguments
    from trainer.learning.validation import validation_figures
    from trainer.synthesis.dataset import collate

    if recipe.threads:
        torch.set_num_threads(recipe.threads)
    net = backbone(recipe, start)
    channels, side = map_shape(net, recipe.size) if recipe.seam_weight else (0, 0)
    seam_head = SeamHead(channels) if recipe.seam_weight else None
    cut = net_input(recipe, start)
    pairs, singles = data(recipe, cut, seam=side)
    args = training_arguments(recipe, bf16=device.bf16, on_cpu=device.on_cpu)
    keeper = CheckpointCallback(recipe, identity)
    callbacks: list[Any] = [keeper]
    if args.process_index == 0:
        step = int(start.name.split("-")[1]) if start else None
        callbacks.append(TensorBoardCallback(SummaryWriter(str(recipe.out / "logs"), purge_step=step)))
    loop = FaceTrainer(
        TrainingModule(net, seam_head, recipe),
        recipe,
        cut,
        load_teacher(recipe, cut) if recipe.teacher else None,
        args=args,
        train_dataset=pairs,
        eval_dataset=singles,
        data_collator=collate,
        compute_metrics=lambda predicted: validation_figures(predicted.predictions, singles),
        callbacks=callbacks,
    )
    keeper.loop = loop
    torch.manual_seed(recipe.seed + args.process_index)  # dropout differs between processes, the start does not
    return loop


def net_input(recipe: Recipe, start: Path | None = None) -> "NetInput":
    """How the net wants its pictures, as the model that it starts from does."""
    from telltale.model.classifier import locate
    from trainer.learning.backbone import normalisation
    from trainer.synthesis.dataset import NetInput

    folder = start or (locate(recipe.model) if recipe.model else None)
    return NetInput(recipe.size, recipe.margin, *normalisation(folder))


def data(recipe: Recipe, cut: "NetInput", *, seam: int = 0) -> "tuple[TrainingPairs, ValidationCrops]":
    """Training pairs and validation crops."""
    from trainer.data.shards import open_split
    from trainer.synthesis.dataset import Mix, TrainingPairs, ValidationCrops

    mix = Mix(labelled=recipe.labelled, cross=recipe.cross, decoded=recipe.decoded)
    own = {"clip": recipe.clip, "sheet": recipe.sheet, "seam": seam}
    asked = {key: value for key, value in own.items() if value != (0 if key == "seam" else 1)}
    rows = open_split(recipe.crops / "train")
    pairs = TrainingPairs(rows, recipe.pairs, cut, mix=mix, seed=recipe.seed, **asked)
    sheet = {"sheet": recipe.sheet} if recipe.sheet > 1 else {}
    return pairs, ValidationCrops(open_split(recipe.crops / "validation"), cut, per_unit=recipe.per_unit, **sheet)


def finish_run(recipe: Recipe, state: dict[str, Any], identity: dict[str, Any]) -> dict[str, Any]:
    """Write the model, the curves and the record of a run that is over; return the best checkpoint's figures."""
    from trainer.learning.checkpoints import step_of
    from trainer.learning.curves import write_curves
    from trainer.learning.save_pretrained import release, revision, write_last

    best = state["best_global_step"]
    checkpoint = recipe.out / f"checkpoint-{best or state['global_step']}"
    records = [record for record in state["log_history"] if record["step"] == step_of(checkpoint)]
    figures = {key: value for record in records for key, value in record.items() if key.startswith("eval_")}
    release(checkpoint, recipe.out / "model")
    write_curves(recipe.out, state["log_history"], best)
    record = {"recipe": recipe.as_json(), "best_step": step_of(checkpoint), "steps": state["global_step"], "figures": figures}
    sources = {"seed": recipe.seed, "crops_sha256": identity["crops_sha256"], "git_revision": revision()}
    write_last(recipe.out / "trained.json", record | sources | {"processes": identity["processes"]})
    return figures


if __name__ == "__main__":
    sys.exit(main())
