"""The extension in Debian's Firefox: it loads, and a right-click on a video ends in the sidebar with a verdict: of this device at first,
of a real server where that is chosen."""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from extension_build.unpacked import FIREFOX, lay_out
from tests.conftest import ROOT
from tests.support.browser.marionette import Firefox, firefox
from tests.support.browser.npm_packages import web_packages
from tests.support.media.drawing import draw_face_video
from tests.support.verdicts import HEADLINES
from tests.support.web.recording_proxy import Relay
from tests.support.web.static_server import Web

pytestmark = pytest.mark.browser

NAME = "extension@telltale"
PAGE = '<!doctype html><title>A talk</title><body style="margin:0"><video src="in-firefox.mp4" width="360" height="300" muted></video>'
ABOUT = """
const { extension } = WebExtensionPolicy.getByID(given[0]);
const { warnings, errors, permissions } = extension;
return { warnings, errors, permissions: [...permissions].sort(), page: extension.getURL("") };
"""
CHOOSE = """
const menu = document.getElementById("contentAreaContextMenu");
for (let tries = 0; tries < 100 && menu.state !== "open"; tries++) await new Promise((wake) => setTimeout(wake, 50));
const item = [...menu.querySelectorAll("menuitem")].find((item) => item.label === given[0]);
if (!item) throw new Error(`${menu.state}: ${[...menu.querySelectorAll("menuitem")].map((item) => item.label)}`);
menu.activateItem(item);
"""
SIDEBAR = """
const panel = SidebarController.browser?.contentDocument?.getElementById("webext-panels-browser");
if (!SidebarController.isOpen || !panel?.messageManager) return null;
return new Promise((told) => {
  const heard = ({ data }) => { panel.messageManager.removeMessageListener("telltale-test", heard); told(data); };
  panel.messageManager.addMessageListener("telltale-test", heard);
  const script = `sendAsyncMessage("telltale-test", ((content) => { ${given[0]} })(content))`;
  panel.messageManager.loadFrameScript("data:application/javascript;charset=utf-8," + encodeURIComponent(script), false);
});
"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firefox]:
    """A Firefox with the extension as it is packed for it."""
    executable = shutil.which("firefox-esr") or shutil.which("firefox")
    if executable is None:
        message = "Firefox is not installed (Debian: apt-get install firefox-esr)"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    folder = tmp_path_factory.mktemp("firefox") / "extension"
    lay_out(FIREFOX, folder, web_packages(), ROOT)
    with firefox(executable) as opened:
        opened.ask("Marionette:SetContext", value="chrome")
        opened.ask("Addon:Install", path=str(folder), temporary=True)
        opened.ask("Marionette:SetContext", value="content")
        yield opened


def eventually(look: Callable[[], Any], seconds: float = 90) -> Any:
    """What is seen, once it is there."""
    deadline = time.monotonic() + seconds
    while not (seen := look()):
        assert time.monotonic() < deadline, "nothing came"
        time.sleep(0.2)
    return seen


def test_it_loads_without_a_warning_and_asks_for_no_more_than_this(browser: Firefox) -> None:
    about = browser.in_browser(ABOUT, NAME)
    assert (about["warnings"], about["errors"]) == ([], [])
    assert about["permissions"] == ["activeTab", "contextMenus", "scripting", "storage"]


def test_first_check_is_made_on_this_device(browser: Firefox, web: Web) -> None:
    draw_face_video(web.folder / "here.webm", seconds=4, fps=12, codec="libvpx-vp9", options={"deadline": "realtime"})
    (web.folder / "here.html").write_text(PAGE.replace("in-firefox.mp4", "here.webm"), encoding="utf-8")
    browser.ask("WebDriver:Navigate", url=f"{web.url}/here.html")
    browser.click("video", button=2)
    browser.in_browser(CHOOSE, "Check this video with Telltale")
    eventually(lambda: browser.in_browser(SIDEBAR, "return content.document.querySelector('.consent')?.textContent ?? ''"))
    assert "on this device" in browser.in_browser(SIDEBAR, "return content.document.querySelector('.consent').textContent")
    browser.in_browser(SIDEBAR, "content.document.querySelector('.consent .main').click()")
    headline = eventually(lambda: browser.in_browser(SIDEBAR, "return content.document.querySelector('.verdict h2')?.textContent ?? ''"))
    assert headline in HEADLINES.values()
    told = browser.in_browser(SIDEBAR, "return content.document.querySelector('.source dl').textContent")
    assert "here.webm" in told and "onnxruntime-web" in told


def test_right_click_and_what_is_seen_end_in_the_sidebar_with_a_verdict(
    browser: Firefox, web: Web, relay: Relay, drawn_video: Path
) -> None:
    shutil.copy(drawn_video, web.folder / "in-firefox.mp4")
    (web.folder / "in-firefox.html").write_text(PAGE, encoding="utf-8")
    browser.ask("WebDriver:Navigate", url=browser.in_browser(ABOUT, NAME)["page"] + "options/options.html")
    eventually(lambda: browser.in_page("return document.querySelector('#server').value && document.querySelector('#consent').textContent"))
    browser.click("[value=server]")
    eventually(lambda: browser.in_page("return !document.querySelector('#choose').hidden"))
    field = browser.find("#server")
    browser.ask("WebDriver:ElementClear", id=next(iter(field.values())))
    browser.ask("WebDriver:ElementSendKeys", id=next(iter(field.values())), text=relay.url)
    browser.in_page("document.querySelector('#choose [type=submit]').scrollIntoView({ block: 'center' })")
    browser.click("#choose [type=submit]")
    eventually(lambda: browser.in_page("return document.querySelector('#outcome.good')?.textContent"))

    browser.ask("WebDriver:Navigate", url=f"{web.url}/in-firefox.html")
    browser.click("video", button=2)
    browser.in_browser(CHOOSE, "Check this video with Telltale")
    eventually(lambda: browser.in_browser(SIDEBAR, "return content.document.querySelector('.consent')?.textContent ?? ''"))
    assert relay.calls == []  # before the person agrees
    browser.in_browser(SIDEBAR, "content.document.querySelector('.consent .main').click()")
    headline = eventually(lambda: browser.in_browser(SIDEBAR, "return content.document.querySelector('.verdict h2')?.textContent ?? ''"))
    assert headline in HEADLINES.values()
    assert relay.posts == [f"{web.url}/in-firefox.mp4"]
    if place := os.environ.get("TELLTALE_TEST_PICTURES"):
        browser.picture(Path(place) / "firefox.png")

    # the click in the menu let the extension look at this tab; Debian's Firefox plays VP9 without a library of the system's
    draw_face_video(web.folder / "seen.webm", seconds=4, fps=12, codec="libvpx-vp9", options={"deadline": "realtime"})
    browser.in_page("const video = document.querySelector('video'); video.src = 'seen.webm'; video.loop = true; void video.play()")
    eventually(lambda: browser.in_browser(SIDEBAR, "return content.document.querySelector('#see button')?.textContent ?? ''"))
    browser.in_browser(SIDEBAR, "content.document.querySelector('#see button').click()")
    (sent,) = eventually(lambda: relay.captured)
    assert len(sent.times) >= 4
