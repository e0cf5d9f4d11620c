"""From files to telltale.json: the fit recovers what was planted, is kept with its hash, goes on after a cut, takes nobody of training."""

import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from telltale.core.errors import BadModel, BadRequest
from telltale.core.model_settings import read_settings
from telltale.model.checksums import write_sums
from telltale.model.classifier import BROWSER
from telltale.pipeline import load_engine, look
from telltale.video.frames import read_clip
from tests.support.media.drawing import draw_face_picture
from trainer import calibrate
from trainer.calibration import temperature
from trainer.calibration.conformal import Promise
from trainer.data.manifest import Manifest, Row
from trainer.evaluation import scores
from trainer.evaluation.scores import Score

REFUSED = BadRequest("request.invalid").exit


def planted(count: int, scale: float, offset: float, seed: int = 0) -> tuple[list[Row], list[Score]]:
    """Videos whose true log-odds of fake are (logit - offset) / scale; as many real as fake."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(offset, 2 * scale, count)
    fake = rng.random(count) < 1 / (1 + np.exp(-(logits - offset) / scale))
    rows = [Row(f"{n}", Path(f"{n}"), "fake" if side else "real", "video", "planted", f"{n}") for n, side in enumerate(fake)]
    sizes, strengths = rng.uniform(40, 400, count), rng.random(count)
    return rows, [
        Score("run", row.path, None, 0.5, (logit,), size, 0.1, compression=strength, logit=logit)
        for row, logit, size, strength in zip(rows, logits.tolist(), sizes.tolist(), strengths.tolist(), strict=True)
    ]


def fit(rows: list[Row], found: list[Score], tmp_path: Path) -> calibrate.Fitted:
    manifest = Manifest(tmp_path / "m.jsonl", "a" * 64, tuple(rows))
    return calibrate.fit_settings(read_settings(tmp_path), rows, found, Promise(), manifest, ())


def test_temperature_and_offset_recover_planted_ones(tmp_path: Path) -> None:
    settings = fit(*planted(8000, 2.5, 1.5), tmp_path).settings
    assert settings.temperature == pytest.approx(2.5, rel=0.06)
    assert settings.offset == pytest.approx(1.5, abs=0.2)


def test_bands_hold_what_they_promise_on_fresh_videos(tmp_path: Path) -> None:
    settings = fit(*planted(6000, 1.0, 0.5, seed=1), tmp_path).settings
    rows, found = planted(20_000, 1.0, 0.5, seed=2)
    real = {True: [0, 0], False: [0, 0]}
    for row, score in zip(rows, found, strict=True):
        assert score.logit is not None and score.face_px is not None
        value = float(temperature.probabilities(np.array(score.logit), settings.temperature, settings.offset))
        place = settings.bin_of(score.face_px, score.compression)
        assert place is not None and place.own_fake_from and place.own_clear_to
        side = row.label == "real"
        real[side][0] += value >= place.fake_from if side else value <= place.clear_to
        real[side][1] += 1
    assert real[True][0] / real[True][1] < 0.05 + 0.008
    assert real[False][0] / real[False][1] < 0.15 + 0.012
    assert real[True][0] / real[True][1] > 0.035 and real[False][0] / real[False][1] > 0.12


def test_files_without_a_face_are_left_out(tmp_path: Path) -> None:
    rows, found = planted(400, 1.0, 0.0)
    found[0] = Score("run", rows[0].path, "no_face", 0.5, (), None, 0.1)
    settings = fit(rows, found, tmp_path).settings
    assert settings.calibration is not None and settings.calibration.videos == 399
    assert sum(each.reals + each.fakes for each in settings.bins) == 399


def test_what_cannot_be_calibrated_is_said() -> None:
    with pytest.raises(BadModel, match="do not rise"):
        temperature.fit_temperature(np.array([3.0, 2.0, -2.0, -3.0]), np.array([False, False, True, True]))
    for labels in (np.ones(3, bool), np.zeros(3, bool), np.zeros(0, bool)):
        with pytest.raises(BadRequest, match="only one of the two"):
            temperature.fit_temperature(np.arange(len(labels), dtype=float), labels)


def test_of_stills_of_one_clip_one_is_drawn() -> None:
    stills = [Row(f"{n}.jpg", Path(f"{n}.jpg"), "real", "image", "s", f"clip{n // 5}") for n in range(20)]
    videos = [Row(f"{n}.mp4", Path(f"{n}.mp4"), "real", "video", "s", "clip0") for n in range(3)]
    drawn = calibrate.one_of_each([*stills, *videos])
    assert [row.kind for row in drawn] == ["image"] * 4 + ["video"] * 3
    assert len({row.group for row in drawn if row.kind == "image"}) == 4
    again = calibrate.one_of_each([*stills, *videos][::-1])
    assert {row.path for row in again} == {row.path for row in drawn}, "which one does not hang on the order"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve drawn pictures of two sources. Those that the small model finds more suspicious are named fake, but for one."""
    root = tmp_path_factory.mktemp("files")
    original = cv2.imread(str(draw_face_picture(root / "one.png", size=(320, 240))))
    for number in range(12):
        cv2.imwrite(str(root / f"{number}.png"), cv2.GaussianBlur(original, (0, 0), 0.3 + 0.25 * number))
    engine = load_engine(BROWSER, faces="mtcnn", threads=1)
    logits = [look(read_clip(root / f"{number}.png", 1), engine)[0].looks[0].logit for number in range(12)]
    order = np.argsort(np.argsort(logits))
    labels = ["fake" if (place >= 6) != (place == 8) else "real" for place in order]
    lines = [
        {
            "path": f"{number}.png",
            "label": label,
            "kind": "image",
            "source": "old" if order[number] % 3 == 1 else "new",
            "group": str(number),
        }
        for number, label in enumerate(labels)
    ]
    (root / "manifest.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return root


@pytest.fixture
def model(tmp_path: Path) -> Iterator[Path]:
    """The small model, not calibrated."""
    folder = shutil.copytree(BROWSER, tmp_path / "run" / "model", ignore=shutil.ignore_patterns("*.png", "*.md"))
    (folder / "telltale.json").write_text('{"size": 224}')
    write_sums(folder)
    yield folder
    scores._engine.cache_clear()


def arguments(files: Path, model: Path, *more: str) -> list[str]:
    return ["--model", str(model), "--manifest", str(files / "manifest.jsonl"), "--out", str(model.parent / "out"), *more]


def test_from_files_to_telltale_json(files: Path, model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert calibrate.main(arguments(files, model)) == 0
    settings = read_settings(model)
    assert settings.calibration is not None and len(settings.bins) == 9
    sha256 = hashlib.sha256((files / "manifest.jsonl").read_bytes()).hexdigest()
    assert settings.calibration.manifest_sha256 == sha256
    assert (settings.calibration.reals, settings.calibration.fakes, settings.calibration.fitted_on) == (7, 5, "new, old")
    assert settings.fake_from == 1.0, "seven reals cannot promise 5 %"
    assert settings.clear_to == 0.0, "nor five fakes 15 %"
    assert settings == type(settings).model_validate(json.loads(capsys.readouterr().out))
    assert cv2.imread(str(model.parent / "out" / "calibration.png")).shape[1] > 1000
    assert not list(model.glob("*.part")) and settings.size == 224


@pytest.mark.long
def test_a_cut_run_goes_on_and_a_second_one_scores_nothing(files: Path, model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert calibrate.main(arguments(files, model)) == 0
    first, kept = (model / "telltale.json").read_text(), model.parent / "out" / "scores.jsonl"
    lines = kept.read_text().splitlines(keepends=True)
    kept.write_text("".join(lines[:7]) + lines[7][:40])
    asked: list[str] = []
    really = scores.score_file

    def counted(row: Row, *rest: Any) -> Score:
        asked.append(row.path)
        return really(row, *rest)

    monkeypatch.setattr(scores, "score_file", counted)
    assert calibrate.main(arguments(files, model)) == 0
    assert len(asked) == 5 and (model / "telltale.json").read_text() == first
    assert calibrate.main(arguments(files, model, "--reals-called-fake", "0.2")) == 0
    assert len(asked) == 5, "scores outlast a change of the promise and of what was fitted before"
    assert read_settings(model).fake_from < 1.0


def remember(model: Path, rows: list[dict[str, str]]) -> None:
    """A training run beside the model that saw these rows."""
    crops = model.parent / "crops"
    crops.mkdir()
    (crops / "train.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (crops / "prepared.json").write_text("{}")
    (model.parent / "trained.json").write_text(json.dumps({"recipe": {"crops": str(crops)}}))


def test_people_of_training_are_refused(files: Path, model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = [json.loads(line) for line in (files / "manifest.jsonl").read_text().splitlines()]
    known = next(line for line in lines if line["source"] == "old")
    remember(model, [known])
    before = (model / "telltale.json").read_text()
    assert calibrate.main(arguments(files, model)) == REFUSED
    assert f"old:{known['group']}" in capsys.readouterr().err and (model / "telltale.json").read_text() == before
    assert calibrate.main(arguments(files, model, "--sources", "new")) == 0
    settings = read_settings(model)
    assert settings.calibration is not None
    assert (settings.calibration.fitted_on, settings.calibration.seen_sources, settings.calibration.videos) == ("new", (), 8)


def test_other_people_of_a_source_of_training_are_warned_of(files: Path, model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    remember(model, [{"path": "x.png", "label": "real", "kind": "image", "source": "old", "group": "somebody else"}])
    assert calibrate.main(arguments(files, model)) == 0
    assert "other people of old" in capsys.readouterr().err
    settings = read_settings(model)
    assert settings.calibration is not None and settings.calibration.seen_sources == ("old",)


@pytest.mark.parametrize(
    ("more", "words"), [(["--sources", "none such"], "no source"), (["--model", "/no/such/folder"], "no model folder")]
)
def test_bad_input_is_told(files: Path, model: Path, more: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert calibrate.main([*arguments(files, model), *more]) == REFUSED
    assert words in capsys.readouterr().err
