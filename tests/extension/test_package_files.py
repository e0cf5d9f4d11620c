"""The extension's files, read without a browser: what it asks for, what it must not hold, and its words."""

import json
import re
import struct
from pathlib import Path
from typing import get_args

import pytest

from extension_build.catalogue import MANIFEST
from telltale.core.report import Verdict
from telltale.messages.catalogue import languages, messages
from tests.support.browser.loaded_extension import EXTENSION

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


def test_every_message_is_used_and_every_used_message_exists() -> None:
    known = set(messages("en"))
    text = "\n".join(path.read_text(encoding="utf-8") for path in (*SCRIPTS, *EXTENSION.rglob("*.html"))) + repr(MANIFEST)
    named = set(re.findall(r'(?:\bsay\(|data-say=|data-say-label=|data-say-hint=)"([\w.]+)"', text))
    assert len(named) > 100 and named <= known
    verdicts = {f"panel.verdict.{verdict}" for verdict in get_args(Verdict)}
    own = {id for id in known if id.startswith(("panel.", "options."))}
    assert verdicts <= own and {id for id in own - verdicts if not re.search(rf"[\"']{id}[\"']", text)} == set()


@pytest.mark.parametrize("code", languages())
def test_names_for_the_stores_are_not_too_long(code: str) -> None:
    assert len(messages(code)["panel.name"]) <= 45 and len(messages(code)["panel.description"]) <= 132
