"""“Check what I see” where it goes wrong: nothing to see, no leave to look, a page that goes away or answers nothing. Nothing is sent then.

In a real Chromium on real pages (``tests/support/browser/capture_pages.py``). See also: what is seen when all goes well
(``test_capture.py``).
"""

import shutil
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.support.browser.capture_pages import KEPT, MSE, PLAYER, Stage, black, eventually, fragmented, playing, point, press
from tests.support.media.long_videos import short_video

pytestmark = pytest.mark.browser

PATIENCE = 60_000
KEEP = """import("/storage/session.js").then(({ getRequest }) => getRequest()).then(({ id }) =>
  import("/storage/frames.js").then(({ keepFrames }) => keepFrames(id, { frames: [{}] })))"""
BUSY = "setTimeout(() => { for (const end = Date.now() + 7000; Date.now() < end;); })"


def test_page_that_may_not_be_looked_at_is_told(stage: Stage) -> None:
    page = stage.visit(PLAYER, origin=stage.web.url.replace("127.0.0.1", "localhost"))
    tab = stage.extension.worker.evaluate("chrome.tabs.query({ active: true }).then(([tab]) => tab.id)")
    panel = stage.extension.dispatch("chrome.action.onClicked", {"id": tab, "windowId": -1, "url": page.url})
    panel.get_by_role("button", name="Check what I see").click()
    expect(panel.locator(".problem")).to_contain_text("may not look at that page")
    expect(panel.locator(".problem")).to_contain_text("capture.not_allowed")
    assert stage.relay.calls == []


def test_page_without_a_video_and_a_black_one_are_told(stage: Stage) -> None:
    expect(press(stage.extension, stage.visit("no video")).locator(".problem")).to_contain_text("capture.no_video")
    black(stage.web.folder / "black.mp4")
    page = playing(stage.visit(PLAYER.replace("seen", "black"), name="black"))
    expect(press(stage.extension, page).locator(".problem")).to_contain_text("protected against copying", timeout=PATIENCE)
    assert stage.relay.calls == []


def test_tab_that_goes_elsewhere_cancelling_and_closing_send_nothing(stage: Stage, tmp_path: Path) -> None:
    shutil.copy(short_video(tmp_path / "long.mp4", "h264"), stage.web.folder)
    player = PLAYER.replace("seen", "long")
    page = playing(stage.visit(player))
    panel = press(stage.extension, page)
    expect(panel.locator(".step")).to_contain_text("Taking frames", timeout=15_000)
    page.goto("about:blank")
    expect(panel.locator(".problem")).to_contain_text("capture.gone")
    page = playing(stage.visit(player))
    first, panel = panel, press(stage.extension, page)
    panel.get_by_role("button", name="Cancel").click()  # of two panels, either may be the one that takes them
    expect(panel.locator(".problem")).to_contain_text("nothing was sent")
    expect(first.locator(".problem")).to_contain_text("nothing was sent")
    first.close()
    panel.get_by_role("button", name="Try again").click()
    expect(panel.locator(".step")).to_contain_text("Taking frames", timeout=15_000)
    panel.close()
    expect(stage.extension.open().locator(".problem")).to_contain_text("The panel was closed while frames were taken; nothing was sent")
    assert stage.relay.calls == []


def test_page_too_busy_to_answer_holds_up_neither_cancelling_nor_the_next_check(stage: Stage) -> None:
    page = playing(stage.visit(PLAYER))
    page.evaluate(BUSY)
    panel = press(stage.extension, page)
    panel.get_by_role("button", name="Cancel").click()
    expect(panel.locator(".problem")).to_contain_text("nothing was sent")
    assert stage.relay.calls == []
    point(stage.extension, page, "video", srcUrl="blob:elsewhere")
    eventually(lambda: stage.relay.posts)
    assert stage.relay.posts == [page.url] and stage.relay.captured == []


def test_moved_video_is_put_back_when_the_panel_goes_away(stage: Stage, drawn_video: Path) -> None:
    fragmented(drawn_video, stage.web.folder / "drawn-in-fragments.mp4")
    page = playing(stage.visit(MSE.replace("NAME", "'drawn-in-fragments.mp4'")))
    page.evaluate("document.querySelector('video').pause(), document.querySelector('video').currentTime = 1.5")
    panel = press(stage.extension, page, "Whole video")
    expect(panel.locator(".step")).to_contain_text("over the whole length")
    page.wait_for_function("document.querySelector('video').currentTime !== 1.5")
    panel.close()
    page.wait_for_function("document.querySelector('video').currentTime === 1.5", timeout=10_000)
    assert page.evaluate("document.querySelector('video').paused") and stage.relay.calls == []


def test_frames_are_kept_to_be_sent_again_but_not_longer_than_the_browser_runs(stage: Stage) -> None:
    stage.extension.worker.evaluate("server => chrome.storage.local.set({ server })", stage.web.url)
    page = playing(stage.visit(PLAYER))
    panel = press(stage.extension, page)
    expect(panel.locator(".problem")).to_contain_text("is not a Telltale server", timeout=PATIENCE)
    page.close()
    assert panel.evaluate(KEPT) > 8
    panel.get_by_role("button", name="Try again").click()
    expect(panel.locator(".progress")).to_have_count(0)
    eventually(lambda: panel.evaluate(KEPT) > 8)
    stage.extension.worker.evaluate("server => chrome.storage.local.set({ server })", stage.relay.url)
    panel.get_by_role("button", name="Try again").click()
    assert len(stage.sent().times) > 8
    eventually(lambda: panel.evaluate(KEPT) == 0)
    panel.evaluate(KEEP)
    assert panel.evaluate(KEPT) == 1
    stage.extension.worker.evaluate("() => chrome.runtime.onStartup.dispatch()")
    eventually(lambda: panel.evaluate(KEPT) == 0)
