"""space/runtime/malloc.py: loading leaves nothing to be looked at, and what was freed is the system's again."""

import gc
import subprocess
import sys

import pytest

from space.runtime.malloc import give_back, loading

HOLD = """
import sys
from pathlib import Path
from space.runtime.malloc import give_back

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6

pieces = [bytearray(100_000) for _ in range(2000)]
last = bytearray(100_000)
held = resident()
del pieces
if sys.argv[1] == "give":
    give_back()
print(held - resident() > 100)
"""


def test_loading_rests_and_freezes() -> None:
    before = gc.get_freeze_count()
    try:
        with loading():
            assert not gc.isenabled()
        assert gc.isenabled() and gc.get_freeze_count() > before
        with pytest.raises(ValueError, match="no"), loading():
            raise ValueError("no")
        assert gc.isenabled()
    finally:
        gc.unfreeze()


def test_freed_memory_goes_back() -> None:
    """200 MB in small pieces under one that stays: the C library keeps them until it is asked."""
    for order, gone in (("keep", "False"), ("give", "True")):
        told = subprocess.run([sys.executable, "-c", HOLD, order], capture_output=True, text=True, check=True)
        assert told.stdout.strip() == gone
    give_back()
