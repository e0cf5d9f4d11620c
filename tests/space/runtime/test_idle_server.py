"""A server that nobody asks anything leaves the machine alone. See also: how much memory it keeps (``test_malloc.py``)."""

import time
from pathlib import Path

import pytest

from benchmarks.server.server_process import space_server


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="how often a process wakes is read in /proc")
def test_an_idle_server_sleeps(tmp_path: Path) -> None:
    """Gradio alone would wake it nine hundred times a second; the queue of checks, in threads of its own, may ten times."""
    with space_server(tmp_path, {}) as server:
        before, seconds = wakes(server.pid), 4.0
        time.sleep(seconds)
        assert 1 < (wakes(server.pid) - before) / seconds < 400


def wakes(pid: int) -> int:
    """How often all threads of a process have gone to sleep of their own accord."""
    lines = [line for path in Path(f"/proc/{pid}/task").glob("*/status") for line in path.read_text().splitlines()]
    return sum(int(line.split()[1]) for line in lines if line.startswith("voluntary_ctxt_switches"))
