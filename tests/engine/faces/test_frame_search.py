"""telltale/faces/frame_search.py: the faces of each frame, whether it was looked at early or late, on one thread or on several."""

import threading

import numpy as np
import pytest

from telltale.core.progress import Progress, silent
from telltale.faces.detectors import Face, FaceDetectorName
from telltale.faces.frame_search import SMALLEST_USEFUL_FACE, STRIDE, searching
from telltale.video.frames import Clip, Frame
from telltale.video.yuv import Picture, rgb_of

FACE = Face(np.array([0.0, 0, 30, 30]), np.zeros((5, 2)), 1.0)


class Counting:
    """Finds as many faces as the frame's first pixel says, from 100 on only if small ones are asked for."""

    name: FaceDetectorName = "mtcnn"

    def __init__(self) -> None:
        self.asked: list[tuple[int, float | None]] = []
        self.followed: list[int] = []
        self.threads: set[int] = set()

    def detect(self, picture: Picture, min_face: float | None = None) -> list[Face]:
        """See ``Finder.find``."""
        many = int(rgb_of(picture)[0, 0, 0])
        self.asked.append((many, min_face))
        self.threads.add(threading.get_ident())
        return [FACE] * (many % 100) if many < 100 or min_face else []

    def track(self, picture: Picture, faces: list[Face]) -> list[Face]:
        """See ``Finder.follow``; one that is gone is missed, one that is new is not."""
        many = int(rgb_of(picture)[0, 0, 0])
        self.followed.append(many)
        return faces if many >= len(faces) else []


def clip_of(*many: int, apart: float = 1.0) -> Clip:
    """A clip whose frames, so many seconds apart, hold so many faces."""
    frames = [Frame(place, place * apart, np.full((4, 4, 3), number, np.uint8)) for place, number in enumerate(many)]
    return Clip("video", 4, 4, 1.0, "none", frames)


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("early", [0, 2, 5])
def test_each_frame_is_looked_at_once(threads: int, early: int) -> None:
    finder, clip, told = Counting(), clip_of(1, 0, 3, 2, 1), list[Progress]()
    with searching(finder, threads) as search:
        for frame in clip.frames[:early]:
            search.begin(frame)
        found = search.faces_of_frames(clip, told.append)
    assert [len(faces) for faces in found] == [1, 0, 3, 2, 1]
    assert sorted(finder.asked) == [(0, None), (1, None), (1, None), (2, None), (3, None)]
    assert [one.done for one in told] == list(range(6))
    assert (threading.get_ident() in finder.threads) == (threads == 1)


@pytest.mark.parametrize("threads", [1, 3])
def test_smaller_faces_are_looked_for_where_there_are_none(threads: int) -> None:
    finder, clip = Counting(), clip_of(102, 0, 101)
    with searching(finder, threads) as search:
        found = search.faces_of_frames(clip, silent)
    assert [len(faces) for faces in found] == [2, 0, 1]
    assert {many for many, least in finder.asked if least == SMALLEST_USEFUL_FACE} == {0, 101, 102}


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("early", [0, 4, 7])
@pytest.mark.parametrize(
    ("many", "whole"),
    [
        ((1, 1, 1, 1, 1, 1, 1), [0, 3, 6]),
        ((1, 2, 1, 1, 1, 1, 2), [0, 3, 4, 5, 6]),  # one more in the end: since when?
        ((2, 2, 1, 2, 2, 2, 2), [0, 2, 3, 6]),  # one was gone for a moment
        ((0, 1, 0, 1, 1, 0, 1), [0, 1, 2, 3, 5, 6]),  # nobody is carried on from nobody
        ((1, 1, 1, 1, 1), [0, 3, 4]),  # what comes last lies between no two
        ((1, 1), [0, 1]),
    ],
)
def test_faces_are_carried_between_whole_searches(threads: int, early: int, many: tuple[int, ...], whole: list[int]) -> None:
    finder, clip = Counting(), clip_of(*many, apart=0.3)
    with searching(finder, threads) as search:
        for frame in clip.frames[:early]:
            search.begin(frame)
        found = search.faces_of_frames(clip, silent)
    assert sorted(number for number, _ in finder.asked) == sorted(many[place] for place in whole)
    carried = [place for place in range(len(many)) if place not in whole]
    assert [len(found[place]) for place in whole] == [many[place] for place in whole]
    assert all(len(found[place]) == many[place - place % STRIDE] for place in carried)


def test_faces_are_not_carried_far() -> None:
    finder = Counting()
    with searching(finder) as search:
        search.faces_of_frames(clip_of(1, 1, 1, 1, apart=0.5), silent)
    assert len(finder.asked) == 3 and len(finder.followed) == 1


def test_a_frame_that_was_replaced_is_looked_at_again() -> None:
    first, clip = clip_of(4, 4), clip_of(1, 2)
    with searching(Counting(), 2) as search:
        for frame in first.frames:
            search.begin(frame)
        assert [len(faces) for faces in search.faces_of_frames(clip, silent)] == [1, 2]


def test_what_fails_is_raised_and_nothing_runs_on() -> None:
    class Failing(Counting):
        def detect(self, picture: Picture, min_face: float | None = None) -> list[Face]:
            raise RuntimeError("no")

    before = threading.active_count()
    with pytest.raises(RuntimeError), searching(Failing(), 2) as search:
        search.faces_of_frames(clip_of(1, 1), silent)
    assert threading.active_count() == before
