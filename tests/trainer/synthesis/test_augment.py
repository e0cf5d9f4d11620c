"""Augmentation: one draw for a real and its fake and for all frames, seam maps move as pictures do. Codecs lose what they should."""

from dataclasses import fields

import cv2
import numpy as np
import pytest

from trainer.data.crops import MARGIN, SIDE
from trainer.synthesis.augment import Augmentation, Chain, Geometry, add_noise, draw_augmentation, reencode
from trainer.synthesis.codecs import Codec, encode, through_video


@pytest.fixture(scope="module")
def face() -> np.ndarray:
    """A drawn picture with shapes and grain."""
    rng = np.random.default_rng(0)
    picture = np.full((SIDE, SIDE, 3), (120, 140, 160), np.uint8)
    for _ in range(60):
        colour = [int(value) for value in rng.integers(20, 235, 3)]
        cv2.circle(picture, tuple(int(value) for value in rng.integers(0, SIDE, 2)), int(rng.integers(4, 26)), colour, -1, cv2.LINE_AA)
    return np.clip(picture + rng.normal(0, 5, picture.shape), 0, 255).astype(np.uint8)


ALWAYS = Chain(**{field.name: 1.0 for field in fields(Chain)})


@pytest.mark.parametrize("seed", range(12))
def test_real_and_fake_share_every_draw(face: np.ndarray, seed: int) -> None:
    """The same clip twice stays the same twice, whatever the chain; also where every link is drawn."""
    for chain in (Chain(), ALWAYS):
        draw = draw_augmentation(160, 0.12, np.random.default_rng(seed), chain)
        one, two = draw.apply([face, face[::-1]]), draw.apply([face, face[::-1]])
        assert all(picture.shape == (160, 160, 3) and picture.dtype == np.uint8 for picture in one)
        assert all(np.array_equal(left, right) for left, right in zip(one, two, strict=True))
        again = draw_augmentation(160, 0.12, np.random.default_rng(seed), chain).apply([face, face[::-1]])
        assert all(np.array_equal(left, right) for left, right in zip(one, again, strict=True))


def test_frames_of_a_clip_are_cut_and_coloured_alike(face: np.ndarray) -> None:
    """Without noise and codecs identical frames stay identical; noise is another in each frame, as a sensor's is."""
    still = Chain(mirror=1, surroundings=1, colour=1, grey=0, blur=1, noise=0, rescale=1, video=0, jpeg=1)
    one, two = draw_augmentation(160, 0.12, np.random.default_rng(0), still).apply([face, face])
    assert np.array_equal(one, two)
    crops = [face[:160, :160]] * 2
    link = add_noise(160, np.random.default_rng(0))
    one, two = link(crops)
    assert not np.array_equal(one, two)
    assert np.array_equal(link(crops)[1], two)


def test_the_links_are_drawn_as_often_as_the_chain_says(face: np.ndarray) -> None:
    rng = np.random.default_rng(0)
    draws = [
        draw_augmentation(160, 0.12, rng, Chain(surroundings=0, colour=0.5, grey=0, blur=0, noise=0, rescale=0, video=0, jpeg=0))
        for _ in range(600)
    ]
    assert 240 < sum(len(draw.links) for draw in draws) < 360
    assert 240 < sum(draw.geometry.mirror for draw in draws) < 360


def test_the_jitter_is_that_of_a_detector() -> None:
    rng = np.random.default_rng(0)
    drawn = [draw_augmentation(160, 0.12, rng).geometry for _ in range(400)]
    assert all(0.9 <= one.scale <= 1.12 and abs(one.turn) <= 8 and max(map(abs, one.shift)) <= 0.03 for one in drawn)
    assert np.std([one.turn for one in drawn]) > 4 and np.std([one.shift for one in drawn]) > 0.015


@pytest.mark.parametrize("size", [224, 160, 112])
def test_the_service_cut_is_the_training_cut_without_jitter(face: np.ndarray, size: int) -> None:
    """What validation cuts out of a stored crop is what ``align`` cuts out of a frame, small ones (sheets) included."""
    from telltale.faces.align import align, template

    direct = align(face, template(SIDE, MARGIN), size, 0.12).astype(int)
    assert np.abs(Geometry().cut(face, size, 0.12).astype(int) - direct).mean() < 1.5


@pytest.mark.parametrize("mirror", [False, True])
def test_the_seam_follows_the_mirror_and_the_shift_exactly(mirror: bool) -> None:
    """A dot in the picture and the same dot in the map land on the same pixel, and where arithmetic says."""
    dot = np.zeros((SIDE, SIDE), np.float32)
    cv2.circle(dot, (180, 120), 9, 1.0, -1)
    geometry = Geometry(shift=(0.03, -0.02), mirror=mirror)
    draw = Augmentation(192, MARGIN, geometry, ())
    picture = draw.apply([cv2.merge([(dot * 255).astype(np.uint8)] * 3)])[0][..., 0] / 255
    field = draw.warp_map(dot)
    assert field.dtype == np.float32 and np.abs(field - picture).max() < 0.01
    down, right = (np.average(np.arange(192), weights=field.sum(axis=axis)) for axis in (1, 0))
    scale = 192 / SIDE
    column = (180 - SIDE / 2) * scale + 96 + 0.03 * 192
    assert right == pytest.approx(191 - column if mirror else column, abs=0.3)
    assert down == pytest.approx((120 - SIDE / 2) * scale + 96 - 0.02 * 192, abs=0.3)


@pytest.mark.parametrize("codec", ["h264", "h265"])
@pytest.mark.parametrize("shape", [(160, 160), (161, 115)])
def test_a_video_keeps_the_shape_and_loses_more_with_each_crf(face: np.ndarray, codec: Codec, shape: tuple[int, int]) -> None:
    crops = [np.ascontiguousarray(face[at : at + shape[0], : shape[1]]) for at in (0, 3, 6)]
    losses, bytes_ = [], []
    for crf in (18, 26, 33, 40):
        out = through_video(crops, codec, crf)
        assert [picture.shape for picture in out] == [(*shape, 3)] * 3
        losses.append(np.mean([np.abs(new.astype(int) - old).mean() for new, old in zip(out, crops, strict=True)]))
        bytes_.append(sum(packet.size for packet in encode(crops, codec, crf)))
    assert losses[0] > 0 and losses == sorted(losses) and losses[-1] > losses[0] * 1.3
    assert bytes_ == sorted(bytes_, reverse=True)


def test_a_clip_is_one_stream(face: np.ndarray) -> None:
    """Later frames are predicted from earlier ones: a still clip costs little more than one frame."""
    crop = face[:160, :160]
    once, often = (sum(packet.size for packet in encode([crop] * count, "h264", 26)) for count in (1, 8))
    assert often < 2.5 * once


def test_platforms_shrink_encode_and_enlarge(face: np.ndarray) -> None:
    """Through a smaller size a clip loses more detail than without, at whatever CRF was drawn with the same dice."""
    crop = Geometry().cut(face, 160, 0.12)
    losses = []
    for scaled in (0.0, 1.0):
        outs = [reencode(160, np.random.default_rng(seed), scaled, 0.0)([crop])[0] for seed in range(6)]
        assert all(out.shape == crop.shape for out in outs)
        losses.append(np.mean([cv2.Laplacian(out, cv2.CV_32F).std() for out in outs]))
    assert losses[1] < 0.8 * losses[0]
