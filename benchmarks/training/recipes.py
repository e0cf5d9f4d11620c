"""Every recipe from start to end on a part of a data set: trained for a few steps, calibrated, evaluated, exported, its card rendered.

    python -m benchmarks.training.recipes --crops runs/crops --imagenet ../shared/models/mobilenet_v2_imagenet --out runs/recipes

Prints a line for each recipe: parameters, minutes, and whether model, curves, metrics, ONNX and card are there. It shows that the recipes
run, not what they are worth: so few pairs teach little, and without ``--hub`` the nets start elsewhere: MobileNetV2 from ``--imagenet``,
EfficientNet-B0 from random weights, ViT-L/14 as a tiny random net of the same class.
"""

import argparse
import json
import math
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from trainer.data.manifest import Row, read_manifest, write_manifest

RECIPES = Path(__file__).resolve().parents[2] / "trainer" / "recipes"
PART = 12
"""Real and fake files each that calibrate, and that are evaluated."""
TINY_CLIP = {
    "model_type": "clip",
    "projection_dim": 16,
    "vision_config": {
        "hidden_size": 64,
        "intermediate_size": 128,
        "num_hidden_layers": 4,
        "num_attention_heads": 4,
        "patch_size": 16,
        "image_size": 224,
    },
    "text_config": {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 1},
}


@dataclass(frozen=True)
class Outcome:
    """What one recipe left."""

    name: str
    parameters: int
    minutes: float
    validation_auc: float
    left: dict[str, bool]


def main(arguments: list[str] | None = None) -> int:
    """The command line; see the module's docstring."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.training.recipes", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--crops", type=Path, required=True, help="what trainer.prepare wrote")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--imagenet", type=Path, help="folder of a MobileNetV2, for recipes that start from one on the Hub")
    parser.add_argument("--hub", action="store_true", help="start every recipe from the net that it names")
    parser.add_argument("--pairs", type=int, default=64)
    parser.add_argument("--only", nargs="+", help="names of recipes")
    options = parser.parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    parts = {name: part(options.crops / f"{name}.jsonl", options.out / f"{name}.jsonl") for name in ("validation", "test")}
    print("| recipe | parameters | minutes | AUC on validation crops | model | curves | metrics | ONNX | card |")
    print("|---|---:|---:|---:|---|---|---|---|---|")
    whole = True
    for path in sorted(RECIPES.glob("*.json")):
        if options.only and path.stem not in options.only:
            continue
        outcome = run_recipe(path, options, parts)
        whole &= all(outcome.left.values())
        ticks = " | ".join("yes" if there else "NO" for there in outcome.left.values())
        figures = f"{outcome.parameters / 1e6:.1f} M | {outcome.minutes:.1f} | {outcome.validation_auc:.2f}"
        print(f"| {outcome.name} | {figures} | {ticks} |", flush=True)
    return 0 if whole else 1


def part(manifest: Path, out: Path) -> Path:
    """A small manifest of as many real as fake files, evenly taken from a large one."""
    rows = read_manifest(manifest).rows
    chosen: list[Row] = []
    for label in ("real", "fake"):
        alike = [row for row in rows if row.label == label]
        chosen += alike[:: max(1, len(alike) // PART)][:PART]
    write_manifest(out, chosen)
    return out


def run_recipe(recipe: Path, options: argparse.Namespace, parts: dict[str, Path]) -> Outcome:
    """One recipe through every command."""
    out, started = options.out / recipe.stem, time.monotonic()
    model = out / "model"
    settings = json.loads(recipe.read_text())
    start = [] if options.hub else stand_in(settings, options.imagenet)
    pace = ["--pairs", str(options.pairs), "--batch", "8", "--evaluate-every", "4", "--per-unit", "1", "--workers", "1"]
    log = out.with_suffix(".log")
    with log.open("w") as file:
        step(file, "trainer.train", "--config", recipe, "--crops", options.crops, "--out", out, *start, *pace)
        step(file, "trainer.calibrate", "--model", model, "--manifest", parts["validation"], "--out", out / "calibration", "--frames", 4)
        step(file, "trainer.export", model)
        step(file, "trainer.evaluate", "--model", model, "--manifest", parts["test"], "--out", out / "figures", "--frames", 4)
        publish = ["--metrics", out / "figures", "--repo", f"someone/{recipe.stem}", "--dry-run", "--out", out / "card"]
        step(file, "trainer.publish", "--model", model, *publish)
    history = json.loads((out / "history.json").read_text())
    return Outcome(
        name=recipe.stem,
        parameters=parameters(model),
        minutes=(time.monotonic() - started) / 60,
        validation_auc=max(entry.get("balanced_auc", 0.0) for entry in history),
        left={
            name: path.is_file()
            for name, path in {
                "model": model / "telltale.json",
                "curves": out / "curves.png",
                "metrics": out / "figures" / "metrics.json",
                "onnx": model / "onnx" / "model.onnx",
                "card": out / "card" / "README.md",
            }.items()
        },
    )


def step(log: IO[str], module: str, *arguments: object) -> None:
    """One command; what it prints goes to the log. A calibration that finds nothing to fit says so there, and the recipe goes on."""
    command = [sys.executable, "-m", module, *map(str, arguments)]
    done = subprocess.run(command, stdout=log, stderr=log, check=False)
    if done.returncode != 0 and module != "trainer.calibrate":
        raise SystemExit(f"{module} ended with {done.returncode}; see {log.name}")


def stand_in(settings: dict[str, object], imagenet: Path | None) -> list[str]:
    """Flags that replace a start which only the Hub (or an earlier run) has."""
    name = str(settings.get("model", ""))
    if "clip" in name:
        return ["--architecture", json.dumps(TINY_CLIP)]
    if "efficientnet" in name:
        return [
            "--architecture",
            json.dumps({"model_type": "efficientnet", "width_coefficient": 1.0, "depth_coefficient": 1.0, "hidden_dim": 1280}),
        ]
    if name and imagenet is not None:
        return ["--model", str(imagenet)]
    return []


def parameters(model: Path) -> int:
    """Numbers in the weights."""
    from safetensors import safe_open

    with safe_open(model / "model.safetensors", "pt") as file:
        shapes = [file.get_slice(name).get_shape() for name in file.keys()]  # noqa: SIM118  # not a dict
    return sum(math.prod(shape) for shape in shapes)


if __name__ == "__main__":
    sys.exit(main())
