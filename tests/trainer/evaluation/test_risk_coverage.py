"""Risk over coverage: by hand, and the model's own point from the verdicts it gave."""

from pathlib import Path

import numpy as np
import pytest

from trainer.data.manifest import Row
from trainer.evaluation.risk_coverage import answers, confidences, opening, selection
from trainer.evaluation.score_table import Table, tabulate
from trainer.evaluation.scores import Score

EXACT = 1e-9


def table_of(*files: tuple[str, float, str | None]) -> Table:
    """Files as videos: label, probability, verdict."""
    rows = [Row(str(n), Path(str(n)), label, "video", "s", str(n)) for n, (label, _, _) in enumerate(files)]  # type: ignore[arg-type]
    seen = [() if verdict in ("no_face", None) else (0.0,) for _, _, verdict in files]
    scores = [Score("r", str(n), each[2], each[1], seen[n], 90.0, 0.1) for n, each in enumerate(files)]  # type: ignore[arg-type]
    return tabulate(rows, scores)


FILES = table_of(
    ("fake", 0.95, "likely_fake"),
    ("real", 0.85, "likely_fake"),
    ("fake", 0.70, "cannot_tell"),
    ("real", 0.45, "cannot_tell"),
    ("fake", 0.35, "cannot_tell"),
    ("real", 0.10, "no_sign_of_manipulation"),
    ("real", 0.50, "no_face"),
)
"""Confidences about 0.5: 0.9, 0.7, 0.4, 0.1, 0.3, 0.8; the last is never answered."""


def test_the_band_of_the_model_is_one_of_the_widening_ones() -> None:
    for clear_to, fake_from in ((0.3, 0.67), (0.2, 0.8), (0.0, 0.7), (0.5, 0.5)):
        centre, width = opening(clear_to, fake_from)
        assert centre * (1 - width) == pytest.approx(clear_to, abs=EXACT)
        assert centre + (1 - centre) * width == pytest.approx(fake_from, abs=EXACT)
        confidence, said = confidences(np.array([clear_to, fake_from]), centre)
        assert confidence == pytest.approx([width, width], abs=EXACT) or clear_to == 0
        assert said[1]


def test_risk_over_coverage_by_hand() -> None:
    found = selection(FILES, 0.2, 0.8)
    assert [point.width for point in found.points] == pytest.approx([0.9, 0.8, 0.7, 0.4, 0.3, 0.1], abs=EXACT)
    assert [point.coverage for point in found.points] == pytest.approx([n / 7 for n in range(1, 7)], abs=EXACT)
    # Wrong, from the surest on: the real at 0.85 is the third, the fake at 0.35 the fifth.
    risks = [0, 0, 1 / 3, 1 / 4, 2 / 5, 2 / 6]
    assert [point.risk for point in found.points] == pytest.approx(risks, abs=EXACT)
    assert found.aurc is not None and found.aurc.value == pytest.approx(np.mean(risks), abs=EXACT)
    assert found.aurc.low <= found.aurc.value <= found.aurc.high
    last = found.points[-1]
    assert (last.false_alarm_rate, last.miss_rate) == pytest.approx((1 / 3, 1 / 3), abs=EXACT)
    assert found.points[0].false_alarm_rate is None  # no real answered


def test_the_own_point_counts_the_verdicts() -> None:
    own = selection(FILES, 0.2, 0.8).own
    assert own.coverage == pytest.approx(3 / 7, abs=EXACT) and own.risk == pytest.approx(1 / 3, abs=EXACT)
    assert own.width == pytest.approx(0.6, abs=EXACT)
    assert (own.false_alarm_rate, own.miss_rate) == pytest.approx((1 / 2, 0), abs=EXACT)


def test_answers_tell_the_two_errors_apart() -> None:
    """Of four reals two are answered and one of them is called fake; of three fakes one is answered, rightly."""
    found = answers(FILES)
    assert (found.answered_reals, found.answered_fakes) == (2, 1)
    assert found.coverage_reals is not None and found.coverage_fakes is not None
    shares = (found.coverage.value, found.coverage_reals.value, found.coverage_fakes.value)
    assert shares == pytest.approx((3 / 7, 2 / 4, 1 / 3), abs=EXACT)
    assert found.wrong is not None and found.reals_called_fake is not None and found.fakes_called_clear is not None
    wrong = (found.wrong.value, found.reals_called_fake.value, found.fakes_called_clear.value)
    assert wrong == pytest.approx((1 / 3, 1 / 2, 0), abs=EXACT)
    cleared = answers(table_of(("fake", 0.1, "no_sign_of_manipulation"), ("real", 0.5, "cannot_tell")))
    assert cleared.fakes_called_clear is not None and cleared.fakes_called_clear.value == 1 and cleared.reals_called_fake is None


def test_files_of_one_confidence_are_answered_together() -> None:
    tied = table_of(("fake", 0.9, "likely_fake"), ("real", 0.9, "likely_fake"), ("real", 0.4, "cannot_tell"))
    found = selection(tied, 0.2, 0.8)
    assert [point.coverage for point in found.points] == pytest.approx([2 / 3, 1], abs=EXACT)
    assert found.aurc is not None and found.aurc.value == pytest.approx((2 * 1 / 2 + 1 / 3) / 3, abs=EXACT)


def test_nothing_answered_has_no_risk() -> None:
    found = selection(table_of(("real", 0.5, "no_face"), ("fake", 0.5, None)), 0.2, 0.8)
    assert found.aurc is None and found.own_risk is None and found.own.risk is None and found.points == ()
