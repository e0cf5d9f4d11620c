"""Keep the features of a manifest's faces under a frozen encoder; heads are fitted on them in seconds (``trainer.head``).

    python -m trainer.features --encoder clip_vit_b16 --manifest data/manifest.jsonl data/tiles.jsonl --out runs/features

The encoder is a CLIP vision model in transformers' format, a folder or the Hub's ``openai/clip-vit-base-patch16`` fetched to one. About 13
crops a second on two cores; a run that was cut goes on. See also: ``frozen/features.py`` for what is measured.
"""

import argparse
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from telltale.core.errors import TelltaleError

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
    made.add_argument("--frames", type=int, default=4, help="moments looked at in each video (default: %(default)s)")
    return made


def blocks(text: str) -> tuple[int, ...]:
    """Whole numbers with commas between, in rising order."""
    return tuple(sorted({int(part) for part in text.split(",")}))


def extract(options: argparse.Namespace) -> str:
    """Measure what is not measured yet; a sentence on what there is now. Raises TelltaleError."""
    from tqdm import tqdm

    from telltale.faces.detectors import load_face_detector
    from telltale.parallel.threads import cores
    from trainer.data.manifest import read_manifests
    from trainer.frozen.encoder import GRAPH, read_tower, write_encoder
    from trainer.frozen.features import FeatureStore, features_of, load_encoder

    rows = read_manifests(options.manifest).rows
    tower = read_tower(options.encoder, max(options.levels) + 1)
    write_encoder(tower, options.out / "encoder", levels=options.levels)
    store = FeatureStore(options.out, {"encoder": tower.digest(), "levels": list(options.levels), "frames": options.frames})
    encode, finder = load_encoder(options.out / "encoder" / GRAPH, cores()), load_face_detector("mtcnn")
    left = [row for row in rows if not store.path(row).is_file()]
    measure = partial(features_of, frames=options.frames, finder=finder, encode=encode, size=tower.size)
    with ThreadPoolExecutor(cores()) as pool:  # each file on a thread of its own, so that one is decoded while another is encoded
        for features in tqdm(pool.map(measure, left), initial=len(rows) - len(left), total=len(rows), unit=" files", disable=None):
            store.write(features)
    return f"{len(rows)} files in {options.out}"


if __name__ == "__main__":
    sys.exit(main())
