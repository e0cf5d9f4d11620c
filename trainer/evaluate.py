"""Evaluate a model on the files of a manifest, through the very steps that serve a check: ``metrics.json``, ``metrics.md`` and plots.

    python -m trainer.evaluate --model hub_card --manifest ../shared/data/manifest.jsonl --out runs/evaluation --sources dfd,edtalk
    python -m trainer.evaluate … --sources @hub_card/kept_out.json
    python -m trainer.evaluate … --robustness half_h264 --robustness-files 1000
    python -m trainer.evaluate … --versus old=runs/old/model mesonet:../shared/models/peers/mesonet

Video files and stills are told apart in every figure; the headline is of video files. A *frame* is one frame of a video with a face, scored
by the highest logit in it. A file in which no face is found, or that cannot be read, is listed and counts as probability 0.5, "cannot
tell", with no frames. The threshold is the model's own, fixed beforehand; it is not chosen here. A run that is cut short goes on where it
stopped; ``metrics.json`` is written last. Pictures of stills are called ``stills_….png``. See also: choosing a threshold
(``calibrate.py``), the scores (``scores.py``), the figures (``summary.py`` and what it gathers), the pictures (``plots.py``,
``comparisons.py``).
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from telltale.core.errors import BadRequest, TelltaleError

if TYPE_CHECKING:
    from trainer.data.manifest import Manifest, Row
    from trainer.evaluation.baselines import Compared
    from trainer.evaluation.score_table import Table
    from trainer.evaluation.scores import Score, Scorer
    from trainer.evaluation.summary import Figures, Summary
    from trainer.reporting.plots import Medium

DRAWN = (
    *("roc.png", "histograms.png", "confusion.png", "reliability.png"),
    *("risk_coverage.png", "sizes.png", "robustness.png", "versus.png"),
)
"""The pictures of an evaluation."""
PREFIX: dict["Medium", str] = {"videos": "", "stills": "stills_"}
"""What the names of a medium's pictures begin with."""


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
    made.add_argument(
        "--manifest", type=Path, nargs="+", required=True, help="JSONL files of path, label, kind, source, group and, where known, method"
    )
    made.add_argument("--out", type=Path, required=True, help="folder of the results; an earlier run's scores there are used again")
    made.add_argument("--frames", type=positive, help="frames looked at in each video (default: as many as the model wants)")
    made.add_argument("--faces", choices=("auto", "mtcnn", "insightface"), default="auto", help="face detector (default: %(default)s)")
    made.add_argument("--insightface-root", type=Path, help="folder with models/PACK/ of InsightFace (default: ~/.insightface)")
    made.add_argument("--workers", type=positive, default=1, help="processes, each with its own model (default: %(default)s)")
    told = 'only these sources, as a,b,c, or @FILE for a JSON file {"sources": ["a", "b"]} (default: all)'
    made.add_argument("--sources", type=names, metavar="A,B|@FILE", help=told)
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


