"""The pictures of a Report: a thumbnail for each person, and for the strongest moments the frame, the face and its heat map. JPEG.

The heat map shows which places of the face pushed the score towards "manipulated"; its scale is fixed, so a face without traces
stays dark. Not here: the contact sheet (``sheet.py``) and any page.
"""

import cv2
import numpy as np

from detector.align import align
from detector.frames import Clip
from detector.report import Evidence
from detector.settings import ModelSettings
from detector.verdict import Look, PersonLooks, box_of, probability

MOST = 4
"""Moments shown at most."""
FACE_SIDE, PERSON_SIDE, FRAME_SIDE = 320, 160, 960
"""Pixels of the pictures: aligned face, thumbnail, long side of a frame."""
FULL_HEAT = 6.0
"""Log-odds a place must add for the map's hottest colour."""


def draw_people(clip: Clip, people: list[PersonLooks]) -> dict[str, bytes]:
    """A thumbnail for each person, from their largest look."""
    pictures = {}
    for person in people:
        best = max(person.looks, key=lambda look: look.face.size)
        pictures[f"person-{person.id}.jpg"] = jpeg(align(clip.frames[best.position].rgb, best.face.landmarks, PERSON_SIDE, 0.2))
    return pictures


def draw_evidence(clip: Clip, people: list[PersonLooks], settings: ModelSettings) -> tuple[list[Evidence], dict[str, bytes]]:
    """The strongest moments and their pictures."""
    evidence, pictures = [], {}
    for number, (person, look) in enumerate(strongest(people, clip.duration or 0.0), start=1):
        rgb = clip.frames[look.position].rgb
        face = align(rgb, look.face.landmarks, FACE_SIDE, settings.margin)
        names = {part: f"evidence-{number}-{part}.jpg" for part in ("frame", "face", "map")}
        pictures[names["frame"]] = jpeg(framed(rgb, look))
        pictures[names["face"]] = jpeg(face)
        pictures[names["map"]] = jpeg(heated(face, look.heat))
        evidence.append(
            Evidence(
                n=number,
                person=person.id,
                time=round(look.time, 3),
                box=box_of(look.face),
                fake_probability=probability(look.logit, settings),
                frame=names["frame"],
                face=names["face"],
                heat_map=names["map"],
            )
        )
    return evidence, pictures


def strongest(people: list[PersonLooks], duration: float) -> list[tuple[PersonLooks, Look]]:
    """The looks with the highest logits, not all from one second."""
    ranked = sorted(((person, look) for person in people for look in person.looks), key=lambda pair: -pair[1].logit)
    chosen: list[tuple[PersonLooks, Look]] = []
    for person, look in ranked:
        near = [other for whose, other in chosen if whose.id == person.id and abs(other.time - look.time) < duration / 12]
        if not near:
            chosen.append((person, look))
        if len(chosen) == MOST:
            break
    return chosen


def framed(rgb: np.ndarray, look: Look) -> np.ndarray:
    """The whole frame with a box around the face."""
    scale = min(1.0, FRAME_SIDE / max(rgb.shape[:2]))
    picture = cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else rgb.copy()
    x0, y0, x1, y1 = (round(float(edge) * scale) for edge in look.face.box)
    thick = max(2, round(max(picture.shape[:2]) / 320))
    cv2.rectangle(picture, (x0, y0), (x1, y1), (20, 20, 30), thick + 2)
    cv2.rectangle(picture, (x0, y0), (x1, y1), (255, 255, 255), thick)
    return picture


def heated(face: np.ndarray, heat: np.ndarray) -> np.ndarray:
    """The face, darkened, under the places that pushed towards "manipulated"."""
    side = face.shape[0]
    smooth = cv2.resize(heat.astype(np.float32), (side, side), interpolation=cv2.INTER_CUBIC)
    strength = np.clip(smooth / FULL_HEAT, 0, 1)
    colours = cv2.applyColorMap((strength * 255).astype(np.uint8), cv2.COLORMAP_INFERNO)[:, :, ::-1]
    grey = cv2.cvtColor(cv2.cvtColor(face, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB).astype(np.float32) * 0.75
    weight = (0.8 * np.sqrt(strength))[:, :, None]
    return np.clip(grey * (1 - weight) + colours * weight, 0, 255).astype(np.uint8)


def jpeg(rgb: np.ndarray, quality: int = 88) -> bytes:
    """JPEG bytes of an RGB picture."""
    return cv2.imencode(".jpg", np.ascontiguousarray(rgb[:, :, ::-1]), [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()
