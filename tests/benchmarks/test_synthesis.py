"""The forging benchmark runs on any prepared split and prints figures that hang together."""

from pathlib import Path

import pytest

from benchmarks.training import synthesis
from benchmarks.training.synthesis import Timed, table, timed
from tests.support.datasets.blob_crops import write_split


@pytest.mark.long
def test_the_benchmark_prints_every_link(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    split = write_split(tmp_path / "train")
    capsys.readouterr()
    assert synthesis.main(["--crops", str(split), "--faces", "4", "--rounds", "1"]) == 0
    printed = capsys.readouterr().out
    for name in (
        "self-blended pseudo-fake, finished",
        "cross-blended",
        "pair with its seam map",
        "jpeg",
        "H.264",
        "H.265, in a clip of four",
    ):
        assert name in printed
    assert synthesis.main(["--crops", str(tmp_path / "nothing")]) != 0
    assert "request.invalid" in capsys.readouterr().err


def test_a_second_of_cpu_time_is_a_second() -> None:
    """Work that is not done costs nothing; the figure a second is of CPU time."""
    row = timed("nothing", lambda number: None, 100, 3)
    assert row.cpu_ms < 0.1
    assert "| half | 2.00 | 3.00 | 500 |" in table("title", [Timed("half", 2.0, 3.0)])
