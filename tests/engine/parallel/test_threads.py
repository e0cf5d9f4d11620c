"""telltale/parallel/threads.py: in order, all at once, and over as soon as something fails or nobody listens."""

import threading
import time
from contextlib import closing

import pytest

from telltale.parallel.threads import map_ordered


@pytest.mark.parametrize("threads", [0, 1, 3])
def test_in_order(threads: int) -> None:
    assert list(map_ordered(lambda number: number * number, range(20), threads)) == [number * number for number in range(20)]
    assert list(map_ordered(str, [], threads)) == []


def test_side_by_side() -> None:
    met = threading.Barrier(3, timeout=20)
    assert sorted(map_ordered(lambda _: met.wait(), range(3), 3)) == [0, 1, 2]


def test_whoever_stops_listening_stops_the_work() -> None:
    begun: list[int] = []

    def work(number: int) -> int:
        begun.append(number)
        time.sleep(0.02)
        return number

    with closing(map_ordered(work, range(1000), 2)) as made:
        assert next(made) == 0
    assert len(begun) < 20


def test_what_fails_is_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        list(map_ordered(lambda number: 1 // (3 - number), range(100), 2))
