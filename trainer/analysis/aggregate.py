"""Compare ways to go from the looks at a video's people to the video's figure, on the scores that an evaluation kept.

    python -m trainer.evaluate --model hub_card --manifest runs/crops/validation.jsonl --out runs/validation
    python -m trainer.analysis.aggregate --scores runs/validation --manifest runs/crops/validation.jsonl --out runs/aggregate

Leaves ``OUT/aggregate.md`` and, last, ``OUT/aggregate.json``: every way's AUC, TPR at 5 % FPR, Brier score, calibration error and answers
at fixed bands, with 95 % intervals over videos (``aggregation.py``), and what corrections by the video's own quality and by its other
faces would do (``corrections.py``). Only videos are compared: a still has one look. ``--more`` names scores of further reals, such as
training's own, from which the corrections may learn. Use validation scores: what is chosen on test scores says nothing. Not here:
changing what a check does (``telltale/verdict/verdict.py``).
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from telltale.core.errors import TelltaleError

if TYPE_CHECKING:
    from trainer.analysis.aggregation import Videos, Way
    from trainer.analysis.logit_corrections import Correction
    from trainer.evaluation.metrics import Estimate


def main(arguments: list[str] | None = None) -> int:
    """The command line; see the module's docstring."""
    options = parser().parse_args(arguments)
    try:
        print(aggregate(options))
    except TelltaleError as error:
        print(f"{error.code}: {error.sentence}", file=sys.stderr)
        return error.exit
    return 0


def parser() -> argparse.ArgumentParser:
    """The arguments."""
    made = argparse.ArgumentParser(prog="python -m trainer.analysis.aggregate", description=(__doc__ or "").split("\n")[0])
    made.add_argument("--scores", type=Path, required=True, help="folder of an evaluation, or its scores.jsonl")
    made.add_argument("--manifest", type=Path, nargs="+", required=True, help="the manifests that were evaluated")
    made.add_argument("--out", type=Path, required=True, help="folder of the results")
    made.add_argument("--run", help="which run of the scores file, where it holds several")
    made.add_argument(
        "--more", type=Path, nargs=2, metavar=("SCORES", "MANIFEST"), help="further videos, whose reals help to fit corrections"
    )
    made.add_argument("--fake-from", type=float, default=0.8, help="“fake” from this probability at even odds on (default: %(default)s)")
    made.add_argument("--clear-to", type=float, default=0.2, help="“no sign” up to this one (default: %(default)s)")
    return made


def aggregate(options: argparse.Namespace) -> str:
    """Compare, write, and return the tables. Raises TelltaleError."""
    from trainer.analysis.aggregation import Bands, compare, videos_of
    from trainer.analysis.logit_corrections import corrections
    from trainer.analysis.saved_scores import read_kept
    from trainer.learning.save_pretrained import revision

    videos = videos_of(read_kept(options.scores, options.manifest, options.run))
    more = read_kept(options.more[0], options.more[1:]) if options.more else ()
    bands = Bands(options.fake_from, options.clear_to)
    ways, corrected = compare(videos, bands), corrections(videos, more)
    options.out.mkdir(parents=True, exist_ok=True)
    tables = markdown(videos, ways, corrected)
    write(options.out / "aggregate.md", tables)
    entries = {
        "run": videos.scored[0].score.run,
        "git_revision": revision(),
        "bands": asdict(bands),
        "videos": {"real": int((~videos.fake).sum()), "fake": int(videos.fake.sum())},
        "ways": [asdict(way) for way in ways],
        "corrections": [asdict(each) for each in corrected],
    }
    write(options.out / "aggregate.json", json.dumps(entries, indent=2, ensure_ascii=False, allow_nan=False) + "\n")
    return tables


def markdown(videos: "Videos", ways: Sequence["Way"], corrected: Sequence["Correction"]) -> str:
    """The tables of ``aggregate.md``."""
    lines = [
        f"{(~videos.fake).sum()} real and {videos.fake.sum()} fake videos, {sum(len(each.score.looks) for each in videos.scored)} looks.",
        "",
        "| looks | people | AUC | ahead of today | TPR at 5 % FPR | Brier | ECE | answered | reals called fake | fakes cleared |",
        "|---|---|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for way in ways:
        shares = (way.answers.coverage, way.answers.reals_called_fake, way.answers.fakes_cleared) if way.answers else (None,) * 3
        cells = [
            way.pool,
            way.over_people,
            *map(format_estimate, (way.auc, way.ahead, way.tpr_at_fpr_5, way.brier)),
            plain(way.ece),
            *map(plain, shares),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    lines += [
        "",
        "| correction | videos concerned | AUC | ahead of none | reals called fake, source left out | fakes found | explained | slopes |",
        "|---|---:|---:|---:|---:|---:|---:|---|",
    ]
    for each in corrected:
        slopes = ", ".join(f"{slope:+.2f}" for slope in each.slopes)
        figures = map(format_estimate, (each.auc, each.ahead, each.false_alarms, each.found))
        lines.append(f"| {each.name} | {each.concerned} | {' | '.join(figures)} | {plain(each.explained)} | {slopes} |")
    return "\n".join(lines) + "\n"


def format_estimate(estimate: "Estimate | None") -> str:
    """A figure with its interval."""
    return "–" if estimate is None else f"{estimate.value:.3f} [{estimate.low:.3f}, {estimate.high:.3f}]"


def plain(value: float | None) -> str:
    """A figure alone."""
    return "–" if value is None else f"{value:.3f}"


def write(path: Path, text: str) -> None:
    """Write under a temporary name, then rename."""
    draft = path.with_name(f".{path.name}")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)


if __name__ == "__main__":
    sys.exit(main())
