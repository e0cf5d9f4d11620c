"""The whole browser closed while a check runs: the next one shows it, and sends nothing."""

import shutil
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.extension.test_menu_and_panel import still_running
from tests.support.browser.loaded_extension import extended
from tests.support.verdicts import HEADLINES
from tests.support.web.recording_proxy import relaying
from tests.support.web.static_server import Web

pytestmark = pytest.mark.browser


def test_check_outlives_the_browser(chromium: str, space_url: str, web: Web, drawn_video: Path, tmp_path: Path) -> None:
    shutil.copy(drawn_video, web.folder / "outlives.mp4")
    with relaying(space_url) as relay:
        relay.change = still_running
        with extended(chromium, tmp_path, "--headless=new") as extension:
            extension.reset(relay.url)
            panel = extension.click("video", srcUrl=f"{web.url}/outlives.mp4")
            expect(panel.locator(".step")).to_contain_text("Finding faces")
        relay.change = None
        with extended(chromium, tmp_path, "--headless=new") as extension:
            panel = extension.open()
            expect(panel.locator(".verdict h2")).to_be_visible(timeout=90_000)
            assert panel.locator(".verdict h2").inner_text() in HEADLINES.values()
            assert len(relay.posts) == 1
            assert not extension.worker.evaluate("() => chrome.storage.local.get('waiting')")
            extension.worker.evaluate("() => chrome.storage.session.clear()")
            expect(extension.open().locator(".intro")).to_be_visible()  # shown once


def test_check_is_not_kept_where_the_person_wants_no_list(
    chromium: str, space_url: str, web: Web, drawn_video: Path, tmp_path: Path
) -> None:
    shutil.copy(drawn_video, web.folder / "outlives.mp4")
    with relaying(space_url) as relay, extended(chromium, tmp_path, "--headless=new") as extension:
        relay.change = still_running
        extension.reset(relay.url)
        extension.worker.evaluate("() => chrome.storage.local.set({ remember: false })")
        expect(extension.click("video", srcUrl=f"{web.url}/outlives.mp4").locator(".step")).to_contain_text("Finding faces")
        assert not extension.worker.evaluate("() => chrome.storage.local.get('waiting')")
