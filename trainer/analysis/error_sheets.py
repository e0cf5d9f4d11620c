"""Pages of misses: a strip for each, with up to six faces as the net sees them, and what was said of them and why.

The faces are found again in the files, as a check finds them; of several people it is the most suspicious one who is shown. Pages show real
people: they are never part of a repository. See also: what a miss is (``misclassified.py``).
"""

from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image

from telltale.core.errors import BadMedia
from telltale.core.progress import silent
from telltale.faces.align import align
from telltale.faces.detectors import FaceDetector
from telltale.faces.frame_search import searching
from telltale.messages.catalogue import render
from telltale.pipeline import find_faces
from telltale.render.canvas import FAINT, INNER, SOFT, blank, jpeg_of, stack, write
from telltale.video.frames import Clip
from trainer.analysis.misclassified import TOGETHER, Misclassified
from trainer.analysis.pooling import mean, people_of
from trainer.analysis.saved_scores import Scored
from trainer.data.crops import MARGIN
from trainer.data.media import open_media
from trainer.evaluation.scores import WholePicture

SIDE, GAP, FOOT = 176, 6, 18
"""Pixels of a face on the page, between two, and for the line below one."""


@dataclass(frozen=True, eq=False)
class SheetEntry:
    """A face on a page, uint8 (SIDE, SIDE, 3), and the line below it."""

    picture: np.ndarray
    caption: str


def page_of(title: str, strips: list[Image.Image]) -> bytes:
    """The JPEG of one page."""
    head = blank(28)
    write(head, (0, 20), title, 20, weight="bold")
    return jpeg_of(stack([head, *strips], [0] + [14] * len(strips)))


def strip_of(missed: Misclassified, finder: FaceDetector, frames: int) -> Image.Image:
    """One miss: two lines of words, and its faces."""
    stills = missed.files[0].row.kind == "image"
    faces = [face for file in missed.files for face in faces_in(file, finder, frames, 1 if stills else TOGETHER)]
    strip = blank(44 + SIDE + FOOT)
    write(strip, (0, 16), f"{missed.probability:.2f}  {first_line(missed)}", 15, weight="bold", room=INNER)
    write(strip, (0, 35), second_line(missed), 13, SOFT, room=INNER)
    for place, face in enumerate(faces[:TOGETHER]):
        strip.paste(Image.fromarray(face.picture), (place * (SIDE + GAP), 44))
        write(strip, (place * (SIDE + GAP), 44 + SIDE + 13), face.caption, 11, FAINT, room=SIDE)
    if not faces:
        write(strip, (0, 80), "nothing to show: no face, and no frame that could be read", 13, FAINT)
    return strip


def first_line(missed: Misclassified) -> str:
    """What was said, and of what."""
    score, row = missed.files[0].score, missed.files[0].row
    said = render(f"verdict.headline.{score.verdict}") if score.verdict else "Not readable"
    which = f"stills, {missed.number} of {missed.parts}" if row.kind == "image" else row.path.split("/")[-1]
    return f"{said} · {row.label} · {missed.source}, {missed.method or 'method not known'} · {which}"


def second_line(missed: Misclassified) -> str:
    """The figures behind it: medians over its files."""
    parts = []
    for name, values, digits in (
        ("face", [file.score.face_px for file in missed.files], 0),
        ("logit", [file.score.logit for file in missed.files], 2),
        ("compression", [file.score.compression for file in missed.files], 2),
        ("sharpness", [look.sharpness for file in missed.files for look in file.score.looks], 0),
    ):
        known = [value for value in values if value is not None]
        if known:
            parts.append(f"{name} {np.median(known):.{digits}f}" + (" px" if name == "face" else ""))
    reasons = list(dict.fromkeys(reason for file in missed.files for reason in file.score.reasons))
    return " · ".join([*parts, ", ".join(reasons) or "no reason given"])


def faces_in(file: Scored, finder: FaceDetector, frames: int, count: int) -> list[SheetEntry]:
    """Faces of a file, evenly over its length; frames where no face is found; nothing where it cannot be read."""
    try:
        clip = open_media(file.row, frames)
    except BadMedia:
        return []
    with searching(WholePicture(finder.name) if file.row.cropped else finder) as search:
        tracks = find_faces(clip, search, silent)
    if not tracks:
        return [SheetEntry(fit_frame(clip, place), file.row.group) for place in evenly(len(clip.frames), count)]
    person = suspicious(file)
    track = tracks[min(person, len(tracks) - 1)]
    logits = [look.logit for look in file.score.looks if look.person == person + 1]
    faces = []
    for place in evenly(len(track), count):
        position, face = track[place]
        figure = f"logit {logits[place]:+.1f}" if len(logits) == len(track) else f"{file.score.probability:.2f}"
        where = file.row.group if file.row.kind == "image" else f"{clip.frames[position].time:.1f} s"
        faces.append(SheetEntry(align(clip.frames[position].rgb, face.landmarks, SIDE, MARGIN), f"{figure} · {where}"))
    return faces


def suspicious(file: Scored) -> int:
    """Which of the people is shown, from 0: the most suspicious; the one seen most where the scores hold no looks."""
    if not file.score.looks:
        return 0
    most = max(people_of(file.score), key=mean).logit
    people = sorted({look.person for look in file.score.looks})
    return next(number - 1 for number in people if np.array_equal(most, [look.logit for look in file.score.looks if look.person == number]))


def fit_frame(clip: Clip, place: int) -> np.ndarray:
    """A whole frame, fitted into a square."""
    rgb = clip.frames[place].rgb
    scale = SIDE / max(rgb.shape[:2])
    small = cv2.resize(rgb, (max(1, round(rgb.shape[1] * scale)), max(1, round(rgb.shape[0] * scale))), interpolation=cv2.INTER_AREA)
    square = np.full((SIDE, SIDE, 3), 240, np.uint8)
    square[: small.shape[0], : small.shape[1]] = small
    return square


def evenly(length: int, count: int) -> list[int]:
    """At most ``count`` places spread over ``length``."""
    return sorted({round(place) for place in np.linspace(0, length - 1, min(count, length))})
