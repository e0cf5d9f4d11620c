"""Strength of evidence: bounded by what was measured, said in either direction, and of every kind the model knows."""

import numpy as np
import pytest

from telltale.core.model_settings import Calibration, KindScale, ModelSettings, Power
from telltale.core.report import KindEvidence
from telltale.model.observations import PersonTrack
from telltale.verdict.likelihood_ratio import bounded, strength_of
from telltale.verdict.verdict import decide, decide_person
from tests.engine.verdict.test_verdict import looks

MEASURED = Calibration(fitted_on="others", manifest_sha256="0" * 64, videos=100)
POWER = (Power(face_px_to=160, fakes=30, share=0.1), Power(face_px_from=160, compression_to=0.45, fakes=40, share=0.6))
KINDS = (
    KindScale(kind="swap", least=0.1, most=20, reals=90, fakes=60, power=POWER),
    KindScale(kind="generated", least=0.2, most=30, reals=90, fakes=40),
)
SETTINGS = ModelSettings(temperature=1, offset=0, calibration=MEASURED, least_ratio=0.05, most_ratio=25, kinds=KINDS)


def person(logit: float = 0.0, kinds: tuple[float, float] = (0.0, 0.0), **given: float) -> PersonTrack:
    """Eight equal looks at somebody."""
    track = looks(1, [logit] * 8, **given)  # type: ignore[arg-type]
    return PersonTrack(1, [type(look)(**{**vars(look), "kinds": kinds}) for look in track.looks])


@pytest.mark.parametrize(
    ("value", "word"),
    [(1, "none"), (1.99, "none"), (0.51, "none"), (2, "weak"), (0.5, "weak"), (10, "moderate"), (0.1, "moderate"), (100, "strong")],
)
def test_the_word_goes_by_the_ratio_in_either_direction(value: float, word: str) -> None:
    assert strength_of(value) == word


def test_a_ratio_claims_no_more_than_was_measured() -> None:
    far = bounded(9, 1, 0.05, 25)
    assert (far.value, far.low, far.high, far.strength) == (25, 25, 25, "moderate")
    against = bounded(-1.0, 5.0, 0.05, 25)
    assert (against.low, against.high) == (0.05, 25) and against.value == pytest.approx(np.exp(-1), abs=1e-3)
    assert bounded(1e6, 1e6, 0.5, 2).high == 2, "no overflow"


def test_the_whole_has_the_ratio_and_the_kinds_of_whom_it_rests_on() -> None:
    suspicious, plain = person(2.0, (1.0, 2.5)), person(-2.0, (-1.0, 0.0))
    judged = decide([plain, PersonTrack(2, suspicious.looks)], frames=8, kind="video", settings=SETTINGS)
    assert judged.decided_by is not None and judged.decided_by.id == 2
    ratio = judged.decided_by.ratio
    assert ratio is not None and ratio.value == pytest.approx(np.exp(2), rel=0.01) and ratio.low < ratio.value < ratio.high
    assert [each.kind for each in judged.decided_by.kinds] == ["generated", "swap"], "strongest first"
    assert [each.ratio.value for each in judged.decided_by.kinds] == pytest.approx([np.exp(2.5), np.exp(1)], rel=0.01)


def test_power_is_that_of_faces_of_this_quality_or_was_not_measured() -> None:
    def power(size: float, compression: float) -> dict[str, tuple[float | None, int | None]]:
        track = person(size=size, compression=compression)  # type: ignore[arg-type]
        found: list[KindEvidence] = decide_person(track, 8, "video", SETTINGS).kinds
        return {each.kind: (each.power, each.measured) for each in found}

    assert power(100, 0.9) == {"swap": (0.1, 30), "generated": (None, None)}
    assert power(300, 0.2)["swap"] == (0.6, 40)
    assert power(300, 0.8)["swap"] == (None, None), "too few such fakes"


def test_of_a_face_that_cannot_be_judged_and_by_a_model_without_measures_nothing_is_claimed() -> None:
    tiny = decide_person(person(3.0, (3.0, 3.0), size=30), 8, "video", SETTINGS)
    assert tiny.verdict == "cannot_tell" and tiny.ratio is None and tiny.kinds == []
    for without in ({"least_ratio": None}, {"calibration": None}):
        assert decide_person(person(3.0, (3.0, 3.0)), 8, "video", SETTINGS.model_copy(update=without)).ratio is None


def test_looks_that_differ_widen_the_interval() -> None:
    calm, restless = ([(level,) for level in levels] for levels in ([1.0] * 8, [-2.0, 4.0] * 4))
    settings = SETTINGS.model_copy(update={"kinds": KINDS[:1]})
    track = person()
    widths = []
    for levels in (calm, restless):
        seen = [type(look)(**{**vars(look), "kinds": kinds}) for look, kinds in zip(track.looks, levels, strict=True)]
        (found,) = decide_person(PersonTrack(1, seen), 8, "video", settings).kinds
        assert found.ratio.value == pytest.approx(np.e, rel=0.01)
        widths.append(found.ratio.high / found.ratio.low)
    assert widths[1] > 2 * widths[0]
