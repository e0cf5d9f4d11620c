"""What an evaluation adds up to, on scores made by hand: videos and stills apart, kinds of manipulation, matched sizes, Cllr, settings."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from telltale.core.model_settings import ModelSettings
from trainer.data.manifest import Row
from trainer.evaluation.likelihood import likelihood_cost
from trainer.evaluation.score_table import Table, tabulate
from trainer.evaluation.scores import Score
from trainer.evaluation.slices import matched_auc
from trainer.evaluation.summary import Figures, summarise

EXACT = 1e-9
SETTINGS = ModelSettings(fake_from=0.6, clear_to=0.2)


class Files:
    """Rows and their scores, as they are added."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.scores: list[Score] = []

    def add(self, label: str, probability: float, verdict: str = "cannot_tell", *, face_px: float | None = 90.0, **known: Any) -> None:
        """One file, a video unless ``kind`` says otherwise."""
        name = str(len(self.rows))
        given = {"kind": "video", "source": "s", "group": name} | known
        self.rows.append(Row(name, Path(name), label=label, **given))  # type: ignore[arg-type]
        logits = () if verdict == "no_face" else (probability,)
        self.scores.append(Score("r", name, verdict, probability, logits, face_px, 0.1))  # type: ignore[arg-type]

    @property
    def table(self) -> Table:
        """All of them, which are of one medium."""
        return tabulate(self.rows, self.scores)

    def videos(self) -> Figures:
        """The figures of the videos."""
        found = summarise(self.rows, self.scores, SETTINGS).videos
        assert found is not None
        return found


def many(files: Files, label: str, probabilities: Sequence[float], **known: Any) -> None:
    """One file for each probability."""
    for probability in probabilities:
        files.add(label, probability, **known)


def test_stills_do_not_change_a_figure_of_videos() -> None:
    """Videos that the model gets wrong beside many stills that it gets right: the headline is of the videos."""
    files = Files()
    many(files, "real", [0.7, 0.8])
    many(files, "fake", [0.3, 0.4, 0.75], family="swap")
    alone = summarise(files.rows, files.scores, SETTINGS)
    many(files, "fake", [0.9] * 20, kind="image", family="gan")
    many(files, "real", [0.1] * 10, kind="image")
    both = summarise(files.rows, files.scores, SETTINGS)
    assert alone.stills is None and both.videos == alone.videos and both.video_auc == alone.video_auc
    assert both.video_auc is not None and both.video_auc.value == pytest.approx(1 / 6, abs=EXACT)
    assert both.stills is not None and both.stills.ranking is not None and both.stills.ranking.auc.value == 1.0
    assert (both.counts.real_videos, both.counts.fake_videos, both.counts.real_stills, both.counts.fake_stills) == (2, 3, 10, 20)
    assert both.counts.frames == 5 and [kind.name for kind in both.stills.kinds] == ["generated"]
    with pytest.raises(ValueError, match="do not go into one table"):
        tabulate(files.rows, files.scores)


