"""What scores of files add up to: the figures of an evaluation as one frozen Summary, its JSON and its Markdown table.

Files become *videos* (one video file, or all stills of one source, label and group, with the mean of their probabilities) and *frames*
(frames in which a face was found, with the highest logit in each). Not here: the formulas (``metrics.py``) and how files are scored
(``scores.py``).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from trainer.manifest import Row
from trainer.metrics import Decisions, Estimate, Ranking, decide, rank, reliability, share
from trainer.scores import UNDECIDED, Score

ABOVE_HALF = float(np.nextafter(UNDECIDED, 1))
"""A threshold that does not call fake what is scored as undecided."""
NOTES = (
    "A video is one video file, or all stills of one source, label and group; its score is the mean of its files' probabilities.",
    "A frame is one frame in which a face was found, scored by the highest logit in it.",
    "A file without a face, or that cannot be read, counts as probability 0.5 (cannot tell) and has no frames.",
    "Fake is said from the threshold on, the model's own (fake_from), not chosen on these files; and, beside it, above even odds.",
    "Intervals are 95 % bootstrap intervals: whole videos are drawn, real and fake apart.",
    "A method's AUC sets its fakes against all real videos evaluated, of whatever source.",
)


RATES = (
    ("accuracy", "accuracy"),
    ("precision", "precision"),
    ("recall: fakes called fake", "recall"),
    ("F1", "f1"),
    ("false alarms: reals called fake", "false_alarm_rate"),
)


@dataclass(frozen=True, eq=False)
class Table:
    """Arrays with one entry a video (``video…``) or one a frame (``frame…``; ``frame_video`` is the video's name)."""

    video: np.ndarray
    video_fake: np.ndarray
    video_score: np.ndarray
    video_source: np.ndarray
    video_method: np.ndarray
    frame_video: np.ndarray
    frame_fake: np.ndarray
    frame_logit: np.ndarray


@dataclass(frozen=True)
class Counts:
    """How much was evaluated."""

    files: int
    real_videos: int
    fake_videos: int
    frames: int


@dataclass(frozen=True)
class Part:
    """The videos of one source or one method. ``found`` and ``false_alarms`` are shares at the threshold, of fakes and of reals."""

    name: str
    real_videos: int
    fake_videos: int
    video_auc: Estimate | None
    found: float | None
    false_alarms: float | None
    mean_score_real: float | None
    mean_score_fake: float | None


@dataclass(frozen=True)
class Unreadable:
    """A file that could not be read, and why."""

    path: str
    reason: str


@dataclass(frozen=True)
class Summary:
    """An evaluation. Rankings are None where real or fake is absent; ``verdicts`` counts what a check says, by file: [real, fake]."""

    video_auc: Estimate | None
    frame_auc: Estimate | None
    accuracy: Estimate
    video: Ranking | None
    frame: Ranking | None
    at_threshold: Decisions
    above_half: Decisions
    ece: float
    counts: Counts
    verdicts: dict[str, tuple[int, int]]
    sources: tuple[Part, ...]
    methods: tuple[Part, ...]
    without_face: tuple[str, ...]
    unreadable: tuple[Unreadable, ...]
    notes: tuple[str, ...] = NOTES


def tabulate(rows: Sequence[Row], scores: Sequence[Score]) -> Table:
    """Files -> videos and frames; ``scores`` are in the order of ``rows``."""
    units: dict[str, list[tuple[Row, Score]]] = {}
    for row, score in zip(rows, scores, strict=True):
        units.setdefault(row.unit, []).append((row, score))
    first = [members[0][0] for members in units.values()]
    frames = [(name, row.label == "fake", logit) for name, members in units.items() for row, score in members for logit in score.frames]
    return Table(
        video=np.array(list(units)),
        video_fake=np.array([row.label == "fake" for row in first]),
        video_score=np.array([np.mean([score.probability for _, score in members]) for members in units.values()]),
        video_source=np.array([row.source for row in first]),
        video_method=np.array([row.method or "" for row in first]),
        frame_video=np.array([name for name, _, _ in frames]),
        frame_fake=np.array([fake for _, fake, _ in frames], dtype=bool),
        frame_logit=np.array([logit for _, _, logit in frames]),
    )


def summarise(rows: Sequence[Row], scores: Sequence[Score], table: Table, threshold: float) -> Summary:
    """All figures at the model's threshold."""
    fake, score = table.video_fake, table.video_score
    video = rank(fake, score, table.video) if both(fake) else None
    frame = rank(table.frame_fake, table.frame_logit, table.frame_video) if both(table.frame_fake) else None
    sources = [part(name, table, table.video_source == name, threshold) for name in np.unique(table.video_source)]
    return Summary(
        video_auc=video.auc if video else None,
        frame_auc=frame.auc if frame else None,
        accuracy=share((score >= threshold) == fake, fake, table.video),
        video=video,
        frame=frame,
        at_threshold=decide(fake, score, threshold),
        above_half=decide(fake, score, ABOVE_HALF),
        ece=reliability(fake, score).ece,
        counts=Counts(len(rows), int(np.sum(~fake)), int(np.sum(fake)), len(table.frame_logit)),
        verdicts=said(rows, scores),
        sources=tuple(sources),
        methods=tuple(by_method(table, threshold)),
        without_face=tuple(each.path for each in scores if each.verdict == "no_face"),
        unreadable=tuple(Unreadable(each.path, each.unreadable) for each in scores if each.unreadable is not None),
    )


def both(fake: np.ndarray) -> bool:
    """Whether real and fake are both there."""
    return bool(fake.any() and not fake.all())


def part(name: str, table: Table, chosen: np.ndarray, threshold: float) -> Part:
    """The chosen videos' figures."""
    fake, score = table.video_fake[chosen], table.video_score[chosen]
    decisions = decide(fake, score, threshold)
    return Part(
        name=str(name),
        real_videos=int(np.sum(~fake)),
        fake_videos=int(np.sum(fake)),
        video_auc=rank(fake, score, table.video[chosen]).auc if both(fake) else None,
        found=decisions.recall,
        false_alarms=decisions.false_alarm_rate,
        mean_score_real=float(score[~fake].mean()) if not fake.all() else None,
        mean_score_fake=float(score[fake].mean()) if fake.any() else None,
    )


def by_method(table: Table, threshold: float) -> list[Part]:
    """Each method's fakes against all reals."""
    named = np.unique(table.video_method[table.video_fake & (table.video_method != "")])
    return [part(name, table, ~table.video_fake | (table.video_method == name), threshold) for name in named]


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


def markdown(summary: Summary) -> str:
    """The tables of ``metrics.md``."""
    counts = summary.counts
    lines = [
        f"{counts.real_videos} real and {counts.fake_videos} fake videos ({counts.files} files), {counts.frames} frames with a face.",
        *rankings(summary),
        *answers(summary),
        *parts("source", summary.sources),
        *parts("method", summary.methods),
        "",
        *(f"- {note}" for note in summary.notes),
        *(f"- No face found: `{path}`" for path in summary.without_face),
        *(f"- Not readable: `{each.path}`: {each.reason}" for each in summary.unreadable),
    ]
    return "\n".join(lines) + "\n"


def rankings(summary: Summary) -> list[str]:
    """What does not depend on a threshold."""
    lines = ["", "| | video | frame |", "|---|---:|---:|"]
    for name, key in (("AUC", "auc"), ("average precision", "average_precision"), ("EER", "eer")):
        cells = [interval(getattr(ranking, key)) if ranking else "–" for ranking in (summary.video, summary.frame)]
        lines.append(f"| {name} | {cells[0]} | {cells[1]} |")
    return [*lines, f"| calibration error (ECE) | {summary.ece:.3f} | |"]


def answers(summary: Summary) -> list[str]:
    """What is right and wrong at the thresholds, and what a check says."""
    decisions, half = summary.at_threshold, summary.above_half
    confusion = decisions.confusion
    return [
        "",
        f"| videos | fake from {decisions.threshold:.3f}, the model's threshold | fake above {half.threshold:.3f} |",
        "|---|---:|---:|",
        *(f"| {name} | {number(getattr(decisions, key))} | {number(getattr(half, key))} |" for name, key in RATES),
        "",
        f"Accuracy at the model's threshold: {interval(summary.accuracy)}.",
        "",
        f"| from {decisions.threshold:.3f} | called real | called fake |",
        "|---|---:|---:|",
        f"| real | {confusion.true_real} | {confusion.false_fake} |",
        f"| fake | {confusion.false_real} | {confusion.true_fake} |",
        "",
        "| what a check says, by file | real | fake |",
        "|---|---:|---:|",
        *(f"| {verdict.replace('_', ' ')} | {real} | {fake} |" for verdict, (real, fake) in summary.verdicts.items()),
    ]


def parts(what: str, rows: Sequence[Part]) -> list[str]:
    """A table by source or by method."""
    lines = ["", f"| {what} | real | fake | video AUC | fakes found | false alarms |", "|---|---:|---:|---:|---:|---:|"]
    for row in rows:
        cells = (row.real_videos, row.fake_videos, interval(row.video_auc), number(row.found), number(row.false_alarms))
        lines.append(f"| {row.name} | {' | '.join(map(str, cells))} |")
    return lines if rows else []


def interval(estimate: Estimate | None) -> str:
    """``0.931 [0.902, 0.957]``."""
    return f"{estimate.value:.3f} [{estimate.low:.3f}, {estimate.high:.3f}]" if estimate else "–"


def number(value: float | None) -> str:
    """Three decimals, or a dash where there is nothing to divide by."""
    return "–" if value is None else f"{value:.3f}"
