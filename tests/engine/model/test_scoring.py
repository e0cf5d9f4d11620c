"""Looks from crops and from sheets: every look gets a logit, its own crop and its own part of the evidence, in order of time."""

import json
from pathlib import Path

import numpy as np
import pytest

from telltale.checkpoints.labels import Labels
from telltale.checkpoints.preprocessing import by_colours
from telltale.core.model_settings import ModelSettings
from telltale.core.progress import Progress, silent
from telltale.faces.align import align, crop_of
from telltale.faces.frame_search import searching
from telltale.model.classifier import BROWSER, Model, Scores
from telltale.model.scoring import quarters, runs_of, score
from telltale.pipeline import Engine, check, find_faces, load_engine
from telltale.video.frames import read_clip
from tests.engine.model.test_classifier import tiny


class Recorder(Model):
    """A model that keeps what it is shown; its logit is the mean grey, its map tells the corners apart."""

    def score(self, crops: np.ndarray) -> Scores:
        """Mean grey, and a map of four numbers."""
        SHOWN.append(crops)
        return Scores(
            crops.mean(axis=(1, 2, 3)),
            np.tile(np.array([[0.0, 1.0], [2.0, 3.0]], np.float32), (len(crops), 1, 1)),
            np.zeros((len(crops), 0)),
        )


SHOWN: list[np.ndarray] = []


def recorder(sheet: int, further_margins: tuple[float, ...] = ()) -> Recorder:
    SHOWN.clear()
    settings = ModelSettings(size=64, sheet=sheet, further_margins=further_margins)
    preprocessing = by_colours(64, np.zeros(3, np.float32), np.ones(3, np.float32))
    return Recorder("r", "0", "none", settings, preprocessing, Labels((1,), (0,)), lambda pixels: (pixels, pixels))


@pytest.mark.parametrize(
    ("count", "sheet", "expected"),
    [
        *((0, 2, []), (3, 1, [[0], [1], [2]]), (4, 2, [[0, 1, 2, 3]]), (8, 2, [[0, 1, 2, 3], [4, 5, 6, 7]])),
        *((6, 2, [[0, 1, 2, 3], [2, 3, 4, 5]]), (1, 2, [[0, 0, 0, 0]]), (2, 2, [[0, 0, 1, 1]]), (3, 2, [[0, 1, 1, 2]])),
    ],
)
def test_runs(count: int, sheet: int, expected: list[list[int]]) -> None:
    assert runs_of(count, sheet) == expected


@pytest.mark.parametrize("sheet", [1, 2, 3])
def test_every_look_is_in_a_run_and_time_never_goes_back(sheet: int) -> None:
    for count in range(1, 30):
        runs = runs_of(count, sheet)
        assert {at for run in runs for at in run} == set(range(count))
        assert all(len(run) == sheet**2 and run == sorted(run) for run in runs)


def test_a_sheet_holds_one_person_and_each_look_keeps_its_crop_and_quarter(two_people: Path) -> None:
    model = recorder(2)
    clip = read_clip(two_people, 6)
    with searching(load_engine(BROWSER, faces="mtcnn", threads=1).finder) as search:
        tracks = find_faces(clip, search, silent)
    assert [len(track) for track in tracks] == [6, 6]
    heard: list[Progress] = []
    people = score(clip, tracks, model, heard.append)
    shown = np.concatenate(SHOWN)
    assert shown.shape == (4, 64, 64, 3)
    for person, sheets in zip(people, (shown[:2], shown[2:]), strict=True):
        assert [look.position for look in person.looks] == list(range(6))
        corners = [(0, 0), (0, 32), (32, 0), (32, 32)]
        for number, look in enumerate(person.looks):
            run, cell = (0, number) if number < 4 else (1, number - 2)
            top, left = corners[cell]
            assert look.crop.shape == (32, 32, 3)
            assert np.array_equal(look.crop, sheets[run][top : top + 32, left : left + 32])
            assert look.logit == pytest.approx(sheets[run].mean()) and look.heat.tolist() == [[float(cell)]]
            assert 0 <= look.compression <= 1
    assert heard[0].done == 0 and heard[-1].done == heard[-1].total == 12
    assert [progress.done for progress in heard] == sorted(progress.done for progress in heard)


def test_a_model_of_several_crops_sees_them_together_and_a_look_keeps_the_first(two_people: Path) -> None:
    """One look is one picture of six channels, its logit is of both crops, and what is shown to people is the first."""
    model, plain, clip = recorder(1, (-0.1,)), ModelSettings(size=64), read_clip(two_people, 3)
    with searching(load_engine(BROWSER, faces="mtcnn", threads=1).finder) as search:
        tracks = find_faces(clip, search, silent)
    people = score(clip, tracks, model, silent)
    shown = np.concatenate(SHOWN)
    assert shown.shape == (6, 64, 64, 6)
    looks = [look for person in people for look in person.looks]
    for look, crops in zip(looks, shown, strict=True):
        picture = clip.frames[look.position].picture
        assert np.array_equal(look.crop, crop_of(picture, look.face.landmarks, 64, plain))
        assert np.array_equal(crops[..., :3], look.crop)
        assert np.array_equal(crops[..., 3:], align(picture, look.face.landmarks, 64, -0.1))
        assert look.logit == pytest.approx(crops.mean())


@pytest.mark.parametrize("side", [2, 7, 1])
def test_a_map_that_does_not_divide_is_stretched_first(side: int) -> None:
    """The right half is hot: the two right-hand crops are, and no row of the map is dropped."""
    heat = np.zeros((side, side), np.float32)
    heat[:, side // 2 :] = 1
    parts = quarters(heat, 2)
    assert len(parts) == 4 and parts[0].shape == parts[3].shape
    if side > 1:
        assert min(parts[1].mean(), parts[3].mean()) > 0.85 > 0.35 > max(parts[0].mean(), parts[2].mean())


def test_a_model_of_sheets_gives_a_whole_report(tmp_path: Path, two_people: Path) -> None:
    """A real tiny net on torch; the sharing of logits shows in the moments."""
    folder = tiny(tmp_path / "model", {0: "real", 1: "fake"})
    (folder / "telltale.json").write_text(json.dumps({"size": 64, "sheet": 2}))
    engine: Engine = load_engine(str(folder), faces="mtcnn", threads=1)
    report = check(two_people, engine, frames=8)
    assert len(report.people) == 2 and report.evidence
    for person in report.people:
        logits = [moment.logit for moment in person.observations]
        assert len(logits) == 8 and len(set(logits[:4])) == len(set(logits[4:])) == 1
        assert all(moment.quality.compression is not None for moment in person.observations)


@pytest.fixture(scope="module")
def two_people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds of two drawn people."""
    from tests.support.media.drawing import draw_face_video

    return draw_face_video(tmp_path_factory.mktemp("two") / "two.mp4", seconds=2, fps=8, people=2)
