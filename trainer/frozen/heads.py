"""Linear heads on the features of a frozen encoder, and how well they do on sources that they never saw.

A head is a logistic regression with a ridge penalty, solved in its dual by Newton's method (Hastie, Tibshirani & Friedman, "The Elements of
Statistical Learning", 2nd ed., 4.4 and 18.3): there are far more features than files. It is fitted on the mean features of each file. Files
weigh 1/sqrt(files of their source and label), both classes alike; pictures weigh less than videos (``STILLS``). Four heads, one for each
crop with all statistics and one for each with the class tokens alone, are brought to one scale and added up: still one linear head.
Compressed copies (``copies.py``) say what a head shall not look at: the ridge is heavier along the changes from files to their copies
(within-class covariance normalisation, Hatch, Kajarekar & Stolcke, Interspeech 2006). Nothing else is learnt from them.

Leave-one-source-out: sources are dealt into ``FOLDS`` groups, and every group is scored by heads fitted on the others, less the files that
show the same people. What is chosen is chosen on these scores. See also: ``features.py``; ``trainer/head.py``, the command.

transformers' image classifier can hold no more than a linear layer on the mean patch token of the last block of one crop. ``distill_head``
fits that layer to the scores of the full head (Hinton, Vinyals & Dean, "Distilling the Knowledge in a Neural Network", 2015), by ridge
regression.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import get_args

import numpy as np

from telltale.core.errors import BadRequest
from trainer.data.manifest import Row
from trainer.evaluation.kinds import Kind, kind_of
from trainer.frozen.encoder import STATISTICS
from trainer.frozen.features import ORIGINAL, Features

FOLDS = 14
PENALTY = 4e-6
"""Of the ridge, as a share of the features' mean squared length."""
STEPS = 6
"""Of Newton's method."""
STILLS = 0.15
"""Weight of all pictures beside that of all videos."""
MOST_STILLS = 150
"""Pictures of one source and label that are used, the first of the manifest."""
STEADINESS = 10.0
"""Weight of the additional ridge along changes by compression (``logistic``)."""
PARTS = ((0, (0, 1, 2)), (0, (0,)), (1, (0, 1, 2)), (1, (0,)))
"""The heads that are added up: the crop and the statistics each looks at."""
AT_ONCE = 1024
"""Looks that are scored together, so that few of them lie in memory as float32."""
FEWEST_OF_KIND = 30
"""Fake videos of a kind without which it has no head of its own."""
RIDGE = 1e-3
"""Penalty of the distilled head, as a share of the features' mean variance."""


@dataclass(frozen=True, eq=False)
class FileFeatures:
    """Files and copies of files with a face: their rows, mean features float32 (files, 2, levels, 3, width), all looks with the file each
    belongs to, and the number of each copy, none where all are files as they are."""

    rows: list[Row]
    mean: np.ndarray
    looks: np.ndarray
    owner: np.ndarray
    copies: tuple[int, ...] = ()

    @property
    def copy(self) -> np.ndarray:
        """The numbers of the copies, int (files,); ``ORIGINAL`` is the file as it is."""
        return np.array(self.copies or [ORIGINAL] * len(self.rows))

    @property
    def fake(self) -> np.ndarray:
        """Which files are fake, bool (files,)."""
        return np.array([row.label == "fake" for row in self.rows])

    @property
    def still(self) -> np.ndarray:
        """Which files are pictures, bool (files,)."""
        return np.array([row.still for row in self.rows])


@dataclass(frozen=True, eq=False)
class Linear:
    """``weight`` (2, levels, 3, width) and ``bias`` of log-odds, uncalibrated; ``centre``, the mean features of real videos."""

    weight: np.ndarray
    bias: float
    centre: np.ndarray

    def scores(self, features: np.ndarray) -> np.ndarray:
        """Log-odds of features (n, 2, levels, 3, width)."""
        flat, weight = features.reshape(len(features), self.weight.size), self.weight.ravel()
        blocks = [flat[start : start + AT_ONCE].astype(np.float32) @ weight for start in range(0, max(1, len(flat)), AT_ONCE)]
        return np.concatenate(blocks) + np.float32(self.bias)


def with_few_stills(rows: Iterable[Row]) -> list[Row]:
    """All videos, and of each source and label the first ``MOST_STILLS`` pictures."""
    count: Counter[tuple[str, str]] = Counter()
    chosen = []
    for row in rows:
        count[row.source, row.label] += row.still
        if not row.still or count[row.source, row.label] <= MOST_STILLS:
            chosen.append(row)
    return chosen


def gather_features(features: Iterable[Features]) -> FileFeatures:
    """The features of files and copies that show a face. Raises BadRequest for none."""
    rows: list[Row] = []
    looks: list[np.ndarray] = []
    copies: list[int] = []
    for each in features:
        if len(each.time):
            rows.append(each.row)
            looks.append(each.looks)
            copies.append(each.copy)
    if not rows:
        raise BadRequest("request.invalid", text="None of these files shows a face, so there is nothing to fit a head on.")
    owner = np.repeat(np.arange(len(rows)), [len(each) for each in looks])
    mean = np.stack([each.astype(np.float32).mean(axis=0) for each in looks])
    return FileFeatures(rows, mean, np.concatenate(looks), owner, tuple(copies))


