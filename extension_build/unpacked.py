"""The folder that a browser loads: the extension's own files, a browser's manifest, and what a check on the device needs.

Taken are the files that are named here and no others, so that nothing slips in. See also: the zip (``zip.py``).
"""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from extension_build.catalogue import lay_out_messages
from extension_build.npm_packages import MESSAGE_FORMAT, fetch
from extension_build.vendor import close_imports, vendor

CHROMIUM, FIREFOX = "chromium", "firefox"
BROWSERS = (CHROMIUM, FIREFOX)
OTHERS_KEYS = {CHROMIUM: ("sidebar_action", "browser_specific_settings"), FIREFOX: ("side_panel", "minimum_chrome_version")}
OTHERS_BACKGROUND = {CHROMIUM: "scripts", FIREFOX: "service_worker"}
OTHERS_PERMISSIONS: dict[str, tuple[str, ...]] = {CHROMIUM: (), FIREFOX: ("sidePanel",)}


def manifest_for(browser: str, manifest: Mapping[str, Any]) -> dict[str, Any]:
    """What this browser understands of the manifest; nothing is added to it."""
    kept = {key: value for key, value in manifest.items() if key not in OTHERS_KEYS[browser]}
    kept["background"] = {key: value for key, value in manifest["background"].items() if key != OTHERS_BACKGROUND[browser]}
    kept["permissions"] = [name for name in manifest["permissions"] if name not in OTHERS_PERMISSIONS[browser]]
    return kept


EXTENSION = Path(__file__).resolve().parent.parent / "extension"
ROOMS = ("background", "panel", "options", "capture", "storage", "api", "i18n", "local")
CODE = tuple(f"{room}/**/*.{kind}" for room in ROOMS for kind in ("js", "html", "css"))
OWN = (*CODE, "icons/*.png", "icons/*.svg")


def lay_out(browser: str, folder: Path, packages: Path, about: Path) -> None:
    """Make the folder anew. Raises BadModel, NoPackage, OSError.

    ``packages`` is a ``node_modules``, ``about`` holds the licence.
    """
    shutil.rmtree(folder, ignore_errors=True)
    lay_out_own(browser, folder, packages)
    vendor(folder, packages)
    close_imports(folder / "vendor/ort/ort.wasm.bundle.min.mjs")
    shutil.copyfile(about / "LICENSE", folder / "LICENSE")


def lay_out_own(browser: str, folder: Path, packages: Path) -> None:
    """Only what a check by a server needs. Raises NoPackage, OSError."""
    for path in own_files():
        into = folder / path.relative_to(EXTENSION)
        into.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, into)
    message_format, names = (
        fetch(MESSAGE_FORMAT, packages),
        {"intl-messageformat.iife.js": "intl-messageformat.js", "LICENSE.md": "LICENSE"},
    )
    for name, called in names.items():
        into = folder / "vendor" / "messageformat" / called
        into.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(message_format / name, into)
    lay_out_messages(folder)
    manifest = json.loads((EXTENSION / "manifest.json").read_text(encoding="utf-8"))
    text = json.dumps(manifest_for(browser, manifest), indent=2, ensure_ascii=False) + "\n"
    (folder / "manifest.json").write_text(text, encoding="utf-8")


def own_files() -> list[Path]:
    """The extension's own files, without the manifest."""
    return sorted(path for pattern in OWN for path in EXTENSION.glob(pattern))
