"""What scores of files add up to: the figures of an evaluation as one frozen Summary, and its JSON.

Not here: the formulas (``metrics.py``, ``risk.py``), the arrays (``table.py``), the tables for people (``markdown.py``).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from detector.settings import ModelSettings
from trainer.evaluation.groups import Group, Judged, by_group
from trainer.evaluation.metrics import Decisions, Estimate, Ranking, average, brier, decide, reliability
from trainer.evaluation.risk import Selection, selection
from trainer.evaluation.robustness import Robustness
from trainer.evaluation.scores import UNDECIDED, Score
from trainer.evaluation.sizes import Bin, by_compression, by_face_px
from trainer.evaluation.table import Part, Table, by_method, by_source, frame_ranking, video_ranking
from trainer.evaluation.tones import LIGHT_FROM
from trainer.evaluation.versus import Contender
from trainer.manifest import Row

ABOVE_HALF = float(np.nextafter(UNDECIDED, 1))
"""A threshold that does not call fake what is scored as undecided."""
NOTES = (
    "A video is one video file, or all stills of one source, label and group; its score is the mean of its files' probabilities.",
    "A frame is one frame in which a face was found, scored by the highest logit in it.",
    "A file without a face, or that cannot be read, counts as probability 0.5 (cannot tell) and has no frames.",
    "Fake is said from the threshold on, the model's own (fake_from), not chosen on these files; and, beside it, above even odds.",
    "Intervals are 95 % bootstrap intervals: whole videos are drawn, real and fake apart.",
    "A method's AUC sets its fakes against all real videos evaluated, of whatever source.",
    "TPR at 1 % (5 %) FPR is for a threshold chosen on these very reals; with fewer than 100 (20) of them it allows no false alarm at all.",
    "By face size and compression there is no AUC where a bin holds fewer than 5 videos of either class.",
    f"Skin tone is measured on the cheeks' pixels (typology angle, light from {LIGHT_FROM:g} degrees) in colour videos: light, exposure and"
    " white balance move it, so it divides videos roughly and says nothing of one face. Intervals of these groups, and of those judged by"
    " eye, are Wilson's, over videos.",
    "Risk and coverage count files, as a check answers them; the model's own point counts the verdicts that checks give.",
)


@dataclass(frozen=True)
class Counts:
    """How much was evaluated."""

    files: int
    real_videos: int
    fake_videos: int
    frames: int


@dataclass(frozen=True)
class Unreadable:
    """A file that could not be read, and why."""

    path: str
    reason: str


@dataclass(frozen=True)
class Summary:
    """An evaluation. Rankings are None where real or fake is absent; ``verdicts`` counts what a check says, by file: [real, fake].

    ``false_alarms`` and ``misses`` are the FPR and FNR at the one threshold, pooled over all sources, with intervals; ``robustness`` and
    ``versus`` are empty where they were not asked for.
    """

    video_auc: Estimate | None
    frame_auc: Estimate | None
    accuracy: Estimate
    video: Ranking | None
    frame: Ranking | None
    at_threshold: Decisions
    above_half: Decisions
    false_alarms: Estimate | None
    misses: Estimate | None
    ece: float
    brier: Estimate
    counts: Counts
    verdicts: dict[str, tuple[int, int]]
    sources: tuple[Part, ...]
    methods: tuple[Part, ...]
    risk_coverage: Selection
    face_px: tuple[Bin, ...]
    compression: tuple[Bin, ...]
    groups: tuple[Group, ...]
    without_face: tuple[str, ...]
    unreadable: tuple[Unreadable, ...]
    robustness: Robustness | None = None
    versus: tuple[Contender, ...] = ()
    notes: tuple[str, ...] = NOTES


def summarise(
    rows: Sequence[Row],
    scores: Sequence[Score],
    table: Table,
    settings: ModelSettings,
    judged: Mapping[Path, Judged] | None = None,
) -> Summary:
    """All figures at the model's threshold; robustness and rivals are added by whoever measures them. ``judged``: see ``groups.py``."""
    fake, score, threshold = table.video_fake, table.video_score, settings.fake_from
    video, frame = video_ranking(table), frame_ranking(table)
    return Summary(
        video_auc=video.auc if video else None,
        frame_auc=frame.auc if frame else None,
        accuracy=average((score >= threshold) == fake, fake, table.video),
        video=video,
        frame=frame,
        at_threshold=decide(fake, score, threshold),
        above_half=decide(fake, score, ABOVE_HALF),
        false_alarms=rate(score >= threshold, ~fake, table),
        misses=rate(score < threshold, fake, table),
        ece=reliability(fake, score).ece,
        brier=brier(fake, score, table.video),
        counts=Counts(len(rows), int(np.sum(~fake)), int(np.sum(fake)), len(table.frame_logit)),
        verdicts=said(rows, scores),
        sources=by_source(table, threshold),
        methods=by_method(table, threshold),
        risk_coverage=selection(table, settings.clear_to, settings.fake_from),
        face_px=by_face_px(table, threshold),
        compression=by_compression(table, threshold),
        groups=by_group(rows, scores, threshold, judged),
        without_face=tuple(each.path for each in scores if each.verdict == "no_face"),
        unreadable=tuple(Unreadable(each.path, each.unreadable) for each in scores if each.unreadable is not None),
    )


def rate(happened: np.ndarray, among: np.ndarray, table: Table) -> Estimate | None:
    """How often it happened among those videos, with its interval."""
    return average(happened[among], table.video_fake[among], table.video[among]) if among.any() else None


def said(rows: Sequence[Row], scores: Sequence[Score]) -> dict[str, tuple[int, int]]:
    """How many real and how many fake files got each verdict."""
    counted: Counter[tuple[str, str]] = Counter((score.verdict or "unreadable", row.label) for row, score in zip(rows, scores, strict=True))
    verdicts = ("likely_fake", "no_sign_of_manipulation", "cannot_tell", "no_face", "unreadable")
    return {verdict: (counted[verdict, "real"], counted[verdict, "fake"]) for verdict in verdicts}


def as_json(summary: Summary, run: dict[str, Any]) -> dict[str, Any]:
    """The contents of ``metrics.json``: the Summary, the decisions' figures at the top level, and how the run was made."""
    entries = asdict(summary)
    decisions = entries.pop("at_threshold")
    accuracy = decisions.pop("accuracy")
    return entries | decisions | {"accuracy": accuracy, "accuracy_interval": entries["accuracy"], "run": run}
