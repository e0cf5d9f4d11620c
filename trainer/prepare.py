"""Prepare a data set: files on disk -> a `datasets` data set of aligned face crops, split by source and identity.

    python -m trainer.prepare --manifest ../shared/data/manifest.jsonl --out runs/crops \\
        --test-sources dfd,edtalk,hmdghoul,intel --validation-sources loopy,liveportrait,fer
    python -m trainer.prepare --folders my_faces --out runs/crops        # my_faces/Train|Validation|Test/Real|Fake/…

Writes ``OUT/train`` and ``OUT/validation`` (Arrow) and, last, ``OUT/prepared.json`` with counts, arguments and what was left out
and why. Test files are not cropped: evaluation reads them as the service would. ``OUT/validation.jsonl`` and ``OUT/test.jsonl`` are
manifests of those splits' files, for ``trainer.calibrate`` and ``trainer.evaluate``.
"""

import argparse
import json
import multiprocessing
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from detector.errors import TelltaleError
from trainer.manifest import Row, Split, read_manifest, write_manifest
from trainer.splits import assign

FRAMES = {("real", "video"): 24, ("fake", "video"): 32}
"""Frames taken of a video, by label: labelled fakes are few."""


@dataclass(frozen=True)
class Work:
    """One file to crop, for a worker process."""

    row: Row
    split: Split
    landmarks: Path | None


def main(arguments: list[str] | None = None) -> int:
    """The command line; see the module's docstring."""
    parser = argparse.ArgumentParser(prog="python -m trainer.prepare", description=(__doc__ or "").split("\n")[0])
    given = parser.add_mutually_exclusive_group(required=True)
    given.add_argument("--manifest", type=Path, help="JSONL of {path, label, kind, source, group}, paths relative to it")
    given.add_argument("--folders", type=Path, help="folder with Train|Validation|Test/Real|Fake")
    parser.add_argument("--out", type=Path, required=True, help="folder to write")
    parser.add_argument("--test-sources", default="", help="whole sources kept for testing only, comma-separated")
    parser.add_argument("--validation-sources", default="", help="whole sources that choose the checkpoint, comma-separated")
    parser.add_argument("--landmarks", type=Path, help="PFLD 68-landmark ONNX file, for closer masks")
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args(arguments)
    try:
        summary = prepare(options)
    except TelltaleError as error:
        print(f"{error.code}: {error.sentence}", file=sys.stderr)
        return error.exit
    print(json.dumps(summary["crops"], indent=2))
    return 0


def prepare(options: argparse.Namespace) -> dict[str, Any]:
    """Crop every file of the train and validation splits and write the data set."""
    from datasets import Dataset, Features, Image, Sequence, Value

    work = list(planned(options))
    features = Features(
        image=Image(),
        label=Value("string"),
        source=Value("string"),
        group=Value("string"),
        unit=Value("string"),
        kind=Value("string"),
        method=Value("string"),
        face_px=Value("float32"),
        outline=Sequence(Value("float32")),
    )
    left_out: list[dict[str, str]] = []
    counts: dict[str, dict[str, int]] = {}
    for split in ("train", "validation"):
        part = [item for item in work if item.split == split]
        if not part:
            continue
        rows = list(cropped(part, options.workers, left_out, split))
        dataset = Dataset.from_list(rows, features=features, split=split)
        dataset.save_to_disk(options.out / split)
        counts[split] = dict(sorted(Counter(f"{row['source']} {row['label']}" for row in rows).items()))
    summary = {"arguments": {key: str(value) for key, value in vars(options).items()}, "crops": counts, "left_out": left_out}
    for split in ("validation", "test"):
        write_manifest(options.out / f"{split}.jsonl", [item.row for item in work if item.split == split])
    marker = options.out / "prepared.json.part"
    marker.write_text(json.dumps(summary, indent=2))
    marker.rename(options.out / "prepared.json")
    return summary


def planned(options: argparse.Namespace) -> Iterator[Work]:
    """Every file with its split."""
    if options.folders:
        from trainer.folders import read_folders

        yield from (Work(row, split, options.landmarks) for row, split in read_folders(options.folders))
        return
    rows = read_manifest(options.manifest).rows
    test, validation = (tuple(filter(None, text.split(","))) for text in (options.test_sources, options.validation_sources))
    splits = assign(rows, test=test, validation=validation)
    yield from (Work(row, splits[row.path], options.landmarks) for row in rows)


def cropped(work: list[Work], workers: int, left_out: list[dict[str, str]], title: str) -> Iterator[dict[str, Any]]:
    """Crops of many files, side by side, in the files' order."""
    from tqdm import tqdm

    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        for item, (rows, problem) in zip(work, tqdm(pool.imap(crop_file, work, chunksize=4), total=len(work), desc=title), strict=True):
            if problem:
                left_out.append({"path": item.row.path, "why": problem})
            yield from rows


def crop_file(work: Work) -> tuple[list[dict[str, Any]], str | None]:
    """One file's crops, or why there are none. Runs in a worker process."""
    from trainer.crops import crops_of

    finder, landmarker = tools(work.landmarks)
    row = work.row
    try:
        crops = list(crops_of(row, finder, landmarker, FRAMES.get((row.label, row.kind), 1)))
    except TelltaleError as error:
        return [], error.sentence
    described = {"label": row.label, "source": row.source, "group": row.group, "unit": row.unit, "kind": row.kind, "method": row.method}
    rows = [{"image": {"bytes": crop.png}, "face_px": crop.face_px, "outline": crop.outline, **described} for crop in crops]
    return rows, None if rows else "no face of 48 pixels or more"


_TOOLS: dict[Path | None, Any] = {}


def tools(landmarks: Path | None) -> Any:
    """Detector and landmark model, loaded once a worker process."""
    if landmarks not in _TOOLS:
        import cv2

        from detector.faces import load_finder
        from trainer.crops import Landmarker

        cv2.setNumThreads(1)
        _TOOLS[landmarks] = load_finder("mtcnn"), Landmarker(landmarks) if landmarks else None
    return _TOOLS[landmarks]


if __name__ == "__main__":
    sys.exit(main())
