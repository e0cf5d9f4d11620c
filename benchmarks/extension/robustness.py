"""``python -m benchmarks.extension.robustness [--times 20]``: what the extension promises of kills, bad answers and hostile pages, the long
way.

It runs the tests of those promises with each step of a kill and each draw of nonsense that many times over, and bad answers over real
minutes; prints how often and how long, and fails where one promise was not kept.
"""

import argparse
import os
import sys
from collections import Counter
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[2] / "tests" / "extension"
FILES = {
    "kills": "worker_kills",
    "restart": "browser_restart",
    "answers": "malformed_answers",
    "hostile": "hostile_server",
    "forged": "forged_messages",
    "canary": "token_canary",
}


class Figures:
    """How many tests of each file held, and how long they took."""

    def __init__(self) -> None:
        self.rows: dict[str, Counter[str]] = {}
        self.promises = {f"test_{file}": name for name, file in FILES.items()}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """One part of a test has ended."""
        row = self.rows.setdefault(self.promises[Path(report.fspath).stem], Counter())
        row["seconds"] += round(report.duration)
        if report.when == "call" or report.outcome != "passed":
            row[report.outcome] += 1


def main(arguments: list[str]) -> int:
    """-> the exit status: 1 where a promise was not kept, or nothing was tried."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split(": ", 1)[1].split("\n")[0])
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("files", nargs="*", default=[*FILES], help=f"some of: {', '.join(FILES)}")
    chosen = parser.parse_args(arguments)
    os.environ["TELLTALE_TIMES"] = str(chosen.times)
    figures = Figures()
    paths = [str(TESTS / f"test_{FILES[name]}.py") for name in chosen.files]
    status = pytest.main(["-q", "--no-header", "-p", "no:cacheprovider", *paths], plugins=[figures])
    print(f"\n{'promise':<10}{'times':>7}{'held':>7}{'broken':>8}{'skipped':>9}{'seconds':>9}")
    for name, row in figures.rows.items():
        times = chosen.times if name in ("kills", "hostile") else 1
        print(f"{name:<10}{times:>7}{row['passed']:>7}{row['failed']:>8}{row['skipped']:>9}{row['seconds']:>9}")
    held = status == pytest.ExitCode.OK and sum(row["passed"] for row in figures.rows.values()) > 0
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
