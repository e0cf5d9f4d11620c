"""The filmstrip: of every look at a face in a video a small frame and a heat map, so that a timeline can show what it points at. JPEG.

Frames are shared by the people in them and carry no box: the Report tells where each face is. See also: the large pictures of the strongest
moments (``evidence.py``), and pictures of a picture, which has no timeline.
"""

from collections.abc import Callable
from functools import partial

import cv2

from telltale.core.model_settings import ModelSettings
from telltale.core.report import Person
from telltale.faces.align import crop_of
from telltale.model.observations import Observation, PersonTrack
from telltale.parallel.threads import map_ordered
from telltale.verdict.evidence import draw_heat, jpeg
from telltale.video.frames import Clip
from telltale.video.yuv import Picture, thumbnail

MOST_LOOKS = 128
"""Looks with pictures; beyond that only the strongest have some."""
FRAME_SIDE, MAP_SIDE = 480, 200
"""Pixels of a frame's long side, and of a heat map."""
QUALITY = 78


def draw_filmstrip(
    clip: Clip, looks: list[PersonTrack], people: list[Person], settings: ModelSettings, threads: int = 1
) -> tuple[list[Person], dict[str, bytes]]:
    """``people`` with the pictures of their observations named, and those pictures by name. ``looks`` are theirs, in the same order."""
    if clip.kind == "image":
        return people, {}
    shown = {id(look) for look in strongest_of(looks)}
    drawings: dict[str, Callable[[], bytes]] = {}
    illustrated = []
    for person, seen in zip(people, looks, strict=True):
        observations = []
        for observation, look in zip(person.observations, seen.looks, strict=True):
            if id(look) in shown:
                frame, heat_map = f"frame-{look.position}.jpg", f"map-{person.id}-{look.position}.jpg"
                picture = clip.frames[look.position].picture
                drawings[frame] = partial(draw_frame, picture)
                drawings[heat_map] = partial(draw_map, picture, look, settings)
                observation = observation.model_copy(update={"frame": frame, "heat_map": heat_map})
            observations.append(observation)
        illustrated.append(person.model_copy(update={"observations": observations}))
    return illustrated, dict(zip(drawings, map_ordered(lambda draw: draw(), list(drawings.values()), threads), strict=True))


def draw_frame(picture: Picture) -> bytes:
    """A frame, small."""
    return jpeg(thumbnail(picture, FRAME_SIDE), QUALITY)


def draw_map(picture: Picture, look: Observation, settings: ModelSettings) -> bytes:
    """The heat map of a look, on the crop that the net saw, where that is large enough."""
    if len(look.crop) < MAP_SIDE:
        face = crop_of(picture, look.face.landmarks, MAP_SIDE, settings)
    else:
        face = cv2.resize(look.crop, (MAP_SIDE, MAP_SIDE))
    return jpeg(draw_heat(face, look.heat, settings.full_heat), QUALITY)


def strongest_of(people: list[PersonTrack]) -> list[Observation]:
    """As many looks as get pictures, the strongest of all people."""
    return sorted((look for person in people for look in person.looks), key=lambda look: -look.logit)[:MOST_LOOKS]
