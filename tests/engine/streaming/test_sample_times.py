"""Which moments, which parts, which bytes."""

import numpy as np
import pytest

from telltale.streaming.sample_times import ByteCache, assign_times, merge_spans


def test_moments_by_the_part_that_holds_them() -> None:
    assert assign_times([0.0, 4.0, 8.0], 12.0, 3) == {0: [2.0], 1: [6.0], 2: [10.0]}
    assert assign_times([0.0, 4.0, 8.0], 12.0, 6) == {0: [1.0, 3.0], 1: [5.0, 7.0], 2: [9.0, 11.0]}
    assert assign_times([0.0, 1.0, 2.0, 11.0], 12.0, 2) == {2: [3.0, 9.0]}
    assert assign_times([5.0], 10.0, 2) == {0: [2.5, 7.5]}, "what begins later than the video still holds its beginning"
    assert assign_times([], 12.0, 3) == {}


def test_spread_over_the_whole_length() -> None:
    starts = list(np.arange(0, 3600, 4.0))
    found = assign_times(starts, 3600.0, 32)
    assert len(found) == 32 and sum(map(len, found.values())) == 32
    assert all(starts[number] <= at < starts[number] + 4 for number, moments in found.items() for at in moments)


@pytest.mark.parametrize(
    ("spans", "gap", "result"),
    [
        *(([], 10, []), ([(5, 5), (9, 3)], 10, []), ([(20, 30), (0, 10)], 9, [(0, 10), (20, 30)])),
        *(([(20, 30), (0, 10)], 10, [(0, 30)]), ([(0, 100), (10, 20)], 0, [(0, 100)]), ([(0, 10), (10, 20)], 0, [(0, 20)])),
    ],
)
def test_near_spans_are_read_as_one(spans: list[tuple[int, int]], gap: int, result: list[tuple[int, int]]) -> None:
    assert merge_spans(spans, gap) == result


def test_what_is_held_is_never_missing_and_the_rest_always_is() -> None:
    rng = np.random.default_rng(4)
    for _ in range(200):
        body, held, here = rng.bytes(100), ByteCache(), np.zeros(100, bool)
        for _ in range(6):
            start, stop = sorted(rng.integers(0, 101, 2).tolist())
            gaps = held.missing((start, stop))
            expected = [place for place in range(start, stop) if not here[place]]
            assert [place for gap in gaps for place in range(*gap)] == expected
            for gap in gaps:
                held.keep(gap[0], body[slice(*gap)])
                here[slice(*gap)] = True
        place = int(rng.integers(0, 100))
        found = held.at(place, 20)
        assert body[place:].startswith(found) and len(found) <= 20 and bool(found) == bool(here[place])
