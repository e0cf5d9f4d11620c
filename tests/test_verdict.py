"""From logits to a verdict: thresholds, calibration, several people, and every way of not telling."""

import math
from dataclasses import replace

import numpy as np
import pytest

from detector.faces import Face
from detector.settings import Calibration, ModelSettings
from detector.verdict import Look, PersonLooks, judge, probability

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


def looks(number: int, logits: list[float], *, size: float = 120, landmarks: np.ndarray = FRONT, crop: np.ndarray = SHARP) -> PersonLooks:
    face = Face(np.array([0, 0, size, size]), landmarks, 1.0)
    return PersonLooks(number, [Look(at, float(at), face, logit, np.zeros((5, 5)), crop) for at, logit in enumerate(logits)])


def test_probability_is_the_calibrated_one() -> None:
    assert probability(5.0, SETTINGS) == pytest.approx(1 / (1 + math.exp(-2.0)))
    assert probability(SETTINGS.offset, SETTINGS) == 0.5


@pytest.mark.parametrize(("logit", "verdict"), [(9.0, "likely_fake"), (1.0, "cannot_tell"), (-7.0, "no_sign_of_manipulation")])
def test_thresholds(logit: float, verdict: str) -> None:
    judged = judge([looks(1, [logit] * 8)], frames=8, kind="video", settings=SETTINGS)
    assert judged.verdict == verdict
    assert judged.interval is not None and judged.fake_probability is not None
    assert judged.interval.low < judged.fake_probability < judged.interval.high
    assert bool(judged.reasons) == (verdict == "cannot_tell")


def test_one_manipulated_person_among_three_is_named() -> None:
    people = [looks(1, [-7] * 8), looks(2, [9] * 8), looks(3, [-6] * 8)]
    judged = judge(people, frames=8, kind="video", settings=SETTINGS)
    assert judged.verdict == "likely_fake"
    assert [person.verdict for person in judged.people] == ["no_sign_of_manipulation", "likely_fake", "no_sign_of_manipulation"]


def test_somebody_who_only_passes_does_not_decide() -> None:
    judged = judge([looks(1, [-7] * 40), looks(2, [9])], frames=40, kind="video", settings=SETTINGS)
    assert judged.verdict == "no_sign_of_manipulation"
    assert judged.people[1].verdict == "likely_fake"


def test_fewer_looks_give_a_wider_interval() -> None:
    widths = []
    for count in (1, 4, 32):
        interval = judge([looks(1, [1.0] * count)], frames=32, kind="video", settings=SETTINGS).interval
        assert interval is not None
        widths.append(interval.high - interval.low)
    assert widths[0] > widths[1] > widths[2] > 0


def test_no_face_is_said_and_not_scored() -> None:
    judged = judge([], frames=8, kind="video", settings=SETTINGS)
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
def test_what_withholds_a_verdict(person: PersonLooks, code: str) -> None:
    judged = judge([person], frames=8, kind="video", settings=SETTINGS)
    assert judged.verdict == "cannot_tell"
    assert [(reason.code, reason.kind) for reason in judged.reasons] == [(code, "withheld")]


def test_a_face_that_may_be_none_is_never_judged() -> None:
    person = looks(1, [9] * 8)
    unsure = [replace(look, face=replace(look.face, sure=False)) for look in person.looks]
    judged = judge([PersonLooks(1, unsure)], frames=8, kind="video", settings=SETTINGS)
    assert judged.verdict == "cannot_tell"
    assert [reason.code for reason in judged.reasons] == ["face.unsure"]


def test_few_looks_warn_in_a_video_but_not_in_a_picture() -> None:
    in_video = judge([looks(1, [9])], frames=8, kind="video", settings=SETTINGS)
    assert [(reason.code, reason.kind) for reason in in_video.reasons] == [("person.few_looks", "warning")]
    assert judge([looks(1, [9])], frames=1, kind="image", settings=SETTINGS).reasons == []


def test_an_uncalibrated_model_says_so() -> None:
    judged = judge([looks(1, [9] * 8)], frames=8, kind="video", settings=ModelSettings())
    assert "model.uncalibrated" in [reason.code for reason in judged.reasons]
