"""Watch: one look at the store on behalf of all who wait for a change, so that a thousand open event streams cost it no more than one.

Who waits costs nothing until what they wait for has changed. See also: what is sent then (``queue.py``, ``space/api/batches.py``).
"""

import asyncio
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Generic, TypeVar

from sqlalchemy.exc import SQLAlchemyError

V = TypeVar("V")
Look = Callable[[set[str]], Mapping[str, V]]
"""Ids -> the version of each; one that is not there any more is left out."""


@dataclass(frozen=True, eq=False)
class Waiter(Generic[V]):
    """Somebody who knows one version of something and waits for another."""

    id: str
    known: V
    loop: asyncio.AbstractEventLoop
    changed: "asyncio.Future[bool]"

    def tell(self, error: Exception | None = None) -> None:
        """From the thread that looks."""
        with suppress(RuntimeError):  # the loop has ended meanwhile
            self.loop.call_soon_threadsafe(self._settle, error)

    def _settle(self, error: Exception | None) -> None:
        if self.changed.done():
            return
        if error:
            self.changed.set_exception(error)
        else:
            self.changed.set_result(True)


class Watch(Generic[V]):
    """Looks every ``pause`` seconds, in a thread that is there only while somebody waits. ``over``: nobody should wait any longer."""

    def __init__(self, look: Look[V], pause: float, over: Callable[[], bool]) -> None:
        self._look = look
        self._pause = pause
        self._over = over
        self._lock = threading.Lock()
        self._waiting: set[Waiter[V]] = set()
        self._looking = False

    async def change(self, id: str, known: V, seconds: float) -> bool:
        """Whether it is another than ``known`` within so many seconds, or all is over. Raises what a look raised."""
        loop = asyncio.get_running_loop()
        waiter = Waiter(id, known, loop, loop.create_future())
        with self._lock:
            self._waiting.add(waiter)
            if not self._looking:
                self._looking = True
                threading.Thread(target=self._look_on, name="watch", daemon=True).start()
        try:
            async with asyncio.timeout(seconds):
                return await waiter.changed
        except TimeoutError:
            return False
        finally:
            with self._lock:
                self._waiting.discard(waiter)

    def _look_on(self) -> None:
        """Until nobody waits."""
        while True:
            with self._lock:
                waiting = list(self._waiting)
                if not waiting:
                    self._looking = False
                    return
            try:
                found = self._look({waiter.id for waiter in waiting})
            except SQLAlchemyError as error:  # each who waits hears of it
                for waiter in waiting:
                    waiter.tell(error)
            else:
                for waiter in waiting:
                    if self._over() or waiter.id not in found or found[waiter.id] != waiter.known:
                        waiter.tell()
            time.sleep(self._pause)
