"""Surroundings: a soft oval about the face, and on one side of it nothing changes."""

import cv2
import numpy as np
import pytest

from trainer.synthesis.backgrounds import WAYS, Background, draw_background, draw_oval, draw_wall

SIZE = 160


@pytest.fixture(scope="module")
def picture() -> np.ndarray:
    """Grain."""
    return np.random.default_rng(0).integers(0, 255, (SIZE, SIZE, 3), np.uint8)


@pytest.mark.parametrize("seed", range(20))
def test_the_oval_is_soft_and_about_the_face(seed: int) -> None:
    oval = draw_oval(SIZE, np.random.default_rng(seed))
    assert oval.shape == (SIZE, SIZE) and oval.dtype == np.float32
    assert oval[SIZE // 2, SIZE // 2] > 0.95 and max(oval[0, 0], oval[-1, -1], oval[0, -1], oval[-1, 0]) < 0.2
    assert np.abs(np.diff(oval, axis=0)).max() < 0.2


@pytest.mark.parametrize("way", WAYS)
def test_one_side_changes(picture: np.ndarray, way: str) -> None:
    oval = np.zeros((SIZE, SIZE), np.float32)
    cv2.ellipse(oval, (80, 80), (50, 60), 0, 0, 360, 1.0, -1)
    out = Background(oval, way, 2.0, draw_wall(SIZE, np.random.default_rng(0))).apply(picture)
    inside, outside = np.abs(out.astype(int) - picture)[70:90, 70:90].mean(), np.abs(out.astype(int) - picture)[:8, :8].mean()
    changed, kept = (inside, outside) if way == "smoothed" else (outside, inside)
    assert changed > 20 and kept == 0


def test_every_way_is_drawn_and_a_draw_repeats(picture: np.ndarray) -> None:
    drawn = [draw_background(SIZE, np.random.default_rng(seed)) for seed in range(60)]
    assert {one.way for one in drawn} == set(WAYS)
    again = draw_background(SIZE, np.random.default_rng(7)).apply(picture)
    assert np.array_equal(drawn[7].apply(picture), again) and again.shape == picture.shape and again.dtype == np.uint8
