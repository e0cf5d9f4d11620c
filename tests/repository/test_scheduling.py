"""A crashed worker's files are run by the others, all but the test that it crashed in, and the run comes to its end."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CRASHES = "    if number == {number}:\n        os._exit(1)\n"


@pytest.mark.parametrize("number", [1, 3])  # in the middle of its file, and the last that its worker has
def test_a_run_with_a_crashed_worker_comes_to_its_end(tmp_path: Path, number: int) -> None:
    for file in range(12):
        test = "import os, time, pytest\n\n@pytest.mark.parametrize('number', range(4))\ndef test_it(number):\n    time.sleep(0.05)\n"
        (tmp_path / f"test_{file:02}.py").write_text(test + (CRASHES.format(number=number) if file == 11 else ""))
    (tmp_path / "conftest.py").write_text("from tests.conftest import pytest_xdist_make_scheduler\n")
    command = [sys.executable, "-m", "pytest", "-n", "2", "--dist", "loadfile", "--no-loadscope-reorder", "-p", "no:cacheprovider", "."]
    ended = subprocess.run(
        command, cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=120, check=False
    )
    assert ended.returncode == 1, ended.stdout
    assert "1 failed, 47 passed" in ended.stdout
