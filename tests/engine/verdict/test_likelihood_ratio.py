"""Strength of evidence: bounded by what was measured, said in either direction, and of every kind the model knows."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from telltale.core.model_settings import Calibration, KindScale, ModelSettings, RatioBin
from telltale.core.report import KindEvidence
from telltale.model.observations import PersonTrack
from telltale.verdict.likelihood_ratio import bounded, strength_of
from telltale.verdict.verdict import decide, decide_person
from tests.engine.verdict.test_verdict import looks

MEASURED = Calibration(fitted_on="others", manifest_sha256="0" * 64, videos=100)


def ratio_bin(least: float, most: float, **more: Any) -> RatioBin:
    """One in which scores are log ratios."""
    given = {"slope": 1.0, "offset": 0.0, "reals": 90, "fakes": 60, "power": 0.5, "alarms": 0.05} | more
    return RatioBin(least=least, most=most, **given)


ALL = ratio_bin(0.05, 25)
CLEAR = ratio_bin(0.1, 20, compression_to=0.45, power=0.6)
HEAVY = ratio_bin(0.3, 4, compression_from=0.45, power=0.1, fakes=30)
STEEP = ratio_bin(0.2, 30, compression_to=0.45, slope=2.0, offset=-1.0)
KINDS = (KindScale(kind="swap", bins=(CLEAR, HEAVY)), KindScale(kind="generated", bins=(STEEP,)))
SETTINGS = ModelSettings(temperature=1, offset=0, calibration=MEASURED, ratio=(ALL,), kinds=KINDS)


def person(logit: float = 0.0, kinds: tuple[float, float] = (0.0, 0.0), **given: Any) -> PersonTrack:
    """Eight equal looks at somebody."""
    track = looks(1, [logit] * 8, **given)
    return PersonTrack(1, [replace(look, kinds=kinds) for look in track.looks])


@pytest.mark.parametrize(
    ("value", "word"),
    [(1, "none"), (1.99, "none"), (0.51, "none"), (2, "weak"), (0.5, "weak"), (10, "moderate"), (0.1, "moderate"), (100, "strong")],
)
def test_the_word_goes_by_the_ratio_in_either_direction(value: float, word: str) -> None:
    assert strength_of(value) == word


def test_a_ratio_claims_no_more_than_was_measured() -> None:
    far = bounded(9, 1, ALL)
    assert (far.value, far.low, far.high, far.strength) == (25, 25, 25, "moderate")
    against = bounded(-1.0, 5.0, ALL)
    assert (against.low, against.high) == (0.05, 25) and against.value == pytest.approx(np.exp(-1), abs=1e-3)
    assert bounded(1e6, 1e6, ratio_bin(0.5, 2)).high == 2, "no overflow"
    assert bounded(1.5, 0.1, ratio_bin(0.1, 99, slope=2.0, offset=-1.0)).value == pytest.approx(np.exp(2), rel=0.01)


def test_the_whole_has_the_ratio_and_the_kinds_of_whom_it_rests_on() -> None:
    suspicious, plain = person(2.0, (1.0, 1.5)), person(-2.0, (-1.0, 0.0))
    judged = decide([plain, PersonTrack(2, suspicious.looks)], frames=8, kind="video", settings=SETTINGS)
    assert judged.decided_by is not None and judged.decided_by.id == 2
    ratio = judged.decided_by.ratio
    assert ratio is not None and ratio.value == pytest.approx(np.exp(2), rel=0.01) and ratio.low < ratio.value < ratio.high
    assert [each.kind for each in judged.decided_by.kinds] == ["generated", "swap"], "strongest first"
    assert [each.ratio.value for each in judged.decided_by.kinds] == pytest.approx([np.exp(2), np.exp(1)], rel=0.01)


def test_compressed_faces_have_a_scale_and_a_power_of_their_own_or_none() -> None:
    def found(compression: float) -> dict[str, tuple[float, float, int]]:
        kinds: list[KindEvidence] = decide_person(person(kinds=(2.0, 2.0), compression=compression), 8, "video", SETTINGS).kinds
        return {each.kind: (each.ratio.value, each.power, each.fakes) for each in kinds}

    assert found(0.2)["swap"] == (pytest.approx(np.exp(2), rel=0.01), 0.6, 60)
    assert found(0.8) == {"swap": (4, 0.1, 30)}, "bounded, and generated faces were not measured so compressed"


def test_of_a_face_that_cannot_be_judged_and_by_a_model_without_measures_nothing_is_claimed() -> None:
    tiny = decide_person(person(3.0, (3.0, 3.0), size=30), 8, "video", SETTINGS)
    assert tiny.verdict == "cannot_tell" and tiny.ratio is None and tiny.kinds == []
    picture = decide_person(person(3.0, (3.0, 3.0)), 8, "image", SETTINGS)
    assert picture.ratio is None and picture.kinds == [], "ratios were measured on videos"
    for without in ({"ratio": ()}, {"calibration": None}):
        assert decide_person(person(3.0, (3.0, 3.0)), 8, "video", SETTINGS.model_copy(update=without)).ratio is None


def test_looks_that_differ_widen_the_interval() -> None:
    settings = SETTINGS.model_copy(update={"kinds": KINDS[:1]})
    track, widths = person(), []
    for levels in ([1.0] * 8, [-2.0, 4.0] * 4):
        seen = [replace(look, kinds=(level,)) for look, level in zip(track.looks, levels, strict=True)]
        (kind,) = decide_person(PersonTrack(1, seen), 8, "video", settings).kinds
        assert kind.ratio.value == pytest.approx(np.e, rel=0.01)
        widths.append(kind.ratio.high / kind.ratio.low)
    assert widths[1] > 2 * widths[0]
