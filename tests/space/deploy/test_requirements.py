"""What a Space and the container install is what the served code imports, pinned as in the lock, and what pip can resolve there."""

import importlib.metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from space.deploy import requirements as pins
from space.deploy.layout import ROOT, Choice, requirements
from telltale.core.errors import BadRequest


def versions(lines: str) -> dict[str, str]:
    """Package -> pin, on Linux under Python 3.12."""
    found = {}
    for line in lines.splitlines():
        if line and not line.startswith("#"):
            asked = Requirement(line)
            (pin,) = asked.specifier
            assert pin.operator == "==", f"{line} is not pinned"
            if asked.marker is None or asked.marker.evaluate({**pins.LINUX, "extra": ""}):
                found[canonicalize_name(asked.name)] = pin.version
    return found


def test_the_file_is_what_the_sources_need() -> None:
    written = (ROOT / "space" / "requirements.txt").read_text()
    assert written == pins.HEADING + "\n".join(pins.pin_lines()) + "\n", "run `make pins`"


def test_every_pin_is_the_locks_but_where_a_space_cannot_take_it() -> None:
    lock, hosted = versions((ROOT / "requirements.txt").read_text()), versions(requirements(Choice()))
    lock[pins.WITH_SCREEN] = lock[pins.HEADLESS]
    assert {name for name, pin in hosted.items() if lock[name] != pin} <= set(pins.HOSTED)
    assert pins.HEADLESS not in hosted, "two packages would write cv2"


def test_the_pins_agree_with_what_a_space_adds() -> None:
    """It installs gradio[oauth,mcp] of the card's version beside ours; one contradiction, and it is not built."""
    hosted = versions(requirements(Choice()))
    for need in map(Requirement, importlib.metadata.requires("gradio") or []):
        name = canonicalize_name(need.name)
        if name in hosted and (need.marker is None or any(need.marker.evaluate({"extra": extra}) for extra in ("oauth", "mcp"))):
            assert need.specifier.contains(hosted[name], prereleases=True), f"a Space's Gradio needs {need}, this has {hosted[name]}"


def test_the_set_is_complete_and_without_what_serving_does_not_need() -> None:
    small, larger, pack = (
        set(versions(requirements(choice))) for choice in (Choice(), Choice(model="a/b"), Choice(pack=Path("models/p/det.onnx")))
    )
    assert not small & {"torch", "transformers", "datasets", "ray", "matplotlib", "insightface", "openvino", "onnx", "pytest", "ruff"}
    assert larger - small >= {"torch", "transformers", "safetensors"} and pack - small >= {"insightface", "onnx"}
    for name in small - {pins.WITH_SCREEN}:
        for need in map(Requirement, importlib.metadata.requires(name) or []):
            if need.marker is None or need.marker.evaluate({"extra": ""}):
                assert canonicalize_name(need.name) in small, f"{name} needs {need}"


def test_torch_is_one_that_the_hardware_knows() -> None:
    assert versions(requirements(Choice(model="a/b", zero=True)))["torch"] == pins.ZERO_GPU_TORCH
    locked = versions((ROOT / "requirements.txt").read_text())["torch"]
    assert versions(requirements(Choice(model="a/b", zero=False)))["torch"] == locked


def test_an_import_of_nothing_that_is_installed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pins, "serving_modules", lambda: {"numpy", "nowhere_to_be_had"})
    with pytest.raises(BadRequest, match="nowhere_to_be_had"):
        pins.serving_packages()


def test_imports_are_seen_wherever_they_stand(tmp_path: Path) -> None:
    for place, text in {"telltale/a.py": "import numpy.linalg\nimport os", "space/b.py": "def f():\n    from yaml import load\n"}.items():
        (tmp_path / place).parent.mkdir(exist_ok=True)
        (tmp_path / place).write_text(text)
    assert pins.serving_modules(tmp_path) == {"numpy", "yaml"}
