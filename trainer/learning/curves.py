"""The course of a training: ``history.json``, and ``curves.png`` with loss, accuracy, AUC and learning rate over the steps.

Read from the HF Trainer's log, which checkpoints carry, so that a run that was cut has one unbroken course. TensorBoard shows the same
(``tensorboard --logdir OUT/logs``).
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from trainer.learning.save_pretrained import write_last

TRAINED, VALIDATED, STILLS, INK, FAINT = "#2b6cb0", "#dd6b20", "#319795", "#2d3748", "#cbd5e0"
EXTRA = {"eval_loss": "eval_loss", "eval_accuracy": "eval_accuracy", "eval_image_auc": "image_auc", "eval_video_auc": "video_auc"}
NAMES = EXTRA | {"eval_balanced_auc": "balanced_auc"}
"""What the Trainer calls a validation figure, and what the history calls it."""
_STYLE: dict[Any, Any] = {
    "font.size": 9,
    "axes.edgecolor": FAINT,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "axes.titlesize": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#edf2f7",
    "xtick.color": INK,
    "ytick.color": INK,
    "text.color": INK,
}


def history_of(log: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The Trainer's log as one entry a step: {step, epoch, loss, train_accuracy, learning_rate, eval_loss, balanced_auc, …}."""
    steps: dict[int, dict[str, Any]] = {}
    for record in log:
        entry = steps.setdefault(record["step"], {"step": record["step"], "epoch": record.get("epoch")})
        for key in ("loss", "train_accuracy", "grad_norm", "learning_rate"):
            if key in record:
                entry[key] = record[key]
        entry.update({name: record[key] for key, name in NAMES.items() if key in record})
    return [steps[step] for step in sorted(steps) if len(steps[step]) > 2]


def write_curves(run: Path, log: Sequence[dict[str, Any]], best: int | None) -> None:
    """``history.json`` and ``curves.png`` of a run; ``best`` is the step of the checkpoint that is kept."""
    history = history_of(log)
    write_last(run / "history.json", history)
    with rc_context(_STYLE):
        figure = Figure(figsize=(9.0, 5.6), layout="constrained")
        (loss, accuracy), (auc, rate) = figure.subplots(2, 2, sharex=True)
        draw(loss, history, "loss", "training", TRAINED, smooth=True)
        draw(loss, history, "eval_loss", "validation", VALIDATED)
        draw(accuracy, history, "train_accuracy", "training", TRAINED, smooth=True)
        draw(accuracy, history, "eval_accuracy", "validation", VALIDATED)
        draw(auc, history, "image_auc", "stills", STILLS)
        draw(auc, history, "video_auc", "videos", INK)
        draw(auc, history, "balanced_auc", "mean, which chooses", VALIDATED)
        auc.axhline(0.5, color=FAINT, linewidth=1, linestyle=":")
        draw(rate, history, "learning_rate", "last", INK)
        rate.ticklabel_format(axis="y", style="sci", scilimits=(0, 0))
        for axes, title in ((loss, "loss"), (accuracy, "accuracy by crop"), (auc, "validation AUC by file"), (rate, "learning rate")):
            finish(axes, title, best)
        for axes in (auc, rate):
            axes.set_xlabel("step")
        part = run / ".curves.png"
        figure.savefig(part, format="png", dpi=150)
        part.rename(run / "curves.png")


def draw(axes: Axes, history: list[dict[str, Any]], key: str, label: str, colour: str, *, smooth: bool = False) -> None:
    """One curve; a smoothed one has its raw values behind it, faint. The last value stands in the legend."""
    points = [(entry["step"], entry[key]) for entry in history if entry.get(key) is not None]
    if not points:
        return
    steps, values = (np.array(column, dtype=float) for column in zip(*points, strict=True))
    shown = values
    if smooth and len(values) >= 9:
        window = max(3, len(values) // 20)
        shown = np.array([values[max(0, at - window + 1) : at + 1].mean() for at in range(len(values))])
        axes.plot(steps, values, color=colour, alpha=0.25, linewidth=0.8)
    marker = "o" if len(values) < 40 and not smooth else None
    axes.plot(steps, shown, color=colour, linewidth=1.6, marker=marker, markersize=3, label=f"{label} {shown[-1]:.3g}")


def finish(axes: Axes, title: str, best: int | None) -> None:
    """Title, legend, and a line where the best checkpoint is."""
    axes.set_title(title)
    if best:
        axes.axvline(best, color=INK, linewidth=0.8, linestyle="--", alpha=0.6)
        axes.annotate("kept", (best, 0), (2, 2), xycoords=("data", "axes fraction"), textcoords="offset points", fontsize=7.5)
    if axes.get_legend_handles_labels()[0]:
        axes.legend(fontsize=7.5, handlelength=1.4, frameon=True, edgecolor="none", framealpha=0.8)
