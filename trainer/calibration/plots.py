"""The picture of a calibration: how far its probabilities come true, and where the verdicts lie for each size and compression of face.

Draws what ``calibrate.py`` fitted; computes nothing but the reliability's bins. Every dot is a calibration video. Blue is real, orange is
fake, as in ``plots.py``. A threshold that was taken over from coarser groups, because its bin has too few videos, is drawn broken and its
band pale. See also: the pictures of an evaluation (``plots.py``).
"""

from pathlib import Path

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from telltale.core.model_settings import Bin, ModelSettings
from trainer.calibration.conformal import Units
from trainer.reporting.plots import FAINT, FAKE, INK, REAL, STYLE, save

LABELS = (("real", REAL), ("fake", FAKE))
DOTS = 0.3
"""Half the height of a lane that its dots fill."""


def draw_calibration(path: Path, units: Units, settings: ModelSettings) -> None:
    """Reliability on the left; on the right a lane for all faces and one for each bin."""
    lanes = [None, *settings.bins]
    with rc_context(STYLE):
        figure = Figure(figsize=(11.0, max(4.2, 0.52 * len(lanes) + 1.4)), layout="constrained")
        left, right = figure.subplots(1, 2, width_ratios=[1, 1.9])
        draw_reliability(left, units)
        for height, place in enumerate(reversed(lanes)):
            draw_lane(right, height, place, units, settings)
        labels = [label(place, units) for place in reversed(lanes)]
        right.set_yticks(range(len(lanes)), labels)
        right.tick_params(axis="y", length=0)
        right.spines["left"].set_visible(False)
        right.set(xlim=(-0.01, 1.01), ylim=(-0.6, len(lanes) - 0.4), xlabel="calibrated probability of fake")
        right.set_title("no sign of manipulation  ·  cannot tell  ·  likely manipulated")
        figure.legend(handles=legend(), loc="lower left", ncols=1, fontsize=8)
        save(figure, path)


def legend() -> list[Line2D]:
    """What the marks of the lanes are."""
    dots = [Line2D([], [], marker="o", linestyle="", markersize=4, color=colour, label=f"{name} video") for name, colour in LABELS]
    own = Line2D([], [], color=INK, linewidth=1.6, linestyle="-", label="threshold of this bin")
    taken_over = Line2D([], [], color=INK, linewidth=1.6, linestyle="--", label="threshold taken over: too few videos here")
    return [*dots, own, taken_over]


def draw_reliability(axes: Axes, units: Units) -> None:
    """How often videos of a probability are fake, both classes weighing the same, as in the fit."""
    fakes = max(int(units.fake.sum()), 1)
    weight = np.where(units.fake, 0.5 / fakes, 0.5 / max(len(units.fake) - fakes, 1))
    which = np.minimum((units.probability * 10).astype(int), 9)
    total = np.bincount(which, weights=weight, minlength=10)
    filled = total > 0
    mean = np.bincount(which, weights=weight * units.probability, minlength=10)[filled] / total[filled]
    share = np.bincount(which, weights=weight * units.fake, minlength=10)[filled] / total[filled]
    count = np.bincount(which, minlength=10)[filled]
    axes.plot([0, 1], [0, 1], color=FAINT, linewidth=1, linestyle=":")
    axes.plot(mean, share, color=INK, linewidth=1, zorder=1)
    axes.scatter(mean, share, s=18 + 1.2 * count, color=FAKE, edgecolor="white", linewidth=0.8, zorder=2)
    for x, y, number in zip(mean, share, count, strict=True):
        axes.annotate(str(number), (x, y), xytext=(7, -9), textcoords="offset points", fontsize=7, color=INK)
    axes.set(
        xlim=(-0.02, 1.02), ylim=(-0.03, 1.05), xlabel="calibrated probability of fake", ylabel="share that is fake (classes weigh alike)"
    )
    axes.set_title(f"reliability of {len(units.fake)} videos")
    axes.set_aspect("equal", anchor="N")


def draw_lane(axes: Axes, height: int, place: Bin | None, units: Units, settings: ModelSettings) -> None:
    """The three bands of one bin, or of all, and its videos."""
    band = place or settings
    inside = np.ones(len(units.fake), bool) if place is None else members(place, units)
    for low, high, colour, own in (
        (0.0, band.clear_to, REAL, place is None or place.own_clear_to),
        (band.fake_from, 1.0, FAKE, place is None or place.own_fake_from),
    ):
        axes.barh(height, high - low, left=low, height=0.78, color=colour, alpha=0.22 if own else 0.08, linewidth=0)
        edge = high if colour == REAL else low
        if 0 < edge < 1:
            axes.plot([edge, edge], [height - 0.39, height + 0.39], color=colour, linewidth=1.6, linestyle="-" if own else "--")
    rng = np.random.default_rng(height)
    for side, colour, up in ((False, REAL, 0.5), (True, FAKE, -0.5)):
        points = units.probability[inside & (units.fake == side)]
        lift = height + DOTS * (up + rng.uniform(-0.45, 0.45, len(points)))
        axes.scatter(points, lift, s=7, color=colour, alpha=0.55, linewidth=0)


def members(place: Bin, units: Units) -> np.ndarray:
    """Which videos lie in a bin."""
    pairs = zip(units.face_px, units.compression, strict=True)
    return np.array([place.holds(float(face_px), float(compression)) for face_px, compression in pairs])


def label(place: Bin | None, units: Units) -> str:
    """A lane's name and counts."""
    if place is None:
        return f"all faces\n{int((~units.fake).sum())} real, {int(units.fake.sum())} fake"
    size = span(place.face_px_from, place.face_px_to, "{:.0f}", " px")
    return f"{size}, compression {span(place.compression_from, place.compression_to, '{:.2f}', '')}\n{place.reals} real, {place.fakes} fake"


def span(low: float, high: float | None, form: str, unit: str) -> str:
    """A range in words."""
    if high is None:
        return f"from {form.format(low)}{unit}"
    return f"below {form.format(high)}{unit}" if low == 0 else f"{form.format(low)}-{form.format(high)}{unit}"
