"""What scores of files add up to: the figures of an evaluation as one frozen Summary, and its JSON.

Video files and stills are apart throughout: no figure is of both. The headline, ``video_auc`` and ``frame_auc``, is of video files. Not
here: the formulas (``metrics.py``, ``likelihood.py``, ``slices.py``, ``risk_coverage.py``), the arrays (``score_table.py``), the tables for
people (``trainer/reporting/tables.py``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from telltale.core.model_settings import ModelSettings
from trainer.data.manifest import Row
from trainer.evaluation.baselines import Contender
from trainer.evaluation.fairness_groups import Group, Judged, by_group, by_setting
from trainer.evaluation.kinds import Detection, by_family, by_kind
from trainer.evaluation.likelihood import LikelihoodCost, likelihood_cost
from trainer.evaluation.metrics import Decisions, Estimate, Ranking, average, brier, decide, reliability
from trainer.evaluation.risk_coverage import Answers, Selection, answers, selection
from trainer.evaluation.robustness import Robustness
from trainer.evaluation.score_table import VERDICTS, Part, Table, both, by_method, by_source, frame_ranking, of_medium, ranking, tabulate
from trainer.evaluation.scores import UNDECIDED, Score
from trainer.evaluation.skin_tone import LIGHT_FROM
from trainer.evaluation.slices import FEWEST, Bin, Matched, by_compression, by_face_px, matched_auc

SCHEMA_VERSION = 2
"""Of ``metrics.json``; 1, which does not say so, pooled videos with groups of stills."""
ABOVE_HALF = float(np.nextafter(UNDECIDED, 1))
"""A threshold that does not call fake what is scored as undecided."""
NOTES = (
    "A video is one video file, or a folder of frames that are one; a still is one picture. No figure is of both.",
    "A frame is one frame of a video in which a face was found, scored by the highest logit in it.",
    "A file without a face, or that cannot be read, counts as probability 0.5 (cannot tell) and has no frames.",
    "Fake is said from the threshold on, the model's own (fake_from), not chosen on these files; and, beside it, above even odds.",
    "Intervals are 95 % bootstrap intervals, real and fake drawn apart: whole videos are drawn, and of stills all of one clip or picture"
    " together. From 0 to 0 means only that it happened in none of so few.",
    "The fakes of a kind, a family or a method are set against all real files of the same medium, of whatever source.",
    "The AUC matched on face size compares fakes with reals in the same half octave of face size only.",
    "TPR at 1 % (5 %) FPR is for a threshold chosen on these very reals; with fewer than 100 (20) of them it allows no false alarm at all.",
    f"By kind, by family, matched on face size and by size and compression there is no AUC for fewer than {FEWEST} of either class.",
    "Cllr is the log-likelihood-ratio cost of the probabilities as posteriors at even odds, in bits: 1 is what always saying one half"
    " costs; the minimum is what is left after the best monotonic recalibration on these files.",
    f"Skin tone is measured on the cheeks' pixels (typology angle, light from {LIGHT_FROM:g} degrees) in colour files: light, exposure and"
    " white balance move it, so it divides files roughly and says nothing of one face. Intervals of these groups, of those judged by"
    " eye and of settings are Wilson's, over videos, or over clips of stills.",
    "Risk and coverage count files, as a check answers them; the model's own point counts the verdicts that checks give.",
)


@dataclass(frozen=True)
class Counts:
    """How much was evaluated. ``frames`` are those of videos in which a face was found."""

    files: int
    real_videos: int
    fake_videos: int
    frames: int
    real_stills: int
    fake_stills: int


@dataclass(frozen=True)
class Unreadable:
    """A file that could not be read, and why."""

    path: str
    reason: str


@dataclass(frozen=True)
class Figures:
    """The figures of one medium: of all video files, or of all stills. Rankings are None where real or fake is absent.

    ``frame`` is None for stills. ``accuracy``, ``false_alarms`` and ``misses`` are those of ``at_threshold``, with intervals. ``verdicts``
    counts what a check says: [real, fake]. ``settings`` and ``groups`` are of reals.
    """

    reals: int
    fakes: int
    ranking: Ranking | None
    frame: Ranking | None
    matched: Matched | None
    kinds: tuple[Detection, ...]
    families: tuple[Detection, ...]
    likelihood: LikelihoodCost | None
    ece: float
    brier: Estimate
    at_threshold: Decisions
    above_half: Decisions
    accuracy: Estimate
    false_alarms: Estimate | None
    misses: Estimate | None
    answers: Answers
    verdicts: dict[str, tuple[int, int]]
    settings: tuple[Group, ...]
    sources: tuple[Part, ...]
    methods: tuple[Part, ...]
    risk_coverage: Selection
    face_px: tuple[Bin, ...]
    compression: tuple[Bin, ...]
    groups: tuple[Group, ...]


@dataclass(frozen=True)
class Summary:
    """An evaluation. ``video_auc`` and ``frame_auc`` are those of ``videos``; ``videos`` or ``stills`` is None where there are none, and
    ``robustness`` and ``versus`` are empty where they were not asked for."""

    video_auc: Estimate | None
    frame_auc: Estimate | None
    counts: Counts
    videos: Figures | None
    stills: Figures | None
    without_face: tuple[str, ...]
    unreadable: tuple[Unreadable, ...]
    robustness: Robustness | None = None
    versus: tuple[Contender, ...] = ()
    notes: tuple[str, ...] = NOTES


def summarise(
    rows: Sequence[Row], scores: Sequence[Score], settings: ModelSettings, judged: Mapping[Path, Judged] | None = None
) -> Summary:
    """All figures at the model's threshold; robustness and rivals are added by whoever measures them. ``judged``: see
    ``fairness_groups.py``.
    """
    videos, stills = (figures(*of_medium(rows, scores, stills=stills), settings, judged) for stills in (False, True))
    counts = Counts(
        files=len(rows),
        real_videos=videos.reals if videos else 0,
        fake_videos=videos.fakes if videos else 0,
        frames=sum(len(score.frames) for row, score in zip(rows, scores, strict=True) if not row.still),
        real_stills=stills.reals if stills else 0,
        fake_stills=stills.fakes if stills else 0,
    )
    return Summary(
        video_auc=videos.ranking.auc if videos and videos.ranking else None,
        frame_auc=videos.frame.auc if videos and videos.frame else None,
        counts=counts,
        videos=videos,
        stills=stills,
        without_face=tuple(each.path for each in scores if each.verdict == "no_face"),
        unreadable=tuple(Unreadable(each.path, each.unreadable) for each in scores if each.unreadable is not None),
    )


def figures(rows: Sequence[Row], scores: Sequence[Score], settings: ModelSettings, judged: Mapping[Path, Judged] | None) -> Figures | None:
    """The figures of files of one medium; None where there are none."""
    if not rows:
        return None
    table, threshold = tabulate(rows, scores), settings.fake_from
    fake, score = table.fake, table.score
    return Figures(
        reals=int(np.sum(~fake)),
        fakes=int(np.sum(fake)),
        ranking=ranking(table),
        frame=None if rows[0].still else frame_ranking(table),
        matched=matched_auc(table, np.ones(len(fake), dtype=bool)),
        kinds=by_kind(table, threshold),
        families=by_family(table, threshold),
        likelihood=likelihood_cost(fake, score, table.unit) if both(fake) else None,
        ece=reliability(fake, score).ece,
        brier=brier(fake, score, table.unit),
        at_threshold=decide(fake, score, threshold),
        above_half=decide(fake, score, ABOVE_HALF),
        accuracy=average((score >= threshold) == fake, fake, table.unit),
        false_alarms=rate(score >= threshold, ~fake, table),
        misses=rate(score < threshold, fake, table),
        answers=answers(table),
        verdicts=count_verdicts(table),
        settings=by_setting(rows, scores, threshold),
        sources=by_source(table, threshold),
        methods=by_method(table, threshold),
        risk_coverage=selection(table, settings.clear_to, settings.fake_from),
        face_px=by_face_px(table, threshold),
        compression=by_compression(table, threshold),
        groups=by_group(rows, scores, threshold, judged),
    )


def rate(happened: np.ndarray, among: np.ndarray, table: Table) -> Estimate | None:
    """How often it happened among those files, with its interval."""
    return average(happened[among], table.fake[among], table.unit[among]) if among.any() else None


def count_verdicts(table: Table) -> dict[str, tuple[int, int]]:
    """How many real and how many fake files got each verdict."""
    given = {verdict: table.verdict == verdict for verdict in VERDICTS}
    return {verdict: (int(np.sum(got & ~table.fake)), int(np.sum(got & table.fake))) for verdict, got in given.items()}


def as_json(summary: Summary, run: dict[str, Any]) -> dict[str, Any]:
    """The contents of ``metrics.json``: its schema's version, the Summary, and how the run was made."""
    return {"schema_version": SCHEMA_VERSION, **asdict(summary), "run": run}
