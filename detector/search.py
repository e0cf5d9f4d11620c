"""Looking for faces in the frames of one clip, on several threads, from the moment that each frame is there.

Not here: finding faces in a picture (``faces.py``), telling people apart (``people.py``).
"""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import numpy as np

from detector.cores import cores
from detector.faces import Face, Finder
from detector.frames import Clip, Frame
from detector.progress import Listener, Progress

SMALLEST_USEFUL_FACE = 24.0
"""Pixels; smaller faces are not scored at all."""


class Search:
    """For one clip. With one thread everything happens in ``found``, in the thread that asks."""

    def __init__(self, finder: Finder, pool: ThreadPoolExecutor | None) -> None:
        self._finder = finder
        self._pool = pool
        self._begun: dict[int, tuple[np.ndarray, Future[list[Face]]]] = {}

    def begin(self, frame: Frame) -> None:
        """This frame will be one of the clip's: look at it already, if there is a thread for it."""
        if self._pool:
            self._begun[frame.index] = frame.rgb, self._pool.submit(self._finder.find, frame.rgb)

    def found(self, clip: Clip, listener: Listener) -> list[list[Face]]:
        """The faces of each frame. A clip without any is searched again for smaller ones."""
        for frame in clip.frames:
            if frame.index not in self._begun or self._begun[frame.index][0] is not frame.rgb:
                self.begin(frame)
        found: list[list[Face]] = []
        for frame in clip.frames:
            listener(Progress("faces", len(found), len(clip.frames)))
            found.append(self._begun[frame.index][1].result() if self._pool else self._finder.find(frame.rgb))
        listener(Progress("faces", len(found), len(clip.frames)))
        return found if any(found) else self._smaller(clip)

    def _smaller(self, clip: Clip) -> list[list[Face]]:
        """The smallest faces that are of use."""
        again = self._pool.map if self._pool else map
        return list(again(lambda frame: self._finder.find(frame.rgb, min_face=SMALLEST_USEFUL_FACE), clip.frames))


@contextmanager
def searching(finder: Finder, threads: int = 1) -> Iterator[Search]:
    """A search on so many threads, 0 = as many as cores; at the end nothing of it runs on."""
    threads = threads or cores()
    pool = ThreadPoolExecutor(threads, thread_name_prefix="faces") if threads > 1 else None
    try:
        yield Search(finder, pool)
    finally:
        if pool:
            pool.shutdown(cancel_futures=True)