def weights_of(rows: Sequence[Row]) -> np.ndarray:
    """How much each file counts, float64 (files,): the classes alike, pictures ``STILLS`` times as much as videos, sum 1."""
    count = Counter((row.source, row.label, row.still) for row in rows)
    weight = np.array([count[row.source, row.label, row.still] ** -0.5 for row in rows])
    for still in (False, True):
        for label in ("real", "fake"):
            chosen = np.array([row.still == still and row.label == label for row in rows])
            if chosen.any():
                weight[chosen] *= (STILLS if still else 1.0) / weight[chosen].sum()
    return weight / weight.sum()


def logistic(features: np.ndarray, fake: np.ndarray, weight: np.ndarray, changes: np.ndarray | None = None) -> tuple[np.ndarray, float]:
    """The penalised logistic regression of ``fake`` (n,) on ``features`` (n, d): coefficients (d,) and intercept.

    ``changes`` (m, d), if any, are differences that the score shall hardly notice: the ridge is
    ``|w|^2 + STEADINESS * m * sum((changes @ w)^2) / sum(changes^2)``, solved in the dual by Woodbury's identity.
    """
    middle = (weight @ features).astype(features.dtype)
    centred = features - middle
    kernel = (centred @ centred.T).astype(np.float64)
    damped = np.zeros((0, len(kernel)))
    if changes is not None and len(changes):
        own, cross = (changes @ changes.T).astype(np.float64), (changes @ centred.T).astype(np.float64)
        damped = np.linalg.solve(own + np.eye(len(own)) * np.trace(own) / len(own) / STEADINESS, cross)
        kernel -= cross.T @ damped
    count, penalty = len(kernel), PENALTY * np.trace(kernel) / len(kernel)
    system = np.ones((count + 1, count + 1))
    system[count, count] = 0
    score = np.zeros(count)
    for _ in range(STEPS):
        chance = 1 / (1 + np.exp(-np.clip(score, -15, 15)))
        curvature = np.maximum(weight * chance * (1 - chance), 1e-9)
        system[:count, :count] = kernel
        system[np.arange(count), np.arange(count)] += penalty / curvature
        solved = np.linalg.solve(system, np.append(score + weight * (fake - chance) / curvature, 0))
        dual, intercept = solved[:count], solved[count]
        score = kernel @ dual + intercept
    coefficients = centred.T @ dual.astype(features.dtype)
    if len(damped):
        assert changes is not None
        coefficients -= changes.T @ (damped @ dual).astype(features.dtype)
    return coefficients, float(intercept - middle @ coefficients)


def changes_of(files: FileFeatures, chosen: np.ndarray) -> np.ndarray:
    """Mean features of copies less those of their files, of the chosen files, bool (files,): (copies, 2, levels, 3, width)."""
    original = {row.path: place for place, (row, copy) in enumerate(zip(files.rows, files.copy, strict=True)) if copy == ORIGINAL}
    pairs = [
        (place, original[files.rows[place].path])
        for place in np.flatnonzero(chosen & (files.copy != ORIGINAL))
        if files.rows[place].path in original
    ]
    copies, originals = np.array(pairs, int).reshape(-1, 2).T
    return files.mean[copies] - files.mean[originals]


def fit_head(files: FileFeatures, chosen: np.ndarray) -> Linear:
    """The head fitted on the chosen files, bool (files,)."""
    video = files.mean[chosen & ~files.still]
    middle, spread = video.mean(axis=0), video.std(axis=0) + 1e-6
    changes, chosen = changes_of(files, chosen) / spread, chosen & (files.copy == ORIGINAL)
    mean, fake, rows = files.mean[chosen], files.fake[chosen], [row for row, used in zip(files.rows, chosen, strict=True) if used]
    weight, video_real = weights_of(rows), ~fake & ~files.still[chosen]
    total, bias = np.zeros_like(middle), 0.0
    for crop, statistics in PARTS:
        part = np.zeros(middle.shape, bool)
        part[crop, :, list(statistics)] = True
        scaled = (mean[:, part] - middle[part]) / spread[part]
        coefficients, intercept = logistic(scaled, fake, weight, changes[:, part])
        score = scaled @ coefficients + intercept
        scale = max(float(np.concatenate([score[video_real], score[fake]]).std()), 1e-6)
        coefficients = coefficients / spread[part]
        total[part] += coefficients / scale
        bias += (intercept - float(middle[part] @ coefficients)) / scale
    return Linear(total, bias, mean[video_real].mean(axis=0))


