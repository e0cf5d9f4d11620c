"""What an earlier evaluation kept: its scores, joined with the rows of the manifests that it read.

An evaluation's folder may hold scores of several runs: other models, pictures made worse, the same model with other settings. One is
chosen: by its name, or because ``metrics.json`` names the model and only one run of it lacks any perturbation. See also: making scores
(``trainer/evaluation/scores.py``).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from telltale.core.errors import BadRequest
from trainer.data.manifest import Row, read_manifest
from trainer.evaluation.scores import Score, read_scores

SCORES = "scores.jsonl"


@dataclass(frozen=True)
class Scored:
    """A file of a manifest and its score."""

    row: Row
    score: Score


def read_kept(place: Path, manifests: Sequence[Path], run: str | None = None) -> tuple[Scored, ...]:
    """The files that one run scored, in the manifests' order. Raises BadRequest where there are none, or where the run is not clear."""
    path = place / SCORES if place.is_dir() else place
    if not path.is_file():
        raise BadRequest("request.invalid", text=f"There are no scores at {path}; `python -m trainer.evaluate` makes them.")
    scores = read_scores(path, run or run_in(path))
    rows = [row for manifest in manifests for row in read_manifest(manifest).rows]
    found = tuple(Scored(row, scores[row.path]) for row in rows if row.path in scores)
    if not found:
        raise BadRequest("request.invalid", text=f"None of the files in {path} are in the manifests given, by the paths written there.")
    return found


def run_in(path: Path) -> str:
    """The run whose scores are meant where nobody said which. Raises BadRequest where there is not just one."""
    runs = list(dict.fromkeys(json.loads(line)["run"] for line in path.read_text(encoding="utf-8").splitlines() if line.endswith("}")))
    plain = [run for run in runs if run.endswith(" frames")]
    metrics = path.parent / "metrics.json"
    if len(plain) > 1 and metrics.is_file():
        revision = json.loads(metrics.read_text(encoding="utf-8"))["run"]["model_revision"]
        plain = [run for run in plain if run.startswith(f"{revision} ")]
    if len(plain) != 1:
        raise BadRequest("request.invalid", text=f"{path} holds these runs; say which with --run: {'; '.join(runs) or 'none'}.")
    return plain[0]
