"""Pictures of several runs side by side: one model on pictures made worse, several models on the same files.

Draws what ``trainer/evaluation/robustness.py`` and ``trainer/evaluation/baselines.py`` measured; computes nothing. Each function writes one
PNG, in the style of ``plots.py``.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from trainer.evaluation.baselines import Standing
from trainer.evaluation.metrics import Curve, Estimate
from trainer.evaluation.robustness import Degradation, Worse
from trainer.reporting.plots import FAINT, FAKE, INK, REAL, STYLE, Medium, save

HUES = (INK, "#dd6b20", "#2b6cb0", "#2f855a", "#b83280", "#975a16", "#00838f", "#718096")
"""One a model, ours first; after the last they begin again, dashed."""
PANELS = (
    ("jpeg", "JPEG quality"),
    ("h264", "H.264 CRF"),
    ("half_h264", "half size, CRF"),
    ("resize", "shrunk to (%)"),
    ("blur", "blur, σ (px)"),
    ("noise", "noise, σ (of 255)"),
)


def draw_robustness(path: Path, medium: Medium, found: Degradation) -> None:
    """A small picture a kind of perturbation, mild to harsh from left to right: AUC, fakes found, false alarms."""
    clean, *worse = found.entries
    panels = [(title, [each for each in worse if each.kind == kind]) for kind, title in PANELS]
    panels = [(title, entries) for title, entries in panels if entries]
    if not panels:
        return
    with rc_context(STYLE):
        ratios = [1 + len(entries) for _, entries in panels]
        figure = Figure(figsize=(1.0 + 0.42 * sum(ratios), 3.6), layout="constrained")
        row = figure.subplots(1, len(panels), squeeze=False, sharey=True, width_ratios=ratios)[0]
        for axes, (title, entries) in zip(row, panels, strict=True):
            _degrading(axes, clean, entries)
            axes.set_xlabel(title)
        row[0].set_ylim(0, 1.02)
        row[0].set_ylabel(f"{medium}: AUC; share called fake")
        handles, labels = row[0].get_legend_handles_labels()
        figure.legend(handles[::-1], labels[::-1], loc="outside upper center", ncols=len(labels))
        save(figure, path)


def _degrading(axes: Axes, clean: Worse, entries: Sequence[Worse]) -> None:
    """One kind; at the left, apart, the files as they are."""
    together = [clean, *entries]
    places = np.arange(len(together))
    axes.axhline(0.5, color=FAINT, linewidth=1, linestyle=":")
    for name, colour, values in (
        ("fakes called fake", FAKE, [each.found for each in together]),
        ("reals called fake", REAL, [each.false_alarms for each in together]),
    ):
        axes.plot(places, [np.nan if value is None else value for value in values], ".-", color=colour, linewidth=1, label=name)
    known = [(place, each.auc) for place, each in zip(places, together, strict=True) if each.auc]
    axes.fill_between([p for p, _ in known], [a.low for _, a in known], [a.high for _, a in known], color=INK, alpha=0.12, linewidth=0)
    axes.plot([p for p, _ in known], [a.value for _, a in known], "o-", color=INK, linewidth=1.8, markersize=4, label="AUC, 95 % band")
    axes.set_xticks(places, ["as is", *(str(each.level) for each in entries)], fontsize=7.5)


def draw_versus(path: Path, medium: Medium, standings: Sequence[tuple[str, Standing]], curves: Sequence[Curve | None]) -> None:
    """The models' ROC curves; each one's AUC by file and by frame with intervals; and its AUC by kind of manipulation."""
    kinds = [part.name for part in standings[0][1].kinds]
    widths = [4.6, 4.2, 0.9 * len(kinds)] if kinds else [4.6, 4.2]
    with rc_context(STYLE):
        figure = Figure(figsize=(sum(widths) + 1.2, max(4.4, 1.4 + 0.5 * len(standings))), layout="constrained")
        roc, forest, *table = figure.subplots(1, len(widths), width_ratios=widths)
        _rocs(roc, medium, curves)
        places = np.arange(len(standings))[::-1]
        _beside(forest, places + 0.15, [each.ranking.auc if each.ranking else None for _, each in standings], "o", f"by {medium[:-1]}")
        if medium == "videos":
            _beside(forest, places - 0.15, [each.frame.auc if each.frame else None for _, each in standings], "D", "by frame")
        forest.axvline(0.5, color=FAINT, linewidth=1, linestyle=":", zorder=0)
        forest.set_yticks(places, [name for name, _ in standings])
        forest.tick_params(axis="y", length=0)
        for number, label in enumerate(forest.get_yticklabels()):
            label.set(color=HUES[number % len(HUES)], fontweight="bold")
        forest.set(xlim=(0, 1.08), ylim=(-0.6, len(standings) - 0.4), xlabel="AUC, 95 % interval")
        forest.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
        if table:
            _by_kind(table[0], [each for _, each in standings], kinds)
        save(figure, path)


def _rocs(axes: Axes, medium: Medium, curves: Sequence[Curve | None]) -> None:
    """One line a model; the names beside the AUCs have its colour."""
    axes.plot([0, 1], [0, 1], color=FAINT, linewidth=1, linestyle=":")
    for number, curve in enumerate(curves):
        if curve is not None:
            style, width = "-" if number < len(HUES) else "--", 2.4 if number == 0 else 1.4
            axes.plot(curve.false_alarm_rate, curve.detection_rate, style, color=HUES[number % len(HUES)], linewidth=width)
    axes.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.01), xlabel="real called fake", ylabel="fake called fake", title=f"ROC, {medium}")
    axes.set_aspect("equal")


def _beside(axes: Axes, places: np.ndarray, estimates: Sequence[Estimate | None], marker: str, name: str) -> None:
    """A column of dots with their intervals, coloured by model; hollow for frames."""
    for number, (place, estimate) in enumerate(zip(places, estimates, strict=True)):
        if estimate is None:
            continue
        colour = HUES[number % len(HUES)]
        filling = colour if marker == "o" else "white"
        axes.hlines(place, estimate.low, estimate.high, color=colour, linewidth=1.5, alpha=0.6)
        axes.plot(estimate.value, place, marker, color=colour, markerfacecolor=filling, markersize=6 if marker == "o" else 5)
        axes.annotate(f"{estimate.value:.3f}", (estimate.high, place), (4, 0), textcoords="offset points", va="center", fontsize=8)
    axes.plot([], [], marker, color=INK, markerfacecolor=INK if marker == "o" else "white", label=name)


def _by_kind(axes: Axes, standings: Sequence[Standing], kinds: Sequence[str]) -> None:
    """A heat table: a row a model, in the order of the dots beside it; white is chance."""
    found = [{part.name: part.auc for part in each.kinds} for each in standings]
    estimates = [[row[kind] for kind in kinds] for row in found]
    values = np.array([[np.nan if each is None else each.value for each in row] for row in estimates])
    axes.imshow(values, cmap="PuOr_r", vmin=-0.1, vmax=1.1, aspect="auto")
    for (row, column), value in np.ndenumerate(values):
        shown = "–" if np.isnan(value) else f"{value:.2f}"
        axes.text(column, row, shown, ha="center", va="center", color="white" if abs(value - 0.5) > 0.4 else INK)
    axes.set_xticks(np.arange(len(kinds)), [kind.replace(" ", "\n", 1) for kind in kinds], fontsize=8)
    axes.xaxis.tick_top()
    axes.set_yticks([])
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.set_xlabel("AUC, each kind's fakes\nagainst all reals")
