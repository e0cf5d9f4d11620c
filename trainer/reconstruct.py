"""Redraw real crops by small autoencoders: fakes of a kind that no labelled set has enough of, each beside the very real it came from.

    python -m trainer.reconstruct --crops runs/crops --out runs/crops-decoded --minutes 7

Trains each autoencoder of ``trainer/synthesis/autoencoder.py`` on the training split's reals, then writes every such crop once more,
redrawn by one of them, with the label ``decoded``. OUT is a whole set of crops: the shards of ``--crops`` (linked, not copied), the redrawn
ones, and its manifests; ``trainer.train --crops OUT --decoded 0.2`` takes such pairs. Validation gets none. What is finished is not done
again. See also: what an autoencoder is (``trainer/synthesis/autoencoder.py``), and how a pair is made of a crop and its copy
(``trainer/synthesis/dataset.py``).
"""

import argparse
import io
import os
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from telltale.core.errors import BadRequest, TelltaleError

if TYPE_CHECKING:
    from datasets import Dataset

    from trainer.synthesis.autoencoder import Decoder, Shape

BATCH, PATCH = 8, 128
"""Patches a step, and their side in pixels."""
FASTEST = 2e-3
"""The highest learning rate."""
BROAD = 4.0
"""Pixels (a Gaussian's sigma): what is coarser is taken from the real picture."""


