"""How much of the bare net's speed a training keeps: whether decoding, forging and augmenting hide behind the net.

Trains on stored crops through ``trainer.train``'s own loop (loader, augmentation, loss, optimiser, averages; no evaluation), then runs
forward, backward and optimiser of the same net on batches that lie ready in memory, with the same threads and precision. The crops are read
by ``--workers`` processes on the remaining cores. See also: how fast pseudo-fakes are made (``synthesis.py`` here), and how well it learns.

    python -m benchmarks.training.throughput --crops runs/crops --model ../shared/models/mobilenet_v2_imagenet
    python -m benchmarks.training.throughput --crops runs/crops --device cuda --config trainer/recipes/large-gpu.json --workers 12
"""

import argparse
import statistics
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trainer.learning.config import Recipe
    from trainer.learning.trainer import FaceTrainer
    from trainer.train import Device


@dataclass(frozen=True)
class Measured:
    """One recipe: pictures a second of the whole training, of the bare net, and of the loader alone."""

    name: str
    device: str
    precision: str
    whole: float
    bare: float
    loader: float


def main(argv: list[str] | None = None) -> None:
    """Measure, and print a Markdown table."""
    options = parser().parse_args(argv)
    from trainer.learning.config import parsed

    plain = ["--crops", str(options.crops), "--out", "unused", "--size", str(options.size)]
    if options.config is None:
        recipes = [("MobileNetV2" if "mobilenet" in options.model else options.model, parsed([*plain, "--model", options.model]))]
    else:
        start = ["--model", options.model] if options.model else []
        recipes = [(path.stem, parsed(["--config", str(path), "--crops", str(options.crops), *start])) for path in options.config]
    rows = []
    for name, recipe in recipes:
        chosen = {"batch": options.batch or recipe.batch, "workers": options.workers, "threads": options.threads, "teacher": ""}
        rows.append(measure(name, replace(recipe, **chosen, cpu=options.device == "cpu"), options.steps))
    print(table(rows, options))


def parser() -> argparse.ArgumentParser:
    """The arguments."""
    made = argparse.ArgumentParser(
        prog="python -m benchmarks.training.throughput", description="Speed of a training beside the bare net's."
    )
    made.add_argument("--crops", type=Path, required=True, help="folder that trainer.prepare wrote")
    made.add_argument("--model", default="", help="model folder or Hub id; with --config, instead of the recipes' own")
    made.add_argument("--config", type=Path, nargs="+", help="recipes to measure, each at its own size")
    made.add_argument("--size", type=int, default=224, help="side of the input, without --config (default: %(default)s)")
    made.add_argument("--batch", type=int, help="pairs a step (default: the recipe's)")
    made.add_argument("--steps", type=int, default=30, help="steps measured, after five that are not (default: %(default)s)")
    made.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    made.add_argument("--workers", type=int, default=1, help="loader processes (default: %(default)s)")
    made.add_argument("--threads", type=int, default=1, help="threads of the net on a CPU (default: %(default)s)")
    return made


WARM = 5
"""Steps at the start that are not counted: the loader fills, the allocator learns the shapes."""


def measure(name: str, recipe: "Recipe", steps: int) -> Measured:
    """All three speeds of one recipe."""
    from trainer.train import assemble, choose_device

    with tempfile.TemporaryDirectory() as out:
        pairs = (steps + WARM) * recipe.batch * recipe.accumulate
        short = replace(recipe, out=Path(out), pairs=pairs, evaluate_every=10**9, ema=recipe.ema or 0.99)
        device = choose_device(short)
        bare_loop = assemble(short, device, {}, None)
        bare = bare_speed(bare_loop, device, steps)
        loader = loader_speed(bare_loop, steps)
        del bare_loop
        whole = whole_speed(short, device)
    return Measured(name, device.name, "bf16" if device.bf16 else "fp32", whole, bare, loader)


def whole_speed(recipe: "Recipe", device: "Device") -> float:
    """Pictures a second of the training itself, evaluation and checkpoints left out."""
    from transformers import TrainerCallback, set_seed

    from trainer.train import assemble

    class Clock(TrainerCallback):
        """When each step ended; no evaluation at the end."""

        def __init__(self) -> None:
            self.times: list[float] = []

        def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            """After each optimiser step."""
            synchronise(args.device)
            self.times.append(time.perf_counter())
            control.should_evaluate = control.should_save = False

    set_seed(recipe.seed)
    clock, loop = Clock(), assemble(recipe, device, {}, None)
    loop.add_callback(clock)
    loop.train()
    return pictures_a_step(recipe) * (len(clock.times) - 1 - WARM) / (clock.times[-1] - clock.times[WARM])


def bare_speed(loop: "FaceTrainer", device: "Device", steps: int) -> float:
    """Pictures a second of forward, backward and optimiser on one batch that lies ready, through the same wrapped net."""
    import torch

    recipe = loop.recipe
    batch = {key: value.to(loop.args.device) for key, value in next(iter(loop.get_train_dataloader())).items()}
    optimiser = loop.create_optimizer()
    learner = loop.learner.train()
    times = []
    for _ in range(WARM + steps):
        started = time.perf_counter()
        with torch.autocast(loop.args.device.type, torch.bfloat16, enabled=device.bf16):
            loss = learner(**batch)["loss"]
        loss.backward()
        optimiser.step()
        optimiser.zero_grad()
        synchronise(loop.args.device)
        times.append(time.perf_counter() - started)
    return pictures_a_step(recipe) / recipe.accumulate / statistics.mean(times[WARM:])


def loader_speed(loop: "FaceTrainer", steps: int) -> float:
    """Pictures a second that the loader gives while the net does nothing."""
    batches = iter(loop.get_train_dataloader())
    for _ in range(WARM):
        next(batches)
    started, seen = time.perf_counter(), 0
    for _ in range(min(steps, 12)):
        seen += len(next(batches)["labels"])
    return seen / (time.perf_counter() - started)


def synchronise(device: Any) -> None:
    """Wait until a GPU has done what it was given."""
    import torch

    if device.type == "cuda":
        torch.cuda.synchronize(device)


def pictures_a_step(recipe: "Recipe") -> int:
    """Reals and fakes of one optimiser step."""
    return 2 * recipe.clip * recipe.batch * recipe.accumulate


def table(rows: list[Measured], options: argparse.Namespace) -> str:
    """The figures as Markdown."""
    lines = [
        f"Pictures a second; net on {options.threads} thread(s), {options.workers} loader process(es)\n",
        "| | training | bare net | ratio | loader alone |",
        "|---|---:|---:|---:|---:|",
    ]
    for row in rows:
        speeds = f"{row.whole:.1f} | {row.bare:.1f} | {row.whole / row.bare:.2f} | {row.loader:.1f}"
        lines.append(f"| {row.name} on {row.device}, {row.precision} | {speeds} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
