"""Forging: masks lie on the face, fakes differ from their reals only on one side of the mask, clips get one draw, and draws repeat."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from trainer import preview_fakes
from trainer.data.crops import SIDE
from trainer.synthesis.artifacts import TRACES, Resampling, resample
from trainer.synthesis.blending import cross_blend, draw_settings, fit_donor, make_fake, misfit, seam_of, self_blend
from trainer.synthesis.clips import CropClip, footage
from trainer.synthesis.masks import (
    EYES,
    MOUTH,
    NOSE,
    REGIONS,
    Region,
    average_face,
    contour,
    fill,
    outline_of,
)


@pytest.fixture(scope="module")
def face() -> np.ndarray:
    """A smooth coloured picture with some grain."""
    ys, xs = np.mgrid[0:SIDE, 0:SIDE] / SIDE
    smooth = np.stack([140 + 60 * xs, 120 + 50 * ys, 100 + 40 * xs * ys], axis=2)
    return np.clip(smooth + np.random.default_rng(0).normal(0, 6, smooth.shape), 0, 255).astype(np.uint8)


def still(picture: np.ndarray) -> CropClip:
    return footage([picture], [None])


def test_wild_landmarks_are_not_used() -> None:
    assert np.array_equal(outline_of([5.0] * 136), average_face())
    kept = (average_face() + 2).ravel().tolist()
    assert np.allclose(outline_of(kept), average_face() + 2)


INSIDE: dict[Region, tuple[slice, ...]] = {
    "face": (NOSE, EYES, MOUTH),
    "face_and_forehead": (NOSE, EYES, MOUTH),
    "lower_face": (MOUTH,),
    "mouth": (MOUTH,),
    "eyes": (EYES,),
    "inner_face": (NOSE, EYES, MOUTH),
}


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("reach", [0.0, 0.5, 0.999])
def test_each_region_lies_where_it_should(region: Region, reach: float) -> None:
    """On the average face: what belongs to the region is in it; what does not is outside."""
    points = average_face()
    mask = fill(contour(region, reach, points))

    def at(part: slice) -> float:
        column, row = points[part].mean(axis=0).round().astype(int)
        return float(mask[row, column])

    parts = (NOSE, EYES, MOUTH)
    shown = {name: at(part) > 0 for name, part in zip(("nose", "eyes", "mouth"), parts, strict=True)}
    bridge = mask[tuple(points[27].round().astype(int)[::-1])] > 0
    assert all(at(part) == 255 for part in INSIDE[region])
    assert shown["mouth"] == (region != "eyes")
    assert bridge == (region not in ("mouth", "lower_face"))
    brow_top = points[17:27, 1].min()
    top = np.flatnonzero(mask.any(axis=1))[0]
    assert (top < brow_top - 10) == (region == "face_and_forehead")
    assert mask[-10:].max() == 0, "the mask reaches below the chin"


def test_erosion_and_growth_move_the_edge_by_that_many_pixels() -> None:
    edge = contour("face", 0, average_face())
    width = [(fill(edge, growth)[round(average_face()[30, 1])] > 127).sum() for growth in (-6, 0, 5)]
    assert width[1] - width[0] == pytest.approx(12, abs=2)
    assert width[2] - width[1] == pytest.approx(10, abs=2)


@pytest.mark.parametrize("seed", range(12))
def test_a_self_blend_changes_only_one_side_of_the_mask(face: np.ndarray, seed: int) -> None:
    """The changed copy goes inside or outside; the misalignment is always inside. Where the weight is 0, the copy is whole."""
    draw = replace(draw_settings(np.random.default_rng(seed)), strength=1.0, move=np.eye(2, 3))
    made = self_blend(still(face), draw)
    changed = np.abs(made.fakes[0].astype(int) - face).max(axis=2)
    inside, outside = changed[made.masks[0] > 0.999], changed[made.masks[0] == 0]
    assert np.array_equal(made.reals[0], face)
    untouched, touched = (outside, inside) if draw.changed_inside else (inside, outside)
    assert untouched.max() == 0 and touched.mean() > 0.5


def test_pseudo_fakes_are_not_their_reals(face: np.ndarray) -> None:
    """No draw leaves the picture as it was: that would be a wrong label."""
    rng = np.random.default_rng(1)
    for _ in range(60):
        made = make_fake(still(face), None, rng)
        assert np.abs(made.fakes[0].astype(int) - face).mean(axis=2)[made.masks[0] > 0.5].mean() > 0.4 or (
            np.abs(made.fakes[0].astype(int) - face).mean(axis=2)[made.masks[0] == 0].mean() > 0.4
        )


@pytest.mark.parametrize("seed", range(6))
def test_a_clip_gets_one_draw(face: np.ndarray, seed: int) -> None:
    """Identical frames give identical fakes, masks and seams; a frame's fake is the one it would get alone with that draw."""
    other = np.ascontiguousarray(face[:, ::-1])
    clip = footage([face, other, face, face], [None] * 4)
    draw = draw_settings(np.random.default_rng(seed))
    made = self_blend(clip, draw)
    assert all(np.array_equal(made.fakes[0], made.fakes[frame]) and np.array_equal(made.masks[0], made.masks[frame]) for frame in (2, 3))
    assert np.array_equal(made.fakes[1], self_blend(still(other), draw).fakes[0])
    assert np.array_equal(made.seams[0], made.seams[3])
    donated = make_fake(clip, footage([other, face], [None] * 2), np.random.default_rng(seed))
    assert np.array_equal(donated.fakes[0], donated.fakes[2])


