"""Prepare a data set: files as they lie on disk -> aligned face crops, split so that no person and no source video is on two sides.

    python -m trainer.prepare --data /data/FaceForensics++ /data/Celeb-DF-v2 --compression c23 --out runs/crops
    python -m trainer.prepare --data my_faces --out runs/crops           # my_faces/Train|Validation|Test/Real|Fake/…
    python -m trainer.prepare --manifest ../shared/data/manifest.jsonl --out runs/crops \\
        --test-sources dfd,edtalk,hmdghoul,intel --validation-sources loopy,liveportrait,fer

A run that was stopped, by whatever means, goes on where it was when the same command is given again. Writes into OUT:

    plan.json                what was asked; written first, so that another question is refused
    train|validation|test.jsonl   manifests of the splits' files, for ``trainer.evaluate`` and ``trainer.calibrate``
    train/ validation/       the crops, a shard at a time (``shards.py``)
    left_out.jsonl           every file that is not used, and why
    prepared.json            counts, arguments, the manifests' SHA-256; written last

Test files are not cropped: evaluation reads them as the service would. See also: how a set lies on disk (``readers/``).
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from telltale.core.errors import BadRequest, TelltaleError
from telltale.parallel.threads import cores
from trainer.data.manifest import Row, Split, read_manifest, write_manifest
from trainer.data.scan import LeftOut

if TYPE_CHECKING:
    from trainer.data.shard_jobs import Chunk

CROPPED: tuple[Split, ...] = ("train", "validation")
"""The splits whose files are cropped."""
REASONS = 8
"""Reasons for leaving files out that are printed."""


@dataclass(frozen=True)
class PrepareRequest:
    """The files to prepare, each with its split; those that nobody can use; what a person should know of them."""

    rows: tuple[Row, ...]
    left_out: tuple[LeftOut, ...]
    notes: tuple[str, ...]

    def of(self, split: Split) -> list[Row]:
        """The rows of one split."""
        return [row for row in self.rows if row.split == split]


def main(arguments: list[str] | None = None) -> int:
    """The command line; see the module's docstring."""
    options = parser().parse_args(arguments)
    try:
        prepared = prepare(options)
    except TelltaleError as error:
        print(f"{error.code}: {error.sentence}", file=sys.stderr)
        return error.exit
    except KeyboardInterrupt:
        print("\nStopped. The same command goes on from here.", file=sys.stderr)
        return 130
    print("\n".join(describe_prepared(prepared, options.out)))
    return 0


