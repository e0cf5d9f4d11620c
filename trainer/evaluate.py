"""Evaluate a model on the files of a manifest, through the very steps that serve a check: ``metrics.json``, ``metrics.md`` and plots.

    python -m trainer.evaluate --model hub_card --manifest ../shared/data/manifest.jsonl --out runs/evaluation --sources dfd,edtalk

A *video* is one video file, or all stills of one source, label and group (stills of one clip or picture): its score is the mean of their
probabilities. A *frame* is one frame with a face, scored by the highest logit in it. A file in which no face is found, or that cannot be
read, is listed and counts as a video of probability 0.5, "cannot tell", with no frames. The threshold is the model's own, fixed
beforehand; it is not chosen here. A run that is cut short goes on where it stopped; ``metrics.json`` is written last. Not here: choosing
a threshold (``calibrate.py``), the scores (``scores.py``), the figures (``summary.py``, ``metrics.py``).
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from detector.errors import TelltaleError

if TYPE_CHECKING:
    from trainer.manifest import Manifest
    from trainer.metrics import Decisions
    from trainer.scores import Looker
    from trainer.summary import Table


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
    made.add_argument("--frames", type=positive, default=32, help="frames looked at in each video (default: %(default)s)")
    made.add_argument("--faces", choices=("auto", "mtcnn", "insightface"), default="auto", help="face detector (default: %(default)s)")
    made.add_argument("--insightface-root", type=Path, help="folder with models/PACK/ of InsightFace (default: ~/.insightface)")
    made.add_argument("--workers", type=positive, default=1, help="processes, each with its own model (default: %(default)s)")
    made.add_argument("--sources", type=names, help="only these sources, as a,b,c (default: all)")
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
    from tqdm import tqdm

    from trainer.manifest import read_manifest
    from trainer.scores import Looker, read_scores, score_files, write_scores
    from trainer.summary import as_json, markdown, summarise, tabulate

    rows = (manifest := read_manifest(arguments.manifest, sources=arguments.sources)).rows
    threads = 0 if arguments.workers == 1 else 1
    looker = Looker(arguments.model, arguments.faces, arguments.insightface_root, arguments.frames, threads)
    arguments.out.mkdir(parents=True, exist_ok=True)
    run, kept = looker.run(), arguments.out / "scores.jsonl"
    scores = read_scores(kept, run)
    left = [row for row in rows if row.path not in scores]
    fresh = write_scores(kept, score_files(left, looker, run, arguments.workers))
    for score in tqdm(fresh, total=len(rows), initial=len(rows) - len(left), unit=" files", desc="scoring"):
        scores[score.path] = score
    ordered = [scores[row.path] for row in rows]
    table = tabulate(rows, ordered)
    summary = summarise(rows, ordered, table, looker.engine().model.settings.fake_from)
    draw(table, summary.at_threshold, arguments.out)
    write(arguments.out / "metrics.md", markdown(summary))
    entries = as_json(summary, configuration(arguments, manifest, looker))
    write(arguments.out / "metrics.json", json.dumps(entries, indent=2, ensure_ascii=False) + "\n")
    print(markdown(summary))


def draw(table: "Table", decisions: "Decisions", folder: Path) -> None:
    """The plots. Without both real and fake there is no ROC."""
    from trainer.metrics import curve, rank, reliability
    from trainer.plots import FAKE, REAL, Named, draw_confusion, draw_histograms, draw_reliability, draw_roc
    from trainer.summary import both

    draw_histograms(folder / "histograms.png", table.video_source, table.video_fake, table.video_score, decisions.threshold)
    draw_confusion(folder / "confusion.png", decisions)
    draw_reliability(folder / "reliability.png", reliability(table.video_fake, table.video_score))
    levels = [
        ("videos", FAKE, table.video_fake, table.video_score, table.video),
        ("frames", REAL, table.frame_fake, table.frame_logit, table.frame_video),
    ]
    curves = [
        Named(name, colour, curve(fake, score, unit), rank(fake, score, unit).auc)
        for name, colour, fake, score, unit in levels
        if both(fake)
    ]
    if curves:
        draw_roc(folder / "roc.png", curves, decisions)


def configuration(arguments: argparse.Namespace, manifest: "Manifest", looker: "Looker") -> dict[str, Any]:
    """How the run was made: enough to make it again."""
    from trainer.metrics import DRAWS, SEED

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
        "git_revision": git_revision(),
    }


def git_revision() -> str | None:
    """The commit that this code lies in, or None where it is not in a repository."""
    asked = ["git", "-C", str(Path(__file__).parent), "rev-parse", "HEAD"]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else None


def write(path: Path, text: str) -> None:
    """Write under a temporary name, then rename."""
    draft = path.with_name(f".{path.name}")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)


if __name__ == "__main__":
    sys.exit(main())
