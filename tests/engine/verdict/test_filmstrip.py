"""The filmstrip: each look has its frame and its heat map, frames are shared, and there is a bound."""

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from telltale.core.model_settings import ModelSettings
from telltale.core.report import Person
from telltale.faces.detectors import Face
from telltale.model.observations import Observation, PersonTrack
from telltale.verdict import filmstrip
from telltale.verdict.evidence import draw_heat
from telltale.verdict.filmstrip import FRAME_SIDE, MAP_SIDE, draw_filmstrip
from telltale.verdict.verdict import decide
from telltale.video.frames import Clip, Frame
from tests.engine.verdict.test_verdict import SETTINGS

LANDMARKS = np.array([[300, 200], [380, 200], [340, 250], [310, 290], [370, 290]], np.float32)


def clip_of(count: int, kind: str = "video", size: tuple[int, int] = (1280, 720)) -> Clip:
    """Grey frames, each of its own shade."""
    frames = [Frame(at, float(at), np.full((size[1], size[0], 3), 20 + 10 * at, np.uint8)) for at in range(count)]
    return Clip(kind, *size, float(count), "h264", frames)  # type: ignore[arg-type]


def seen(person: int, positions: list[int], logit: float = 0.0) -> PersonTrack:
    """Somebody seen in these frames."""
    face = Face(np.array([280, 150, 400, 320], np.float32), LANDMARKS, 0.99)
    crop = np.zeros((8, 8, 3), np.uint8)
    return PersonTrack(person, [Observation(at, float(at), face, logit + at, np.ones((5, 5)), crop, 0.0) for at in positions])


def drawn(clip: Clip, people: list[PersonTrack], settings: ModelSettings = SETTINGS) -> tuple[list[Person], dict[str, bytes]]:
    """The people of a judgement with their pictures."""
    return draw_filmstrip(clip, people, decide(people, frames=len(clip.frames), kind="video", settings=settings).people, settings)


def size_of(jpeg: bytes) -> tuple[int, int]:
    """Width and height."""
    with Image.open(io.BytesIO(jpeg)) as picture:
        assert picture.format == "JPEG"
        return picture.size


def test_each_look_has_its_frame_and_its_map() -> None:
    people, pictures = drawn(clip_of(4), [seen(1, [0, 1, 2, 3]), seen(2, [2, 3])])
    named = [(moment.frame, moment.heat_map) for person in people for moment in person.observations]
    assert all(frame and heat for frame, heat in named)
    assert {name for pair in named for name in pair} == set(pictures)
    assert people[0].observations[2].frame == people[1].observations[0].frame, "a frame is kept once, whoever is in it"
    assert len({heat for _, heat in named}) == 6, "a map is one person's"
    assert size_of(pictures["frame-2.jpg"]) == (FRAME_SIDE, FRAME_SIDE * 720 // 1280)
    assert size_of(pictures["map-2-2.jpg"]) == (MAP_SIDE, MAP_SIDE)
    with Image.open(io.BytesIO(pictures["frame-3.jpg"])) as picture:
        assert np.asarray(picture).mean() == pytest.approx(50, abs=2), "it is that frame"


def test_a_map_lies_on_the_crop_that_the_net_saw() -> None:
    clip, people = clip_of(1), [seen(1, [0])]
    large = replace(people[0].looks[0], crop=np.full((224, 224, 3), 240, np.uint8), heat=np.zeros((5, 5)))
    shades = []
    for look in (people[0].looks[0], large):  # one whose crop is too small, so that another is cut, and one that is drawn on
        with Image.open(io.BytesIO(drawn(clip, [replace(people[0], looks=[replace(look, heat=large.heat)])])[1]["map-1-0.jpg"])) as picture:
            shades.append(np.asarray(picture).mean())
    assert shades == pytest.approx([0.75 * 20, 0.75 * 240], abs=2)


def test_only_the_strongest_of_very_many_looks_have_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filmstrip, "MOST_LOOKS", 3)
    people, pictures = drawn(clip_of(4), [seen(1, [0, 1, 2, 3], -20), seen(2, [2, 3], 5)])
    frames = [[moment.frame for moment in person.observations] for person in people]
    assert frames == [[None, None, None, "frame-3.jpg"], ["frame-2.jpg", "frame-3.jpg"]]
    assert set(pictures) == {"frame-2.jpg", "frame-3.jpg", "map-1-3.jpg", "map-2-2.jpg", "map-2-3.jpg"}


def test_a_model_says_which_evidence_has_the_hottest_colour() -> None:
    """Twice the evidence under twice the measure looks the same; a map of a tenth stays darker."""
    chance = np.random.default_rng(3)
    face, heat = chance.integers(0, 256, (64, 64, 3)).astype(np.uint8), chance.normal(2, 3, (14, 14)).astype(np.float32)
    assert np.array_equal(draw_heat(face, heat, 6.0), draw_heat(face, 2 * heat, 12.0))
    warm = seen(1, [0, 2], 1.0)
    maps = [drawn(clip_of(3), [warm], SETTINGS.model_copy(update={"full_heat": full}))[1]["map-1-0.jpg"] for full in (6.0, 0.5, 6.0)]
    assert maps[0] == maps[2] != maps[1]
