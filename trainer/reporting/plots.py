"""Pictures of an evaluation: ROC with its interval band, score histograms by source, confusion matrix, reliability, risk over coverage, AUC
by face size and compression.

Draws what ``trainer/evaluation/metrics.py``, ``trainer/evaluation/risk_coverage.py`` and ``trainer/evaluation/slices.py`` computed;
computes nothing but histograms. Each function writes one PNG. Blue is real and orange is fake in all of them, colours that most
colour-blind readers tell apart; counts stand beside shares, so that a small sample looks like one. See also: several runs side by side
(``run_comparison.py``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from trainer.evaluation.metrics import Curve, Decisions, Estimate, Reliability
from trainer.evaluation.risk_coverage import Selection
from trainer.evaluation.slices import Bin

Medium = Literal["videos", "stills"]
"""What a picture is of; never of both."""

REAL, FAKE, INK, FAINT = "#2b6cb0", "#dd6b20", "#2d3748", "#cbd5e0"
FEWEST = 10
"""Sources with fewer files than this are drawn together."""

STYLE: dict[Any, Any] = {
    "font.size": 9,
    "font.family": "sans-serif",
    "axes.edgecolor": FAINT,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "axes.titlesize": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": INK,
    "ytick.color": INK,
    "text.color": INK,
    "legend.frameon": False,
}


@dataclass(frozen=True)
class Named:
    """One curve of a ROC picture: what it is of, how it goes, its AUC."""

    name: str
    colour: str
    curve: Curve
    auc: Estimate


def draw_roc(path: Path, curves: Sequence[Named], operating: Decisions) -> None:
    """ROC curves with their 95 % bands, and where the model's fixed threshold puts the files."""
    with rc_context(STYLE):
        figure, axes = sheet(5.2, 5.0)
        axes.plot([0, 1], [0, 1], color=FAINT, linewidth=1, linestyle=":")
        for each in curves:
            label = f"{each.name}: AUC {each.auc.value:.3f} [{each.auc.low:.3f}, {each.auc.high:.3f}]"
            axes.fill_between(each.curve.grid, each.curve.low, each.curve.high, color=each.colour, alpha=0.15, linewidth=0)
            axes.plot(each.curve.false_alarm_rate, each.curve.detection_rate, color=each.colour, linewidth=1.8, label=label)
        if operating.false_alarm_rate is not None and operating.recall is not None:
            label = f"threshold {operating.threshold:.2f}: {operating.recall:.0%} found, {operating.false_alarm_rate:.1%} false alarms"
            axes.plot(operating.false_alarm_rate, operating.recall, "o", color=INK, markersize=7, label=label, zorder=5)
        axes.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.01), xlabel="real called fake", ylabel="fake called fake", title="ROC, 95 % bands")
        axes.set_aspect("equal")
        axes.legend(loc="lower right")
        save(figure, path)


