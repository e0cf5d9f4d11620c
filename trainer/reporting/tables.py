"""An evaluation's tables for people: ``metrics.md``.

See also: how the figures come about (``trainer/evaluation/summary.py``).
"""

from collections.abc import Sequence
from typing import Literal

from trainer.evaluation.baselines import Contender
from trainer.evaluation.fairness_groups import Group
from trainer.evaluation.kinds import Detection
from trainer.evaluation.metrics import Estimate
from trainer.evaluation.perturbations import PLATFORM
from trainer.evaluation.risk_coverage import Selection
from trainer.evaluation.robustness import Degradation
from trainer.evaluation.score_table import VERDICTS, Part
from trainer.evaluation.scores import PEER
from trainer.evaluation.slices import Bin, Matched
from trainer.evaluation.summary import Figures, Summary

RANKINGS = (
    ("AUC", "auc"),
    ("average precision", "average_precision"),
    ("EER", "eer"),
    ("TPR at 1 % FPR", "tpr_at_fpr_1"),
    ("TPR at 5 % FPR", "tpr_at_fpr_5"),
)
RATES = (
    ("accuracy", "accuracy"),
    ("balanced accuracy", "balanced_accuracy"),
    ("precision", "precision"),
    ("recall: fakes called fake", "recall"),
    ("F1", "f1"),
    ("false alarms (FPR): reals called fake", "false_alarm_rate"),
    ("misses (FNR): fakes called real", "miss_rate"),
)
MESONET = (
    "MesoNet (2018) was made for face swaps (DF) and reenactment (F2F) in compressed videos; nothing of it is calibrated. It is given"
    " the frames and faces that this model is given, cropped as its authors crop them;"
    " videos are scored by the mean log-odds of their looks."
)


def markdown(summary: Summary) -> str:
    """The tables of ``metrics.md``: videos, then stills, never in one table."""
    counts, robustness = summary.counts, summary.robustness
    lines = [f"{counts.files} files: {counts.real_videos + counts.fake_videos} videos, {counts.real_stills + counts.fake_stills} stills."]
    if summary.videos:
        told = f"{counts.real_videos} real and {counts.fake_videos} fake videos, {counts.frames} frames with a face."
        lines += ["", "## Videos", "", told, *medium(summary.videos)]
        lines += [*worse(robustness.videos if robustness else None), *against(summary.versus, "videos")]
    if summary.stills:
        lines += ["", "## Stills", "", f"{counts.real_stills} real and {counts.fake_stills} fake stills.", *medium(summary.stills)]
        lines += [*worse(robustness.stills if robustness else None), *against(summary.versus, "stills")]
    if robustness:
        lines += ["", f"Pictures were made worse in {robustness.files} of the files, in {robustness.frames} frames of each video."]
    lines += [
        "",
        *(f"- {note}" for note in summary.notes),
        *(f"- No face found: `{path}`" for path in summary.without_face),
        *(f"- Not readable: `{each.path}`: {each.reason}" for each in summary.unreadable),
    ]
    return "\n".join(lines) + "\n"


def medium(found: Figures) -> list[str]:
    """The tables of videos, or of stills."""
    return [
        *rankings(found),
        *detections("kind", found.kinds),
        *detections("family", found.families),
        *answers(found),
        *visible("real, by setting", found.settings),
        *parts("source", found.sources),
        *parts("method", found.methods),
        *abstaining(found.risk_coverage),
        *parts("face, longer side", bins(found.face_px)),
        *parts("compression, 0 clean to 1 heavy", bins(found.compression)),
        *visible("real, by visible group", found.groups),
    ]


def rankings(found: Figures) -> list[str]:
    """What does not depend on a threshold."""
    lines = ["", "| | by file | by frame |", "|---|---:|---:|"]
    for name, key in RANKINGS:
        cells = [interval(getattr(ranking, key)) if ranking else "–" for ranking in (found.ranking, found.frame)]
        lines.append(f"| {name} | {cells[0]} | {cells[1]} |")
    cost = found.likelihood
    return [
        *lines,
        f"| AUC matched on face size{sizes(found.matched)} | {interval(found.matched.auc if found.matched else None)} | |",
        f"| log-likelihood-ratio cost (Cllr), bits | {interval(cost.cllr if cost else None)} | |",
        f"| of it lack of discrimination (minimum Cllr) | {interval(cost.minimum if cost else None)} | |",
        f"| of it lack of calibration | {interval(cost.loss if cost else None)} | |",
        f"| calibration error (ECE) | {found.ece:.3f} | |",
        f"| Brier score | {interval(found.brier)} | |",
    ]


def sizes(found: Matched | None) -> str:
    """How many files a matched AUC is of."""
    return f" ({found.reals} real and {found.fakes} fake in {found.bins} bins)" if found else ""


def detections(what: str, rows: Sequence[Detection]) -> list[str]:
    """A row a kind or family: how its fakes are told from all reals, and what a check says of them."""
    head = f"| {what} | fakes | AUC | AUC matched on face size | TPR at 1 % FPR | TPR at 5 % FPR | found |"
    lines = ["", f"{head} {' | '.join(verdict.replace('_', ' ') for verdict in VERDICTS)} |", "|---|" + "---:|" * (6 + len(VERDICTS))]
    for row in rows:
        estimates = (row.auc, row.matched.auc if row.matched else None, row.tpr_at_fpr_1, row.tpr_at_fpr_5)
        counts = [str(row.verdicts[verdict]) for verdict in VERDICTS]
        lines.append(f"| {row.name} | {' | '.join([str(row.fakes), *map(interval, estimates), number(row.found), *counts])} |")
    return lines if rows else []


