"""``python -m benchmarks.extension.first_verdict [--times 3]``: from a fresh install of the packed extension to its first verdict.

A real mouse on a virtual screen, a stranger's site, no server (``tests/extension/test_first_verdict.py``). Prints clicks and seconds from
the right-click to the verdict, and the size of the packages; fails where it takes more than three clicks or twenty seconds.
"""

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

import pytest

from extension_build.__main__ import build

TEST = Path(__file__).parents[2] / "tests" / "extension" / "test_first_verdict.py"


def main(arguments: list[str]) -> int:
    """-> the exit status: 1 where it took longer, or was not tried."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split(": ", 1)[1].split("\n")[0])
    parser.add_argument("--times", type=int, default=3)
    times = parser.parse_args(arguments).times
    with tempfile.TemporaryDirectory() as folder:
        for archive in build(Path(folder) / "build"):
            print(f"{archive.name}: {archive.stat().st_size / 1e6:.1f} MB")
        os.environ["TELLTALE_FIGURES"] = str(told := Path(folder) / "figures.json")
        for _ in range(times):
            status = pytest.main(["-q", "--no-header", "--no-summary", "-p", "no:cacheprovider", str(TEST)])
            if status != pytest.ExitCode.OK or not told.is_file():
                return 1
            figures = json.loads(told.read_text())
            told.unlink()
            print(f"{figures['clicks']} clicks, {figures['seconds']} s, {figures['verdict']}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
