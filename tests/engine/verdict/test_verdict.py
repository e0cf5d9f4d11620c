"""From logits to a verdict: thresholds, calibration, several people, and every way of not telling."""

import math
from dataclasses import replace

import numpy as np
import pytest

from telltale.core.model_settings import Bin, Calibration, ModelSettings
from telltale.faces.detectors import Face
from telltale.model.observations import Observation, PersonTrack
from telltale.verdict.verdict import decide, probability

SETTINGS = ModelSettings(
    temperature=2.0,
    offset=1.0,
    fake_from=0.8,
    clear_to=0.3,
    look_spread=1.0,
    video_spread=0.2,
    calibration=Calibration(fitted_on="a test", manifest_sha256="0", videos=1),
)
FRONT = np.array([[30, 40], [70, 40], [50, 60], [35, 80], [65, 80]], np.float32)
SHARP = np.random.default_rng(0).integers(0, 255, (64, 64, 3)).astype(np.uint8)


def looks(
    number: int,
    logits: list[float],
    *,
    size: float = 120,
    landmarks: np.ndarray = FRONT,
    crop: np.ndarray = SHARP,
    compression: float = 0.2,
) -> PersonTrack:
    face = Face(np.array([0, 0, size, size]), landmarks, 1.0)
    return PersonTrack(
        number, [Observation(at, float(at), face, logit, np.zeros((5, 5)), crop, compression) for at, logit in enumerate(logits)]
    )


def test_probability_is_the_calibrated_one() -> None:
    assert probability(5.0, SETTINGS) == pytest.approx(1 / (1 + math.exp(-2.0)))
    assert probability(SETTINGS.offset, SETTINGS) == 0.5


@pytest.mark.parametrize(("logit", "verdict"), [(9.0, "likely_fake"), (1.0, "cannot_tell"), (-7.0, "no_sign_of_manipulation")])
def test_thresholds(logit: float, verdict: str) -> None:
    judged = decide([looks(1, [logit] * 8)], frames=8, kind="video", settings=SETTINGS)
    assert judged.verdict == verdict
    assert judged.interval is not None and judged.fake_probability is not None
    assert judged.interval.low < judged.fake_probability < judged.interval.high
    assert bool(judged.reasons) == (verdict == "cannot_tell")


def test_one_manipulated_person_among_three_is_named() -> None:
    people = [looks(1, [-7] * 8), looks(2, [9] * 8), looks(3, [-6] * 8)]
    judged = decide(people, frames=8, kind="video", settings=SETTINGS)
    assert judged.verdict == "likely_fake"
    assert [person.verdict for person in judged.people] == ["no_sign_of_manipulation", "likely_fake", "no_sign_of_manipulation"]


def test_somebody_who_only_passes_does_not_decide() -> None:
    judged = decide([looks(1, [-7] * 40), looks(2, [9])], frames=40, kind="video", settings=SETTINGS)
    assert judged.verdict == "no_sign_of_manipulation"
    assert judged.people[1].verdict == "likely_fake"


def test_fewer_looks_give_a_wider_interval() -> None:
    widths = []
    for count in (1, 4, 32):
        interval = decide([looks(1, [1.0] * count)], frames=32, kind="video", settings=SETTINGS).interval
        assert interval is not None
        widths.append(interval.high - interval.low)
    assert widths[0] > widths[1] > widths[2] > 0


def test_no_face_is_said_and_not_scored() -> None:
    judged = decide([], frames=8, kind="video", settings=SETTINGS)
    assert (judged.verdict, judged.fake_probability, judged.people) == ("no_face", None, [])
    assert [reason.code for reason in judged.reasons] == ["face.none"]


@pytest.mark.parametrize(
    ("person", "code"),
    [
        (looks(1, [9] * 8, size=30), "face.small"),
        (looks(1, [9] * 8, crop=np.full((64, 64, 3), 90, np.uint8)), "face.blurred"),
        (looks(1, [9] * 8, landmarks=np.array([[30, 40], [70, 40], [72, 60], [60, 80], [66, 80]], np.float32)), "face.turned"),
    ],
)
def test_what_withholds_a_verdict(person: PersonTrack, code: str) -> None:
    judged = decide([person], frames=8, kind="video", settings=SETTINGS)
    assert judged.verdict == "cannot_tell"
    assert [(reason.code, reason.severity) for reason in judged.reasons] == [(code, "abstain")]


def test_a_face_that_may_be_none_is_never_judged() -> None:
    person = looks(1, [9] * 8)
    unsure = [replace(look, face=replace(look.face, sure=False)) for look in person.looks]
    judged = decide([PersonTrack(1, unsure)], frames=8, kind="video", settings=SETTINGS)
    assert judged.verdict == "cannot_tell"
    assert [reason.code for reason in judged.reasons] == ["face.unsure"]


