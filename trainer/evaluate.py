"""Evaluate a model on the files of a manifest, through the very steps that serve a check: ``metrics.json``, ``metrics.md`` and plots.

    python -m trainer.evaluate --model hub_card --manifest ../shared/data/manifest.jsonl --out runs/evaluation --sources dfd,edtalk
    python -m trainer.evaluate … --robustness half_h264 --robustness-files 1000
    python -m trainer.evaluate … --versus old=runs/old/model mesonet:../shared/models/peers/mesonet

A *video* is one video file, or all stills of one source, label and group (stills of one clip or picture): its score is the mean of their
probabilities. A *frame* is one frame with a face, scored by the highest logit in it. A file in which no face is found, or that cannot be
read, is listed and counts as a video of probability 0.5, "cannot tell", with no frames. The threshold is the model's own, fixed
beforehand; it is not chosen here. A run that is cut short goes on where it stopped; ``metrics.json`` is written last. Not here: choosing
a threshold (``calibrate.py``), the scores (``scores.py``), the figures (``summary.py`` and what it gathers), the pictures (``plots.py``,
``comparisons.py``).
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from detector.errors import TelltaleError

if TYPE_CHECKING:
    from trainer.evaluation.scores import Looker
    from trainer.evaluation.summary import Summary
    from trainer.evaluation.table import Table
    from trainer.evaluation.versus import Compared
    from trainer.manifest import Manifest


def main(argv: list[str] | None = None) -> int:
    """Evaluate; returns the exit code."""
    arguments = parser().parse_args(argv)
    try:
        evaluate(arguments)
    except TelltaleError as error:
        print(error.sentence, file=sys.stderr)
        return error.exit
    return 0


def parser() -> argparse.ArgumentParser:
    """The arguments."""
    made = argparse.ArgumentParser(
        prog="python -m trainer.evaluate", description="Evaluate a model on the files of a manifest, through the steps that serve a check."
    )
    made.add_argument("--model", required=True, help="folder or Hub id of the model")
    made.add_argument("--manifest", type=Path, required=True, help="JSONL of path, label, kind, source, group and, where known, method")
    made.add_argument("--out", type=Path, required=True, help="folder of the results; an earlier run's scores there are used again")
    made.add_argument("--frames", type=positive, help="frames looked at in each video (default: as many as the model wants)")
    made.add_argument("--faces", choices=("auto", "mtcnn", "insightface"), default="auto", help="face detector (default: %(default)s)")
    made.add_argument("--insightface-root", type=Path, help="folder with models/PACK/ of InsightFace (default: ~/.insightface)")
    made.add_argument("--workers", type=positive, default=1, help="processes, each with its own model (default: %(default)s)")
    made.add_argument("--sources", type=names, help="only these sources, as a,b,c (default: all)")
    kinds = "also score the pictures made worse: all, or some of jpeg,h264,half_h264,resize,blur,noise"
    made.add_argument("--robustness", type=names, default=[], metavar="KINDS", help=kinds)
    made.add_argument("--robustness-files", type=positive, default=100, help="how many of the files for that (default: %(default)s)")
    made.add_argument("--robustness-frames", type=positive, default=8, help="and of each video's frames (default: %(default)s)")
    made.add_argument("--groups", type=Path, metavar="FILE.csv", help="path, glasses, age and skin of real files as judged by eye")
    rivals = "other models on the same files: folders, Hub ids, or mesonet:FILE.h5, mesonet:FOLDER"
    made.add_argument("--versus", nargs="+", default=[], metavar="NAME=MODEL", help=rivals)
    return made


def positive(text: str) -> int:
    """A whole number of at least 1."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return int(text)


def names(text: str) -> list[str]:
    """A list with commas between."""
    return [name.strip() for name in text.split(",") if name.strip()]


