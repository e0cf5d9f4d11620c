"""Faces by person -> looks: crops through the classifier, one by one, or as sheets of one person's crops in order of time.

With sheets (``ModelSettings.sheet`` = n > 1; Xu et al., "TALL: Thumbnail Layout for Deepfake Video Detection", ICCV 2023) every n²
consecutive looks of a person make one picture; all of them get its logit, and each its own part of its evidence map. Looks left over at
the end share a sheet with those before them; a person of fewer looks fills a sheet by showing each more often, in order, as in training.

With ``ModelSettings.first_looks`` = n, n looks at each person are scored first, spread evenly; the others only where the verdict over these
is left open by the score. See also: finding faces (``telltale/faces/detectors.py``), what the logits mean
(``telltale/verdict/verdict.py``).
"""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from itertools import accumulate, islice

import cv2
import numpy as np

from telltale.core.progress import Listener, Progress
from telltale.faces.align import crops_of
from telltale.faces.compression import estimate_compression
from telltale.faces.detectors import Face
from telltale.model.classifier import Model
from telltale.model.observations import Observation, PersonTrack
from telltale.parallel.threads import map_ordered
from telltale.video.frames import Clip

Track = list[tuple[int, Face]]
"""One person's faces, each with the position of its frame."""
Undecided = Callable[[list[PersonTrack]], bool]
"""Whether what was seen of everybody leaves the verdict open, so that more looks may settle it."""


@dataclass(frozen=True, eq=False)
class FaceCrops:
    """What is cut out of a frame for one face: the crop and further ones as channels, uint8 (s, s, C), and how heavily the pixels around it
    were compressed."""

    crops: np.ndarray
    compression: float

    @property
    def crop(self) -> np.ndarray:
        """The first crop, uint8 (s, s, 3)."""
        return self.crops[..., :3]


def score(
    clip: Clip, tracks: list[Track], model: Model, listener: Listener, threads: int = 1, undecided: Undecided | None = None
) -> list[PersonTrack]:
    """Logit and evidence map of every face, or of some at each person where the model's settings say so and these settle the verdict.

    Whether they do is asked of ``undecided``; without it every face is scored at once.
    """
    total = sum(map(len, tracks))
    staged = undecided is not None and clip.scored_as == "video"
    chosen = choose_first_faces(tracks, model.settings.first_looks if staged else None)
    looks = score_faces(clip, select_faces(tracks, chosen), model, ScoreProgress(listener, 0, total), threads)
    people = people_of(looks, tracks)
    scored = sum(map(len, looks))
    if scored < total and undecided is not None and undecided(people):
        left = [[at for at in range(len(track)) if at not in first] for track, first in zip(tracks, map(set, chosen), strict=True)]
        more = score_faces(clip, select_faces(tracks, left), model, ScoreProgress(listener, scored, total), threads)
        people = people_of([[*some, *others] for some, others in zip(looks, more, strict=True)], tracks)
    listener(Progress("score", total, total))
    return people


def people_of(looks: list[list[Observation]], tracks: list[Track]) -> list[PersonTrack]:
    """People in the order of their tracks, each with what was seen of them in order of time."""
    ordered = [sorted(some, key=lambda look: look.position) for some in looks]
    return [PersonTrack(number, some, len(track)) for number, (some, track) in enumerate(zip(ordered, tracks, strict=True), start=1)]


def select_faces(tracks: list[Track], places: list[list[int]]) -> list[Track]:
    """The faces at some places of each track."""
    return [[track[at] for at in some] for track, some in zip(tracks, places, strict=True)]


