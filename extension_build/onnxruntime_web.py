"""ONNX Runtime Web as its makers publish it, fetched once by npm into ``node_modules``; no dependency is installed, no script is run.

Its bytes are known beforehand: what npm brings is taken only if it has them.
"""

import hashlib
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

NAME = "onnxruntime-web"
VERSION = "1.31.0-dev.20260914-8d85527a0"
FILES = {
    "ort.wasm.bundle.min.mjs": "17b52c1ac62b421dc508b4c28b9a9675251c6e25dd512ef54b83a5e2c4242869",
    "ort-wasm-simd-threaded.wasm": "06ba057753da3847e4c24f02d91ab133455b0817c69a44993a9a53a2146df9e3",
}
"""SHA-256 of what is packed."""


class NoRuntime(Exception):
    """It cannot be had, or is not the one that is known; says why."""


def fetch_runtime(node_modules: Path) -> None:
    """See to it that the package is there and is the known one. Raises NoRuntime."""
    folder = node_modules / NAME
    if not all((folder / "dist" / name).is_file() for name in FILES):
        download(folder)
    for name, known in FILES.items():
        if hashlib.sha256((folder / "dist" / name).read_bytes()).hexdigest() != known:
            raise NoRuntime(f"{folder / 'dist' / name} is not the file of {NAME} {VERSION}. Delete {folder} and try again.")


def download(folder: Path) -> None:
    """The package into its folder; renamed last. Raises NoRuntime."""
    npm = shutil.which("npm")
    if npm is None:
        raise NoRuntime(f"npm is not installed, so {NAME} cannot be fetched (Debian: apt-get install npm)")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as place:
        asked = [npm, "pack", "--silent", "--pack-destination", place, f"{NAME}@{VERSION}"]
        done = subprocess.run(asked, cwd=place, capture_output=True, text=True, timeout=300, check=False)
        if done.returncode:
            raise NoRuntime(f"npm could not fetch {NAME}@{VERSION}: {done.stderr.strip()[-300:]}")
        with tarfile.open(Path(place) / f"{NAME}-{VERSION}.tgz") as packed:
            packed.extractall(place, filter="data")
        shutil.rmtree(folder, ignore_errors=True)
        (Path(place) / "package").rename(folder)
    (folder / f".{VERSION}").touch()  # tests/support/browser/npm_packages.py asks for it
