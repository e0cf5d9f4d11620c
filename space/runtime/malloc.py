"""The memory of a serving process: no looking for garbage while all is being loaded, and what a check has freed goes back to the system."""

import ctypes
import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

FEW_ARENAS = 2
"""Places from which threads are given memory: each keeps what is free in it to itself, and glibc makes eight a core."""
M_ARENA_MAX = -8


@contextmanager
def loading() -> Iterator[None]:
    """What is made within stays for good: nothing of it is looked at as garbage, now or later."""
    allocator("mallopt", M_ARENA_MAX, FEW_ARENAS)
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def give_back() -> None:
    """Hand freed memory to the system: the C library would keep what the largest check took."""
    allocator("malloc_trim", 0)


def allocator(name: str, *order: int) -> None:
    """Tell the C library something, where it is one that understands (glibc)."""
    function = getattr(ctypes.CDLL(None), name, None) if sys.platform == "linux" else None
    if function:
        function(*order)
