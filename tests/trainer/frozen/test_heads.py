"""Linear heads on frozen features: the solver against scikit-learn's, weights, folds, and that a tested source is never fitted on."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from trainer.data.manifest import Row
from trainer.frozen import heads
from trainer.frozen.features import ORIGINAL, Features
from trainer.frozen.heads import (
    FOLDS,
    STILLS,
    FileFeatures,
    fit_head,
    fold_of,
    gather_features,
    leave_sources_out,
    logistic,
    weights_of,
)

WIDTH = 48


def row(name: str, label: str, source: str, **more: Any) -> Row:
    """A row of a manifest; its group is its name, where nothing else is said."""
    given = {"kind": "video", "group": name, "family": "swap" if label == "fake" else ""} | more
    return Row(path=name, file=Path(name), label=label, source=source, **given)  # type: ignore[arg-type]


def features(each: Row, looks: np.ndarray) -> Features:
    """Features of a row with these looks (n, 2, 1, 3, WIDTH)."""
    plain = np.ones(len(looks), np.float32)
    return Features(each, looks.astype(np.float16), plain, plain, plain, plain)


def files_of(rows: Iterable[Row], signal: np.ndarray) -> FileFeatures:
    """Files of two looks each, their features noise about ``signal`` (files, WIDTH)."""
    chance, made = np.random.default_rng(0), []
    for each, middle in zip(rows, signal, strict=True):
        made.append(features(each, middle + 0.3 * chance.standard_normal((2, 2, 1, 3, WIDTH))))
    return gather_features(made)


@pytest.mark.parametrize(("count", "width", "penalty"), [(120, 8, 0.02), (40, 200, 0.02), (400, 5, heads.PENALTY)])
def test_the_solver_is_scikit_learns(count: int, width: int, penalty: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """With fewer and with more features than files, every file with a weight of its own."""
    monkeypatch.setattr(heads, "PENALTY", penalty)
    monkeypatch.setattr(heads, "STEPS", 12)
    chance = np.random.default_rng(1)
    given = chance.standard_normal((count, width)) * np.linspace(0.5, 2, width) + 3
    fake = given[:, 0] + given[:, 1] + 2 * chance.standard_normal(count) > 6
    weight = chance.uniform(0.2, 1, count)
    weight /= weight.sum()
    coefficients, intercept = logistic(given, fake, weight)
    ridge = penalty * ((given - weight @ given) ** 2).sum() / count
    theirs = LogisticRegression(C=1 / ridge, tol=1e-10, max_iter=5000).fit(given, fake, sample_weight=weight)
    assert np.allclose(coefficients, theirs.coef_[0], atol=1e-3 * np.abs(theirs.coef_).max())
    assert intercept == pytest.approx(theirs.intercept_[0], rel=2e-3, abs=2e-3)
    plain, _ = logistic(given, fake, np.full(count, 1 / count))
    assert not np.allclose(coefficients, plain, atol=1e-2 * np.abs(plain).max()), "weights count"


def test_classes_weigh_alike_and_so_do_sources_by_their_root() -> None:
    rows = [row(f"a{n}", "real", "large") for n in range(16)] + [row(f"b{n}", "real", "little") for n in range(4)]
    rows += [row(f"c{n}", "fake", "one") for n in range(3)]
    rows += [row(f"d{n}", label, "stills", kind="image") for n, label in enumerate(["real", "fake", "fake", "fake", "fake"])]
    weight = weights_of(rows)
    share: Counter[tuple[str, str, bool]] = Counter()
    for each, own in zip(rows, weight, strict=True):
        share[each.source, each.label, each.still] += float(own)
    videos, stills = 1 / (1 + STILLS) / 2, STILLS / (1 + STILLS) / 2
    assert weight.sum() == pytest.approx(1)
    assert share["one", "fake", False] == pytest.approx(videos)
    assert share["large", "real", False] == pytest.approx(videos * 2 / 3), "16 files weigh twice as much as 4"
    assert share["little", "real", False] == pytest.approx(videos / 3)
    assert share["stills", "real", True] == pytest.approx(stills) == share["stills", "fake", True]


def test_changes_that_a_score_shall_not_notice_are_penalised_as_stated(monkeypatch: pytest.MonkeyPatch) -> None:
    """The dual's solution is the primal one: scikit-learn's on features that are whitened by the stated metric."""
    monkeypatch.setattr(heads, "PENALTY", 0.02)
    monkeypatch.setattr(heads, "STEPS", 12)
    chance = np.random.default_rng(2)
    given, changes = chance.standard_normal((90, 12)), chance.standard_normal((7, 12)) * 3
    fake = given[:, 0] + chance.standard_normal(90) > 0
    weight = np.full(90, 1 / 90)
    coefficients, intercept = logistic(given, fake, weight, changes)
    metric = np.eye(12) + heads.STEADINESS * len(changes) * changes.T @ changes / (changes**2).sum()
    root = np.linalg.cholesky(np.linalg.inv(metric))
    whitened = given @ root
    ridge = 0.02 * ((whitened - weight @ whitened) ** 2).sum() / 90
    theirs = LogisticRegression(C=1 / ridge, tol=1e-10, max_iter=5000).fit(whitened, fake, sample_weight=weight)
    wanted = root @ theirs.coef_[0]
    assert np.allclose(coefficients, wanted, atol=1e-3 * np.abs(wanted).max())
    assert intercept == pytest.approx(theirs.intercept_[0], rel=2e-3, abs=2e-3)
    plain, _ = logistic(given, fake, weight)
    assert np.abs(changes @ coefficients).mean() < 0.7 * np.abs(changes @ plain).mean()


def test_a_copy_is_in_the_fold_of_its_file_and_changes_no_fold() -> None:
    rows = [row(f"{name}/{n}", "fake" if n % 2 else "real", f"s{name}") for name in range(20) for n in range(name + 2)]
    fold = fold_of(rows)
    assert np.array_equal(fold_of([*rows, *rows]), np.concatenate([fold, fold]))


def test_what_compression_changes_is_not_looked_at() -> None:
    """Two directions tell fakes, one of them strongly, but compression tears that one apart: in copies a head does better that saw copies
    of other sources. Whether copies are real or fake is not learnt from."""
    rows = [row(f"{name}/{n}", "fake" if n % 2 else "real", f"s{name}") for name in range(20) for n in range(4)]
    fake = np.array([each.label == "fake" for each in rows])
    side, chance = np.where(fake[:, None], 1.0, -1.0), np.random.default_rng(0)
    given: dict[int, list[Features]] = {ORIGINAL: [], 1: []}
    for each, signal in zip(rows, side * (2 * np.eye(WIDTH)[3] + np.eye(WIDTH)[5]), strict=True):
        noise = 0.5 * chance.standard_normal((2, 2, 1, 3, WIDTH))
        torn = 6 * chance.standard_normal() * np.eye(WIDTH)[3]
        for copy, shift in ((ORIGINAL, 0), (1, torn)):
            given[copy].append(replace(features(each, signal + noise + shift), copy=copy))
    files = gather_features([*given[ORIGINAL], *given[1]])
    copied, truth = (files.copy == 1)[files.owner], files.fake[files.owner]
    assert files.copy.tolist() == [ORIGINAL] * len(rows) + [1] * len(rows)
    with_copies = leave_sources_out(files, fold_of(files.rows)).full
    alone = fit_head(gather_features(given[ORIGINAL]), np.ones(len(rows), bool)).scores(files.looks)
    assert roc_auc_score(truth[copied], with_copies[copied]) > roc_auc_score(truth[copied], alone[copied]) + 0.05
    assert roc_auc_score(truth[~copied], with_copies[~copied]) > 0.95
    turned = [replace(each, row=row(each.row.path, "real", each.row.source)) for each in given[1]]
    again = fit_head(gather_features([*given[ORIGINAL], *turned]), np.ones(2 * len(rows), bool))
    assert np.allclose(again.weight, fit_head(files, np.ones(2 * len(rows), bool)).weight)


def test_a_fold_holds_whole_sources_and_what_belongs_together() -> None:
    sizes = [30, 25, 20, *range(1, 18)]
    rows = [row(f"{name}/{n}", "fake" if n % 2 else "real", f"s{name:02d}") for name, size in enumerate(sizes) for n in range(size)]
    together = [["s00", "s07", "s12"], ["s03", "s04"]]
    fold = fold_of(rows, together)
    held: dict[str, set[int]] = {}
    for each, place in zip(rows, fold, strict=True):
        held.setdefault(each.source, set()).add(int(place))
    assert all(len(places) == 1 for places in held.values())
    assert held["s00"] == held["s07"] == held["s12"] and held["s03"] == held["s04"]
    assert fold.min() >= 0 and fold.max() < FOLDS and len(set(fold)) == FOLDS
    assert max(Counter(fold.tolist()).values()) <= 30 + 5 + 10, "no fold is larger than its largest family"
    shuffled = np.random.default_rng(0).permutation(len(rows))
    assert np.array_equal(fold_of([rows[place] for place in shuffled], together), fold[shuffled])


def memorable(shared_people: bool) -> tuple[FileFeatures, np.ndarray]:
    """Files that can be told only by who has been seen before: every source (or every person of it and of a twin source) has a direction
    of its own, in which reals and fakes lie apart on sides that are drawn anew for each."""
    rows, signal = [], []
    for number in range(WIDTH):
        side = 1 if number % 2 else -1
        for count in range(4):
            label = "fake" if count % 2 else "real"
            source = f"s{number:02d}" if not shared_people else f"{'ab'[count // 2]}{number:02d}"
            group = f"{number}" if shared_people else f"{number}-{count}"
            rows.append(row(f"{number}/{count}", label, source, group=group))
            signal.append(np.eye(WIDTH)[number] * 8 * side * (1 if label == "fake" else -1))
    return files_of(rows, np.array(signal)), np.array([each.label == "fake" for each in rows])


@pytest.mark.parametrize("shared_people", [False, True])
def test_a_tested_source_and_its_people_are_never_fitted_on(shared_people: bool) -> None:
    """Each source (or each person, who shows in two sources) is told by a direction of its own: AUC 1 for a head that saw it, about one
    half for one that did not."""
    files, fake = memorable(shared_people)
    seen = fit_head(files, np.ones(len(fake), bool)).scores(files.mean)
    assert roc_auc_score(fake, seen) == 1
    scores = leave_sources_out(files, fold_of(files.rows)).full
    unseen = np.array([scores[files.owner == number].mean() for number in range(len(fake))])
    assert 0.25 < roc_auc_score(fake, unseen) < 0.75
    if shared_people:
        apart = FileFeatures([row(each.path, each.label, each.source) for each in files.rows], files.mean, files.looks, files.owner)
        leaky = leave_sources_out(apart, fold_of(apart.rows)).full
        assert roc_auc_score(fake[files.owner], leaky) > 0.95, "else the test would not see a leak"


def test_what_is_common_to_all_sources_is_learnt() -> None:
    rows = [row(f"{name}/{n}", "fake" if n % 2 else "real", f"s{name}") for name in range(20) for n in range(4)]
    fake = np.array([each.label == "fake" for each in rows])
    files = files_of(rows, np.where(fake[:, None], 1.0, -1.0) * np.eye(WIDTH)[3])
    scores = leave_sources_out(files, fold_of(rows)).full
    assert roc_auc_score(fake[files.owner], scores) > 0.95
    assert scores[~fake[files.owner]].mean() < 0 < scores[fake[files.owner]].mean()
    head = fit_head(files, np.ones(len(rows), bool))
    assert np.allclose(head.centre, files.mean[~fake].mean(axis=0))
    assert head.weight.shape == (2, 1, 3, WIDTH) and head.weight.any(axis=(1, 2, 3)).all()
