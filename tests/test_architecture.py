"""The arrows of the design: who may import whom, how long a file may be, and what may not be in the tree at all."""

import ast
import importlib.metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MAY_IMPORT = {
    "detector": {"detector"},
    "space": {"space", "detector"},
    "trainer": {"trainer", "detector"},
    "benchmarks": {"benchmarks", "trainer", "detector", "space", "extension_build"},
    "extension_build": {"extension_build", "detector"},
}
EXCEPTIONS = {("detector/cli.py", "space")}
"""`telltale serve` starts the Space, inside the function that does so."""


def sources(room: str) -> list[Path]:
    return sorted((ROOT / room).rglob("*.py"))


def imported(path: Path) -> set[str]:
    """Top-level names of everything a file imports, wherever it does so."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_arrows(room: str) -> None:
    found = sources(room)
    assert found, f"{room} has no files: the test would pass for nothing"
    for path in found:
        name = str(path.relative_to(ROOT))
        wrong = {other for other in imported(path) & set(MAY_IMPORT) if other not in MAY_IMPORT[room]}
        assert not {other for other in wrong if (name, other) not in EXCEPTIONS}, f"{name} imports {wrong}"


def test_the_exception_is_used_and_lazy() -> None:
    tree = ast.parse((ROOT / "detector/cli.py").read_text())
    top = {node.module for node in tree.body if isinstance(node, ast.ImportFrom)}
    assert "space" in imported(ROOT / "detector/cli.py")
    assert not any(module and module.startswith("space") for module in top)


@pytest.mark.parametrize("room", [*MAY_IMPORT, "tests"])
def test_files_stay_small(room: str) -> None:
    for path in sources(room):
        lines = path.read_text().count("\n")
        assert lines <= 320, f"{path.relative_to(ROOT)} has {lines} lines"


@pytest.mark.parametrize("name", ["tensorflow", "torchvision", "timm", "albumentationsx", "ultralytics", "boxmot", "opencv-python"])
def test_packages_that_must_not_be_installed(name: str) -> None:
    installed = {(dist.metadata["Name"] or "").lower() for dist in importlib.metadata.distributions()}
    assert "torch" in installed
    assert name not in installed


def test_cv2_needs_no_libgl() -> None:
    """The headless build links neither libGL nor X."""
    import subprocess

    import cv2

    listed = [subprocess.run(["ldd", str(path)], capture_output=True, text=True).stdout for path in Path(cv2.__file__).parent.glob("*.so")]
    assert any(listed)
    assert not [text for text in listed if "libGL.so" in text or "libxcb.so" in text]
