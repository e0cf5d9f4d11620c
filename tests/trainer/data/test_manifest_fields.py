"""What a manifest knows of its files besides their labels, and crops: one file in several rows, through decoding and preparation."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from telltale.core.errors import BadMedia, BadRequest
from tests.support.datasets.face_dataset import face
from tests.support.media.bad_media import faceless_video
from trainer import prepare
from trainer.data.manifest import Row, entry_of, read_manifest, write_manifest
from trainer.data.media import open_media
from trainer.data.shards import open_split

WHOLE = {"path": "x.mp4", "label": "fake", "kind": "video", "source": "s", "group": "g"}
KNOWN = {
    "method": "SimSwap", "crop": [2, 4, 60, 30], "family": "swap", "pair": "s/real/1.mp4", "fps": 23.976, "width": 60, "height": 30,
    "speech": False, "setting": "news", "certain": False,
}  # fmt: skip


def write(folder: Path, *entries: dict[str, Any]) -> Path:
    """A manifest of these lines, each naming a file that is there."""
    for entry in entries:
        (folder / entry["path"]).touch()
    path = folder / "m.jsonl"
    path.write_text("".join(json.dumps(entry) + "\n" for entry in entries))
    return path


def test_what_is_known_is_read_and_written_back(tmp_path: Path) -> None:
    (row,) = read_manifest(write(tmp_path, WHOLE | KNOWN)).rows
    assert (row.crop, row.family, row.pair, row.fps) == ((2, 4, 60, 30), "swap", "s/real/1.mp4", 23.976)
    assert (row.width, row.height, row.speech, row.setting, row.certain) == (60, 30, False, "news", False)
    assert entry_of(row, tmp_path) == WHOLE | KNOWN
    (tmp_path / "deeper").mkdir()
    write_manifest(tmp_path / "deeper/m.jsonl", [row])
    (again,) = read_manifest(tmp_path / "deeper/m.jsonl").rows
    assert again.file.samefile(row.file) and again.path == "../x.mp4#xywh=2,4,60,30"
    assert replace(again, path=row.path, file=row.file) == row


def test_what_is_not_known_is_left_out(tmp_path: Path) -> None:
    empty = dict.fromkeys(("pair", "fps", "width", "height", "speech", "setting", "certain", "crop", "family"))
    (row,) = read_manifest(write(tmp_path, WHOLE | empty)).rows
    assert row.family == "" and row.crop is None and entry_of(row, tmp_path) == WHOLE
    (unknown,) = read_manifest(write(tmp_path, WHOLE | {"speech": "unknown"})).rows
    assert entry_of(unknown, tmp_path)["speech"] == "unknown"


def test_one_file_may_stand_there_once_for_each_crop(tmp_path: Path) -> None:
    left, right = WHOLE | {"crop": [0, 0, 8, 8], "label": "real"}, WHOLE | {"crop": [8, 0, 8, 8]}
    rows = read_manifest(write(tmp_path, left, right, WHOLE)).rows
    assert [row.path for row in rows] == ["x.mp4#xywh=0,0,8,8", "x.mp4#xywh=8,0,8,8", "x.mp4"]
    assert len({row.unit for row in rows}) == 3 and {row.file for row in rows} == {tmp_path / "x.mp4"}
    with pytest.raises(BadRequest, match=r"Line 3 of .* names 'x.mp4#xywh=8,0,8,8' a second time"):
        read_manifest(write(tmp_path, left, right, right))


def test_frames_in_an_archive_keep_their_folder_when_cropped(tmp_path: Path) -> None:
    entry = WHOLE | {"path": "9.tar#9/real/4", "kind": "frames", "crop": [0, 0, 8, 8]}
    (tmp_path / "9.tar").touch()
    (tmp_path / "m.jsonl").write_text(json.dumps(entry))
    (row,) = read_manifest(tmp_path / "m.jsonl").rows
    assert row.member == "9/real/4" and row.file == tmp_path / "9.tar" and entry_of(row, tmp_path) == entry


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"crop": [0, 0, 8]}, r"Line 2 of .* has a 'crop' that is not \[x, y, width, height\]"),
        ({"crop": [0, 0, 8, 8.5]}, "Line 2 of .* has a 'crop' that is not"),
        ({"crop": [-1, 0, 8, 8]}, "Line 2 of .* has a 'crop' that begins outside"),
        ({"crop": [0, 0, 8, 0]}, "Line 2 of .* has a 'crop' that .* holds no pixel"),
        ({"family": "puppet"}, "Line 2 of .* has the family 'puppet'; it must be 'swap' or 'lipsync' or .* or 'gan'[.]"),
        ({"family": "swap", "label": "real"}, "Line 2 of .* is real, but has the family 'swap'"),
        ({"pair": 7}, "Line 2 of .* has a 'pair' that is not a text"),
        ({"setting": ["news"]}, "Line 2 of .* has a 'setting' that is not a text"),
        ({"fps": "25"}, "Line 2 of .* has an 'fps' that is not a number"),
        ({"fps": 0}, "Line 2 of .* has an 'fps' that is not a number"),
        ({"width": 1.5}, "Line 2 of .* has a 'width' that is not a whole number"),
        ({"height": True}, "Line 2 of .* has a 'height' that is not a whole number"),
        ({"speech": "yes"}, "Line 2 of .* has a 'speech' that is not true, false or 'unknown'"),
        ({"speech": 1}, "Line 2 of .* has a 'speech' that is not true, false or 'unknown'"),
        ({"certain": "no"}, "Line 2 of .* has a 'certain' that is not true or false"),
    ],
)
def test_a_bad_value_is_told_with_its_line(wrong: dict[str, Any], told: str, tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match=told):
        read_manifest(write(tmp_path, WHOLE, WHOLE | {"path": "y.mp4"} | wrong))


def test_only_the_crop_of_a_frame_is_seen(tmp_path: Path) -> None:
    """Of pictures exactly; of a video as of its whole frames."""
    picture = np.arange(32 * 48 * 3, dtype=np.uint8).reshape(32, 48, 3)
    Image.fromarray(picture).save(tmp_path / "a.png")
    still = Row("a.png", tmp_path / "a.png", "real", "image", "s", "g", crop=(5, 3, 20, 10))
    clip = open_media(still, 1)
    assert (clip.width, clip.height) == (20, 10) and np.array_equal(clip.frames[0].rgb, picture[3:13, 5:25])
    path = faceless_video(tmp_path, size=(160, 120))
    whole = open_media(Row("v", path, "real", "video", "s", "g"), 4)
    part = open_media(Row("v", path, "real", "video", "s", "g", crop=(80, 60, 80, 60)), 4)
    assert [frame.time for frame in part.frames] == [frame.time for frame in whole.frames]
    assert all(np.array_equal(a.rgb, b.rgb[60:, 80:]) for a, b in zip(part.frames, whole.frames, strict=True))
    with pytest.raises(BadMedia, match="frames of 48 x 32 pixels, which do not hold the crop at 29, 0 of 20 x 32"):
        open_media(replace(still, crop=(29, 0, 20, 32)), 1)


def test_tiles_are_prepared_as_what_they_show(tmp_path: Path) -> None:
    """A face beside a grey wall, in one picture: only the tile with the face gives a crop."""
    cv2.imwrite(str(tmp_path / "both.png"), np.hstack([face(), np.full_like(face(), 127)]))
    cv2.imwrite(str(tmp_path / "own.png"), face())
    tile = {"path": "both.png", "label": "fake", "kind": "image", "source": "tiles", "group": "1", "family": "swap", "certain": True}
    own = {"path": "own.png", "label": "real", "kind": "image", "source": "own", "group": "2", "setting": "lab"}
    lines = [tile | {"crop": [0, 0, 320, 320]}, tile | {"crop": [320, 0, 320, 320]}, own]
    (tmp_path / "m.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    out = tmp_path / "out"
    command = ["--manifest", str(tmp_path / "m.jsonl"), "--out", str(out), "--workers", "1", "--validation-sources", "tiles"]
    assert prepare.main(command) == 0
    assert [crop["source"] for crop in open_split(out / "validation")] == ["tiles"]
    left_out = [json.loads(line) for line in (out / "left_out.jsonl").read_text().splitlines()]
    assert [item["path"] for item in left_out] == ["both.png#xywh=320,0,320,320"]
    rows = read_manifest(out / "validation.jsonl").rows
    assert [(row.crop, row.family, row.certain) for row in rows] == [((0, 0, 320, 320), "swap", True), ((320, 0, 320, 320), "swap", True)]
    assert read_manifest(out / "train.jsonl").rows[0].setting == "lab"
