"""Packs the extension for the stores: ``python -m extension_build [--into build]``, which is ``make extension``.

Writes ``telltale-VERSION-chromium.zip`` and ``telltale-VERSION-firefox.zip``, and beside them both as folders, to be loaded unpacked.
The same tree gives the same bytes.
"""

import argparse
import hashlib
import json
import sys
from pathlib import Path

from extension_build.npm_packages import NoPackage
from extension_build.unpacked import BROWSERS, EXTENSION, lay_out
from extension_build.zip import pack
from telltale.core.errors import TelltaleError

ROOT = EXTENSION.parent


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m extension_build", description="Pack the extension for the stores.")
    parser.add_argument("--into", type=Path, default=ROOT / "build", help="where the zips and the folders go")
    into = parser.parse_args().into
    try:
        for archive in build(into):
            content = archive.read_bytes()
            print(f"{hashlib.sha256(content).hexdigest()}  {archive}  {len(content) / 1e6:.1f} MB")
    except (NoPackage, TelltaleError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def build(into: Path) -> list[Path]:
    """The zips. Raises NoPackage, TelltaleError, OSError."""
    version = json.loads((EXTENSION / "manifest.json").read_text(encoding="utf-8"))["version"]
    archives = []
    for browser in BROWSERS:
        folder = into / browser
        lay_out(browser, folder, ROOT / "node_modules", ROOT)
        archives.append(into / f"telltale-{version}-{browser}.zip")
        pack(folder, archives[-1])
    return archives


if __name__ == "__main__":
    sys.exit(main())
