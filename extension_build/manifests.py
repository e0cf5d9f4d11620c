"""The one manifest as each store wants it: a browser warns of the keys that only the other one knows, so those are left out."""

from collections.abc import Mapping
from typing import Any

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
