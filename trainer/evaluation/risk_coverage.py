"""What saying "cannot tell" buys: how many answers are wrong among those given, as the band of scores left undecided widens.

The band opens at one point of the probabilities, where nothing is undecided, and widens in proportion to both sides until everything is;
the point is chosen so that the model's own band, from ``clear_to`` to ``fake_from``, is one of them. A file's *confidence* is the width at
which it becomes undecided; files without a face are never answered. Risk over coverage is the selective classification of Geifman and
El-Yaniv (NeurIPS 2017). Intervals draw whole units. The model's own point counts the verdicts that checks really give: they also withhold
for small, blurred or turned faces, so it need not lie on the curve. See also: fitting the band (``calibrate.py``).
"""

from dataclasses import dataclass

import numpy as np

from trainer.evaluation.metrics import Array, Estimate, average, interval
from trainer.evaluation.score_table import Table

POINTS = 101


@dataclass(frozen=True)
class Point:
    """One way of abstaining. ``coverage``: share of files answered; ``risk``: share of the answers that is wrong; then the same of the
    reals answered (called fake) and of the fakes answered (called real). None where nothing is answered; ``width`` is the band's."""

    width: float
    coverage: float
    risk: float | None
    false_alarm_rate: float | None
    miss_rate: float | None


@dataclass(frozen=True)
class Selection:
    """Risk over coverage. ``aurc``: the risk averaged over all coverages up to answering every file with a face; 0 is perfect."""

    aurc: Estimate | None
    own: Point
    own_risk: Estimate | None
    points: tuple[Point, ...]


@dataclass(frozen=True)
class Answers:
    """What checks answer, by the verdicts that they give, and how often that is wrong; shares with intervals over units.

    ``coverage`` is the share of all files that is answered, ``coverage_reals`` and ``coverage_fakes`` of each class; ``wrong`` the share of
    the answers that is wrong; ``reals_called_fake`` the share of the answered reals called fake, ``fakes_called_clear`` that of the
    answered fakes in which no sign was found. None where there is nothing to divide by.
    """

    answered_reals: int
    answered_fakes: int
    coverage: Estimate
    coverage_reals: Estimate | None
    coverage_fakes: Estimate | None
    wrong: Estimate | None
    reals_called_fake: Estimate | None
    fakes_called_clear: Estimate | None


def answers(table: Table) -> Answers:
    """The verdicts of a table's files, of which there is at least one."""
    fake, answered = table.fake, table.answered

    def share(happened: Array, among: Array) -> Estimate | None:
        return average(happened[among], fake[among], table.unit[among]) if among.any() else None

    wrong = table.said != fake
    return Answers(
        answered_reals=int(np.sum(answered & ~fake)),
        answered_fakes=int(np.sum(answered & fake)),
        coverage=average(answered, fake, table.unit),
        coverage_reals=share(answered, ~fake),
        coverage_fakes=share(answered, fake),
        wrong=share(wrong, answered),
        reals_called_fake=share(wrong, answered & ~fake),
        fakes_called_clear=share(wrong, answered & fake),
    )


def selection(table: Table, clear_to: float, fake_from: float) -> Selection:
    """The curve of a model whose band lies between two probabilities."""
    fake, unit, answered = table.fake, table.unit, table.answered
    wrong = table.said != fake
    centre, width = opening(clear_to, fake_from)
    confidence, said = confidences(table.score, centre)
    seen = table.seen
    own_risk = average(wrong[answered], fake[answered], unit[answered]) if answered.any() else None
    return Selection(
        aurc=area(confidence[seen], said[seen] != fake[seen], fake[seen], unit[seen]) if seen.any() else None,
        own=point(fake, table.said, answered, width),
        own_risk=own_risk,
        points=tuple(point(fake, said, seen & (confidence >= least), least) for least in widths(confidence[seen])),
    )


def opening(clear_to: float, fake_from: float) -> tuple[float, float]:
    """Where the band opens and how wide the model's own is: clear_to = c (1 - w), fake_from = c + (1 - c) w."""
    width = max(0.0, fake_from - clear_to)
    return (clear_to / (1 - width) if width < 1 else 0.5), width


def confidences(score: Array, centre: float) -> tuple[Array, Array]:
    """The width of the band at which each score becomes undecided, and whether it is called fake until then."""
    said = score >= centre
    above, below = (score - centre) / max(1 - centre, 1e-12), (centre - score) / max(centre, 1e-12)
    return np.where(said, above, below), said


def widths(confidence: Array) -> Array:
    """The widths at which the coverage changes, thinned to POINTS, widest band first."""
    levels = np.unique(confidence)[::-1]
    if len(levels) <= POINTS:
        return levels
    return levels[np.linspace(0, len(levels) - 1, POINTS).round().astype(int)]


def point(fake: Array, said: Array, answered: Array, width: float) -> Point:
    """What comes of answering these."""
    wrong = said != fake

    def rate(among: Array) -> float | None:
        return float(np.mean(wrong[among])) if among.any() else None

    return Point(float(width), float(np.mean(answered)), rate(answered), rate(answered & ~fake), rate(answered & fake))


def area(confidence: Array, wrong: Array, fake: Array, unit: Array) -> Estimate:
    """The area under risk over coverage, with its interval. Files of one confidence are answered together."""
    order = np.argsort(-confidence, kind="stable")
    last_of_equals = np.flatnonzero(np.diff(confidence[order], append=-np.inf))

    def areas(times: Array) -> Array:
        answers, errors = (np.cumsum((times * what)[:, order], axis=1)[:, last_of_equals] for what in (np.ones_like(wrong), wrong))
        risk = errors / np.maximum(answers, 1)
        return np.sum(np.diff(answers, axis=1, prepend=0) * risk, axis=1) / answers[:, -1]

    low, high = interval(areas, fake, unit)
    (value,) = areas(np.ones((1, len(wrong)), dtype=int))
    return Estimate(float(value), float(low), float(high))