def choose_first_faces(tracks: list[Track], count: int | None) -> list[list[int]]:
    """Which of each person's faces are scored first: one of each of ``count`` equal parts of their track, all of them where that is None.

    It is the one nearest the part's middle, before all those in a frame where somebody else is looked at too.
    """
    used: set[int] = set()
    chosen = []
    for track in tracks:
        if count is None or len(track) <= count:
            some = list(range(len(track)))
        else:
            some = [nearest(track, part * len(track) // count, (part + 1) * len(track) // count, used) for part in range(count)]
        used |= {track[at][0] for at in some}
        chosen.append(some)
    return chosen


def nearest(track: Track, start: int, end: int, used: set[int]) -> int:
    """The place between ``start`` and ``end`` nearest their middle, in a frame of ``used`` where there is one."""
    shared = [at for at in range(start, end) if track[at][0] in used]
    return min(shared or range(start, end), key=lambda at: abs(2 * at + 1 - start - end))


@dataclass(frozen=True)
class ScoreProgress:
    """Tells how many looks are scored: those before, and those now."""

    listener: Listener
    before: int
    total: int

    def __call__(self, done: int) -> None:
        """So many now."""
        self.listener(Progress("score", self.before + done, self.total))


def score_faces(clip: Clip, tracks: list[Track], model: Model, told: ScoreProgress, threads: int) -> list[list[Observation]]:
    """All looks of each track. While the net looks at some crops, the next are cut on ``threads`` threads, 0 = as many as cores."""
    sheet = model.settings.sheet
    runs = [(person, run) for person, track in enumerate(tracks) for run in runs_of(len(track), sheet)]
    at_once = max(1, model.at_once // sheet**2)
    done: list[dict[int, Observation]] = [{} for _ in tracks]
    with closing(map_ordered(partial(cut_face, clip, model), [face for track in tracks for face in track], threads)) as coming:
        cuts = CropStream(coming, [len(track) for track in tracks])
        for start in range(0, len(runs), at_once):
            told(sum(map(len, done)))
            part = runs[start : start + at_once]
            crops = np.stack([[cut.crops for cut in cuts.of(person, run)] for person, run in part])
            scores = model.score(np.stack([sheet_of(each, sheet) for each in crops]) if sheet > 1 else crops[:, 0])
            for (person, run), logit, heat, kinds in zip(part, scores.logits, scores.maps, scores.kinds.tolist(), strict=True):
                for at, cut, own in zip(run, cuts.of(person, run), quarters(heat, sheet), strict=True):
                    position, face = tracks[person][at]
                    if at not in done[person]:
                        time = clip.frames[position].time
                        done[person][at] = Observation(position, time, face, float(logit), own, cut.crop, cut.compression, tuple(kinds))
    return [[looks[at] for at in sorted(looks)] for looks in done]


class CropStream:
    """What was cut out for each person's faces, as it comes: all of the first, then all of the next."""

    def __init__(self, coming: Iterator[FaceCrops], counts: list[int]) -> None:
        self._coming = coming
        self._begins = [0, *accumulate(counts)]
        self._come: list[FaceCrops] = []

    def of(self, person: int, run: list[int]) -> list[FaceCrops]:
        """Those of one person's looks, waited for."""
        places = [self._begins[person] + at for at in run]
        self._come.extend(islice(self._coming, max(0, max(places) + 1 - len(self._come))))
        return [self._come[place] for place in places]


def cut_face(clip: Clip, model: Model, wanted: tuple[int, Face]) -> FaceCrops:
    """One face of one frame."""
    position, face = wanted
    picture, settings = clip.frames[position].picture, model.settings
    crops = crops_of(picture, face.landmarks, model.size // settings.sheet, settings)
    return FaceCrops(crops, estimate_compression(picture, face.box))


def runs_of(count: int, sheet: int) -> list[list[int]]:
    """Which of a person's ``count`` looks make up each picture, ``sheet``² of them, in order; every look is in one at least."""
    cells = sheet**2
    if count < cells:
        return [np.linspace(0, count - 1, cells).round().astype(int).tolist()] if count else []
    runs = [list(range(start, start + cells)) for start in range(0, count - cells + 1, cells)]
    return [*runs, list(range(count - cells, count))] if count % cells else runs


def quarters(heat: np.ndarray, sheet: int) -> np.ndarray:
    """A sheet's evidence map -> (sheet², h, w), one for each crop. A side that the crops do not share evenly is stretched first."""
    if sheet == 1:
        return heat[None]
    height, width = (-(-side // sheet) * sheet for side in heat.shape)
    if (height, width) != heat.shape:
        heat = cv2.resize(heat, (width, height), interpolation=cv2.INTER_LINEAR)
    return quarters_of(heat, sheet)


def sheet_of(crops: np.ndarray, side: int) -> np.ndarray:
    """Crops (side², s, s, 3) in order of time -> one picture (side·s, side·s, 3)."""
    small = crops.shape[1]
    grid = crops.reshape(side, side, small, small, crops.shape[-1])
    return np.ascontiguousarray(grid.transpose(0, 2, 1, 3, 4)).reshape(side * small, side * small, crops.shape[-1])


def quarters_of(sheet: np.ndarray, side: int) -> np.ndarray:
    """The inverse for a map (side·h, side·w) -> (side², h, w), in the crops' order."""
    height, width = sheet.shape[0] // side, sheet.shape[1] // side
    grid = sheet[: side * height, : side * width].reshape(side, height, side, width)
    return grid.transpose(0, 2, 1, 3).reshape(side * side, height, width)