def kind_names(files: FileFeatures) -> np.ndarray:
    """The kind of manipulation of each file, empty for reals and where none is stated, str (files,)."""
    return np.array([(kind_of(row.family) or "") if row.label == "fake" else "" for row in files.rows])


def kinds_with_fakes(files: FileFeatures) -> list[Kind]:
    """The kinds of which there are videos enough for a head of their own."""
    names = kind_names(files)[~files.still & (files.copy == ORIGINAL)]
    return [kind for kind in get_args(Kind) if (names == kind).sum() >= FEWEST_OF_KIND]


def fit_kind_heads(files: FileFeatures, chosen: np.ndarray) -> dict[Kind, Linear]:
    """A head for each kind, fitted on the chosen files, bool (files,), that are real or a fake of that kind."""
    names = kind_names(files)
    return {kind: fit_head(files, chosen & (~files.fake | (names == kind))) for kind in kinds_with_fakes(files)}


def fold_of(rows: Sequence[Row], together: Collection[Collection[str]] = ()) -> np.ndarray:
    """The fold of each row, int (rows,): sources dealt out by size, so that reals and fakes of each family spread evenly. A row that stands
    there several times, for its copies, counts once.

    The sources of each collection of ``together`` share people or scenes and go into one fold.
    """
    leader = {name: min(names) for names in together for name in names}
    sizes: dict[str, Counter[str]] = {}
    for row in dict.fromkeys(rows):
        sizes.setdefault(leader.get(row.source, row.source), Counter())[row.family or row.label] += 1
    total: Counter[str] = sum(sizes.values(), Counter())
    held: list[Counter[str]] = [Counter() for _ in range(FOLDS)]
    place: dict[str, int] = {}
    for name, size in sorted(sizes.items(), key=lambda item: (-item[1].total(), item[0])):
        place[name] = min(range(FOLDS), key=lambda fold: sum((held[fold][kind] + size[kind]) / total[kind] for kind in size))
        held[place[name]] += size
    return np.array([place[leader.get(row.source, row.source)] for row in rows])


def distill_head(files: FileFeatures, chosen: np.ndarray, head: Linear) -> Linear:
    """The head on the first crop's last block's mean patch token alone whose scores of all looks of the chosen files, bool (files,), come
    nearest to those of ``head``. All its other weights are 0."""
    looks = chosen[files.owner]
    target = head.scores(files.looks)[looks].astype(np.float64)
    last = (0, files.looks.shape[2] - 1, STATISTICS.index("mean"))
    means = files.looks[:, *last][looks].astype(np.float64)
    middle, average = means.mean(axis=0), target.mean()
    covariance = (means - middle).T @ (means - middle) / len(means)
    penalty = RIDGE * np.trace(covariance) / len(covariance)
    slope = np.linalg.solve(covariance + penalty * np.eye(len(covariance)), (means - middle).T @ (target - average) / len(means))
    weight = np.zeros_like(head.weight)
    weight[last] = slope
    return Linear(weight, float(average - middle @ slope), head.centre)


@dataclass(frozen=True, eq=False)
class Fold:
    """Heads that never saw some sources: bool (looks,), the looks of these; bool (files,), the files they were fitted on; the head of all
    kinds, and those of one."""

    unseen: np.ndarray
    fitted_on: np.ndarray
    head: Linear
    kinds: dict[Kind, Linear]


def fit_folds(files: FileFeatures, fold: np.ndarray) -> Iterator[Fold]:
    """For every fold heads that saw neither its sources nor the people in their files."""
    groups = np.array([f"{row.group}" for row in files.rows])
    for number in np.unique(fold):
        tested = fold == number
        fitted_on = ~tested & ~np.isin(groups, groups[tested])
        yield Fold(tested[files.owner], fitted_on, fit_head(files, fitted_on), fit_kind_heads(files, fitted_on))


@dataclass(frozen=True, eq=False)
class UnseenScores:
    """Every look's score under a head that saw neither its file's source nor the people in it, float32 (looks,): that of the full head,
    that of the head distilled from it on the same files, and those of heads for one kind of manipulation each."""

    full: np.ndarray
    distilled: np.ndarray
    kinds: dict[Kind, np.ndarray]


def leave_sources_out(files: FileFeatures, fold: np.ndarray) -> UnseenScores:
    """The scores of leave-one-source-out.

    Scores of different folds share one scale: every part of every fold's head has a standard deviation of 1, and 0 is even odds.
    """
    nothing = np.zeros(len(files.looks), np.float32)
    found = UnseenScores(nothing.copy(), nothing.copy(), {kind: nothing.copy() for kind in kinds_with_fakes(files)})
    for each in fit_folds(files, fold):
        looks = files.looks[each.unseen]
        for kind, head in each.kinds.items():
            found.kinds[kind][each.unseen] = head.scores(looks)
        found.full[each.unseen] = each.head.scores(looks)
        found.distilled[each.unseen] = distill_head(files, each.fitted_on, each.head).scores(looks)
    return found