def test_few_looks_warn_in_a_video_but_not_in_a_picture() -> None:
    in_video = decide([looks(1, [9])], frames=8, kind="video", settings=SETTINGS)
    assert [(reason.code, reason.severity) for reason in in_video.reasons] == [("person.few_looks", "warning")]
    assert decide([looks(1, [9])], frames=1, kind="image", settings=SETTINGS).reasons == []


def test_an_uncalibrated_model_says_so() -> None:
    judged = decide([looks(1, [9] * 8)], frames=8, kind="video", settings=ModelSettings())
    assert "model.uncalibrated" in [reason.code for reason in judged.reasons]


def bin_of(**given: object) -> Bin:
    return Bin.model_validate({"reals": 50, "fakes": 50, "own_fake_from": True, "own_clear_to": True} | given)


STRICT = SETTINGS.model_copy(
    update={
        "bins": (
            bin_of(face_px_to=128, compression_to=0.5, fake_from=0.95, clear_to=0.1),
            bin_of(face_px_to=128, compression_from=0.5, fake_from=1.0, clear_to=0.0),
            bin_of(face_px_from=128, fake_from=0.7, clear_to=0.4),
        )
    }
)
"""Like SETTINGS for all faces; small faces ask for more, small and compressed ones are never judged, large ones ask for less."""


def codes(person: PersonTrack, settings: ModelSettings = STRICT) -> tuple[str, list[str]]:
    judged = decide([person], frames=8, kind="video", settings=settings)
    assert judged.decided_by == judged.people[0]
    return judged.verdict, [reason.code for reason in judged.reasons]


def at(value: float) -> list[float]:
    """Looks whose calibrated probability is ``value``."""
    return [SETTINGS.offset + SETTINGS.temperature * math.log(value / (1 - value))] * 8


@pytest.mark.parametrize(
    ("value", "size", "compression", "verdict", "reasons"),
    [
        *((0.9, 100, 0.2, "cannot_tell", ["quality.between"]), (0.97, 100, 0.2, "likely_fake", [])),
        *((0.2, 100, 0.2, "cannot_tell", ["quality.between"]), (0.05, 100, 0.2, "no_sign_of_manipulation", [])),
        *((0.6, 100, 0.2, "cannot_tell", ["score.between"]), (0.999, 100, 0.5, "cannot_tell", ["score.unmeasured"])),
        *((0.001, 100, 0.9, "cannot_tell", ["score.unmeasured"]), (0.75, 128, 0.9, "likely_fake", [])),
        *((0.35, 300, 0.1, "no_sign_of_manipulation", []), (0.69, 300, 0.1, "cannot_tell", ["score.between"])),
    ],
)
def test_the_thresholds_are_those_of_the_persons_size_and_compression(
    value: float, size: float, compression: float, verdict: str, reasons: list[str]
) -> None:
    assert codes(looks(1, at(value), size=size, compression=compression)) == (verdict, reasons)


def test_the_bin_goes_by_the_median_look() -> None:
    """One large clean look among small ones does not lift a person into another bin."""
    small, large = looks(1, at(0.9), size=100), looks(1, at(0.9), size=300)
    assert codes(PersonTrack(1, [*small.looks[:5], *large.looks[5:]]))[0] == "cannot_tell"
    assert codes(PersonTrack(1, [*small.looks[:3], *large.looks[3:]]))[0] == "likely_fake"


def test_without_a_bin_for_it_the_thresholds_of_all_count() -> None:
    only = SETTINGS.model_copy(update={"bins": STRICT.bins[:1]})
    assert codes(looks(1, at(0.75), size=300), only) == ("cannot_tell", ["score.between"])
    assert codes(looks(1, at(0.85), size=300), only) == ("likely_fake", [])


def test_a_side_that_calibration_could_not_set_is_never_said() -> None:
    never = SETTINGS.model_copy(update={"fake_from": 1.0})
    assert codes(looks(1, [500.0] * 8), never) == ("cannot_tell", ["score.unmeasured"])
    assert codes(looks(1, at(0.1)), never) == ("no_sign_of_manipulation", [])


def test_looks_of_a_sheet_count_as_one() -> None:
    widths = []
    for sheet, count in ((1, 2), (2, 8), (1, 8)):
        interval = decide([looks(1, [1.0] * count)], frames=8, kind="video", settings=SETTINGS.model_copy(update={"sheet": sheet})).interval
        assert interval is not None
        widths.append(interval.high - interval.low)
    assert widths[0] == pytest.approx(widths[1]) and widths[1] > widths[2]
