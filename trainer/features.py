"""Keep the features of a manifest's faces under a frozen encoder; heads are fitted on them in seconds (``trainer.head``).

    python -m trainer.features --encoder clip_vit_b16 --manifest data/manifest.jsonl data/tiles.jsonl --out runs/features
    python -m trainer.features … --kept-out hub_card/kept_out.json --augment compression --copies 1

The encoder is a CLIP vision model in transformers' format, a folder or the Hub's ``openai/clip-vit-base-patch16`` fetched to one. About 13
crops a second on two cores; a run that was cut goes on. ``--augment compression`` measures compressed copies of every video, too:
``--copies`` of them, at half as many moments each. See also: ``frozen/features.py`` for what is
measured, ``frozen/copies.py`` for the copies.
"""

import argparse
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from telltale.core.errors import TelltaleError
from telltale.parallel.threads import cores

if TYPE_CHECKING:
    from collections.abc import Callable

    from trainer.data.manifest import Row
    from trainer.frozen.features import Features, FeatureStore

LEVELS = (5, 6, 7, 8)
"""Blocks whose tokens are measured. The evidence sits in the middle of the encoder, not in its last layer."""


def main(arguments: list[str] | None = None) -> int:
    """The command line; see the module's docstring."""
    try:
        print(extract(parser().parse_args(arguments)))
    except TelltaleError as error:
        print(f"{error.code}: {error.sentence}", file=sys.stderr)
        return error.exit
    return 0


def parser() -> argparse.ArgumentParser:
    """The arguments."""
    made = argparse.ArgumentParser(prog="python -m trainer.features", description=(__doc__ or "").split("\n")[0])
    made.add_argument("--encoder", type=Path, required=True, help="folder of a CLIP vision model in transformers' format")
    made.add_argument("--manifest", type=Path, nargs="+", required=True, help="JSONL files of path, label, kind, source, group and more")
    made.add_argument("--out", type=Path, required=True, help="folder of the features")
    made.add_argument("--levels", type=blocks, default=LEVELS, help="blocks that are measured, from 0, with commas (default: 5,6,7,8)")
    made.add_argument(
        "--kept-out", type=Path, metavar="FILE.json", help="leave out these sources and everybody in them, as trainer.head does"
    )
    made.add_argument("--augment", choices=("compression",), help="also measure compressed copies of every video")
    made.add_argument("--copies", type=int, default=1, help="copies of each video with --augment (default: %(default)s)")
    made.add_argument("--frames", type=int, default=4, help="moments looked at in each video (default: %(default)s)")
    return made


def blocks(text: str) -> tuple[int, ...]:
    """Whole numbers with commas between, in rising order."""
    return tuple(sorted({int(part) for part in text.split(",")}))


def extract(options: argparse.Namespace) -> str:
    """Measure what is not measured yet; a sentence on what there is now. Raises TelltaleError."""
    from telltale.faces.detectors import load_face_detector
    from trainer.data.manifest import read_manifests
    from trainer.frozen.encoder import GRAPH, read_tower, write_encoder
    from trainer.frozen.features import FeatureStore, features_of, load_encoder
    from trainer.frozen.heads import with_few_stills
    from trainer.head import read_kept_out, trainable

    rows = with_few_stills(trainable(read_manifests(options.manifest).rows, read_kept_out(options.kept_out)["sources"]))
    tower = read_tower(options.encoder, max(options.levels) + 1)
    write_encoder(tower, options.out / "encoder", levels=options.levels)
    encode, finder = load_encoder(options.out / "encoder" / GRAPH, cores()), load_face_detector("mtcnn")
    copies = range(options.copies + 1 if options.augment else 1)
    for copy in copies:
        frames = copy_frames(options.frames) if copy else options.frames
        store = FeatureStore(options.out, {"encoder": tower.digest(), "levels": list(options.levels), "frames": frames}, copy)
        measure_left(
            store,
            [row for row in rows if not (copy and row.still)],
            partial(features_of, frames=frames, finder=finder, encode=encode, size=tower.size, copy=copy),
        )
    return f"{len(rows)} files in {options.out}" + (f", and {options.copies} compressed copies of each video" if options.augment else "")


def copy_frames(frames: int) -> int:
    """Moments looked at in a copy of a video, where ``frames`` are in the video itself."""
    return (frames + 1) // 2


def measure_left(store: "FeatureStore", rows: "list[Row]", measure: "Callable[[Row], Features]") -> None:
    """Measure the rows that the store lacks, each on a thread of its own, so that one is decoded while another is encoded."""
    from tqdm import tqdm

    left = [row for row in rows if not store.path(row).is_file()]
    with ThreadPoolExecutor(cores()) as pool:
        for features in tqdm(pool.map(measure, left), initial=len(rows) - len(left), total=len(rows), unit=" files", disable=None):
            store.write(features)


if __name__ == "__main__":
    sys.exit(main())
