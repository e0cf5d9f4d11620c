"""One model from several checkpoints of a run: the mean of their weights, with batch-normalisation statistics measured anew.

    python -m trainer.average runs/small/checkpoint-600 runs/small/checkpoint-800 --config trainer/recipes/small.json --out runs/averaged

Stochastic weight averaging (Izmailov et al., UAI 2018): flatter, and steadier on sources that training never saw than any one checkpoint.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from telltale.core.errors import BadModel, TelltaleError
from trainer.learning.config import Recipe, parsed
from trainer.learning.save_pretrained import write_model
from trainer.learning.validation import validation_figures
from trainer.train import data, net_input

if TYPE_CHECKING:
    from torch import Tensor

BATCHES = 40
"""Batches of pairs over which the statistics are measured."""


def average_weights(checkpoints: list[Path]) -> "dict[str, Tensor]":
    """The mean of the checkpoints' weights. Raises BadModel where they are not of one shape."""
    from safetensors.torch import load_file

    states = [load_file(path / "model.safetensors") for path in checkpoints]
    if any(state.keys() != states[0].keys() for state in states):
        raise BadModel("model.broken", text="These checkpoints are not of one model: their weights have other names.")
    return {name: mean([state[name] for state in states]) for name in states[0]}


def mean(tensors: "list[Tensor]") -> "Tensor":
    """Of numbers; counters are taken from the first."""
    import torch

    return torch.stack(tensors).mean(dim=0) if tensors[0].is_floating_point() else tensors[0]


def measure_statistics(model: Any, batches: Any) -> None:
    """Replace every batch normalisation's running statistics by the mean over the batches."""
    import torch

    layers = [module for module in model.modules() if isinstance(module, torch.nn.BatchNorm2d)]
    for layer in layers:
        layer.reset_running_stats()
        layer.momentum = None
    model.train()
    with torch.no_grad():
        for batch in batches:
            model(pixel_values=batch["pixel_values"])
    model.eval()


def average(checkpoints: list[Path], recipe: Recipe, out: Path) -> dict[str, float]:
    """Write the averaged model folder and return its validation figures."""
    import torch
    from torch.utils.data import DataLoader
    from tqdm import tqdm
    from transformers import AutoModelForImageClassification

    from trainer.synthesis.dataset import collate

    torch.manual_seed(recipe.seed)
    model = AutoModelForImageClassification.from_pretrained(checkpoints[0])
    model.load_state_dict(average_weights(checkpoints))
    cut = net_input(recipe, checkpoints[0])
    pairs, singles = data(recipe, cut)
    places = range(min(len(pairs), BATCHES * recipe.batch))
    loader: DataLoader[Any] = DataLoader(cast(Any, pairs), recipe.batch, sampler=places, collate_fn=collate, num_workers=recipe.workers)
    measure_statistics(model, tqdm(loader, desc="statistics"))
    with torch.inference_mode():
        rows = tqdm(DataLoader(cast(Any, singles), 64, collate_fn=collate), desc="validation")
        logits = torch.cat([model(pixel_values=batch["pixel_values"]).logits for batch in rows])
    write_model(model, None, cut, recipe, out)
    return validation_figures(logits.numpy(), singles)


def main(arguments: list[str] | None = None) -> int:
    """The command line; see the module's docstring."""
    parser = argparse.ArgumentParser(prog="python -m trainer.average", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("checkpoints", type=Path, nargs="+")
    parser.add_argument("--config", type=Path, required=True, help="the recipe of the run")
    parser.add_argument("--out", type=Path, required=True, help="model folder to write")
    options = parser.parse_args(arguments)
    try:
        figures = average(options.checkpoints, parsed(["--config", str(options.config)]), options.out)
    except TelltaleError as error:
        print(f"{error.code}: {error.sentence}", file=sys.stderr)
        return error.exit
    print(json.dumps(figures, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
