"""The pictures of a Report: a thumbnail for each person, and for the strongest moments the frame, the face and its heat map. JPEG.

The heat map shows which places of the face pushed the score towards "manipulated"; its scale is fixed, so a face without traces
stays dark. See also: the contact sheet (``telltale/render/contact_sheet.py``) and any page.
"""

import cv2
import numpy as np

from telltale.core.model_settings import ModelSettings
from telltale.core.report import Evidence
from telltale.core.rules import RULES
from telltale.faces.align import align, crop_of
from telltale.model.observations import Observation, PersonTrack
from telltale.parallel.threads import map_ordered
from telltale.verdict.verdict import box_of, probability
from telltale.video.frames import Clip
from telltale.video.yuv import Picture, thumbnail

SHOWN = RULES.evidence
FACE_SIDE, PERSON_SIDE, FRAME_SIDE = SHOWN.face_side, SHOWN.person_side, SHOWN.frame_side
"""Pixels of the pictures: face, thumbnail, long side of a frame."""
COVER = SHOWN.cover * np.sqrt(np.linspace(0, 1, 256, dtype=np.float32))
"""How far each strength, 0 to 255, covers the face; what remains of its grey, and the colour that is added (256, 1, 3)."""
REMAINS = SHOWN.remains * (1 - COVER)
COLOURS = (COVER[:, None, None] * cv2.applyColorMap(np.arange(256, dtype=np.uint8)[:, None], cv2.COLORMAP_INFERNO)[:, :, ::-1]).astype(
    np.uint8, "C"
)


def draw_people(clip: Clip, people: list[PersonTrack]) -> dict[str, bytes]:
    """A thumbnail for each person, from their largest look."""
    pictures = {}
    for person in people:
        best = max(person.looks, key=lambda look: look.face.size)
        crop = align(clip.frames[best.position].picture, best.face.landmarks, PERSON_SIDE, SHOWN.person_margin)
        pictures[f"person-{person.id}.jpg"] = jpeg(crop)
    return pictures


def draw_evidence(
    clip: Clip, people: list[PersonTrack], settings: ModelSettings, threads: int = 1
) -> tuple[list[Evidence], dict[str, bytes]]:
    """The strongest moments and their pictures."""
    moments = strongest(people, clip.duration or 0.0)
    drawn = map_ordered(lambda moment: draw_moment(clip, moment[1], settings), moments, threads)
    evidence, pictures = [], dict[str, bytes]()
    for number, ((person, look), drawings) in enumerate(zip(moments, drawn, strict=True), start=1):
        names = [f"evidence-{number}-{part}.jpg" for part in ("frame", "face", "map")]
        pictures.update(zip(names, drawings, strict=True))
        evidence.append(
            Evidence(
                n=number,
                person=person.id,
                time=round(look.time, 3),
                box=box_of(look.face),
                fake_probability=probability(look.logit, settings),
                frame=names[0],
                face=names[1],
                heat_map=names[2],
            )
        )
    return evidence, pictures


def draw_moment(clip: Clip, look: Observation, settings: ModelSettings) -> tuple[bytes, bytes, bytes]:
    """The frame, the face in it, and its heat map."""
    picture = clip.frames[look.position].picture
    face = crop_of(picture, look.face.landmarks, FACE_SIDE, settings)
    return jpeg(draw_box(picture, look)), jpeg(face), jpeg(draw_heat(face, look.heat, settings.full_heat))


def strongest(people: list[PersonTrack], duration: float) -> list[tuple[PersonTrack, Observation]]:
    """The looks with the highest logits, not all from one second."""
    ranked = sorted(((person, look) for person in people for look in person.looks), key=lambda pair: -pair[1].logit)
    chosen: list[tuple[PersonTrack, Observation]] = []
    for person, look in ranked:
        near = [other for whose, other in chosen if whose.id == person.id and abs(other.time - look.time) < duration / SHOWN.parts]
        if not near:
            chosen.append((person, look))
        if len(chosen) == SHOWN.most:
            break
    return chosen


def draw_box(frame: Picture, look: Observation) -> np.ndarray:
    """The whole frame with a box around the face."""
    picture = thumbnail(frame, FRAME_SIDE).copy()
    scale = picture.shape[1] / frame.shape[1]
    x0, y0, x1, y1 = (round(float(edge) * scale) for edge in look.face.box)
    thick = max(2, round(max(picture.shape[:2]) / 320))
    cv2.rectangle(picture, (x0, y0), (x1, y1), (20, 20, 30), thick + 2)
    cv2.rectangle(picture, (x0, y0), (x1, y1), (255, 255, 255), thick)
    return picture


def draw_heat(face: np.ndarray, heat: np.ndarray, full_heat: float) -> np.ndarray:
    """The face, darkened, under the places that pushed towards "manipulated"; ``full_heat`` has the hottest colour."""
    side = face.shape[0]
    smooth = cv2.resize(heat.astype(np.float32), (side, side), interpolation=cv2.INTER_CUBIC)
    strength = (np.clip(smooth / full_heat, 0, 1) * 255).astype(np.uint8)
    grey = cv2.multiply(cv2.cvtColor(face, cv2.COLOR_RGB2GRAY), cv2.LUT(strength, REMAINS), dtype=cv2.CV_8U)
    return cv2.add(cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB), cv2.LUT(cv2.cvtColor(strength, cv2.COLOR_GRAY2RGB), COLOURS))


def jpeg(rgb: np.ndarray, quality: int = SHOWN.jpeg_quality) -> bytes:
    """JPEG bytes of an RGB picture."""
    return cv2.imencode(".jpg", cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()
