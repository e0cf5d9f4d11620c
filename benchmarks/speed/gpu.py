"""How much of the bare net's speed a whole worker keeps on a GPU: a ViT-L/14 at 224 pixels in bf16, its weights random.

The net alone looks at a batch that lies ready on the GPU, in eager torch. The worker checks videos, some beside each other in one process,
as a server does with ``TELLTALE_CONCURRENCY``: reading, finding faces, cutting crops, scoring them, drawing. Without a GPU it says so
and measures the processor. See also: engines on a processor (``benchmarks/peers/classifiers.py``), training
(``benchmarks/training/throughput.py``).

    python -m benchmarks.speed.gpu --data ../shared/data --at-once 8
"""

import argparse
import json
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.remote.thresholds import Demand, table

if TYPE_CHECKING:
    from telltale.pipeline import Engine

NETS = {"large": (224, 14, 1024, 24, 16), "small": (64, 16, 64, 2, 2)}
"""Side of the crops and of a patch, width, layers and heads; the small one is for trying this out."""
BATCH = 128
SHARE = 0.6
"""Of the bare net's speed that the worker must keep on a GPU."""


@dataclass(frozen=True)
class Measured:
    """Faces a second of the net alone and of the worker, the videos that it checked, and the faces in them."""

    alone: float
    worker: float
    videos: int
    faces: int


def main(argv: list[str] | None = None) -> int:
    """Measure, print, and fail where a GPU is kept waiting."""
    made = argparse.ArgumentParser(prog="python -m benchmarks.speed.gpu", description="A worker's speed on a GPU beside the bare net's.")
    made.add_argument("--data", type=Path, required=True, help="folder with manifest.jsonl and the files it names")
    made.add_argument("--net", choices=NETS, default="large", help="default: %(default)s")
    made.add_argument("--videos", type=int, default=64, help="checked (default: %(default)s)")
    made.add_argument("--frames", type=int, default=32, help="of each video (default: %(default)s)")
    made.add_argument("--at-once", type=int, default=4, help="checks beside each other (default: %(default)s)")
    given = made.parse_args(argv)
    import torch

    has_gpu = torch.cuda.is_available()
    measured = measure(given.data, given.net, given.videos, given.frames, given.at_once)
    print(f"{torch.cuda.get_device_name() if has_gpu else 'No GPU is at hand: on the processor'}, {given.at_once} checks beside each other")
    print(f"net alone: {measured.alone:.0f} faces a second in batches of {BATCH if has_gpu else 4}")
    print(f"worker: {measured.worker:.0f} faces a second, {measured.faces} faces of {measured.videos} videos")
    asked = (
        [Demand("GPU worker", "share of the net's speed alone", measured.worker / measured.alone, SHARE, at_least=True)] if has_gpu else []
    )
    if asked:
        print(table(asked))
    missed = [demand for demand in asked if not demand.holds]
    return 1 if missed else 0


def measure(data: Path, net: str, videos: int, frames: int, at_once: int) -> Measured:
    """The net alone, then the worker."""
    from telltale.pipeline import load_engine
    from trainer.data.manifest import read_manifest

    paths = [row.file for row in read_manifest(data / "manifest.jsonl").rows if row.kind == "video"][:videos]
    with tempfile.TemporaryDirectory(prefix="telltale-benchmark-") as folder:
        alone = bare(vision_transformer(Path(folder), net), NETS[net][0])
        engine = load_engine(folder, faces="mtcnn", threads=1)
        faces_of(paths[0], engine, frames)  # loads all that is loaded at first use, and records the net's work
        began = time.perf_counter()
        with ThreadPoolExecutor(at_once) as pool:
            faces = sum(pool.map(partial(faces_of, engine=engine, frames=frames), paths))
        return Measured(alone, faces / (time.perf_counter() - began), len(paths), faces)


def vision_transformer(folder: Path, name: str) -> Path:
    """A model folder with random weights."""
    import torch
    from transformers import ViTConfig, ViTForImageClassification, ViTImageProcessor

    torch.manual_seed(0)
    side, patch, width, layers, heads = NETS[name]
    config = ViTConfig(
        image_size=side,
        patch_size=patch,
        hidden_size=width,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        intermediate_size=4 * width,
        id2label={0: "real", 1: "fake"},
        label2id={"real": 0, "fake": 1},
    )
    ViTForImageClassification(config).save_pretrained(folder)
    ViTImageProcessor(size={"height": side, "width": side}).save_pretrained(folder)
    (folder / "telltale.json").write_text(json.dumps({"size": side}))
    return folder


def bare(folder: Path, side: int, seconds: float = 3.0) -> float:
    """Crops a second of the net alone, in bf16 where there is a GPU."""
    import torch
    from transformers import ViTForImageClassification

    device = "cuda" if torch.cuda.is_available() else "cpu"
    batch = BATCH if device == "cuda" else 4
    net = ViTForImageClassification.from_pretrained(folder, use_safetensors=True).eval().to(device)
    pixels = torch.zeros(batch, 3, side, side, device=device)
    done = 0
    with torch.inference_mode(), torch.autocast(device, torch.bfloat16, enabled=device == "cuda"):
        for _ in range(3):
            net(pixels).logits.cpu()
        began = time.perf_counter()
        while (spent := time.perf_counter() - began) < seconds:
            net(pixels).logits.cpu()  # which waits for it
            done += batch
    return done / spent


def faces_of(path: Path, engine: "Engine", frames: int) -> int:
    """Check a video. -> the faces that were scored in it."""
    from telltale.pipeline import check

    return sum(len(person.observations) for person in check(path, engine, frames=frames).people)


if __name__ == "__main__":
    sys.exit(main())
