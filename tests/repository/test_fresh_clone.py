"""A copy of the repository with nothing beside it, as a stranger has it, still runs: what needs the face media says so and steps aside."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PART = (
    "tests/engine/faces/test_detectors.py",
    "tests/engine/test_pipeline.py",
    "tests/engine/net/test_url_policy.py",
    "tests/repository/test_architecture.py",
)
"""Files of which some tests need the media and the rest do not."""


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every tracked file, as it is now, in an empty place."""
    folder = tmp_path_factory.mktemp("alone") / "telltale"
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("this is not a git checkout, so it cannot be copied file by file")
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, folder / name)
    return folder


def pytest_in(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "TELLTALE"))}
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=600, check=False)


@pytest.mark.long
def test_the_copy_passes_and_says_what_it_left_out(copy: Path) -> None:
    done = pytest_in(copy, "-rs", *PART)
    assert done.returncode == 0, done.stdout[-3000:]
    assert "passed" in done.stdout and "failed" not in done.stdout
    assert "the face media (../shared) are not here" in done.stdout


@pytest.mark.long
def test_every_test_of_the_copy_can_be_collected(copy: Path) -> None:
    done = pytest_in(copy, "--collect-only", "-q")
    assert done.returncode == 0, done.stdout[-3000:]


def test_the_copy_imports_its_own_code(copy: Path) -> None:
    """Else the two tests above would test this checkout."""
    command = [sys.executable, "-c", "import telltale; print(telltale.__file__)"]
    shown = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=True).stdout
    assert Path(shown.strip()).is_relative_to(copy.resolve())
