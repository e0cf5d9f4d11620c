"""One function over many items on several threads of this process: for work that leaves Python, as nets and pictures do.

See also: many sources at once, in processes of their own (``telltale/cli/process_pool.py``).
"""

import os
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Made = TypeVar("Made")


def map_ordered(make: Callable[[Item], Made], items: Sequence[Item], threads: int = 0) -> Generator[Made, None, None]:
    """What is made of each item, in their order; ``threads`` = 0 means as many as cores. Whoever stops listening stops the work."""
    many = min(threads or cores(), len(items))
    if many < 2:
        yield from map(make, items)
        return
    pool = ThreadPoolExecutor(many)
    try:
        yield from pool.map(make, items)
    finally:
        pool.shutdown(cancel_futures=True)


def cores() -> int:
    """At least one; fewer than the machine has where the system lends fewer."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
