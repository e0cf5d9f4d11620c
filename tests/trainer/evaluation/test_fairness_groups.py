"""False alarms by visible group: the measure on painted cheeks, the groups by hand, and the command with a file of judgements."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from telltale.core.errors import BadRequest
from telltale.core.model_settings import ModelSettings
from telltale.faces.align import crop_of, template
from telltale.faces.detectors import Face
from telltale.model.classifier import BROWSER
from telltale.model.observations import Observation
from tests.support.datasets.face_dataset import draw_faces
from trainer.data.manifest import Row
from trainer.evaluate import main
from trainer.evaluation.fairness_groups import MEASURED, NOT_JUDGED, NOT_MEASURED, Group, by_group, read_groups
from trainer.evaluation.metrics import proportion
from trainer.evaluation.scores import Score
from trainer.evaluation.skin_tone import LIGHT_FROM, tone_of, typology_angle


def painted(lightness: float, yellow: float) -> np.ndarray:
    """A crop of one colour of CIE Lab, with another colour where eyes, nose and mouth are."""
    lab = np.full((224, 224, 3), (lightness, 12.0, yellow), np.float32)
    crop = (cv2.cvtColor(lab, cv2.COLOR_LAB2RGB) * 255).round().astype(np.uint8)
    for x, y in template(224, 0.12).round().astype(int):
        cv2.circle(crop, (int(x), int(y)), 12, (0, 0, 255), -1)
    return crop


@pytest.mark.parametrize(("lightness", "yellow", "degrees"), [(70, 20, 45.0), (60, 20, 26.6), (40, 15, -33.7)])
def test_the_angle_is_that_of_the_cheeks(lightness: float, yellow: float, degrees: float) -> None:
    assert typology_angle(painted(lightness, yellow), 0.12) == pytest.approx(degrees, abs=3)


@pytest.mark.parametrize("degrees", [0, 25])
def test_an_upright_crop_has_the_tone_of_the_aligned_one(degrees: float) -> None:
    """The cheeks are found again in a crop of another margin, of a face that leans."""
    matrix = cv2.getRotationMatrix2D((112, 112), degrees, 0.8) + np.array([[0, 0, 60], [0, 0, 40]])
    frame = cv2.warpAffine(painted(60, 20), matrix, (400, 320), borderValue=(200, 40, 40))
    landmarks = template(224, 0.12) @ matrix[:, :2].T + matrix[:, 2]
    face = Face(np.concatenate([landmarks.min(axis=0), landmarks.max(axis=0)]), landmarks, 1.0)
    tones = []
    for settings in (ModelSettings(), ModelSettings(crop="upright", margin=0.28)):
        look = Observation(0, 0.0, face, 0.0, np.zeros((1, 1)), crop_of(frame, landmarks, 224, settings), 0.0)
        tones.append(tone_of([look], settings))
    assert tones == [pytest.approx(26.6, abs=3)] * 2


def row(name: str, label: str = "real", kind: str = "video", group: str = "g") -> Row:
    """A file of a set."""
    return Row(name, Path("/set") / name, label, kind, "s", group)  # type: ignore[arg-type]


def score(name: str, probability: float, tone: float | None) -> Score:
    """Its score."""
    return Score("r", name, "cannot_tell", probability, (0.0,), 90.0, 0.1, tone=tone)


def test_groups_count_real_videos_and_stills_of_a_clip_once() -> None:
    light, dark = LIGHT_FROM + 10, LIGHT_FROM - 30
    rows = [row("a"), row("b"), row("c"), row("f", label="fake"), row("s1", kind="image"), row("s2", kind="image")]
    scores = [score("a", 0.9, light), score("b", 0.1, light), score("c", 0.9, dark), score("f", 0.9, dark)]
    scores += [score("s1", 0.9, None), score("s2", 0.3, None)]
    assert [(each.value, each.reals, each.called_fake) for each in by_group(rows, scores, 0.7, None)] == [
        ("dark", 1, 1), ("light", 2, 1), (NOT_MEASURED, 1, 0),
    ]  # fmt: skip
    judged = {
        Path("/set/a").resolve(): {"glasses": "yes", "age": "old", "skin": "light"},
        Path("/set/s1").resolve(): {"glasses": "yes", "age": "old", "skin": "light"},
        Path("/set/s2").resolve(): {"glasses": "no", "age": "old", "skin": "light"},
    }
    found = {(each.trait, each.value): each for each in by_group(rows, scores, 0.7, judged)}
    assert found["glasses", "yes"] == Group("glasses", "yes", 1, 1, proportion(np.array([True])))
    assert found["glasses", "unclear"].reals == 1 and found["age", "old"].reals == 2
    assert found["age", NOT_JUDGED].reals == 2
    for trait in (MEASURED, "glasses", "age", "skin"):
        assert sum(each.reals for (name, _), each in found.items() if name == trait) == 4


@pytest.mark.parametrize(
    ("line", "told"),
    [("a.mp4,maybe,young,light", "Line 2 .* glasses must be one of yes, no, unclear"), (",yes,young,light", "Line 2 .* names no path")],
)
def test_a_bad_file_of_groups_is_told(line: str, told: str, tmp_path: Path) -> None:
    (tmp_path / "groups.csv").write_text(f"path,glasses,age,skin\n{line}\n")
    with pytest.raises(BadRequest, match=told):
        read_groups(tmp_path / "groups.csv")


def test_the_command_prints_groups(tmp_path: Path) -> None:
    manifest = draw_faces(tmp_path / "set", 4, per_group=1)
    (tmp_path / "groups.csv").write_text("path,glasses,age,skin\nset/000.png,yes,young,unclear\n")
    out = tmp_path / "out"
    command = ["--model", BROWSER, "--manifest", str(manifest), "--out", str(out), "--faces", "mtcnn"]
    assert main([*command, "--groups", str(tmp_path / "groups.csv")]) == 0
    groups = json.loads((out / "metrics.json").read_text())["stills"]["groups"]
    assert {(each["trait"], each["value"], each["reals"]) for each in groups if each["trait"] == "glasses"} == {
        ("glasses", "yes", 1), ("glasses", NOT_JUDGED, 1),
    }  # fmt: skip
    assert [each["reals"] for each in groups if each["trait"] == MEASURED] == [2]
    assert "| glasses | yes | 1 |" in (out / "metrics.md").read_text()
