"""Whether two trees of this project give the same verdicts: for changes that must not change what is measured.

    python -m benchmarks.accuracy.verdict_parity --before ../older --data ../shared/data --videos 200

Each tree has been set up by itself (``make setup``) and checks the same videos with its own command. All figures and codes of a Report
must be equal; times, names of versions and sentences may differ. A Report of version 1 is compared as version 2.
"""

import argparse
import json
import random
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from telltale.core.report_upgrade import upgrade

ROOT = Path(__file__).resolve().parents[2]
APART = {"timing", "model", "headline", "explanation", "message", "params", "caveats", "provenance"}
"""What may differ: how long it took, what the decoder and the runtime call themselves, and how it is said."""
AT_ONCE = 20
"""Videos of one command, so that progress shows."""


def main(order: Sequence[str] | None = None) -> int:
    """The command: 1 where one Report differs."""
    made = argparse.ArgumentParser(prog="python -m benchmarks.accuracy.verdict_parity", description="Two trees, the same verdicts.")
    made.add_argument("--before", type=Path, required=True, help="the other tree, set up")
    made.add_argument("--data", type=Path, required=True, help="a folder with manifest.jsonl")
    made.add_argument("--videos", type=int, default=200, help="how many (default: %(default)s)")
    made.add_argument("--seed", type=int, default=0, help="of their choice")
    asked = made.parse_args(order)
    rows = [json.loads(line) for line in (asked.data / "manifest.jsonl").read_text(encoding="utf-8").splitlines()]
    paths = sorted({str((asked.data / row["path"]).resolve()) for row in rows if row["kind"] == "video"})
    chosen = random.Random(asked.seed).sample(paths, min(asked.videos, len(paths)))
    differing = 0
    for start in range(0, len(chosen), AT_ONCE):
        part = chosen[start : start + AT_ONCE]
        for path, before, now in zip(part, reports(asked.before, part), reports(ROOT, part), strict=True):
            if before != now:
                differing += 1
                print(f"{Path(path).name}: {', '.join(name for name in now if now[name] != before.get(name))}")
        print(f"{start + len(part)} of {len(chosen)} videos, {differing} differ", file=sys.stderr)
    print(f"{len(chosen)} videos, {differing} with another Report")
    return 1 if differing else 0


def reports(tree: Path, paths: Sequence[str]) -> list[dict[str, Any]]:
    """What a tree's command says of each, without what may differ. Raises CalledProcessError for a command that broke."""
    command = [str(tree / ".venv/bin/telltale"), "check", "--json", *paths]
    done = subprocess.run(command, cwd=tree, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    if len(found) != len(paths):
        raise subprocess.CalledProcessError(done.returncode, command, done.stdout)
    return [compared(upgrade(each) if each["version"] == "1" else each) for each in found]


def compared(part: Any) -> Any:
    """A Report, or a part of one, without what may differ."""
    if isinstance(part, dict):
        return {name: compared(value) for name, value in part.items() if name not in APART}
    return [compared(value) for value in part] if isinstance(part, list) else part


if __name__ == "__main__":
    sys.exit(main())
