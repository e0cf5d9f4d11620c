"""Other models on the same files, side by side with the one evaluated.

A rival is anything the detector loads (a folder or a Hub id) or a published MesoNet (``mesonet:FILE.h5``, or ``mesonet:FOLDER`` for all in
it). All see the same frames and the same faces; each crops them as its own settings say and is judged at its own threshold. Differences of
AUC are paired: each draw of videos ranks both models. Not here: how a MesoNet runs (``mesonet.py``).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from detector.errors import BadRequest
from trainer.evaluation.metrics import Decisions, Estimate, Ranking, decide, difference
from trainer.evaluation.scores import PEER, Looker, Score, scored
from trainer.evaluation.table import Part, Table, both, by_method, frame_ranking, tabulate, video_ranking
from trainer.manifest import Row


@dataclass(frozen=True)
class Rival:
    """A model to set beside ours, and what to call it."""

    name: str
    model: str


@dataclass(frozen=True)
class Contender:
    """One model's figures. ``ahead``: the evaluated model's video AUC less this one's; None for itself. ``seconds``: the median a file."""

    name: str
    model: str
    revision: str
    video: Ranking | None
    frame: Ranking | None
    ahead: Estimate | None
    at_threshold: Decisions
    methods: tuple[Part, ...]
    seconds: float


@dataclass(frozen=True, eq=False)
class Compared:
    """A contender and the scores behind its figures."""

    figures: Contender
    table: Table


def rivals(texts: Sequence[str]) -> tuple[Rival, ...]:
    """``NAME=MODEL``, or a model alone, which is then called by its last part. Raises BadRequest."""
    found: list[Rival] = []
    for text in texts:
        name, model = text.split("=", 1) if "=" in text else ("", text)
        folder = Path(model.removeprefix(PEER))
        if model.startswith(PEER) and folder.is_dir():
            found += [Rival(" ".join([name, path.stem]).strip(), f"{PEER}{path}") for path in sorted(folder.glob("*.h5"))]
        else:
            found.append(Rival(name or folder.stem, model))
    names = [rival.name for rival in found]
    for name in names:
        if names.count(name) > 1:
            raise BadRequest("request.invalid", f"Two models to compare with are called {name!r}; give them names: NAME=MODEL.")
    return tuple(found)


def compare(
    rows: Sequence[Row], ours: Sequence[Score], looker: Looker, against: Sequence[Rival], *, kept: Path, workers: int
) -> tuple[Compared, ...]:
    """Score every rival on all rows; the evaluated model comes first. Raises BadModel."""
    reference = contender(Rival("this model", looker.model), looker, rows, ours, None)
    compared = [reference]
    for rival in against:
        other = replace(looker, model=rival.model)
        (scores,) = scored(rows, [other], kept, workers, rival.name)
        compared.append(contender(rival, other, rows, scores, reference.table))
    return tuple(compared)


def contender(rival: Rival, looker: Looker, rows: Sequence[Row], scores: Sequence[Score], reference: Table | None) -> Compared:
    """One model's figures; ``reference`` is the table of the model evaluated, or None for itself."""
    model, table = looker.engine().model, tabulate(rows, scores)
    threshold, fake = model.settings.fake_from, table.video_fake
    ahead = difference(fake, reference.video_score, table.video_score, table.video) if reference and both(fake) else None
    figures = Contender(
        name=rival.name,
        model=model.id,
        revision=model.revision,
        video=video_ranking(table),
        frame=frame_ranking(table),
        ahead=ahead,
        at_threshold=decide(fake, table.video_score, threshold),
        methods=by_method(table, threshold),
        seconds=float(np.median([score.seconds for score in scores])),
    )
    return Compared(figures, table)
