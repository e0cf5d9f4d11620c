"""requirements.txt is a complete lock that agrees with pyproject.toml: everything asked for is pinned, and nothing pinned lacks
what it needs."""

import importlib.metadata
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[2]
LEFT_OUT = ("opencv-python", "triton", "cuda-", "nvidia-")
"""The GUI build of OpenCV, and what only torch's CUDA build needs."""


@pytest.fixture(scope="module")
def lock() -> dict[str, Version]:
    """Package -> pinned version, for this Python."""
    pins = {}
    for line in (ROOT / "requirements.txt").read_text().splitlines():
        text = line.split("#")[0].strip()
        if text:
            requirement = Requirement(text)
            (pin,) = requirement.specifier
            assert pin.operator == "==", f"{line} is not pinned"
            if requirement.marker is None or requirement.marker.evaluate():
                pins[canonicalize_name(requirement.name)] = Version(pin.version)
    return pins


def test_what_pyproject_asks_for_is_locked(lock: dict[str, Version]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for text in [*project["dependencies"], *project["optional-dependencies"]["dev"]]:
        wanted = Requirement(text)
        pinned = lock.get(canonicalize_name(wanted.name))
        assert pinned is not None, f"pyproject.toml asks for {text}, which the lock lacks: run `make lock`"
        assert wanted.specifier.contains(pinned, prereleases=True), (
            f"pyproject.toml asks for {text}, the lock has {pinned}: run `make lock`"
        )


def test_the_lock_is_complete(lock: dict[str, Version]) -> None:
    """Everything that a locked package needs on this machine is locked too, in a version that it accepts."""
    for name in lock:
        for text in importlib.metadata.requires(name) or []:
            need = Requirement(text)
            if need.marker is not None and not need.marker.evaluate({"extra": ""}):
                continue
            needed = canonicalize_name(need.name)
            if needed.startswith(LEFT_OUT) and needed != "opencv-python-headless":
                continue
            assert needed in lock, f"{name} needs {need}, which the lock lacks"
            assert need.specifier.contains(lock[needed], prereleases=True), f"{name} needs {need}, the lock has {lock[needed]}"


def test_the_lock_is_installed(lock: dict[str, Version]) -> None:
    for name, version in lock.items():
        assert Version(importlib.metadata.version(name)).public == version.public, name


def test_no_host_is_named() -> None:
    assert "://" not in (ROOT / "requirements.txt").read_text()
