"""onnxruntime-web, transformers.js and axe-core as their makers publish them, fetched once by npm, for tests in a browser.

Only what a page loads: no dependency is installed, no script run. Kept in ``node_modules`` (git-ignored).
"""

import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

import pytest

VERSIONS = {"@huggingface/transformers": "4.3.1", "onnxruntime-web": "1.31.0-dev.20260914-8d85527a0", "axe-core": "4.14.1"}
"""The second is the one that the first asks for: its WebAssembly must fit. The third looks for barriers (WCAG)."""
FOLDER = Path(__file__).resolve().parents[3] / "node_modules"


def web_packages() -> Path:
    """The folder of all; a test that needs them is skipped, saying why, where npm cannot get them."""
    missing = [f"{name}@{version}" for name, version in VERSIONS.items() if not (FOLDER / name / f".{version}").is_file()]
    if missing:
        npm = shutil.which("npm")
        if npm is None:
            pytest.skip("npm is not installed, so the packages for tests in a browser cannot be fetched")
        with tempfile.TemporaryDirectory() as place:
            asked = [npm, "pack", "--silent", "--pack-destination", place, *missing]
            done = subprocess.run(asked, cwd=place, capture_output=True, text=True, timeout=120, check=False)
            if done.returncode:
                pytest.skip(f"npm could not fetch {', '.join(missing)}: {done.stderr.strip()[-300:]}")
            for name, version in VERSIONS.items():
                unpack(Path(place) / f"{name.lstrip('@').replace('/', '-')}-{version}.tgz", FOLDER / name, version)
    return FOLDER


def unpack(archive: Path, folder: Path, version: str) -> None:
    """An npm package into its folder; the marker last."""
    if not archive.is_file():
        return
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(archive) as packed, tempfile.TemporaryDirectory(dir=folder.parent) as part:
        packed.extractall(part, filter="data")
        (Path(part) / "package").rename(folder)
    (folder / f".{version}").touch()
