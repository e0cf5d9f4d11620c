"""An evaluation's tables for people: ``metrics.md``.

Not here: how the figures come about (``summary.py``).
"""

from collections.abc import Sequence

from trainer.evaluation.groups import Group
from trainer.evaluation.metrics import Estimate
from trainer.evaluation.perturbations import PLATFORM
from trainer.evaluation.risk import Selection
from trainer.evaluation.robustness import Robustness
from trainer.evaluation.scores import PEER
from trainer.evaluation.sizes import Bin
from trainer.evaluation.summary import Summary
from trainer.evaluation.table import Part
from trainer.evaluation.versus import Contender

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
    """The tables of ``metrics.md``."""
    counts = summary.counts
    lines = [
        f"{counts.real_videos} real and {counts.fake_videos} fake videos ({counts.files} files), {counts.frames} frames with a face.",
        *rankings(summary),
        *answers(summary),
        *parts("source", summary.sources),
        *parts("method", summary.methods),
        *abstaining(summary.risk_coverage),
        *parts("face, longer side", bins(summary.face_px)),
        *parts("compression, 0 clean to 1 heavy", bins(summary.compression)),
        *visible(summary.groups),
        *worse(summary.robustness),
        *against(summary.versus),
        "",
        *(f"- {note}" for note in summary.notes),
        *(f"- No face found: `{path}`" for path in summary.without_face),
        *(f"- Not readable: `{each.path}`: {each.reason}" for each in summary.unreadable),
    ]
    return "\n".join(lines) + "\n"


def rankings(summary: Summary) -> list[str]:
    """What does not depend on a threshold."""
    lines = ["", "| | video | frame |", "|---|---:|---:|"]
    for name, key in RANKINGS:
        cells = [interval(getattr(ranking, key)) if ranking else "–" for ranking in (summary.video, summary.frame)]
        lines.append(f"| {name} | {cells[0]} | {cells[1]} |")
    return [*lines, f"| calibration error (ECE) | {summary.ece:.3f} | |", f"| Brier score | {interval(summary.brier)} | |"]


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
        f"At the model's threshold, pooled over all sources: accuracy {interval(summary.accuracy)}, false alarms"
        f" {interval(summary.false_alarms)}, misses {interval(summary.misses)}.",
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


def bins(found: Sequence[Bin]) -> list[Part]:
    """Their videos."""
    return [each.videos for each in found]


def abstaining(found: Selection) -> list[str]:
    """What "cannot tell" buys."""
    own, full = found.own, found.points[-1] if found.points else None
    lines = ["", "| files | answered | of these wrong | reals called fake | fakes called real |", "|---|---:|---:|---:|---:|"]
    for name, each in (("as checks answer", own), ("every face answered", full)):
        if each is not None:
            lines.append(
                f"| {name} | {each.coverage:.3f} | {number(each.risk)} | {number(each.false_alarm_rate)} | {number(each.miss_rate)} |"
            )
    told = f"As checks answer: coverage {interval(found.own_coverage)}, risk {interval(found.own_risk)}"
    return [*lines, "", f"{told}; area under risk over coverage (AURC) {interval(found.aurc)}."]


def visible(groups: Sequence[Group]) -> list[str]:
    """A row a group of real videos."""
    lines = ["", "| real videos by visible group | | videos | called fake | false alarms |", "|---|---|---:|---:|---:|"]
    for each in groups:
        lines.append(f"| {each.trait} | {each.value} | {each.real_videos} | {each.called_fake} | {interval(each.false_alarms)} |")
    return lines if groups else []


def worse(found: Robustness | None) -> list[str]:
    """A row a perturbation."""
    if found is None:
        return []
    head = "| pictures made worse | video AUC | loss of AUC | frame AUC | fakes found | false alarms | files without a face |"
    counted = f"{found.files} files, {found.real_videos} real and {found.fake_videos} fake videos, {found.frames} frames of each video file"
    lines = ["", f"{counted}:", "", head, "|---|" + "---:|" * 6]
    for each in found.entries:
        figures = (interval(each.video_auc), interval(each.loss), interval(each.frame_auc), number(each.found), number(each.false_alarms))
        lines.append(f"| {each.name} | {' | '.join(figures)} | {each.without_face:.3f} |")
    if found.platform_loss is not None:
        told = f"From the files as they are to {PLATFORM.words} (enlarged by the check like any small face)"
        lines += ["", f"{told}, video AUC falls by {interval(found.platform_loss)}."]
    return lines


def against(contenders: Sequence[Contender]) -> list[str]:
    """A row a model, and each method's AUC by model."""
    if not contenders:
        return []
    head = "| model | video AUC | this model ahead by | frame AUC | EER | TPR at 5 % FPR | balanced accuracy | false alarms | fakes found |"
    lines = ["", head, "|---|" + "---:|" * 8]
    for each in contenders:
        video, frame, decisions = each.video, each.frame, each.at_threshold
        cells = [interval(video.auc if video else None), interval(each.ahead), interval(frame.auc if frame else None)]
        cells += [number(video.eer.value if video else None), number(video.tpr_at_fpr_5.value if video else None)]
        cells += [number(decisions.balanced_accuracy), number(decisions.false_alarm_rate), number(decisions.recall)]
        lines.append(f"| {each.name} | {' | '.join(cells)} |")
    methods = [part.name for part in contenders[0].methods]
    if methods:
        lines += ["", f"| video AUC | {' | '.join(methods)} |", "|---|" + "---:|" * len(methods)]
        lines += [f"| {each.name} | {' | '.join(interval(part.video_auc) for part in each.methods)} |" for each in contenders]
    if any(each.model.startswith(PEER) for each in contenders):
        lines += ["", MESONET]
    return lines


def interval(estimate: Estimate | None) -> str:
    """``0.931 [0.902, 0.957]``."""
    return f"{estimate.value:.3f} [{estimate.low:.3f}, {estimate.high:.3f}]" if estimate else "–"


def number(value: float | None) -> str:
    """Three decimals, or a dash where there is nothing to divide by."""
    return "–" if value is None else f"{value:.3f}"
