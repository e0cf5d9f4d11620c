"""The shortcut probe: what is measured of files drawn with known traits, what the links do, and the command from end to end."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from telltale.faces.detectors import FaceDetector, load_face_detector
from telltale.model.classifier import BROWSER
from telltale.video.frames import Clip, Frame
from tests.support.media.drawing import draw_face_picture, draw_frame, poses_at
from trainer.data.manifest import Row
from trainer.evaluation.scores import Score
from trainer.probe import main
from trainer.shortcuts.processing_chain import ProcessingChain, chains, links_of, measure_sources
from trainer.shortcuts.source_stats import faces_in
from trainer.shortcuts.swap_test import figures
from trainer.shortcuts.transforms import Compress, DoubleFrames, Grayscale, Passage, Reframe, Resize, Watermark
from trainer.shortcuts.watermarks import mark_in
from trainer.synthesis.clips import is_grey


@pytest.fixture(scope="module")
def finder() -> FaceDetector:
    """The embedded detector."""
    return load_face_detector("mtcnn")


@pytest.fixture(scope="module")
def clip() -> Clip:
    """One frame of a drawn face, 480 x 360."""
    rgb = draw_frame(poses_at(0.5, 1, (480, 360)), (480, 360))
    return Clip("image", 480, 360, None, "png", [Frame(0, 0.0, rgb)])


def row(path: Path, label: str = "fake", source: str = "drawn", kind: str = "image") -> Row:
    """A file as a manifest would name it."""
    return Row(path.name, path, label, kind, source, path.stem)  # type: ignore[arg-type]


def face(clip: Clip, finder: FaceDetector) -> np.ndarray:
    """The landmarks of its face."""
    ((found, *_),) = faces_in(clip, finder)
    return found.landmarks


def test_framing_puts_the_face_where_the_source_has_it(clip: Clip, finder: FaceDetector) -> None:
    here = face(clip, finder)
    target = (here - here.mean(axis=0)) * 0.6 + (128, 140)
    moved = Reframe(256, 256, tuple((float(x), float(y)) for x, y in target)).apply(clip, finder)
    assert (moved.width, moved.height) == (256, 256) and moved.frames[0].rgb.shape == (256, 256, 3)
    assert face(moved, finder) == pytest.approx(target, abs=4)


def test_grey_marks_grids_and_codecs_do_what_they_say(clip: Clip, finder: FaceDetector) -> None:
    before = clip.frames[0].rgb
    assert is_grey(Grayscale().apply(clip, finder).frames[0].rgb) and not is_grey(before)
    marked = Watermark("bottom right").apply(clip, finder).frames[0].rgb
    touched = np.argwhere(np.any(marked != before, axis=2))
    assert len(touched) > 50 and touched.min(axis=0)[0] > 300 and touched.min(axis=0)[1] > 360
    beside = DoubleFrames().apply(clip, finder)
    assert (beside.width, beside.height) == (960, 360) and np.array_equal(beside.frames[0].rgb[:, 480:], before[:, ::-1])
    assert len(faces_in(beside, finder)[0]) == 2
    compressed = Compress(30).apply(clip, finder).frames[0].rgb
    assert 1 < np.abs(compressed.astype(float) - before).mean() < 12  # the colours are in their order


def test_a_mark_is_found_where_it_is_and_only_there() -> None:
    rng = np.random.default_rng(3)
    walls = [cv2.resize(rng.integers(60, 200, (24, 32, 3)).astype(np.uint8), (480, 360), interpolation=cv2.INTER_CUBIC) for _ in range(6)]
    assert mark_in(walls) is None
    for corner in ("bottom right", "top left"):
        assert mark_in([Watermark(corner).draw(wall) for wall in walls]) == corner
    assert mark_in([Watermark("top left").draw(wall) for wall in walls[:3]]) is None  # too few to say


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two colour reals as PNG; two grey fakes as JPEG of quality 60."""
    folder = tmp_path_factory.mktemp("probe")
    lines = []
    for number, label in enumerate(("real", "fake", "real", "fake")):
        draw_face_picture(folder / f"{number}.png", size=(400, 300))
        name = f"{number}.png"
        if label == "fake":
            with Image.open(folder / name) as picture:
                picture.convert("L").save(folder / f"{number}.jpg", quality=60)
            name = f"{number}.jpg"
        lines.append(json.dumps({"path": name, "label": label, "kind": "image", "source": f"{label}s", "group": str(number)}))
    (folder / "m.jsonl").write_text("\n".join(lines))
    return folder / "m.jsonl"


