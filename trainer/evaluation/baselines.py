"""Other models on the same files, side by side with the one evaluated.

A rival is anything the detector loads (a folder or a Hub id) or a published MesoNet (``mesonet:FILE.h5``, or ``mesonet:FOLDER`` for all in
it). All see the same frames and the same faces; each crops them as its own settings say and is judged at its own threshold. Differences of
AUC are paired: each draw of videos ranks both models. See also: how a MesoNet runs (``mesonet.py``).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from telltale.core.errors import BadRequest
from trainer.data.manifest import Row
from trainer.evaluation.kinds import parts_by_kind
from trainer.evaluation.metrics import Decisions, Estimate, Ranking, decide, difference
from trainer.evaluation.score_table import Part, Table, both, frame_ranking, of_medium, ranking, tabulate
from trainer.evaluation.scores import PEER, Score, Scorer, score_or_read


@dataclass(frozen=True)
class Rival:
    """A model to set beside ours, and what to call it."""

    name: str
    model: str


@dataclass(frozen=True)
class Standing:
    """One model's figures on videos, or on stills. ``ahead``: the evaluated model's AUC less this one's; None for itself. ``frame`` is None
    for stills; ``kinds`` sets the fakes of each kind of manipulation against all reals."""

    ranking: Ranking | None
    frame: Ranking | None
    ahead: Estimate | None
    at_threshold: Decisions
    kinds: tuple[Part, ...]


@dataclass(frozen=True)
class Contender:
    """One model; ``videos`` or ``stills`` is None where there are none. ``seconds``: the median a file."""

    name: str
    model: str
    revision: str
    videos: Standing | None
    stills: Standing | None
    seconds: float


@dataclass(frozen=True, eq=False)
class Compared:
    """A contender and the scores behind its figures."""

    figures: Contender
    videos: Table
    stills: Table


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
            raise BadRequest("request.invalid", text=f"Two models to compare with are called {name!r}; give them names: NAME=MODEL.")
    return tuple(found)


def compare(
    rows: Sequence[Row], ours: Sequence[Score], looker: Scorer, against: Sequence[Rival], *, kept: Path, workers: int
) -> tuple[Compared, ...]:
    """Score every rival on all rows; the evaluated model comes first. Raises BadModel."""
    reference = contender(Rival("this model", looker.model), looker, rows, ours, None)
    compared = [reference]
    for rival in against:
        other = replace(looker, model=rival.model)
        (scores,) = score_or_read(rows, [other], kept, workers, rival.name)
        compared.append(contender(rival, other, rows, scores, reference))
    return tuple(compared)


def contender(rival: Rival, looker: Scorer, rows: Sequence[Row], scores: Sequence[Score], reference: Compared | None) -> Compared:
    """One model's figures; ``reference`` is the model evaluated, or None for itself."""
    model = looker.engine().model
    videos, stills = (tabulate(*of_medium(rows, scores, stills=stills)) for stills in (False, True))
    threshold = model.settings.fake_from
    figures = Contender(
        name=rival.name,
        model=model.id,
        revision=model.revision,
        videos=standing(videos, reference.videos if reference else None, threshold, frames=True),
        stills=standing(stills, reference.stills if reference else None, threshold, frames=False),
        seconds=float(np.median([score.seconds for score in scores])),
    )
    return Compared(figures, videos, stills)


def standing(table: Table, reference: Table | None, threshold: float, *, frames: bool) -> Standing | None:
    """One model on one medium; None where the table is empty. ``reference`` holds the evaluated model's scores of the same files."""
    if not len(table.fake):
        return None
    compared = reference is not None and both(table.fake)
    return Standing(
        ranking=ranking(table),
        frame=frame_ranking(table) if frames else None,
        ahead=difference(table.fake, reference.score, table.score, table.unit) if compared and reference else None,
        at_threshold=decide(table.fake, table.score, threshold),
        kinds=parts_by_kind(table, threshold),
    )