def test_the_mask_follows_the_face_through_a_clip(face: np.ndarray) -> None:
    near = average_face() + np.array([6, 0])
    made = self_blend(
        footage([face, face], [average_face().ravel().tolist(), near.ravel().tolist()]), draw_settings(np.random.default_rng(2))
    )
    across = [np.average(np.arange(SIDE), weights=mask.sum(axis=0)) for mask in made.masks]
    assert across[1] - across[0] == pytest.approx(6, abs=1.5)


def test_a_donor_must_fit(face: np.ndarray) -> None:
    """Landmarks that an affine map brings close are warped there; a profile's on a frontal face are refused, inner face or jaw alone."""
    frontal = average_face()
    turned = frontal @ np.array([[1.05, 0.06], [-0.05, 0.98]]) + [4, -6]
    profile = frontal.copy()
    profile[:, 0] += 0.4 * np.abs(profile[:, 0] - SIDE / 2)
    jaw = frontal.copy()
    jaw[:17, 0] = (jaw[:17, 0] - SIDE / 2) * 1.3 + SIDE / 2
    assert misfit([turned], [frontal]) < 1e-3
    assert misfit([profile], [frontal]) > 1 and misfit([jaw], [frontal]) > 1
    real = CropClip((face,), (frontal,))
    donor = fit_donor(CropClip((face,), (turned.astype(np.float32),)), real)
    assert donor is not None and np.array_equal(donor.outlines[0], frontal)
    assert fit_donor(CropClip((face,), (jaw,)), real) is None
    alone = make_fake(real, CropClip((face,), (jaw,)), np.random.default_rng(3))
    assert np.array_equal(alone.fakes[0], make_fake(real, None, np.random.default_rng(3)).fakes[0]), "no self-blend in its place"


def test_a_cross_blend_puts_the_donor_inside(face: np.ndarray) -> None:
    donor = cv2.GaussianBlur(np.ascontiguousarray(face[::-1]), (0, 0), 4)
    draw = replace(draw_settings(np.random.default_rng(4), donor=True), strength=1.0, resampling=None)
    made = cross_blend(still(face), still(donor), draw)
    changed = np.abs(made.fakes[0].astype(int) - face).max(axis=2)
    assert changed[made.masks[0] == 0].max() == 0
    assert made.fakes[0][made.masks[0] > 0.99].std() < face[made.masks[0] > 0.99].std()


def test_the_seam_is_where_both_faces_weigh_the_same(face: np.ndarray) -> None:
    ramp = np.tile(np.linspace(0, 1, 11, dtype=np.float32), (3, 1))
    assert np.allclose(seam_of(ramp)[0], [0, 0.36, 0.64, 0.84, 0.96, 1, 0.96, 0.84, 0.64, 0.36, 0], atol=1e-6)
    for seed in range(10):
        made = self_blend(still(face), draw_settings(np.random.default_rng(seed)))
        seam, mask = made.seams[0], made.masks[0]
        assert seam.max() > 0.97 and seam.min() >= -1e-6
        assert np.abs(mask[seam > 0.95] - 0.5).max() < 0.15
        assert seam[mask == 0].max() == 0 and seam[mask > 0.9999].max(initial=0) < 1e-3


@pytest.mark.parametrize("trace", TRACES)
def test_each_trace_changes_the_fine_detail_and_not_the_colour(face: np.ndarray, trace: str) -> None:
    out = resample(face, Resampling(trace, 0.7, 1, 5))  # type: ignore[arg-type]  # TRACES is of the literals
    assert out.shape == face.shape and out.dtype == np.uint8
    assert np.abs(out.mean(axis=(0, 1)) - face.mean(axis=(0, 1))).max() < 1.5
    detail = [cv2.Laplacian(picture, cv2.CV_32F).std() for picture in (face, out)]
    assert abs(detail[1] / detail[0] - 1) > 0.1


def test_a_contact_sheet_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Through the command: eight columns of real, fake, mask and seam; bad requests are told in a sentence."""
    from tests.support.datasets.blob_crops import write_split

    split = write_split(tmp_path / "train")
    assert preview_fakes.main([str(split), "--out", str(tmp_path / "sheet.png"), "--pictures", "8"]) == 0
    sheet = cv2.imread(str(tmp_path / "sheet.png"))
    assert sheet is not None and sheet.shape == (4 * SIDE, 8 * SIDE, 3)
    assert np.ptp(sheet[2 * SIDE :].astype(int), axis=2).max() == 0, "masks and seams are grey"
    assert preview_fakes.main([str(split), "--out", str(tmp_path / "sheet.png"), "--pictures", "7"]) != 0
    assert preview_fakes.main([str(tmp_path / "nothing"), "--out", str(tmp_path / "sheet.png")]) != 0
    assert "rows of eight" in capsys.readouterr().err
