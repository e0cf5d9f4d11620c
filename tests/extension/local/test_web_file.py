"""A plain file on the web is read, not played: by ranges, on this device, with the same Report as the engine's. In a real Chromium.

See also: files of a person's own (``test_check.py``), what is seen as it plays (``tests/extension/test_capture.py``).
"""

import shutil
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from telltale.model.classifier import BROWSER
from telltale.pipeline import check, load_engine
from tests.extension.local.test_check import REPORT, agrees
from tests.support.browser.capture_pages import point
from tests.support.browser.loaded_extension import Extension
from tests.support.media.long_videos import repeated, short_video
from tests.support.web.range_server import Shelf
from tests.support.web.static_server import Web

pytestmark = pytest.mark.browser

OPEN = """async ([address, small]) => {
  const { openFile, wayTo } = await import("/capture/media-file.js");
  const { readClip } = await import("/local/media/frames.js");
  const file = await openFile(address, await wayTo(address), () => {}, new AbortController().signal, small);
  if (!file) return null;
  const told = (clip) => clip.frames.map(({ time, picture }) => [time, picture.data.reduce((sum, value) => sum + value, 0)]);
  try {
    const frames = told(await readClip(file, 32));
    return { kind: file.constructor.name, size: file.size, bytes: file.bytesRead ?? file.size, frames };
  } catch (error) {
    return { refused: error.code ?? String(error) };
  }
}"""
WHOLE = 10**9
"""Bytes up to which a file is read as a whole: any."""


def visit(extension: Extension, web: Web, body: str, origin: str = "") -> Page:
    """A page with this body."""
    (web.folder / "file.html").write_text(f"<!doctype html><title>A talk</title><body>{body}", encoding="utf-8")
    page = extension.context.new_page()
    page.goto(f"{origin or web.url}/file.html")
    return page


def test_paused_video_is_read_and_not_played(extension: Extension, web: Web, drawn_video: Path) -> None:
    shutil.copy(drawn_video, web.folder / "read.mp4")
    page = visit(extension, web, "<video src=read.mp4 width=300 preload=none></video>")
    panel = point(extension, page, "video", srcUrl=f"{web.url}/read.mp4")
    agrees(panel, check(drawn_video, load_engine(BROWSER, faces="mtcnn", threads=1)))
    assert panel.evaluate(REPORT)["report"]["source"]["url"] == f"{web.url}/read.mp4"
    assert page.evaluate("document.querySelector('video').readyState") == 0


def test_long_video_is_read_by_ranges_with_the_same_frames(extension: Extension, shelf: Shelf, tmp_path: Path) -> None:
    long = repeated(short_video(tmp_path / "short.mp4", "h264", size=(320, 240)), tmp_path / "long.mp4", 12)
    address, panel = shelf.put(long), extension.open()
    whole = panel.evaluate(OPEN, [address, WHOLE])
    assert (whole["kind"], whole["bytes"]) == ("File", long.stat().st_size)
    shelf.forget()
    given = panel.evaluate(OPEN, [address, 0])
    assert given["kind"] == "RemoteFile" and len(given["frames"]) == 32
    assert given["frames"] == whole["frames"]
    assert shelf.sent == given["bytes"] < 0.75 * long.stat().st_size


@pytest.mark.parametrize("trouble", ["shifted", "truncated", "cut short", "status"])
def test_server_that_lies_of_ranges_is_not_believed(extension: Extension, shelf: Shelf, media: Path, trouble: str) -> None:
    address, panel = shelf.put(media / "h264.mp4"), extension.open()
    assert panel.evaluate(OPEN, [address, 0])["frames"]
    shelf.trouble = trouble
    given: dict[str, Any] | None = panel.evaluate(OPEN, [address, 0])
    assert given is None or given == {"refused": "media.no_frames"}


def test_server_without_ranges_gives_the_whole(extension: Extension, shelf: Shelf, media: Path) -> None:
    address, panel = shelf.put(media / "vp9.webm"), extension.open()
    by_ranges = panel.evaluate(OPEN, [address, 0])
    shelf.ranges = False
    assert panel.evaluate(OPEN, [address, 0]) == by_ranges
    (page := Path(media / "page.mp4")).write_text("<!doctype html>")
    assert panel.evaluate(OPEN, [shelf.put(page), 0])["refused"] in ("media.not_media", "media.no_frames")


def test_permission_is_asked_for_the_one_site_and_says_why(extension: Extension, web: Web, drawn_video: Path) -> None:
    shutil.copy(drawn_video, web.folder / "elsewhere.mp4")
    far = web.url.replace("127.0.0.1", "localhost")
    page = visit(extension, web, f"<video src={far}/elsewhere.mp4 width=300 autoplay muted loop></video>")
    page.wait_for_function("document.querySelector('video').currentTime > 0")
    panel = point(extension, page, "video", srcUrl=f"{far}/elsewhere.mp4")
    expect(panel.locator(".problem")).to_contain_text(f"a plain file at {far.removeprefix('http://')}")
    expect(panel.locator(".problem .main")).to_have_text("Read the file")
    panel.locator(".problem").get_by_role("button", name="Check what I see").click()
    expect(panel.locator(".progress")).to_contain_text("Leave the video in view")


def test_link_to_a_file_is_read_and_one_to_a_page_is_opened(extension: Extension, web: Web, drawn_video: Path) -> None:
    shutil.copy(drawn_video, web.folder / "linked.mp4")
    page = visit(extension, web, "<a href=linked.mp4>The talk</a>")
    panel = point(extension, page, "link", linkUrl=f"{web.url}/linked.mp4")
    expect(panel.locator(".verdict h2")).to_be_visible(timeout=90_000)
    panel = point(extension, page, "link", linkUrl=f"{web.url}/watch/7")
    expect(panel.locator(".problem .main")).to_have_text("Open the page")