def answers(found: Figures) -> list[str]:
    """What is right and wrong at the thresholds, and what a check says."""
    decisions, half, given = found.at_threshold, found.above_half, found.answers
    confusion = decisions.confusion
    return [
        "",
        f"| files | fake from {decisions.threshold:.3f}, the model's threshold | fake above {half.threshold:.3f} |",
        "|---|---:|---:|",
        *(f"| {name} | {number(getattr(decisions, key))} | {number(getattr(half, key))} |" for name, key in RATES),
        "",
        f"At the model's threshold, pooled over all sources: accuracy {interval(found.accuracy)}, false alarms"
        f" {interval(found.false_alarms)}, misses {interval(found.misses)}.",
        "",
        f"| from {decisions.threshold:.3f} | called real | called fake |",
        "|---|---:|---:|",
        f"| real | {confusion.true_real} | {confusion.false_fake} |",
        f"| fake | {confusion.false_real} | {confusion.true_fake} |",
        "",
        "| what a check says | real | fake |",
        "|---|---:|---:|",
        *(f"| {verdict.replace('_', ' ')} | {real} | {fake} |" for verdict, (real, fake) in found.verdicts.items()),
        "",
        "| as checks answer | all | real | fake |",
        "|---|---:|---:|---:|",
        f"| answered | {interval(given.coverage)} | {interval(given.coverage_reals)} | {interval(given.coverage_fakes)} |",
        f"| of the answered wrong | {interval(given.wrong)} | {interval(given.reals_called_fake)}, called fake |"
        f" {interval(given.fakes_called_clear)}, called clear |",
    ]


def parts(what: str, rows: Sequence[Part]) -> list[str]:
    """A table by source, by method or by bin."""
    lines = ["", f"| {what} | real | fake | AUC | fakes found | false alarms |", "|---|---:|---:|---:|---:|---:|"]
    for row in rows:
        cells = (row.reals, row.fakes, interval(row.auc), number(row.found), number(row.false_alarms))
        lines.append(f"| {row.name} | {' | '.join(map(str, cells))} |")
    return lines if rows else []


def bins(found: Sequence[Bin]) -> list[Part]:
    """Their files."""
    return [each.files for each in found]


def abstaining(found: Selection) -> list[str]:
    """What "cannot tell" buys."""
    own, full = found.own, found.points[-1] if found.points else None
    lines = ["", "| files | answered | of these wrong | reals called fake | fakes called real |", "|---|---:|---:|---:|---:|"]
    for name, each in (("as checks answer", own), ("every face answered", full)):
        if each is not None:
            lines.append(
                f"| {name} | {each.coverage:.3f} | {number(each.risk)} | {number(each.false_alarm_rate)} | {number(each.miss_rate)} |"
            )
    return [*lines, "", f"Area under risk over coverage (AURC) {interval(found.aurc)}."]


def visible(what: str, groups: Sequence[Group]) -> list[str]:
    """A row a group of reals."""
    lines = ["", f"| {what} | | reals | called fake | false alarms |", "|---|---|---:|---:|---:|"]
    for each in groups:
        lines.append(f"| {each.trait} | {each.value} | {each.reals} | {each.called_fake} | {interval(each.false_alarms)} |")
    return lines if groups else []


def worse(found: Degradation | None) -> list[str]:
    """A row a perturbation."""
    if found is None:
        return []
    lines = ["", f"Made worse, {found.reals} real and {found.fakes} fake:", ""]
    lines += [
        "| pictures made worse | AUC | loss of AUC | frame AUC | fakes found | false alarms | without a face |",
        "|---|" + "---:|" * 6,
    ]
    for each in found.entries:
        figures = (interval(each.auc), interval(each.loss), interval(each.frame_auc), number(each.found), number(each.false_alarms))
        lines.append(f"| {each.name} | {' | '.join(figures)} | {each.without_face:.3f} |")
    if found.platform_loss is not None:
        told = f"From the files as they are to {PLATFORM.words} (enlarged by the check like any small face)"
        lines += ["", f"{told}, the AUC falls by {interval(found.platform_loss)}."]
    return lines


def against(contenders: Sequence[Contender], what: Literal["videos", "stills"]) -> list[str]:
    """A row a model, and each kind's AUC by model."""
    standings = [(each.name, standing) for each in contenders if (standing := getattr(each, what)) is not None]
    if not standings:
        return []
    head = "| model | AUC | this model ahead by | frame AUC | EER | TPR at 5 % FPR | balanced accuracy | false alarms | fakes found |"
    lines = ["", head, "|---|" + "---:|" * 8]
    for name, each in standings:
        ranking, frame, decisions = each.ranking, each.frame, each.at_threshold
        cells = [interval(ranking.auc if ranking else None), interval(each.ahead), interval(frame.auc if frame else None)]
        cells += [number(ranking.eer.value if ranking else None), number(ranking.tpr_at_fpr_5.value if ranking else None)]
        cells += [number(decisions.balanced_accuracy), number(decisions.false_alarm_rate), number(decisions.recall)]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    kinds = [part.name for part in standings[0][1].kinds]
    if kinds:
        lines += ["", f"| AUC by kind | {' | '.join(kinds)} |", "|---|" + "---:|" * len(kinds)]
        lines += [f"| {name} | {' | '.join(interval(part.auc) for part in each.kinds)} |" for name, each in standings]
    if any(each.model.startswith(PEER) for each in contenders):
        lines += ["", MESONET]
    return lines


def interval(estimate: Estimate | None) -> str:
    """``0.931 [0.902, 0.957]``."""
    return f"{estimate.value:.3f} [{estimate.low:.3f}, {estimate.high:.3f}]" if estimate else "–"


def number(value: float | None) -> str:
    """Three decimals, or a dash where there is nothing to divide by."""
    return "–" if value is None else f"{value:.3f}"
