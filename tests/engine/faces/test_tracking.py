"""Grouping faces into people: two who sit side by side, one who moves, one who leaves, one who comes back elsewhere."""

import numpy as np
from scipy.optimize import linear_sum_assignment

from telltale.faces.detectors import Face
from telltale.faces.tracking import assign, group


def face(x: float, y: float, size: float = 100) -> Face:
    return Face(np.array([x, y, x + size, y + size]), np.zeros((5, 2)), 1.0)


def positions(tracks: list[list[tuple[int, Face]]]) -> list[list[int]]:
    return [[position for position, _ in track] for track in tracks]


def test_two_side_by_side_stay_apart_whatever_the_order() -> None:
    frames = [[face(0, 0), face(300, 0)], [face(305, 5), face(4, 0)], [face(8, 0), face(310, 0)]]
    tracks = group(frames)
    assert positions(tracks) == [[0, 1, 2], [0, 1, 2]]
    assert {round(track[-1][1].box[0]) for track in tracks} == {8, 310}


def test_a_moving_face_is_one_person() -> None:
    assert positions(group([[face(30 * step, 0)] for step in range(10)])) == [list(range(10))]


def test_a_gap_is_bridged_at_the_same_place() -> None:
    assert positions(group([[face(0, 0)], [], [], [face(10, 0)]])) == [[0, 3]]


def test_another_place_is_another_person() -> None:
    assert positions(group([[face(0, 0)], [face(500, 0)]])) == [[0], [1]]


def test_another_size_is_another_person() -> None:
    assert len(group([[face(0, 0, 100)], [face(-100, -100, 300)]])) == 2


def test_the_one_seen_most_comes_first() -> None:
    assert positions(group([[face(500, 0)], [face(0, 0), face(505, 0)], [face(505, 0)]])) == [[0, 1, 2], [1]]


def test_nobody() -> None:
    assert group([[], []]) == []


def test_the_assignment_is_the_best_one() -> None:
    """SciPy's, which is five times as large as all that is asked of it, says the same."""
    rng = np.random.default_rng(0)
    for shape in [(1, 1), (1, 5), (5, 1), (3, 3), (4, 7), (9, 4)] * 20:
        costs = rng.random(shape) * 3
        rows, columns = linear_sum_assignment(costs)
        assert assign(costs) == list(zip(rows.tolist(), columns.tolist(), strict=True))
