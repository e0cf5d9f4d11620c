"""The extension in a real Chromium, against a real server: a click in the menu, the panel, the options page.

Browser automation cannot press an item of the browser's own menu, so these tests hand the worker the click that the browser would hand
it; ``test_native_input.py`` presses the button itself. Firefox is not driven here.
"""

import shutil
import socket
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.browser.loaded_extension import Extension
from tests.support.verdicts import HEADLINES
from tests.support.web.recording_proxy import Relay
from tests.support.web.static_server import Web

pytestmark = pytest.mark.browser

VERDICTS = [headline for verdict, headline in HEADLINES.items() if verdict != "no_face"]
PATIENCE = 90_000
"""Milliseconds that a check may take on a busy machine."""
ELSEWHERE = "https://example.org/"
PROGRESS = {"step": "faces", "text": "Finding faces", "count": "12 of 32", "done": 12, "total": 32}


@pytest.fixture
def clip(web: Web, drawn_video: Path) -> str:
    """The address of a video on a real web server."""
    shutil.copy(drawn_video, web.folder / "clip.mp4")
    return f"{web.url}/clip.mp4"


@pytest.fixture
def watch(web: Web, clip: str) -> str:
    """The address of a page that shows it."""
    page = '<!doctype html><title>A talk</title><video src="clip.mp4" controls></video>'
    (web.folder / "watch.html").write_text(page, encoding="utf-8")
    return f"{web.url}/watch.html"


def verdict(panel: Page) -> str:
    """The headline, once it is there."""
    expect(panel.locator(".verdict h2")).to_be_visible(timeout=PATIENCE)
    return panel.locator(".verdict h2").inner_text()


