"""A head for one kind of manipulation: its score is the log likelihood ratio that the leave-one-source-out scores were brought to."""

import numpy as np
import pytest

from tests.trainer.frozen.test_heads import WIDTH, files_of, row
from trainer.frozen import heads
from trainer.frozen.heads import Linear, fit_kind_heads, fold_of, kind_names, kinds_with_fakes, leave_sources_out
from trainer.frozen.kind_heads import Videos, scale_kind

SHAPE = (2, 1, 3, WIDTH)


def scored(count: int = 300, seed: int = 0) -> tuple[np.ndarray, np.ndarray, Videos]:
    """Scores of all kinds and of swaps alone: reals, swaps, and as many fakes of another kind."""
    chance = np.random.default_rng(seed)
    kind = np.repeat(["", "swap", "animated"], count)
    fake, plain = kind != "", np.zeros(3 * count)
    scores = chance.standard_normal(3 * count) + 2.0 * fake
    own = chance.standard_normal(3 * count) + 2.0 * (kind == "swap")
    return scores, own, Videos(fake, kind, plain > 0, plain + 0.3, np.arange(3 * count))


def test_both_heads_are_added_up() -> None:
    scores, own_scores, videos = scored()
    chance = np.random.default_rng(3)
    head, own = (Linear(chance.standard_normal(SHAPE), bias, np.zeros(SHAPE)) for bias in (0.4, -0.2))
    made = scale_kind("swap", head, own, scores, own_scores, videos)
    share, own_share = made.figures["head of all kinds"], made.figures["own head"]
    assert np.allclose(made.weight, share * head.weight + own_share * own.weight, atol=1e-3)
    assert share == pytest.approx(2, abs=0.4) and own_share == pytest.approx(2, abs=0.4), "the true log ratio is 2 (x - 1) + 2 (y - 1)"
    assert made.bias - share * head.bias - own_share * own.bias == pytest.approx(-4, abs=0.6)
    (place,) = made.scale.bins
    assert (place.reals, place.fakes) == (300, 300) and place.most > 20 and made.figures["auc"] > 0.95
    assert place.slope == pytest.approx(1, abs=0.1), "the sum is a log ratio already"
    assert made.figures["weak in fakes"] == pytest.approx(place.power, abs=0.02) and made.figures["compressed"] == {}


def test_a_head_that_knows_nothing_more_is_left_out() -> None:
    scores, _, videos = scored()
    noise = np.random.default_rng(4).standard_normal(len(scores)) - 0.5 * scores * videos.fake
    made = scale_kind("swap", *(Linear(np.ones(SHAPE), 0.0, np.zeros(SHAPE)),) * 2, scores, noise, videos)
    assert made.figures["own head"] == 0 and made.figures["head of all kinds"] > 1


def test_heavily_compressed_copies_have_a_scale_of_their_own() -> None:
    scores, own, videos = scored(150)
    noise = np.random.default_rng(5).standard_normal(len(scores))
    both = Videos(
        *(np.tile(each, 2) for each in (videos.fake, videos.kind)),
        np.repeat([False, True], len(scores)),
        np.repeat([0.2, 0.8], len(scores)),
        np.tile(videos.file, 2),
    )
    same = (Linear(np.ones(SHAPE), 0.0, np.zeros(SHAPE)),) * 2
    worse = [np.concatenate([each, 0.4 * each + noise]) for each in (scores, own)]
    made = scale_kind("swap", *same, *worse, both)
    clear, heavy = made.scale.bins
    assert clear.most > 2 * heavy.most and clear.power > heavy.power
    assert made.figures["auc"] > made.figures["compressed"]["auc"] and made.figures["cllr"] < made.figures["compressed"]["cllr"]


def test_kinds_of_few_videos_have_no_head_and_no_kind_sees_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heads, "FEWEST_OF_KIND", 8)
    rows = [row(f"r{n}", "real", f"s{n % 4}") for n in range(24)] + [row(f"f{n}", "fake", f"t{n % 4}") for n in range(24)]
    rows += [row(f"l{n}", "fake", f"u{n % 2}", family="lipsync") for n in range(8)] + [
        row(f"g{n}", "fake", "v", family="gan") for n in range(4)
    ]
    signal = np.zeros((len(rows), WIDTH))
    for place, each in enumerate(rows):
        signal[place, {"swap": 0, "lipsync": 1, "gan": 2}.get(each.family or "", 3)] = 3
    files = files_of(rows, signal)
    assert kinds_with_fakes(files) == ["swap", "animated"]
    assert list(kind_names(files)[[0, 24, 48, 56]]) == ["", "swap", "animated", "generated"]
    found = leave_sources_out(files, fold_of(files.rows))
    assert set(found.kinds) == {"swap", "animated"}
    swap = np.bincount(files.owner, found.kinds["swap"]) / 2
    assert swap[24:48].min() > swap[:24].max()
    everything = np.ones(len(rows), bool)
    moved = files_of(rows, signal + 5 * (np.arange(len(rows)) >= 48)[:, None] * (np.arange(WIDTH) == 5))
    assert np.allclose(fit_kind_heads(files, everything)["swap"].weight, fit_kind_heads(moved, everything)["swap"].weight, atol=0.05)
