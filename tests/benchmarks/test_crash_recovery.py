"""kill -9 at each of the twelve named points, once: nothing that was accepted is lost, doubled or different, and nothing is left over.

The real server and queue in processes of their own; the check itself is stood in for. ``python -m benchmarks.server.crash_recovery`` does
it 20 times, and with the real check. See also: what two workers do about one that dies (``tests/space/jobs/test_workers.py``).
"""

from pathlib import Path

import pytest

from benchmarks.server.crash_points import POINTS
from benchmarks.server.crash_recovery import kills


@pytest.mark.long
def test_a_kill_at_any_point_loses_nothing_and_leaves_nothing(tmp_path: Path) -> None:
    assert len(POINTS) == 12
    assert kills(tmp_path / "run", points=POINTS, times=1, shared=False, database=None, fixed=0.1, clip=b"a film") == 0
