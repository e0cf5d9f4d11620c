"""benchmarks/speed/gpu.py, without a GPU: both figures are measured, and nothing is asked of a processor."""

import re
from pathlib import Path

import pytest

from benchmarks.speed.gpu import main


@pytest.mark.shared
def test_a_worker_is_measured_beside_the_bare_net(shared: Path, capsys: pytest.CaptureFixture[str]) -> None:
    order = ["--data", str(shared / "data"), "--net", "small", "--videos", "2", "--frames", "4", "--at-once", "2"]
    assert main(order) == 0
    printed = capsys.readouterr().out
    alone, worker, faces = re.findall(r"(\d+) faces", printed)[:3]
    assert int(alone) > 0 and int(worker) > 0 and 4 <= int(faces) <= 40, printed
