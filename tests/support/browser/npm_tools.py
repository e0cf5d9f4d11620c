"""The tools of npm that judge the extension: the TypeScript compiler, which reads its JSDoc types, and Mozilla's ``web-ext lint``.

Installed once into ``node_modules/.tools`` (git-ignored); no script of theirs is run while they are installed.
"""

import shutil
import subprocess
from pathlib import Path

import pytest

TOOLS = ("typescript@7.0.2", "@types/chrome@0.3.7", "web-ext@10.7.0")
FOLDER = Path(__file__).resolve().parents[3] / "node_modules" / ".tools"


def web_tool(name: str) -> Path:
    """The path of one tool; a test that needs it is skipped, saying why, where npm cannot get it."""
    marker = FOLDER / ".whole"
    if not (marker.is_file() and marker.read_text() == " ".join(TOOLS)):
        npm = shutil.which("npm")
        if npm is None:
            pytest.skip("npm is not installed, so TypeScript and web-ext cannot be fetched")
        FOLDER.mkdir(parents=True, exist_ok=True)
        quiet = ["--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--no-package-lock"]
        asked = [npm, "install", "--prefix", str(FOLDER), *quiet, *TOOLS]
        done = subprocess.run(asked, cwd=FOLDER, capture_output=True, text=True, timeout=300, check=False)
        if done.returncode:
            pytest.skip(f"npm could not fetch {', '.join(TOOLS)}: {done.stderr.strip()[-300:]}")
        marker.write_text(" ".join(TOOLS))
    return FOLDER / "node_modules" / ".bin" / name