def evaluate(arguments: argparse.Namespace) -> None:
    """Score what is not scored yet, then summarise, draw and write. Raises TelltaleError."""
    from trainer.evaluation.groups import read_groups
    from trainer.evaluation.markdown import markdown
    from trainer.evaluation.perturbations import grid
    from trainer.evaluation.robustness import measure
    from trainer.evaluation.scores import Looker, own_frames, scored
    from trainer.evaluation.summary import as_json, summarise
    from trainer.evaluation.table import tabulate
    from trainer.evaluation.versus import Compared, compare, rivals
    from trainer.manifest import read_manifest

    perturbations, against = grid(arguments.robustness), rivals(arguments.versus)
    rows = (manifest := read_manifest(arguments.manifest, sources=arguments.sources)).rows
    judged = read_groups(arguments.groups) if arguments.groups else None
    threads = 0 if arguments.workers == 1 else 1
    arguments.frames = arguments.frames or own_frames(arguments.model)
    looker = Looker(arguments.model, arguments.faces, arguments.insightface_root, arguments.frames, threads)
    settings = looker.engine().model.settings
    arguments.out.mkdir(parents=True, exist_ok=True)
    kept, workers = arguments.out / "scores.jsonl", arguments.workers
    (scores,) = scored(rows, [looker], kept, workers, "scoring")
    table = tabulate(rows, scores)
    summary = summarise(rows, scores, table, settings, judged)
    compared: Sequence[Compared] = ()
    if perturbations:
        files, frames = arguments.robustness_files, min(arguments.robustness_frames, arguments.frames)
        worse = measure(rows, scores, looker, perturbations, settings.fake_from, files=files, frames=frames, kept=kept, workers=workers)
        summary = replace(summary, robustness=worse)
    if against:
        compared = compare(rows, scores, looker, against, kept=kept, workers=workers)
        summary = replace(summary, versus=tuple(each.figures for each in compared))
    draw(table, summary, compared, arguments.out)
    write(arguments.out / "metrics.md", markdown(summary))
    entries = as_json(summary, configuration(arguments, manifest, looker))
    write(arguments.out / "metrics.json", json.dumps(entries, indent=2, ensure_ascii=False, allow_nan=False) + "\n")
    print(markdown(summary))


def draw(table: "Table", summary: "Summary", compared: Sequence["Compared"], folder: Path) -> None:
    """The plots. Without both real and fake there is no ROC. An earlier run's pictures of what was not asked for now are taken away."""
    from trainer.evaluation import comparisons, plots
    from trainer.evaluation.metrics import curve, reliability
    from trainer.evaluation.table import both

    for name in ("roc.png", "sizes.png", "robustness.png", "versus.png"):
        (folder / name).unlink(missing_ok=True)
    decisions = summary.at_threshold
    plots.draw_histograms(folder / "histograms.png", table.video_source, table.video_fake, table.video_score, decisions.threshold)
    plots.draw_confusion(folder / "confusion.png", decisions)
    plots.draw_reliability(folder / "reliability.png", reliability(table.video_fake, table.video_score))
    plots.draw_risk(folder / "risk_coverage.png", summary.risk_coverage)
    plots.draw_sizes(folder / "sizes.png", [("face size, px", summary.face_px), ("compression", summary.compression)])
    levels = [
        ("videos", plots.FAKE, table.video_fake, table.video_score, table.video, summary.video_auc),
        ("frames", plots.REAL, table.frame_fake, table.frame_logit, table.frame_video, summary.frame_auc),
    ]
    curves = [
        plots.Named(name, colour, curve(fake, score, unit), auc) for name, colour, fake, score, unit, auc in levels if auc is not None
    ]
    if curves:
        plots.draw_roc(folder / "roc.png", curves, decisions)
    if summary.robustness is not None:
        comparisons.draw_robustness(folder / "robustness.png", summary.robustness)
    if compared:
        tables = [each.table for each in compared]
        lines = [curve(each.video_fake, each.video_score, each.video, draws=2) if both(each.video_fake) else None for each in tables]
        comparisons.draw_versus(folder / "versus.png", summary.versus, lines)


def configuration(arguments: argparse.Namespace, manifest: "Manifest", looker: "Looker") -> dict[str, Any]:
    """How the run was made: enough to make it again."""
    from trainer.evaluation.metrics import DRAWS, SEED
    from trainer.learning.model_folder import revision

    engine = looker.engine()
    return {
        "arguments": {
            name: value if value is None or isinstance(value, int | list) else str(value) for name, value in vars(arguments).items()
        },
        "model": engine.model.id,
        "model_revision": engine.model.revision,
        "calibrated": engine.model.settings.calibrated,
        "engine": engine.model.engine,
        "detector": engine.finder.name,
        "manifest_sha256": manifest.sha256,
        "bootstrap": {"draws": DRAWS, "seed": SEED},
        "git_revision": revision(),
    }


def write(path: Path, text: str) -> None:
    """Write under a temporary name, then rename."""
    draft = path.with_name(f".{path.name}")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)


if __name__ == "__main__":
    sys.exit(main())