def parser() -> argparse.ArgumentParser:
    """The arguments."""
    made = argparse.ArgumentParser(
        prog="python -m trainer.prepare", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    given = made.add_mutually_exclusive_group(required=True)
    given.add_argument(
        "--data", type=Path, nargs="+", metavar="ROOT", help="folders of data sets as they lie on disk; which they are is found out"
    )
    given.add_argument("--manifest", type=Path, help="JSONL of {path, label, kind, source, group}, paths relative to it")
    made.add_argument("--out", type=Path, required=True, help="folder to write")
    made.add_argument("--set", help="which data set --data is, where it cannot be told")
    made.add_argument("--compression", help="which of a set's compressions: raw, c23 or c40")
    made.add_argument("--test-sources", default="", help="whole sources kept for testing only, comma-separated")
    made.add_argument("--validation-sources", default="", help="whole sources that choose the checkpoint, comma-separated")
    made.add_argument(
        "--test-share", type=share, default=0.0, help="share of the people kept for testing, of sources that do not say who tests"
    )
    made.add_argument("--landmarks", type=Path, help="PFLD 68-landmark ONNX file, for closer masks")
    made.add_argument("--frames", type=positive, help="frames taken of every video (24 of a real one, 32 of a fake one)")
    made.add_argument("--limit", type=positive, help="take so many files of each split, source, label and method, to try things out")
    made.add_argument(
        "--chunk", type=positive, help="files a shard; a killed run loses at most the shards under way (16, more in large sets)"
    )
    made.add_argument("--workers", type=positive, default=cores(), help=f"processes on this machine (one a core: {cores()})")
    made.add_argument("--engine", choices=("local", "ray"), default="local", help="ray spreads the work over machines")
    made.add_argument("--ray-address", help="the Ray cluster to use, such as auto; none: one of --workers processes is started here")
    return made


def positive(text: str) -> int:
    """A whole number from 1."""
    if (number := int(text)) < 1:
        raise ValueError(text)
    return number


def share(text: str) -> float:
    """A number from 0 to below 1."""
    if not 0 <= (number := float(text)) < 1:
        raise ValueError(text)
    return number


def prepare(options: argparse.Namespace) -> dict[str, Any]:
    """Do what is not done yet, and return what ``prepared.json`` says. Raises TelltaleError."""
    from trainer.data.run_lock import Plan, digest, working
    from trainer.data.shard_jobs import chunks_of
    from trainer.data.shards import write_json

    out = options.out.resolve()
    asked = plan_request(options)
    print("\n".join([*describe_sources(asked.rows), *asked.notes]))
    ordered = [row for split in get_args(Split) for row in asked.of(split)]
    plan = Plan(telling(options), digest(ordered, out), crop_form())
    with working(out, plan):
        for split in get_args(Split):
            write_manifest(out / f"{split}.jsonl", asked.of(split))
        chunks = [chunk for split in CROPPED for chunk in chunks_of(asked.of(split), split, options.chunk)]
        todo = [chunk for chunk in chunks if not chunk.path(out).exists()]
        if todo:
            (out / "prepared.json").unlink(missing_ok=True)
            work_off(options, out, todo, sum(len(chunk.items) for chunk in chunks))
        prepared = asdict(plan) | write_totals(out, asked, chunks)
        write_json(out / "prepared.json", prepared)
    return prepared


def plan_request(options: argparse.Namespace) -> PrepareRequest:
    """The files and their splits. Raises BadRequest, also where somebody would be in two splits."""
    from trainer.data.splits import check_untorn, divide

    if options.data:
        from trainer.datasets.discover import read_sets

        reading = read_sets(options.data, only=options.set, compression=options.compression)
        rows, left_out, notes = reading.rows, reading.left_out, reading.notes
    else:
        rows, left_out, notes = read_manifest(options.manifest).rows, (), ()
    test, validation = (tuple(filter(None, text.split(","))) for text in (options.test_sources, options.validation_sources))
    division = divide(rows, test=test, validation=validation, test_share=options.test_share)
    kept = limit_rows(division.rows, options.limit)
    check_untorn(kept)
    if not any(row.split in CROPPED for row in kept):
        raise BadRequest("request.invalid", text="None of the files is to train or to validate: there is nothing to prepare.")
    return PrepareRequest(tuple(replace(row, file=row.file.absolute()) for row in kept), (*left_out, *division.left_out), notes)


def describe_sources(rows: Iterable[Row]) -> list[str]:
    """What there is of each source, a line for each of its variants: "ffpp c23, videos: 720 real and 3,600 fake"."""
    counts: dict[str, Counter[str]] = {}
    for row in rows:
        variant = f"{row.source} {row.compression}" if row.compression else row.source
        kind = {"image": "pictures", "video": "videos", "frames": "folders of frames"}[row.kind] + (" of crops" if row.cropped else "")
        counts.setdefault(f"{variant}, {kind}", Counter())[f"{row.source} {row.label}"] += 1
    return [f"{variant}: {by_label(count)}" for variant, count in sorted(counts.items())]


def limit_rows(rows: Iterable[Row], most: int | None) -> list[Row]:
    """The first ``most`` rows of each split, source, label and method."""
    seen: Counter[tuple[str | None, ...]] = Counter()
    kept = []
    for row in rows:
        key = (row.split, row.source, row.label, row.method)
        seen[key] += 1
        if most is None or seen[key] <= most:
            kept.append(row)
    return kept


def telling(options: argparse.Namespace) -> dict[str, str]:
    """The arguments that decide what is stored. Folders by their full names; who does the work is left out."""
    given = {key: value for key, value in vars(options).items() if key not in ("out", "workers", "engine", "ray_address")}
    for key in ("manifest", "landmarks"):
        given[key] = given[key] and given[key].resolve()
    given["data"] = given["data"] and " ".join(str(root.resolve()) for root in given["data"])
    return {key: str(value) for key, value in given.items() if value}


def crop_form() -> str:
    """What a stored crop is; crops of another form do not go with these."""
    from trainer.data.crops import MARGIN, SIDE, SMALLEST

    return f"{SIDE} px with a margin of {MARGIN}, of faces from {SMALLEST:.0f} px"


def work_off(options: argparse.Namespace, out: Path, todo: "Sequence[Chunk]", total: int) -> None:
    """Crop the chunks that are not done, with a progress bar over all files."""
    from tqdm import tqdm

    from telltale.parallel.executors import run_local, run_ray
    from trainer.data.shard_jobs import Job, make_shard

    for split in {chunk.split for chunk in todo}:
        (out / split).mkdir(exist_ok=True)
    job = Job(out, options.landmarks and options.landmarks.resolve(), options.frames)
    begun = total - sum(len(chunk.items) for chunk in todo)
    with tqdm(total=total, initial=begun, unit="file", mininterval=0.5) as bar:
        work = partial(make_shard, job)
        if options.engine == "ray":
            records = run_ray(work, todo, options.workers, bar.update, address=options.ray_address)
        else:
            records = run_local(work, todo, options.workers, bar.update)
        crops = left_out = 0
        with closing(records):
            for record in records:
                crops, left_out = crops + sum(record.crops.values()), left_out + len(record.left_out)
                bar.set_postfix(crops=crops, left_out=left_out)


def write_totals(out: Path, asked: PrepareRequest, chunks: "Sequence[Chunk]") -> dict[str, Any]:
    """Counts of everything, from the shards' records. Writes ``left_out.jsonl``."""
    from trainer.data.shards import read_record

    crops: dict[str, Counter[str]] = {split: Counter() for split in CROPPED}
    left_out = list(asked.left_out)
    for chunk in chunks:
        record = read_record(chunk.path(out))
        crops[chunk.split].update(record.crops)
        left_out += record.left_out
    part = out / "left_out.jsonl.part"
    part.write_text("".join(json.dumps(asdict(item)) + "\n" for item in left_out), encoding="utf-8")
    part.rename(out / "left_out.jsonl")
    files = {split: Counter(f"{row.source} {row.label}" for row in asked.of(split)) for split in get_args(Split)}
    return {
        "crops": {split: dict(sorted(count.items())) for split, count in crops.items() if count},
        "files": {split: dict(sorted(count.items())) for split, count in files.items() if count},
        "left_out": dict(Counter(item.why for item in left_out).most_common()),
        "notes": list(asked.notes),
    }


def describe_prepared(prepared: dict[str, Any], out: Path) -> list[str]:
    """What was prepared, in a few lines."""
    lines = []
    for split, files in prepared["files"].items():
        crops = prepared["crops"].get(split, {})
        line = f"{split}: {by_label(files)} files"
        lines.append(f"{line} -> {by_label(crops)} crops" if split in CROPPED else f"{line}, read when they are evaluated")
    reasons = prepared["left_out"]
    lines.append(f"left out: {sum(reasons.values()):,}")
    lines += [f"  {count:,}  {why}" for why, count in list(reasons.items())[:REASONS]]
    if len(reasons) > REASONS:
        lines.append(f"  … for {len(reasons) - REASONS} more reasons; left_out.jsonl names every file")
    return [*lines, f"{out / 'prepared.json'} has the counts by source"]


def by_label(counts: dict[str, int]) -> str:
    """ "1,200 real and 3,400 fake" """
    sums = {label: sum(count for key, count in counts.items() if key.endswith(f" {label}")) for label in ("real", "fake")}
    return " and ".join(f"{count:,} {label}" for label, count in sums.items())


if __name__ == "__main__":
    sys.exit(main())