def nowhere() -> str:
    """A server that does not run."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"


def still_running(job: dict[str, Any]) -> dict[str, Any]:
    """The same check, not ended yet."""
    return {**job, "state": "running", "progress": PROGRESS, "report": None, "error": None}


# The menu and the toolbar


def test_menu_has_one_item_for_each_context(extension: Extension) -> None:
    known = extension.worker.evaluate(
        "ids => Promise.all(ids.map((id) => chrome.contextMenus.update(id, {}).then(() => true, () => false)))",
        ["video", "link", "image", "page", "selection", "audio"],
    )
    assert known == [True, True, True, True, True, False]


def test_video_is_checked_and_its_report_shown(extension: Extension, relay: Relay, clip: str) -> None:
    panel = extension.click("video", srcUrl=clip, pageUrl=ELSEWHERE)
    assert verdict(panel) in VERDICTS
    assert relay.posts == [clip]
    expect(panel.locator(".figure strong")).to_contain_text("%")
    expect(panel.locator(".person").first).to_contain_text("Person 1")
    assert panel.locator(".timeline circle").count() > 0
    assert panel.locator(".limits li").count() >= 3
    panel.locator("summary").click()
    expect(panel.locator(".source dl")).to_contain_text(clip)
    link = panel.locator(".share a").get_attribute("href") or ""
    assert link == f"{relay.url}/?check={relay.readings[0].path.rpartition('/')[2]}"
    for place in (".person img", ".evidence img"):
        picture = panel.locator(place).first
        picture.scroll_into_view_if_needed()
        expect(picture).to_have_js_property("complete", True)
        assert picture.evaluate("image => image.naturalWidth") > 0


def test_toolbar_button_offers_the_page_and_sends_nothing(extension: Extension, relay: Relay) -> None:
    panel = extension.press(f"{ELSEWHERE}talk")
    expect(panel.get_by_label("Address of a video")).to_have_value(f"{ELSEWHERE}talk")
    expect(panel.locator(".intro")).to_contain_text("Nothing is sent until you ask")
    assert relay.calls == []


@pytest.mark.parametrize(
    ("info", "meant"),
    [
        ({"menuItemId": "video", "srcUrl": "https://a/v.mp4", "linkUrl": "https://a/l", "pageUrl": "https://a/p"}, "https://a/v.mp4"),
        ({"menuItemId": "video", "srcUrl": "blob:https://a/1", "linkUrl": "https://a/l", "pageUrl": "https://a/p"}, "https://a/l"),
        ({"menuItemId": "video", "srcUrl": "", "frameUrl": "https://b/embed", "pageUrl": "https://a/p"}, "https://b/embed"),
        ({"menuItemId": "video", "srcUrl": "", "frameUrl": "about:blank", "pageUrl": "https://a/p"}, "https://a/p"),
        ({"menuItemId": "video", "srcUrl": "data:video/mp4;base64,AA", "pageUrl": "file:///a.html"}, ""),
        ({"menuItemId": "link", "srcUrl": "https://a/v.mp4", "linkUrl": "https://a/l", "pageUrl": "https://a/p"}, "https://a/l"),
        ({"menuItemId": "link", "linkUrl": "javascript:alert(1)", "pageUrl": "https://a/p"}, ""),
        ({"menuItemId": "page", "srcUrl": "https://a/v.mp4", "linkUrl": "https://a/l", "pageUrl": "https://a/p"}, "https://a/p"),
        ({"menuItemId": "image", "srcUrl": "https://a/i.png", "linkUrl": "https://a/l", "pageUrl": "https://a/p"}, "https://a/i.png"),
        ({"menuItemId": "image", "srcUrl": "data:image/png;base64,AA", "pageUrl": "https://a/p"}, ""),
        (
            {"menuItemId": "selection", "selectionText": "see https://a.org/v?x=1&y=2). Then", "pageUrl": "https://a/p"},
            "https://a.org/v?x=1&y=2",
        ),
        (
            {"menuItemId": "selection", "selectionText": "at a.org/watch/7, and me@b.org/x", "pageUrl": "https://a/p"},
            "https://a.org/watch/7",
        ),
        ({"menuItemId": "selection", "selectionText": "javascript:alert(1) and so on", "pageUrl": "https://a/p"}, ""),
        ({"menuItemId": "other", "pageUrl": "https://a/p"}, ""),
    ],
)
def test_click_means_one_address(extension: Extension, info: dict[str, str], meant: str) -> None:
    assert extension.open().evaluate("info => import('/background/urls.js').then((address) => address.chooseAddress(info))", info) == meant


# The panel


def test_address_can_be_typed(extension: Extension, relay: Relay, clip: str) -> None:
    panel = extension.open()
    panel.get_by_label("Address of a video").fill(clip)
    panel.get_by_role("button", name="Check", exact=True).click()
    assert verdict(panel) in VERDICTS
    assert relay.posts == [clip]


def test_one_click_is_sent_once_however_many_panels_are_open(extension: Extension, relay: Relay, clip: str) -> None:
    panels = [extension.open(), extension.open(), extension.click("video", srcUrl=clip, pageUrl=ELSEWHERE)]
    assert {verdict(panel) for panel in panels} <= set(VERDICTS)
    assert relay.posts == [clip]


def test_panel_that_is_opened_again_goes_on_with_the_check(extension: Extension, relay: Relay, clip: str) -> None:
    relay.change = still_running
    panel = extension.click("video", srcUrl=clip, pageUrl=ELSEWHERE)
    expect(panel.locator(".step")).to_contain_text("Finding faces")
    panel.close()
    relay.change = None
    assert verdict(extension.open()) in VERDICTS
    assert relay.posts == [clip]


def test_click_whose_panel_closed_before_the_answer_is_not_sent_again_by_itself(extension: Extension, relay: Relay, clip: str) -> None:
    sent = {"request": {"id": "1", "url": clip}, "check": {"request": "1", "url": clip, "server": relay.url}}
    extension.worker.evaluate("sent => chrome.storage.session.set(sent)", sent)
    panel = extension.open()
    expect(panel.locator(".problem")).to_contain_text("panel.closed")
    assert relay.posts == []
    panel.get_by_role("button", name="Try again").click()
    assert verdict(panel) in VERDICTS
    assert relay.posts == [clip]


def test_progress_is_told_in_words_and_asked_for_no_more_than_once_a_second(extension: Extension, relay: Relay, clip: str) -> None:
    relay.change = still_running
    panel = extension.click("video", srcUrl=clip, pageUrl=ELSEWHERE)
    expect(panel.locator(".step")).to_contain_text("Finding faces")
    expect(panel.locator(".step")).to_contain_text("12 of 32")
    assert 0.5 < float(panel.locator("progress").get_attribute("value") or 0) < 0.75
    panel.wait_for_timeout(3000)
    gaps = [later.at - sooner.at for sooner, later in pairwise(relay.readings)]
    assert gaps and min(gaps) > 0.9


def test_check_is_cancelled_on_the_server(extension: Extension, relay: Relay, clip: str) -> None:
    relay.change = lambda job: {**still_running(job), "state": "cancelled"} if relay.cancels else still_running(job)
    panel = extension.click("video", srcUrl=clip, pageUrl=ELSEWHERE)
    panel.get_by_role("button", name="Cancel").click()
    expect(panel.locator(".problem")).to_contain_text("This check was cancelled")
    assert [call.path for call in relay.cancels] == [relay.readings[0].path]


def test_check_is_deleted_after_asking_once(extension: Extension, relay: Relay, clip: str) -> None:
    panel = extension.click("video", srcUrl=f"{clip}?deleted", pageUrl=ELSEWHERE)
    assert verdict(panel) in VERDICTS
    panel.get_by_role("button", name="Delete this check").click()
    assert not relay.cancels
    panel.get_by_role("button", name="Delete", exact=True).click()
    expect(panel.locator(".news")).to_contain_text("Deleted. Nothing of that check is left on the server.")
    (call,) = relay.cancels
    assert call.path == relay.readings[-1].path + "?forget=true"
    assert httpx.get(relay.url + relay.readings[-1].path).status_code == 404
    expect(extension.open().locator(".intro")).to_be_visible()


# What goes wrong


def problem(extension: Extension, server: str, address: str = f"{ELSEWHERE}a.mp4") -> Locator:
    """What the panel says of an address, with this server."""
    extension.reset(server)
    return extension.click("video", srcUrl=address, pageUrl=ELSEWHERE).locator(".problem")


def test_server_that_is_not_running_is_told_with_how_to_start_it(extension: Extension) -> None:
    server = nowhere()
    shown = problem(extension, server)
    for words in (f"Nothing answers at {server}", "telltale serve", "server.unreachable"):
        expect(shown).to_contain_text(words)
    expect(shown.get_by_role("button", name="Options")).to_be_visible()


def test_server_without_permission_is_not_asked(extension: Extension) -> None:
    expect(problem(extension, "https://telltale.invalid")).to_contain_text("may not talk to https://telltale.invalid yet")


def test_refusal_of_the_server_is_shown_in_its_own_words(extension: Extension, relay: Relay) -> None:
    shown = problem(extension, relay.url, f"{nowhere()}/private.mp4")
    expect(shown).to_contain_text("fetch.refused", timeout=PATIENCE)
    assert len(shown.locator(".sentence").inner_text()) > 20