def main(arguments: list[str] | None = None) -> int:
    """The command line; see the module's docstring."""
    parser = argparse.ArgumentParser(prog="python -m trainer.reconstruct", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--crops", type=Path, required=True, help="what trainer.prepare wrote")
    parser.add_argument("--out", type=Path, required=True, help="folder of the crops with the redrawn ones")
    parser.add_argument("--minutes", type=float, default=7.0, help="that each autoencoder trains (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    try:
        print(f"{decode(options)} redrawn crops in {options.out}")
    except TelltaleError as error:
        print(f"{error.code}: {error.sentence}", file=sys.stderr)
        return error.exit
    return 0


def decode(options: argparse.Namespace) -> int:
    """Train what is not trained, write what is not written; how many crops were redrawn."""
    from trainer.data.shards import open_split
    from trainer.synthesis.autoencoder import SHAPES
    from trainer.synthesis.sampling import columns_of, keep_encoded

    if not (options.crops / "prepared.json").is_file():
        raise BadRequest("request.invalid", text=f"{options.crops} is not a finished folder of trainer.prepare.")
    link_shards(options.crops, options.out)
    rows = keep_encoded(open_split(options.crops / "train"))
    reals = np.flatnonzero(columns_of(rows).where("label", "real"))
    nets = [train_autoencoder(shape, rows, reals, options) for shape in SHAPES]
    chosen = np.random.default_rng(options.seed).integers(len(nets), size=len(reals))
    for number, (shape, net) in enumerate(zip(SHAPES, nets, strict=True)):
        shard = options.out / "train" / f"decoded-{shape.name}.arrow"
        if not shard.is_file():
            write(shard, redraw(rows, reals[chosen == number], net, shape))
    shutil.copyfile(options.crops / "prepared.json", options.out / "prepared.json")
    return len(reals)


def link_shards(crops: Path, out: Path) -> None:
    """The shards and manifests of one folder in another."""
    for split in ("train", "validation"):
        (out / split).mkdir(parents=True, exist_ok=True)
        for shard in (crops / split).glob("*.arrow"):
            if not (out / split / shard.name).exists():
                os.link(shard, out / split / shard.name)
    for manifest in crops.glob("*.jsonl"):
        shutil.copyfile(manifest, out / manifest.name)


def train_autoencoder(shape: "Shape", rows: "Dataset", reals: np.ndarray, options: argparse.Namespace) -> "Decoder":
    """An autoencoder, from its file or trained now for so many minutes; the file comes last."""
    import torch
    from safetensors.torch import load_file, save_file
    from tqdm import tqdm

    from trainer.synthesis.autoencoder import Decoder, redrawing_loss

    path = options.out / "decoders" / f"{shape.name}.safetensors"
    torch.manual_seed(options.seed)
    net = Decoder(shape)
    if path.is_file():
        net.load_state_dict(load_file(path))
        return net.eval()
    path.parent.mkdir(parents=True, exist_ok=True)
    net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stubs lack this form
    optimiser = torch.optim.AdamW(net.parameters(), lr=FASTEST, weight_decay=1e-4)
    rng, started, seconds = np.random.default_rng(options.seed), time.monotonic(), 60 * options.minutes
    with tqdm(total=round(seconds), unit="s", desc=shape.name) as bar:
        while (spent := time.monotonic() - started) < seconds:
            for group in optimiser.param_groups:
                group["lr"] = FASTEST * (0.5 * (1 + np.cos(np.pi * spent / seconds)) + 0.02)
            pictures = batch(rows, rng.choice(reals, BATCH), rng)
            loss = redrawing_loss(net(pictures), pictures)
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimiser.step()
            bar.update(round(time.monotonic() - started) - bar.n)
            bar.set_postfix(loss=f"{loss.item():.3f}", refresh=False)
    part = path.with_suffix(".part")
    save_file({name: weight.contiguous() for name, weight in net.state_dict().items()}, part)
    part.rename(path)
    return net.eval()


def batch(rows: "Dataset", places: np.ndarray, rng: np.random.Generator) -> Any:
    """Random patches of these crops at random scales, float32 (N, 3, PATCH, PATCH) in -1..1."""
    import cv2

    from trainer.synthesis.sampling import picture_of

    patches = []
    for place in places:
        picture = picture_of(rows[int(place)])
        side = int(rng.integers(PATCH, picture.shape[0] + 1))
        y, x = rng.integers(0, picture.shape[0] - side + 1, 2)
        patch = picture[y : y + side, x : x + side]
        patches.append(cv2.resize(patch, (PATCH, PATCH), interpolation=cv2.INTER_AREA)[:, :: 1 if rng.random() < 0.5 else -1])
    return tensor(np.stack(patches))


def tensor(pictures: np.ndarray) -> Any:
    """uint8 (N, S, S, 3) -> float32 (N, 3, S, S) in -1..1."""
    import torch

    planes = torch.from_numpy(np.ascontiguousarray(pictures.transpose(0, 3, 1, 2))).float().div(127.5).sub(1)
    return planes.contiguous(memory_format=torch.channels_last)


def redraw(rows: "Dataset", places: np.ndarray, net: "Decoder", shape: "Shape") -> Iterator[dict[str, Any]]:
    """The rows at these places with their pictures redrawn."""
    import torch
    from PIL import Image
    from tqdm import tqdm

    from trainer.synthesis.sampling import picture_of

    for place in tqdm(places, desc=f"redrawing by {shape.name}"):
        row = dict(rows[int(place)])
        picture = picture_of(row)
        with torch.inference_mode():
            planes = net(tensor(picture[None]))[0]
        pixels = match_tones(planes.add(1).mul(127.5).permute(1, 2, 0).numpy(), picture)
        file = io.BytesIO()
        Image.fromarray(pixels).save(file, "PNG", compress_level=1)
        yield row | {"image": {"bytes": file.getvalue(), "path": None}, "label": "decoded", "method": shape.name}


def match_tones(drawn: np.ndarray, picture: np.ndarray) -> np.ndarray:
    """A redrawn picture (float, 0..255) with the broad tones of the real one, uint8: a small autoencoder loses colours, and a net that
    learnt that would learn nothing of generators. Only what is finer than some pixels stays its own."""
    import cv2

    broad = cv2.GaussianBlur(picture.astype(np.float32), (0, 0), BROAD) - cv2.GaussianBlur(drawn, (0, 0), BROAD)
    return np.clip(np.rint(drawn + broad), 0, 255).astype(np.uint8)


def write(shard: Path, entries: Iterator[dict[str, Any]]) -> None:
    """Rows as one more shard, under a temporary name until it is whole."""
    from datasets.arrow_writer import ArrowWriter

    from trainer.data.shards import features

    part = shard.with_suffix(".part")
    with ArrowWriter(path=str(part), features=features(), writer_batch_size=32) as writer:
        for entry in entries:
            writer.write(entry)
        writer.finalize()
    part.rename(shard)


if __name__ == "__main__":
    sys.exit(main())
