"""What the extension takes from npm, fetched once into ``node_modules``; no dependency is installed, no script of theirs is run.

Its bytes are known beforehand: what npm brings is taken only if it has them.
"""

import hashlib
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class NpmPackage:
    """``files``: what is packed of it, with its SHA-256."""

    name: str
    version: str
    files: Mapping[str, str]


ONNX_RUNTIME = NpmPackage(
    "onnxruntime-web",
    "1.31.0-dev.20260914-8d85527a0",
    {
        "dist/ort.wasm.bundle.min.mjs": "17b52c1ac62b421dc508b4c28b9a9675251c6e25dd512ef54b83a5e2c4242869",
        "dist/ort-wasm-simd-threaded.wasm": "06ba057753da3847e4c24f02d91ab133455b0817c69a44993a9a53a2146df9e3",
    },
)
MESSAGE_FORMAT = NpmPackage(
    "intl-messageformat",
    "12.1.5",
    {
        "intl-messageformat.iife.js": "80e6af59f88283f2e447bc511b7d0555542e6686642b0464a21a5d0425bdd36b",
        "LICENSE.md": "cc4143615b27c66eafbe913f132a9e41ac14c1e2ec6b2df24dafeaa97f028850",
    },
)
"""Renders ICU messages; the file is a module of its own, whatever its name says, and runs no strings."""


class NoPackage(Exception):
    """It cannot be had, or is not the one that is known; says why."""


def fetch(package: NpmPackage, node_modules: Path) -> Path:
    """The package's folder, once it is there and is the known one. Raises NoPackage."""
    folder = node_modules / package.name
    if not all((folder / name).is_file() for name in package.files):
        download(package, folder)
    for name, known in package.files.items():
        if hashlib.sha256((folder / name).read_bytes()).hexdigest() != known:
            raise NoPackage(f"{folder / name} is not the file of {package.name} {package.version}. Delete {folder} and try again.")
    return folder


def download(package: NpmPackage, folder: Path) -> None:
    """The package into its folder; renamed last. Raises NoPackage."""
    npm = shutil.which("npm")
    if npm is None:
        raise NoPackage(f"npm is not installed, so {package.name} cannot be fetched (Debian: apt-get install npm)")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as place:
        asked = [npm, "pack", "--silent", "--pack-destination", place, f"{package.name}@{package.version}"]
        done = subprocess.run(asked, cwd=place, capture_output=True, text=True, timeout=300, check=False)
        if done.returncode:
            raise NoPackage(f"npm could not fetch {package.name}@{package.version}: {done.stderr.strip()[-300:]}")
        with tarfile.open(Path(place) / f"{package.name}-{package.version}.tgz") as packed:
            packed.extractall(place, filter="data")
        shutil.rmtree(folder, ignore_errors=True)
        (Path(place) / "package").rename(folder)
    (folder / f".{package.version}").touch()  # tests/support/browser/npm_packages.py asks for it