def test_stills_of_one_clip_are_drawn_together() -> None:
    """Each still counts in the AUC; for the interval forty stills of two clips are two units, not forty."""
    rng = np.random.default_rng(0)
    apart, together = Files(), Files()
    for files, group in ((apart, None), (together, "clip")):
        rng = np.random.default_rng(0)
        for number in range(40):
            named = {} if group is None else {"group": f"{group}{number % 4 // 2}"}
            shift = 0.2 * (number % 4 // 2)
            files.add("fake" if number % 2 else "real", float(rng.uniform(0.2, 0.6) + shift), kind="image", **named)
    one, other = (summarise(each.rows, each.scores, SETTINGS).stills for each in (apart, together))
    assert one and other and one.ranking and other.ranking and one.ranking.auc.value == other.ranking.auc.value
    assert other.ranking.auc.high - other.ranking.auc.low > 1.3 * (one.ranking.auc.high - one.ranking.auc.low)


def test_a_kind_is_set_against_all_reals() -> None:
    """Swaps lie above every real, talking heads and lip-sync below: the AUCs are 1 and 0, whatever the others are."""
    files = Files()
    many(files, "real", [0.5, 0.55, 0.58, 0.59, 0.61], source="a")
    many(files, "fake", [0.8] * 6, family="swap", verdict="likely_fake")
    many(files, "fake", [0.1] * 3, family="talking_head", verdict="no_sign_of_manipulation")
    many(files, "fake", [0.2] * 2, family="lipsync")
    files.add("fake", 0.9)
    found = files.videos()
    assert [(each.name, each.reals, each.fakes) for each in found.kinds] == [("swap", 5, 6), ("animated", 5, 5), ("not stated", 5, 1)]
    swap, animated, unknown = found.kinds
    assert swap.auc and animated.auc and swap.tpr_at_fpr_1 and animated.tpr_at_fpr_5
    assert (swap.auc.value, animated.auc.value) == (1.0, 0.0) and unknown.auc is unknown.tpr_at_fpr_1 is None
    assert (swap.tpr_at_fpr_1.value, animated.tpr_at_fpr_5.value) == (1.0, 0.0)
    assert (swap.found, animated.found) == (1.0, 0.0)
    assert animated.verdicts == {
        "likely_fake": 0, "no_sign_of_manipulation": 3, "cannot_tell": 2, "no_face": 0, "unreadable": 0,
    }  # fmt: skip
    families = {each.name: each for each in found.families}
    assert list(families) == ["swap", "lipsync", "talking_head"] and families["lipsync"].auc is None
    assert families["swap"].auc == swap.auc


def test_the_matched_auc_by_hand() -> None:
    """Bins at 64 to 91 and at 128 to 181 px hold both classes, with AUCs of 1 for four fakes and of 1/4 for two; 500 px has no real."""
    files = Files()
    many(files, "fake", [0.9] * 4, face_px=70.0)
    many(files, "real", [0.1, 0.2, 0.3], face_px=90.0)
    many(files, "fake", [0.5, 0.05], face_px=130.0)
    many(files, "real", [0.4, 0.6], face_px=180.0)
    many(files, "fake", [0.99] * 3, face_px=500.0)
    files.add("real", 0.5, "no_face", face_px=None)
    found = matched_auc(files.table, np.ones(len(files.rows), dtype=bool))
    assert found is not None and found.auc.value == pytest.approx((4 * 1 + 2 * 0.25) / 6, abs=EXACT)
    assert (found.reals, found.fakes, found.bins) == (5, 6, 2) and found.auc.low <= found.auc.value <= found.auc.high
    assert matched_auc(files.table, ~files.table.fake | (files.table.score == 0.5)) is None, "one fake is too few"


def test_the_likelihood_cost_by_hand() -> None:
    """Likelihood ratios of 4 and 1/4: each right answer costs log2(1 + 1/4), the one wrong answer log2(1 + 4)."""
    fake = np.array([True] * 4 + [False] * 4)
    score = np.array([0.8, 0.8, 0.8, 0.2, 0.2, 0.2, 0.2, 0.2])
    found = likelihood_cost(fake, score, np.arange(8))
    right, wrong = np.log2(1 + 1 / 4), np.log2(1 + 4)
    assert found.cllr.value == pytest.approx(((3 * right + wrong) / 4 + right) / 2, abs=EXACT)
    # Recalibrated, 0.8 is certain, and at 0.2 lie a quarter of the fakes and all reals: odds of 1/4.
    assert found.minimum.value == pytest.approx((np.log2(1 + 4) / 4 + np.log2(1 + 1 / 4)) / 2, abs=EXACT)
    assert found.loss.value == pytest.approx(found.cllr.value - found.minimum.value, abs=EXACT)
    assert found.cllr.low <= found.cllr.value <= found.cllr.high and found.minimum.low >= 0


def test_false_alarms_by_setting_are_of_reals() -> None:
    files = Files()
    many(files, "real", [0.7, 0.1, 0.1, 0.1], setting="news")
    many(files, "real", [0.9, 0.8], setting="selfie")
    files.add("real", 0.3)
    many(files, "fake", [0.9, 0.1], setting="film", family="swap")
    settings = {each.value: each for each in files.videos().settings}
    assert {name: (each.reals, each.called_fake) for name, each in settings.items()} == {
        "news": (4, 1), "not stated": (1, 0), "selfie": (2, 2),
    }  # fmt: skip
    assert settings["news"].false_alarms.value == 0.25 and settings["news"].false_alarms.low < 0.25 < settings["news"].false_alarms.high
