"""The extension's files, read without a browser: what it asks for, what it must not hold, and its words."""

import json
import re
import struct
from pathlib import Path

import pytest

from tests.support.browser.loaded_extension import EXTENSION
from tests.support.verdicts import HEADLINES

SCRIPTS = sorted(EXTENSION.rglob("*.js"))
MARKUP = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|createContextualFragment|srcdoc"
STRINGS_RUN = r"\beval\(|new Function|set(?:Timeout|Interval)\(\s*[\"'`]"


def test_manifest_asks_for_no_more_than_this() -> None:
    manifest = json.loads((EXTENSION / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["manifest_version"] == 3
    assert manifest["permissions"] == ["activeTab", "contextMenus", "scripting", "sidePanel", "storage"]
    assert manifest["host_permissions"] == ["http://127.0.0.1/*"]
    assert manifest["optional_host_permissions"] == ["http://localhost/*", "https://*/*"]
    assert not {"content_scripts", "web_accessible_resources", "externally_connectable", "optional_permissions"} & set(manifest)
    policy = manifest["content_security_policy"]["extension_pages"]
    assert "default-src 'none'" in policy and "script-src 'self' 'wasm-unsafe-eval';" in policy and policy.count("unsafe") == 1
    gecko = manifest["browser_specific_settings"]["gecko"]
    assert gecko["data_collection_permissions"] == {"required": ["browsingActivity", "websiteContent"]}


def test_manifest_names_files_that_exist() -> None:
    named = re.findall(r'"([\w/-]+\.(?:js|html|png|svg))"', (EXTENSION / "manifest.json").read_text(encoding="utf-8"))
    assert len(named) > 8
    assert [name for name in named if not (EXTENSION / name).is_file()] == []


@pytest.mark.parametrize("size", [16, 32, 48, 128])
def test_icon_has_the_size_it_says(size: int) -> None:
    head = (EXTENSION / "icons" / f"icon-{size}.png").read_bytes()[:24]
    assert struct.unpack(">II", head[16:]) == (size, size)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: str(path.relative_to(EXTENSION)))
def test_script_writes_no_markup_and_runs_no_strings(script: Path) -> None:
    assert re.findall(f"{MARKUP}|{STRINGS_RUN}", script.read_text(encoding="utf-8")) == []


def test_pages_hold_no_inline_script_or_style_and_load_nothing_from_elsewhere() -> None:
    pages = sorted(EXTENSION.rglob("*.html"))
    assert [str(page.relative_to(EXTENSION)) for page in pages] == ["options/options.html", "panel/panel.html"]
    for page in pages:
        assert re.findall(r"<script(?![^>]*\bsrc=)|<style|\bstyle=|\bon\w+=|https?://", page.read_text(encoding="utf-8")) == []


def test_every_word_is_used_and_every_used_word_exists() -> None:
    words = set(json.loads((EXTENSION / "_locales" / "en" / "messages.json").read_text(encoding="utf-8")))
    paths = [EXTENSION / "manifest.json", *EXTENSION.glob("[!l]*/**/*.html"), *EXTENSION.glob("[!l]*/**/*.js")]  # all but local/
    text = "\n".join(path.read_text(encoding="utf-8") for path in paths)
    asked = set(re.findall(r'(?:\bsay\(|data-say=|data-say-label=|data-say-hint=)"(\w+)"', text))
    verdicts = {f"verdict_{verdict}" for verdict in HEADLINES}
    assert len(asked) > 20 and asked | verdicts <= words
    assert [key for key in words - verdicts if f'"{key}"' not in text and f"__MSG_{key}__" not in text] == []