def sources_of(given: list[str] | None) -> list[str] | None:
    """The sources given, those of a file included. Raises BadRequest for a file that does not list any."""
    found: list[str] = []
    for name in given or ():
        if not name.startswith("@"):
            found.append(name)
            continue
        try:
            content = json.loads(Path(name[1:]).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise BadRequest("request.invalid", text=f"{name[1:]} cannot be read as JSON.") from error
        listed = content.get("sources") if isinstance(content, dict) else None
        if not isinstance(listed, list) or not listed or not all(isinstance(each, str) and each for each in listed):
            raise BadRequest("request.invalid", text=f'{name[1:]} must hold {{"sources": [...]}} with the names of the sources.')
        found += listed
    return list(dict.fromkeys(found)) if given is not None else None


def evaluate(arguments: argparse.Namespace) -> None:
    """Score what is not scored yet, then summarise, draw and write. Raises TelltaleError."""
    from trainer.data.manifest import read_manifests
    from trainer.evaluation.baselines import Compared, compare, rivals
    from trainer.evaluation.fairness_groups import read_groups
    from trainer.evaluation.perturbations import grid
    from trainer.evaluation.robustness import measure
    from trainer.evaluation.scores import Scorer, own_frames, score_or_read
    from trainer.evaluation.summary import as_json, summarise
    from trainer.reporting.tables import markdown

    perturbations, against = grid(arguments.robustness), rivals(arguments.versus)
    rows = (manifest := read_manifests(arguments.manifest, sources=sources_of(arguments.sources))).rows
    judged = read_groups(arguments.groups) if arguments.groups else None
    threads = 0 if arguments.workers == 1 else 1
    arguments.frames = arguments.frames or own_frames(arguments.model)
    looker = Scorer(arguments.model, arguments.faces, arguments.insightface_root, arguments.frames, threads)
    settings = looker.engine().model.settings
    arguments.out.mkdir(parents=True, exist_ok=True)
    kept, workers = arguments.out / "scores.jsonl", arguments.workers
    (scores,) = score_or_read(rows, [looker], kept, workers, "scoring")
    summary = summarise(rows, scores, settings, judged)
    compared: Sequence[Compared] = ()
    if perturbations:
        files, frames = arguments.robustness_files, min(arguments.robustness_frames, arguments.frames)
        worse = measure(rows, scores, looker, perturbations, settings.fake_from, files=files, frames=frames, kept=kept, workers=workers)
        summary = replace(summary, robustness=worse)
    if against:
        compared = compare(rows, scores, looker, against, kept=kept, workers=workers)
        summary = replace(summary, versus=tuple(each.figures for each in compared))
    draw(rows, scores, summary, compared, arguments.out)
    write(arguments.out / "metrics.md", markdown(summary))
    entries = as_json(summary, configuration(arguments, manifest, looker))
    write(arguments.out / "metrics.json", json.dumps(entries, indent=2, ensure_ascii=False, allow_nan=False) + "\n")
    print(markdown(summary))


def draw(rows: Sequence["Row"], scores: Sequence["Score"], summary: "Summary", compared: Sequence["Compared"], folder: Path) -> None:
    """The pictures of videos and those of stills. An earlier run's pictures of what was not asked for now are taken away."""
    from trainer.evaluation.metrics import curve
    from trainer.evaluation.score_table import both, of_medium, tabulate
    from trainer.reporting import run_comparison

    for name in DRAWN:
        for prefix in PREFIX.values():
            (folder / f"{prefix}{name}").unlink(missing_ok=True)
    media: tuple[Medium, Medium] = ("videos", "stills")
    for medium in media:
        found: Figures | None = getattr(summary, medium)
        if found is None:
            continue
        draw_medium(medium, tabulate(*of_medium(rows, scores, stills=medium == "stills")), found, folder)
        if worse := getattr(summary.robustness, medium, None):
            run_comparison.draw_robustness(folder / f"{PREFIX[medium]}robustness.png", medium, worse)
        if compared:
            tables: list[Table] = [getattr(each, medium) for each in compared]
            lines = [curve(each.fake, each.score, each.unit, draws=2) if both(each.fake) else None for each in tables]
            standings = [(each.figures.name, getattr(each.figures, medium)) for each in compared]
            run_comparison.draw_versus(folder / f"{PREFIX[medium]}versus.png", medium, standings, lines)


def draw_medium(medium: "Medium", table: "Table", found: "Figures", folder: Path) -> None:
    """The pictures of one medium. Without both real and fake there is no ROC."""
    from trainer.evaluation.metrics import curve, reliability
    from trainer.reporting import plots

    prefix, decisions = PREFIX[medium], found.at_threshold
    plots.draw_histograms(folder / f"{prefix}histograms.png", medium, table.source, table.fake, table.score, decisions.threshold)
    plots.draw_confusion(folder / f"{prefix}confusion.png", medium, decisions)
    plots.draw_reliability(folder / f"{prefix}reliability.png", medium, reliability(table.fake, table.score))
    plots.draw_risk(folder / f"{prefix}risk_coverage.png", medium, found.risk_coverage)
    plots.draw_sizes(folder / f"{prefix}sizes.png", medium, [("face size, px", found.face_px), ("compression", found.compression)])
    curves = []
    if found.ranking:
        curves.append(plots.Named(medium, plots.FAKE, curve(table.fake, table.score, table.unit), found.ranking.auc))
    if found.frame:
        points = curve(table.frame_fake, table.frame_logit, table.frame_unit)
        curves.append(plots.Named("frames", plots.REAL, points, found.frame.auc))
    if curves:
        plots.draw_roc(folder / f"{prefix}roc.png", curves, decisions)


def configuration(arguments: argparse.Namespace, manifest: "Manifest", looker: "Scorer") -> dict[str, Any]:
    """How the run was made: enough to make it again."""
    from trainer.evaluation.metrics import DRAWS, SEED
    from trainer.learning.save_pretrained import revision

    engine = looker.engine()
    return {
        "arguments": {name: plain(value) for name, value in vars(arguments).items()},
        "model": engine.model.id,
        "model_revision": engine.model.revision,
        "calibrated": engine.model.settings.calibrated,
        "engine": engine.model.engine,
        "detector": engine.finder.name,
        "manifest_sha256": manifest.sha256,
        "bootstrap": {"draws": DRAWS, "seed": SEED},
        "git_revision": revision(),
    }


def plain(value: Any) -> Any:
    """An argument as JSON holds it."""
    if isinstance(value, list):
        return [plain(each) for each in value]
    return value if value is None or isinstance(value, int) else str(value)


def write(path: Path, text: str) -> None:
    """Write under a temporary name, then rename."""
    draft = path.with_name(f".{path.name}")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)


if __name__ == "__main__":
    sys.exit(main())
