"""A net that several jobs share: what they bring while it is at work waits, and then goes through it together.

Worth it where a larger batch is quicker for each crop, as on a GPU. The embedded net on the processor gains nothing from more crops at a
time than ``runners.PART``. See also: the nets themselves (``classifier.py``, ``cpu_runtimes.py``).
"""

import threading
from collections import deque
from dataclasses import dataclass

import numpy as np

from telltale.model.cpu_runtimes import Net

Answer = tuple[np.ndarray, np.ndarray]


@dataclass(eq=False)
class PendingCrops:
    """What one caller brought, and what came of it."""

    pixels: np.ndarray
    answer: Answer | None = None
    error: Exception | None = None

    @property
    def is_done(self) -> bool:
        """Whether it went through the net."""
        return self.answer is not None or self.error is not None


class DynamicBatcher:
    """``net`` for callers from several threads, at most ``most`` crops at a time unless one caller brings more. One batch runs at a time.

    There is no thread for it: of those who wait, one takes everybody's crops along.
    """

    def __init__(self, net: Net, most: int = 128) -> None:
        self._net = net
        self._most = most
        self._waiting: deque[PendingCrops] = deque()
        self._turn = threading.Lock()

    def __call__(self, pixels: np.ndarray) -> Answer:
        """See ``runners.Net``. What the net raises is raised for all whose crops were in the batch."""
        mine = PendingCrops(pixels)
        self._waiting.append(mine)
        with self._turn:
            while not mine.is_done:
                self._run(self._next())
        if mine.answer is None:
            assert mine.error
            raise mine.error
        return mine.answer

    def _next(self) -> list[PendingCrops]:
        """Whose turn it is: those who have waited longest."""
        batch = [self._waiting.popleft()]
        count = len(batch[0].pixels)
        while self._waiting and count + len(self._waiting[0].pixels) <= self._most:
            batch.append(self._waiting.popleft())
            count += len(batch[-1].pixels)
        return batch

    def _run(self, batch: list[PendingCrops]) -> None:
        """One run of the net."""
        try:
            logits, maps = self._net(np.concatenate([one.pixels for one in batch]) if len(batch) > 1 else batch[0].pixels)
        except Exception as error:
            for one in batch:
                one.error = error
            return
        start = 0
        for one in batch:
            stop = start + len(one.pixels)
            one.answer = logits[start:stop], maps[start:stop]
            start = stop
