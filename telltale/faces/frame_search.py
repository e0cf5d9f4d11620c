"""Looking for faces in the frames of one clip, on several threads, from the moment that each frame is there.

Every third frame is searched whole. In those between, which were filmed shortly after, only the faces of the last of these are looked
for, where they were: far less work. Where one of them is not found again, or the next frame that is searched whole shows more, such
a frame is searched whole as well. See also: finding faces in a picture (``detectors.py``), telling people apart (``tracking.py``).
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial

from telltale.core.progress import Listener, Progress
from telltale.core.rules import RULES
from telltale.faces.detectors import Face, FaceDetector
from telltale.parallel.threads import cores
from telltale.video.frames import Clip, Frame

SMALLEST_USEFUL_FACE = RULES.search.smallest_face
"""Pixels; smaller faces are not scored at all."""
STRIDE, NEIGHBOURING = RULES.search.stride, RULES.search.neighbouring_seconds


@dataclass(frozen=True, eq=False)
class FrameFaces:
    """The faces of a frame; ``carried`` where only those of a frame before were looked for."""

    faces: list[Face]
    carried: bool = False


@dataclass(frozen=True, eq=False)
class PendingFaces:
    """A frame, and whoever asks waits for what is seen in it."""

    frame: Frame
    seen: Callable[[], FrameFaces]


class FrameSearch:
    """For one clip. Without threads of its own everything happens in ``faces_of_frames``, in the thread that asks."""

    def __init__(self, finder: FaceDetector, pool: ThreadPoolExecutor | None) -> None:
        self._finder = finder
        self._pool = pool
        self._begun: dict[int, Frame] = {}
        self._glances: dict[int, PendingFaces] = {}
        self._held: list[Frame] = []

    def begin(self, frame: Frame) -> None:
        """This frame will be one of the clip's: look at it already, if there is a thread for it."""
        self._begun[frame.index] = frame
        if frame.index % STRIDE:
            self._held.append(frame)  # until the next that is searched whole: then what the last of these shows is known, mostly
            return
        self._glances[frame.index] = PendingFaces(frame, self._later(partial(self._detect, frame)))
        self._release()

    def faces_of_frames(self, clip: Clip, listener: Listener) -> list[list[Face]]:
        """The faces of each frame. A clip without any is searched again for smaller ones."""
        for frame in clip.frames:
            if frame.index not in self._begun or self._begun[frame.index].picture is not frame.picture:
                self.begin(frame)
        self._release()
        seen: list[FrameFaces] = []
        for frame in clip.frames:
            listener(Progress("faces", len(seen), len(clip.frames)))
            seen.append(self._glances[frame.index].seen())
        doubtful = {place: self._later(partial(self._detect, clip.frames[place])) for place in find_doubtful(seen)}
        found = [doubtful[place]().faces if place in doubtful else each.faces for place, each in enumerate(seen)]
        listener(Progress("faces", len(found), len(clip.frames)))
        return found if any(found) else self._smaller(clip)

    def _release(self) -> None:
        """Look at the frames that were held back."""
        for frame in self._held:
            before = self._glances.get(frame.index - frame.index % STRIDE)
            self._glances[frame.index] = PendingFaces(frame, self._later(partial(self._track_or_detect, frame, before)))
        self._held.clear()

    def _later(self, look: Callable[[], FrameFaces]) -> Callable[[], FrameFaces]:
        """What a look will have seen: in a thread, or when it is first asked for."""
        return self._pool.submit(look).result if self._pool else cache(look)

    def _detect(self, frame: Frame) -> FrameFaces:
        """All that is to be seen."""
        return FrameFaces(self._finder.detect(frame.picture))

    def _track_or_detect(self, frame: Frame, before: PendingFaces | None) -> FrameFaces:
        """The faces of a frame before, if they are all there still; else all that is to be seen."""
        if before and frame.time - before.frame.time <= NEIGHBOURING and frame.picture.shape == before.frame.picture.shape:
            faces = self._finder.track(frame.picture, before.seen().faces)
            if faces:
                return FrameFaces(faces, carried=True)
        return self._detect(frame)

    def _smaller(self, clip: Clip) -> list[list[Face]]:
        """The smallest faces that are of use."""
        again = self._pool.map if self._pool else map
        return list(again(lambda frame: self._finder.detect(frame.picture, min_face=SMALLEST_USEFUL_FACE), clip.frames))


def find_doubtful(seen: list[FrameFaces]) -> list[int]:
    """The frames that may show more than was carried to them: the next that was searched whole does, or there is none."""
    places, after = [], -1
    for place in reversed(range(len(seen))):
        if not seen[place].carried:
            after = place
        elif after < 0 or len(seen[after].faces) > len(seen[place].faces):
            places.append(place)
    return places


@contextmanager
def searching(finder: FaceDetector, threads: int = 1) -> Iterator[FrameSearch]:
    """A search on so many threads, 0 = as many as cores; at the end nothing of it runs on."""
    threads = threads or cores()
    pool = ThreadPoolExecutor(threads, thread_name_prefix="faces") if threads > 1 else None
    try:
        yield FrameSearch(finder, pool)
    finally:
        if pool:
            pool.shutdown(cancel_futures=True)
