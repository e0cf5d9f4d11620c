"""Some looks first, the others only where the score leaves the verdict open: which they are, what is judged, and what is told meanwhile."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from telltale.checkpoints.labels import Labels
from telltale.checkpoints.preprocessing import by_colours
from telltale.core.model_settings import Calibration, ModelSettings
from telltale.core.progress import Listener, Progress
from telltale.faces.align import template
from telltale.faces.detectors import Face
from telltale.faces.tracking import Track
from telltale.model.classifier import Model, Scores
from telltale.model.observations import PersonTrack
from telltale.model.scoring import choose_first_faces, score
from telltale.pipeline import Engine, check, load_engine, look
from telltale.verdict.verdict import decide, open_by_score
from telltale.video.frames import Clip, Frame, read_clip

SETTINGS = ModelSettings(
    size=64,
    frames=12,
    first_looks=4,
    fake_from=0.8,
    clear_to=0.2,
    look_spread=0,
    video_spread=0,
    calibration=Calibration(fitted_on="a test", manifest_sha256="0", videos=1),
)
FAKE, OPEN, REAL = 200, 128, 50
"""Greys of a frame in which a face looks so."""


class Grey(Model):
    """A model that goes by the mean grey of a crop."""

    def score(self, crops: np.ndarray) -> Scores:
        """128 is log-odds of 0."""
        SHOWN.append(len(crops))
        return Scores((crops.mean(axis=(1, 2, 3)) - OPEN) / 10, np.zeros((len(crops), 2, 2), np.float32), np.zeros((len(crops), 0)))


SHOWN: list[int] = []


def grey(settings: ModelSettings = SETTINGS) -> Grey:
    SHOWN.clear()
    preprocessing = by_colours(64, np.zeros(3, np.float32), np.ones(3, np.float32))
    return Grey("g", "0", "none", settings, preprocessing, Labels((1,), (0,)), lambda pixels: (pixels, pixels), at_once=2)


def filmed(greys: list[int]) -> Clip:
    """A frame for each grey, a little textured so that faces are not blurred."""
    noise = np.random.default_rng(0).integers(-40, 41, (160, 160, 1))
    frames = [Frame(at, float(at), np.clip(level + noise, 0, 255).astype(np.uint8).repeat(3, axis=2)) for at, level in enumerate(greys)]
    return Clip("video", 160, 160, float(len(greys)), "h264", frames)


def track(places: list[int], size: float = 100, sure: bool = True) -> Track:
    """Somebody found in these frames."""
    landmarks = (template(1, 0) * size + 30).astype(np.float32)
    return [(at, Face(np.array([30, 30, 30 + size, 30 + size], np.float32), landmarks, 1.0, sure)) for at in places]


def staged(clip: Clip, tracks: list[Track], model: Model, listener: Listener) -> list[PersonTrack]:
    """Scored with the rule of the pipeline for what leaves a verdict open."""

    def undecided(people: list[PersonTrack]) -> bool:
        return open_by_score(decide(people, frames=len(clip.frames), kind=clip.scored_as, settings=model.settings))

    return score(clip, tracks, model, listener, undecided=undecided)


@pytest.mark.parametrize(("level", "verdict"), [(FAKE, "likely_fake"), (REAL, "no_sign_of_manipulation")])
def test_looks_that_settle_it_are_all_there_are(level: int, verdict: str) -> None:
    clip, heard = filmed([level] * 12), list[Progress]()
    (person,) = staged(clip, [track(list(range(12)))], grey(), heard.append)
    assert [each.position for each in person.looks] == [1, 4, 7, 10] and sum(SHOWN) == 4
    judged = decide([person], frames=12, kind="video", settings=SETTINGS)
    assert judged.verdict == verdict and judged.people[0].frame_coverage == 1.0 and len(judged.people[0].observations) == 4
    assert [(one.done, one.total) for one in heard] == [(0, 12), (2, 12), (12, 12)]


def test_looks_that_leave_it_open_are_followed_by_the_others() -> None:
    """The four first are open; the others are fake, and so are all together."""
    greys = [OPEN if at in (1, 4, 7, 10) else FAKE for at in range(12)]
    clip, heard = filmed(greys), list[Progress]()
    (person,) = staged(clip, [track(list(range(12)))], grey(), heard.append)
    assert [each.position for each in person.looks] == list(range(12)) and sum(SHOWN) == 12
    assert decide([person], frames=12, kind="video", settings=SETTINGS).verdict == "likely_fake"
    assert [(one.done, one.total) for one in heard] == [(done, 12) for done in (0, 2, 4, 6, 8, 10, 12)]
    alone = staged(clip, [track(list(range(12)))], grey(SETTINGS.model_copy(update={"first_looks": None})), heard.append)
    assert [each.logit for each in alone[0].looks] == [each.logit for each in person.looks]


@pytest.mark.parametrize("tracked", [{"size": 30.0}, {"sure": False}])
def test_a_face_that_is_withheld_anyway_is_not_looked_at_again(tracked: dict[str, Any]) -> None:
    (person,) = staged(filmed([OPEN] * 12), [track(list(range(12)), **tracked)], grey(), lambda _: None)
    assert len(person.looks) == 4
    assert decide([person], frames=12, kind="video", settings=SETTINGS).verdict == "cannot_tell"


def test_a_clear_face_that_is_open_counts_beside_one_that_is_withheld() -> None:
    tracks = [track(list(range(12)), 30.0), track(list(range(12)))]
    assert [len(person.looks) for person in staged(filmed([OPEN] * 12), tracks, grey(), lambda _: None)] == [12, 12]
    assert [len(person.looks) for person in staged(filmed([REAL] * 12), tracks, grey(), lambda _: None)] == [4, 4]


def test_that_a_person_was_seen_seldom_is_said_of_frames_not_of_looks() -> None:
    settings = SETTINGS.model_copy(update={"first_looks": 2})
    for places, warned in ((list(range(12)), False), ([0, 4, 8], True)):
        (person,) = staged(filmed([REAL] * 12), [track(places)], grey(settings), lambda _: None)
        (judged,) = decide([person], frames=12, kind="video", settings=settings).people
        codes = {reason.code: reason for reason in judged.reasons}
        assert len(person.looks) == 2 and judged.frame_coverage == len(places) / 12
        assert ("person.few_looks" in codes) is warned
        assert not warned or "3 times" in codes["person.few_looks"].message


def test_people_are_looked_at_in_the_same_frames_where_they_can_be() -> None:
    tracks = [track(list(range(24))), track(list(range(6, 22))), track([3, 4, 20])]
    first, second, third = choose_first_faces(tracks, 4)
    assert first == [2, 8, 14, 20] and third == [0, 1, 2]
    assert {tracks[1][at][0] for at in second} >= {8, 14, 20} and len(second) == 4
    assert second == sorted(second)
    assert choose_first_faces(tracks, None) == [list(range(24)), list(range(16)), [0, 1, 2]]
    for count in range(1, 9):
        (chosen,) = choose_first_faces([track(list(range(20)))], count)
        assert len(set(chosen)) == count and max(np.diff([-1, *chosen, 20])) <= -(-20 // count) + 1


def test_a_sheet_cannot_be_seen_in_part() -> None:
    with pytest.raises(ValueError, match="sheet"):
        ModelSettings(sheet=2, first_looks=4)


@pytest.mark.parametrize(("limit", "looks"), [(0.0, 3), (1.0, 6)])
def test_a_check_takes_the_models_numbers(drawn_video: Path, limit: float, looks: int) -> None:
    """As many frames as the model wants, unless a number is given; a Report has just the looks that were scored, and so has training."""
    settings = SETTINGS.model_copy(update={"frames": 6, "first_looks": 3, "clear_to": 1 - limit, "fake_from": 1.0})
    engine = Engine(load_engine(faces="mtcnn", threads=1).finder, grey(settings), 1)
    report = check(drawn_video, engine)
    (person,) = report.people
    assert report.source.frames_read == 6 and len(person.observations) == looks and person.frame_coverage == 1.0
    assert all(moment.frame in report.pictures and moment.heat_map in report.pictures for moment in person.observations)
    assert [len(each.looks) for each in look(read_clip(drawn_video, 6), engine)] == [looks]
    assert check(drawn_video, engine, frames=4).source.frames_read == 4