def test_a_source_s_chain_has_the_links_that_its_files_show(manifest: Path, finder: FaceDetector) -> None:
    folder = manifest.parent
    reals = [row(path, "real", "reals") for path in sorted(folder.glob("[02].png"))]
    fakes = [row(path, "fake", "fakes") for path in sorted(folder.glob("*.jpg"))]
    found = {each.label: each for each in measure_sources([*reals, *fakes], finder)}
    assert (found["fake"].grey, found["fake"].quality, found["fake"].mark) == (True, 60, None)
    assert [type(link) for link in links_of(found["fake"])] == [Reframe, Grayscale, Compress]
    assert [type(link) for link in links_of(found["real"])] == [Resize]
    tried = chains(list(found.values()))
    assert sum(chain.source == "fakes" and chain.on == "real" for chain in tried) == 4
    assert [chain.passage.name for chain in tried if chain.source == "reals"] == [f"face of {found['real'].face_px} px"]


@pytest.mark.parametrize(("on", "now", "flips"), [("real", 0.9, True), ("real", 0.3, False), ("fake", 0.3, True), ("fake", 0.9, False)])
def test_flips_is_said_where_the_answer_turns_wrong(on: str, now: float, flips: bool) -> None:
    was = 0.1 if on == "real" else 0.95
    clean = [Score("r", str(n), "cannot_tell", was, (0.0,), 90.0, 0.1) for n in range(10)]
    after = [Score("r", str(n), "cannot_tell", now if n < 2 else was, (0.0,) if n else (), 90.0, 0.1) for n in range(10)]
    found = figures(ProcessingChain("s", on, True, Passage((Resize(120),))), clean, after, 0.7, 120)  # type: ignore[arg-type]
    assert (found.flips, found.turned, found.righted, found.lost, found.enlarged) == (flips, 2 if flips else 0, 0, 1, 10)
    assert found.says == ("flips" if flips else f"stays {on}")
    assert found.after.low < found.after.value < found.after.high or found.after.value in (0.0, 1.0)


def test_the_command_writes_both_tables_and_goes_on(manifest: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["--model", BROWSER, "--manifest", str(manifest), "--out", str(tmp_path), "--files", "2", "--faces", "mtcnn"]
    assert main(command) == 0
    found = json.loads((tmp_path / "probe.json").read_text())
    assert {each["source"] for each in found["sources"]} == {"reals", "fakes"}
    assert {(each["of"], each["source"]) for each in found["probes"]} == {
        ("real", "any source"), ("real", "fakes"), ("fake", "any source"), ("fake", "reals"),
    }  # fmt: skip
    whole = next(each for each in found["probes"] if each["whole"] and each["of"] == "real")
    assert whole["chain"].endswith(", grey, JPEG quality 60") and whole["files"] == 2 and whole["says"] in ("stays real", "flips")
    told = (tmp_path / "probe.md").read_text()
    assert "Held-out reals through the fakes' chains, 2 files:" in told and told.strip() == capsys.readouterr().out.strip()
    scores = (tmp_path / "scores.jsonl").read_text()
    assert len({json.loads(line)["probability"] for line in scores.splitlines()}) > 4  # the net saw different pictures
    assert main(command) == 0
    assert (tmp_path / "scores.jsonl").read_text() == scores