def draw_histograms(path: Path, medium: Medium, source: np.ndarray, fake: np.ndarray, score: np.ndarray, threshold: float) -> None:
    """Scores of real and fake files, one small picture a source; sources of fewer than FEWEST files share the last."""
    names, counts = np.unique(source, return_counts=True)
    large = [str(name) for name, count in sorted(zip(names, counts, strict=True), key=lambda pair: -pair[1]) if count >= FEWEST]
    panels = [("all", np.ones(len(source), dtype=bool)), *((name, source == name) for name in large)]
    if len(large) < len(names):
        panels.append((f"{len(names) - len(large)} smaller sources", ~np.isin(source, large)))
    rows = -(-len(panels) // 4)
    columns = -(-len(panels) // rows)
    with rc_context(STYLE):
        figure = Figure(figsize=(2.7 * columns, 2.0 * rows + 0.3), layout="constrained")
        for axes, (name, chosen) in zip(figure.subplots(rows, columns, squeeze=False).flat, panels, strict=False):
            _histogram(axes, score[chosen & ~fake], score[chosen & fake], threshold)
            axes.set_title(name)
        for axes in figure.axes[len(panels) :]:
            axes.set_axis_off()
        figure.supxlabel(f"probability of fake, {medium}", fontsize=9)
        save(figure, path)


def draw_confusion(path: Path, medium: Medium, decisions: Decisions) -> None:
    """The confusion matrix at the fixed threshold: counts, and shares of each row."""
    counts = decisions.confusion
    matrix = np.array([[counts.true_real, counts.false_fake], [counts.false_real, counts.true_fake]])
    shares = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    with rc_context(STYLE):
        figure, axes = sheet(4.0, 3.8)
        axes.imshow(shares, cmap="Blues", vmin=0, vmax=1.3)
        for (row, column), count in np.ndenumerate(matrix):
            axes.text(
                column,
                row,
                f"{count}\n{shares[row, column]:.1%}",
                ha="center",
                va="center",
                fontsize=13,
                color="white" if shares[row, column] > 0.6 else INK,
            )
        axes.set_xticks([0, 1], ["called real", "called fake"])
        axes.set_yticks([0, 1], ["real", "fake"], rotation=90, va="center")
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
        axes.set_title(f"{medium} at threshold {decisions.threshold:.2f}")
        save(figure, path)


def draw_reliability(path: Path, medium: Medium, result: Reliability) -> None:
    """How often files with a given probability are fake; the diagonal is perfect calibration."""
    bins = len(result.count)
    centres = (np.arange(bins) + 0.5) / bins
    filled = result.count > 0
    with rc_context(STYLE):
        figure = Figure(figsize=(4.6, 5.2), layout="constrained")
        upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
        upper.plot([0, 1], [0, 1], color=FAINT, linewidth=1, linestyle=":")
        upper.vlines(result.mean_score[filled], result.low[filled], result.high[filled], color=FAKE, linewidth=1.2, alpha=0.35)
        upper.plot(result.mean_score[filled], result.share_fake[filled], "o-", color=FAKE, linewidth=1.5, markersize=5)
        upper.set(xlim=(0, 1), ylim=(-0.02, 1.02), ylabel="share that is fake", title=f"reliability, ECE {result.ece:.3f}; 95 % intervals")
        lower.bar(centres, result.count, width=0.9 / bins, color=FAINT)
        lower.set(xlabel="probability of fake", ylabel=medium)
        save(figure, path)


def draw_risk(path: Path, medium: Medium, found: Selection) -> None:
    """How often answers are wrong as more files are answered; dots mark what the model's own bands and limits make of them."""
    kinds = (
        ("all answers", INK, lambda point: point.risk),
        ("reals called fake", REAL, lambda point: point.false_alarm_rate),
        ("fakes called real", FAKE, lambda point: point.miss_rate),
    )
    with rc_context(STYLE):
        figure, axes = sheet(5.4, 4.4)
        for name, colour, value in kinds:
            known = [(point.coverage, value(point)) for point in found.points if value(point) is not None]
            coverage, risk = zip(*known, strict=True) if known else ((), ())
            own = value(found.own)
            label = name if own is None else f"{name}: {own:.1%} as checks answer"
            axes.plot(coverage, risk, color=colour, linewidth=1.8 if colour == INK else 1.2, label=label)
            if own is not None:
                axes.plot(found.own.coverage, own, "o", color=colour, markersize=7, markeredgecolor="white", zorder=5)
        if found.own_risk is not None:
            axes.vlines(found.own.coverage, found.own_risk.low, found.own_risk.high, color=INK, linewidth=1)
        axes.axvline(found.own.coverage, color=FAINT, linewidth=1, linestyle="--", zorder=0)
        area = f", AURC {found.aurc.value:.3f}" if found.aurc else ""
        axes.set(xlim=(0, 1.01), ylim=(-0.01, None), xlabel=f"{medium} answered (coverage)", ylabel="of these, wrong (risk)")
        axes.set_title(f"risk over coverage{area}; checks answer {found.own.coverage:.0%}")
        axes.legend(loc="upper left")
        save(figure, path)


def draw_sizes(path: Path, medium: Medium, groups: Sequence[tuple[str, Sequence[Bin]]]) -> None:
    """AUC with its interval in each bin, over how many real and fake files; one column a measure."""
    groups = [(name, bins) for name, bins in groups if bins]
    if not groups:
        return
    with rc_context(STYLE):
        figure = Figure(figsize=(0.6 + 3.6 * len(groups), 4.2), layout="constrained")
        columns = figure.subplots(2, len(groups), squeeze=False, height_ratios=[3, 1], sharey="row", sharex="col").T
        for (name, bins), (upper, lower) in zip(groups, columns, strict=True):
            places = np.arange(len(bins))
            _estimates(upper, places, [each.files.auc for each in bins])
            upper.axhline(0.5, color=FAINT, linewidth=1, linestyle=":")
            upper.set(ylim=(0, 1.02), title=f"AUC by {name}")
            real, fake = [each.files.reals for each in bins], [each.files.fakes for each in bins]
            lower.bar_label(lower.bar(places - 0.2, real, width=0.38, color=REAL, label="real"), fontsize=7)
            lower.bar_label(lower.bar(places + 0.2, fake, width=0.38, color=FAKE, label="fake"), fontsize=7)
            lower.margins(y=0.25)
            lower.set_xticks(places, [_range(each) for each in bins])
            lower.set_xlabel(name)
        columns[0][0].set_ylabel(f"AUC, {medium}")
        columns[0][1].set_ylabel(medium)
        columns[0][1].legend(fontsize=7, handlelength=1)
        save(figure, path)


def _range(each: Bin) -> str:
    """``64–96``, ``256+``."""
    return f"{each.low:g}+" if each.high is None else f"{each.low:g}–{each.high:g}"


def _estimates(axes: Axes, places: np.ndarray, estimates: Sequence[Estimate | None]) -> None:
    """Dots with their intervals; told where there is no figure."""
    for place, estimate in zip(places, estimates, strict=True):
        if estimate is None:
            axes.text(place, 0.5, "too few", ha="center", va="center", fontsize=7, backgroundcolor="white")
            continue
        axes.vlines(place, estimate.low, estimate.high, color=INK, linewidth=1.5, alpha=0.6)
        axes.plot(place, estimate.value, "o", color=INK, markersize=6)
        axes.annotate(f"{estimate.value:.2f}", (place, estimate.value), (6, 0), textcoords="offset points", va="center", fontsize=8)


def _histogram(axes: Axes, real: np.ndarray, fake: np.ndarray, threshold: float) -> None:
    """Two histograms, real upward and fake downward, so that neither hides the other."""
    edges = np.linspace(0, 1, 21)
    up, down = np.histogram(real, edges)[0], np.histogram(fake, edges)[0]
    axes.bar(edges[:-1], up, width=0.05, align="edge", color=REAL, label=f"{len(real)} real")
    axes.bar(edges[:-1], -down, width=0.05, align="edge", color=FAKE, label=f"{len(fake)} fake")
    axes.axvline(threshold, color=INK, linewidth=0.8, linestyle="--")
    axes.axhline(0, color=INK, linewidth=0.6)
    axes.set_xlim(0, 1)
    reach = max(int(up.max()), int(down.max()), 1)
    ticks = [reach if up.any() else 0, 0, -reach if down.any() else 0]
    axes.set_yticks(ticks, [str(abs(tick)) for tick in ticks])
    axes.legend(loc="best", fontsize=7, handlelength=1)


def sheet(width: float, height: float) -> tuple[Figure, Axes]:
    """A figure of one picture, in inches."""
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots()


def save(figure: Figure, path: Path) -> None:
    """Write under a temporary name, then rename."""
    draft = path.with_name(f".{path.name}")
    figure.savefig(draft, format="png", dpi=150)
    draft.replace(path)
