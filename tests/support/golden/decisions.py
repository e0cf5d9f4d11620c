"""Golden vectors of who is who and of the verdict: faces grouped into people, their looks judged, the strongest of them chosen."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np
from scipy.optimize import linear_sum_assignment

from telltale.core.model_settings import ModelSettings, read_settings
from telltale.core.report import Reason
from telltale.faces import quality
from telltale.faces.tracking import group
from telltale.model.classifier import BROWSER
from telltale.model.observations import Observation, PersonTrack
from telltale.verdict.evidence import strongest
from telltale.verdict.verdict import Decision, decide
from tests.support.golden.pictures import face_at, textured
from tests.support.golden.vectors import Vector, face_object


def assignment() -> Iterator[Vector]:
    """The cheapest pairs of rows and columns."""
    chance = np.random.default_rng(6)
    for shape in ((1, 1), (1, 4), (4, 1), (3, 3), (5, 8), (9, 6)):
        costs = chance.random(shape)
        pairs = sorted([int(row), int(column)] for row, column in zip(*linear_sum_assignment(costs), strict=True))
        by_column = sorted(pairs, key=lambda pair: pair[1] if shape[0] <= shape[1] else pair[0])
        yield Vector("local/faces/linear-assignment", "assigned", [costs.tolist()], by_column)


def tracking() -> Iterator[Vector]:
    """Faces that move, come and go."""
    chance = np.random.default_rng(7)
    for _ in range(12):
        homes = chance.uniform(0, 900, (int(chance.integers(1, 6)), 2))
        found = [
            [face_at(chance, *(home + chance.normal(0, 25, 2)), chance.uniform(60, 180)) for home in homes if chance.random() < 0.7]
            for _ in range(8)
        ]
        tracks = [[{"position": position, "face": face_object(face)} for position, face in track] for track in group(found)]
        yield Vector("local/faces/tracking", "group", [[[face_object(face) for face in faces] for faces in found]], tracks)


def people_by_chance(chance: np.random.Generator) -> tuple[list[PersonTrack], int]:
    """Looks at some people in some frames, and how many frames there are."""
    frames = int(chance.integers(1, 33))
    people = []
    for number in range(int(chance.integers(0, 4))):
        seen = sorted(chance.choice(frames, int(chance.integers(1, frames + 1)), replace=False))
        size, level = chance.uniform(30, 330), chance.normal(0.5, 2.5)
        crop = cv2.GaussianBlur(textured(chance, 64, 64), (0, 0), chance.uniform(0.3, 3))
        compression, heat = float(chance.random()), np.zeros((7, 7), np.float32)
        looks = [
            Observation(int(at), at / 2, face_at(chance, 5, 5, size), float(chance.normal(level, 1)), heat, crop, compression)
            for at in seen
        ]
        people.append(PersonTrack(number + 1, looks))
    return people, frames


def variants() -> list[ModelSettings]:
    """The embedded model's settings and others that take other ways through the rules."""
    settings = read_settings(Path(BROWSER))
    sheets = settings.model_copy(update={"sheet": 2, "bins": ()})
    never = settings.model_copy(update={"fake_from": 1.0, "clear_to": 0.0, "bins": ()})
    return [settings, sheets, never, ModelSettings()]


def look_object(look: Observation) -> dict[str, Any]:
    """A look as the extension has it."""
    measured = quality.quality_of(look.face, look.crop, look.compression).model_dump()
    return {"position": look.position, "time": look.time, "face": face_object(look.face), "logit": look.logit, "quality": measured}


def people_objects(people: list[PersonTrack]) -> list[dict[str, Any]]:
    """Theirs."""
    return [{"id": person.id, "looks": [look_object(look) for look in person.looks]} for person in people]


def without_message(reason: Reason) -> dict[str, Any]:
    """A reason before it is put into words."""
    return reason.model_dump() | {"message": ""}


def decision_object(decision: Decision) -> dict[str, Any]:
    """What the extension decides of the whole, before it is put into words."""
    told = {key: value for key, value in vars(decision).items() if key != "decided_by"}
    told["interval"] = decision.interval and decision.interval.model_dump()
    told["people"] = [person.model_dump(exclude={"reasons"}) for person in decision.people]
    for person, each in zip(decision.people, told["people"], strict=True):
        each["reasons"] = [without_message(reason) for reason in person.reasons]
    told["reasons"] = [without_message(reason) for reason in decision.reasons]
    return told


def verdicts() -> Iterator[Vector]:
    """Of videos and of pictures, by four models."""
    chance = np.random.default_rng(2)
    kinds: tuple[Literal["video", "image"], ...] = ("video", "image")
    for number in range(96):
        settings, kind = variants()[number % 4], kinds[number // 4 % 2]
        people, frames = people_by_chance(chance)
        decision = decide(people, frames=frames, kind=kind, settings=settings)
        given = [people_objects(people), frames, kind, settings.model_dump(mode="json")]
        yield Vector("local/verdict/verdict", "judge", given, decision_object(decision), 1e-6)


def moments() -> Iterator[Vector]:
    """The strongest ones."""
    chance = np.random.default_rng(8)
    for _ in range(6):
        people, frames = people_by_chance(chance)
        chosen = [{"person": person.id, "look": look_object(look)} for person, look in strongest(people, frames / 2)]
        yield Vector("local/verdict/evidence", "strongest", [people_objects(people), frames / 2], chosen)
