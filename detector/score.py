"""Faces by person -> looks: aligned crops through the classifier, one by one, or as sheets of one person's crops in order of time.

With sheets (``ModelSettings.sheet`` = n > 1) every n² consecutive looks of a person make one picture; all of them get its logit, and each
its own part of its evidence map. Looks left over at the end share a sheet with those before them; a person of fewer looks fills a sheet by
showing each more often, in order, as in training. Not here: finding faces (``faces.py``), what the logits mean (``verdict.py``).
"""

import cv2
import numpy as np

from detector.align import align
from detector.compression import compression_of
from detector.faces import Face
from detector.frames import Clip
from detector.model import Model
from detector.progress import Listener, Progress
from detector.thumbnails import quarters_of, sheet_of
from detector.verdict import Look, PersonLooks

Track = list[tuple[int, Face]]
"""One person's faces, each with the position of its frame."""


def score(clip: Clip, tracks: list[Track], model: Model, listener: Listener) -> list[PersonLooks]:
    """Logit and evidence map of every face."""
    sheet = model.settings.sheet
    runs = [(person, run) for person, track in enumerate(tracks) for run in runs_of(len(track), sheet)]
    at_once = max(1, model.at_once // sheet**2)
    total = sum(len(track) for track in tracks)
    done: list[dict[int, Look]] = [{} for _ in tracks]
    for start in range(0, len(runs), at_once):
        listener(Progress("score", sum(map(len, done)), total))
        part = runs[start : start + at_once]
        crops = crops_of(clip, [[tracks[person][at] for at in run] for person, run in part], model)
        scores = model.score(np.stack([sheet_of(cut, sheet) for cut in crops]) if sheet > 1 else crops[:, 0])
        for (person, run), cut, logit, heat in zip(part, crops, scores.logits, scores.maps, strict=True):
            for at, crop, own in zip(run, cut, quarters(heat, sheet), strict=True):
                position, face = tracks[person][at]
                if at not in done[person]:
                    frame = clip.frames[position]
                    done[person][at] = Look(position, frame.time, face, float(logit), own, crop, compression_of(frame.rgb, face.box))
    listener(Progress("score", total, total))
    return [PersonLooks(number + 1, [looks[at] for at in sorted(looks)]) for number, looks in enumerate(done)]


def runs_of(count: int, sheet: int) -> list[list[int]]:
    """Which of a person's ``count`` looks make up each picture, ``sheet``² of them, in order; every look is in one at least."""
    cells = sheet**2
    if count < cells:
        return [np.linspace(0, count - 1, cells).round().astype(int).tolist()] if count else []
    runs = [list(range(start, start + cells)) for start in range(0, count - cells + 1, cells)]
    return [*runs, list(range(count - cells, count))] if count % cells else runs


def crops_of(clip: Clip, faces: list[Track], model: Model) -> np.ndarray:
    """The aligned crops of each picture, uint8 (n, sheet², s, s, 3), in one piece that looks keep and the net is shown."""
    settings, side = model.settings, model.size // model.settings.sheet
    crops = np.empty((len(faces), settings.sheet**2, side, side, 3), np.uint8)
    for cut, track in zip(crops, faces, strict=True):
        for crop, (position, face) in zip(cut, track, strict=True):
            crop[:] = align(clip.frames[position].rgb, face.landmarks, side, settings.margin)
    return crops


def quarters(heat: np.ndarray, sheet: int) -> np.ndarray:
    """A sheet's evidence map -> (sheet², h, w), one for each crop. A side that the crops do not share evenly is stretched first."""
    if sheet == 1:
        return heat[None]
    height, width = (-(-side // sheet) * sheet for side in heat.shape)
    if (height, width) != heat.shape:
        heat = cv2.resize(heat, (width, height), interpolation=cv2.INTER_LINEAR)
    return quarters_of(heat, sheet)
