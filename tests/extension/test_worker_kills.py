"""The background killed at each step of a check: its result is shown once, and nothing is sent a second time.

Browsers end an extension's background whenever it rests, and start it again for the next event. Here it is ended on purpose, over the
browser's own wire. Each step once; ``python -m benchmarks.extension.robustness`` does each twenty times.
"""

import os
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.extension.test_menu_and_panel import still_running
from tests.extension.test_native_input import press_in_panel
from tests.support.browser.capture_pages import PLAYER, eventually, playing, press
from tests.support.browser.loaded_extension import Extension
from tests.support.verdicts import HEADLINES
from tests.support.web.recording_proxy import Call, Relay, is_check, relaying
from tests.support.web.static_server import Web

pytestmark = pytest.mark.browser

TIMES = int(os.environ.get("TELLTALE_TIMES", "1"))
"""How often each step is done."""
VERDICT = re.compile("|".join(map(re.escape, HEADLINES.values())))
ELSEWHERE = "https://example.org/"
Step = Callable[["Scene"], Page]


class Scene:
    """A fresh extension, the server it speaks to, and a video on the web."""

    def __init__(self, extension: Extension, relay: Relay, clip: str, watch: str) -> None:
        self.extension, self.relay, self.clip, self.watch = extension, relay, clip, watch

    def click(self) -> Page:
        """The menu's item on the video."""
        return self.extension.click("video", srcUrl=self.clip, pageUrl=ELSEWHERE)

    def look(self) -> Page:
        """“Check what I see” on a page that plays the video."""
        page = self.extension.context.new_page()
        page.goto(self.watch)
        return press(self.extension, playing(page))

    def kill(self) -> None:
        """End the background, which must have been there."""
        self.extension.wake()
        assert self.extension.kill()

    def held(self, is_meant: Callable[[Call], bool], begin: Callable[[], Page]) -> Page:
        """The background ended while a request is under way: between its coming and its answer."""
        reached, killed = threading.Event(), threading.Event()

        def hold(call: Call) -> None:
            if is_meant(call):
                reached.set()
                killed.wait(60)

        self.relay.hold = hold
        try:
            panel = begin()
            eventually(lambda: reached.is_set() or breath(panel))
            self.kill()
        finally:
            killed.set()
            self.relay.hold = None
        return panel


def breath(page: Page) -> bool:
    """Let the browser's automation go on for a moment."""
    page.wait_for_timeout(20)
    return False


def is_post(call: Call) -> bool:
    """Whether a check is asked for."""
    return call.method == "POST"


def is_reading(call: Call) -> bool:
    """Whether a check is read."""
    return call.method == "GET" and is_check(call.path)


def before_the_click(scene: Scene) -> Page:
    """The browser starts it anew for the click."""
    scene.kill()
    scene.extension.wake()
    return scene.click()


def before_the_button(scene: Scene) -> Page:
    """The browser's own button, which starts it anew; then the person asks in the side panel."""
    scene.kill()
    page = scene.extension.context.new_page()
    page.goto(scene.watch)
    scene.extension.push(page.url)
    taken = "chrome.storage.session.get().then(({ sight, offer }) => Boolean(sight) && offer === '')"  # by the panel, into its field
    eventually(lambda: scene.extension.targets("service_worker") and scene.extension.worker.evaluate(taken))
    press_in_panel(scene.extension.context, "Check")
    eventually(lambda: scene.relay.posts or breath(page))
    scene.kill()
    return scene.extension.open()


def with_the_click(scene: Scene) -> Page:
    """As soon as it has heard of the click."""
    panel = scene.click()
    scene.extension.kill()
    return panel


def while_the_panel_is_closed(scene: Scene) -> Page:
    """After the click was noted and while nobody shows it."""
    scene.relay.change = still_running
    panel = scene.click()
    expect(panel.locator(".step")).to_contain_text("Finding faces")
    panel.close()
    scene.kill()
    scene.relay.change = None
    return scene.extension.open()


def while_it_is_sent(scene: Scene) -> Page:
    """The request has left, its answer has not come."""
    return scene.held(is_post, scene.click)


def before_it_is_read(scene: Scene) -> Page:
    """The job's id is known, nothing of it was read."""
    return scene.held(is_reading, scene.click)


def while_it_runs(scene: Scene) -> Page:
    """Progress is shown."""
    scene.relay.change = still_running
    panel = scene.click()
    expect(panel.locator(".step")).to_contain_text("Finding faces")
    scene.kill()
    scene.relay.change = None
    return panel


def after_it_is_shown(scene: Scene) -> Page:
    """The Report stands in the panel."""
    panel = scene.click()
    expect(panel.locator(".verdict h2")).to_be_visible(timeout=90_000)
    scene.kill()
    return panel


SHOWN = """step => new Promise((shown, never) => {
  const look = () => document.querySelector(".step")?.textContent.includes(step) && shown();
  new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });
  setTimeout(() => never(new Error(`${step} was not shown, but ${document.body.innerText}`)), 20000);
  look();
})"""
"""Waits for a step that is shown for a moment: looking now and then would miss it."""


def while_frames_are_taken(scene: Scene) -> Page:
    """The page is being looked at."""
    panel = scene.look()
    panel.evaluate(SHOWN, "Taking frames")
    scene.kill()
    return panel


def while_frames_are_sent(scene: Scene) -> Page:
    """The frames have left, the answer has not come."""
    return scene.held(is_post, scene.look)


STEPS: list[Step] = [
    *(before_the_click, before_the_button, with_the_click, while_the_panel_is_closed, while_it_is_sent, before_it_is_read),
    *(while_it_runs, after_it_is_shown, while_frames_are_taken, while_frames_are_sent),
]


@pytest.fixture
def scene(loaded: Extension, space_url: str, web: Web, drawn_video: Path) -> Iterator[Scene]:
    """The extension before a real server that is overheard, and a page on a real web server."""
    shutil.copy(drawn_video, web.folder / "seen.mp4")
    (web.folder / "killed.html").write_text(f"<!doctype html><title>A talk</title>{PLAYER}", encoding="utf-8")
    with relaying(space_url) as relay:
        yield Scene(loaded, relay, f"{web.url}/seen.mp4", f"{web.url}/killed.html")


IN_CI: list[Step] = [before_the_click, while_it_is_sent, while_it_runs, while_frames_are_sent]


@pytest.mark.parametrize("step", [pytest.param(step, id=step.__name__, marks=[] if step in IN_CI else pytest.mark.long) for step in STEPS])
def test_background_that_is_killed_costs_nothing(scene: Scene, step: Step) -> None:
    for _ in range(TIMES):
        scene.extension.wake()
        scene.extension.reset(scene.relay.url)
        scene.relay.calls.clear()
        panel = step(scene)
        expect(panel.locator(".verdict h2")).to_have_text(VERDICT, timeout=90_000)
        again = scene.extension.open()
        expect(again.locator(".verdict h2")).to_have_text(panel.locator(".verdict h2").inner_text())
        assert panel.locator(".verdict").count() == again.locator(".verdict").count() == 1
        assert len(scene.relay.bodies) == 1, "sent a second time"
        assert again.evaluate("chrome.storage.local.get('history').then(({ history }) => history.length)") == 1
