"""telltale.json: what it holds comes back the same, older ones still load, and unsound ones are told."""

import json
from pathlib import Path

import pytest

from telltale.core.errors import BadModel
from telltale.core.model_settings import FILE, Bin, Calibration, ModelSettings, read_settings, write_settings

BIN = Bin(face_px_to=128, compression_from=0.35, reals=20, fakes=7, fake_from=0.8, clear_to=0.2, own_fake_from=True, own_clear_to=False)
FULL = ModelSettings(
    size=224,
    sheet=2,
    temperature=1.5,
    bins=(BIN,),
    trained_on="c" * 64,
    calibration=Calibration(fitted_on="a, b", manifest_sha256="d" * 64, videos=27, reals=20, fakes=7, seen_sources=("b",)),
)
OLD = {
    "size": 224, "margin": 0.12, "frames": 32, "temperature": 1.9758, "offset": 0.7551, "fake_from": 0.6708, "clear_to": 0.2944,
    "look_spread": 1.1179, "video_spread": 0.3632, "calibration": {"fitted_on": "loopy, zoya", "manifest_sha256": "0" * 64, "videos": 403},
}  # fmt: skip


def test_what_is_written_comes_back(tmp_path: Path) -> None:
    write_settings(tmp_path, FULL)
    assert read_settings(tmp_path) == FULL
    assert [path.name for path in tmp_path.iterdir()] == [FILE]
    assert json.loads((tmp_path / FILE).read_text())["bins"][0]["compression_to"] is None


def test_a_file_from_before_the_bins_still_loads(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(json.dumps(OLD))
    settings = read_settings(tmp_path)
    assert settings.calibrated and settings.fake_from == 0.6708
    assert (settings.sheet, settings.bins, settings.trained_on) == (1, (), None)
    assert settings.bin_of(100, 0.5) is None


def test_a_bin_holds_its_lower_sides_and_not_its_upper() -> None:
    assert [FULL.bin_of(*place) is BIN for place in ((127.9, 0.35), (0, 1.0), (128, 0.5), (100, 0.349))] == [True, True, False, False]
    assert FULL.bin_of(100, None) is None


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('{"sheet": 3, "size": 224}', "validation error"),
        ('{"bins": [{"reals": 1}]}', "validation error"),
        ("{", "not valid"),
        ('{"sheet": 0}', "error"),
    ],
)
def test_an_unsound_file_is_told(tmp_path: Path, content: str, words: str) -> None:
    (tmp_path / FILE).write_text(content)
    with pytest.raises(BadModel, match=words):
        read_settings(tmp_path)
