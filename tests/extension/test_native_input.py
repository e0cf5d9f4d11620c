"""A real mouse button and real keys on a virtual screen: the browser's own menu, its real side panel, and the look into a tab that the
browser allows only after a person's own click: videos of other origins, in a page that the extension has no other right to.

Needs Xvfb and xdotool; skipped with the reason where they are absent.
"""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from playwright.sync_api import BrowserContext

from tests.support.browser.capture_pages import shown
from tests.support.browser.loaded_extension import extended
from tests.support.web.range_server import Shelf
from tests.support.web.recording_proxy import relaying
from tests.support.web.static_server import Web

pytestmark = pytest.mark.browser

SEEN = "chrome.storage.session.get('sight').then(({ sight }) => sight?.page)"
"""The address of the tab where the extension was used last."""
PAGE = '<!doctype html><title>A talk</title><body style="margin:0"><video src="by-hand.mp4" width="360" height="300"></video>'
FAR = '<!doctype html><title>Far</title><body style="margin:0" oncontextmenu="return false">'
VIDEO = '<video src="{}" width="480" height="360" style="display:block" autoplay muted loop></video>'
FRAME = '<iframe src="{}" width="480" height="360" style="border:0;margin:30px 0 0 40px"></iframe>'


@pytest.fixture
def screen() -> Iterator[str]:
    """A virtual screen; its DISPLAY."""
    missing = [name for name in ("Xvfb", "xdotool") if shutil.which(name) is None]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)} (Debian: apt-get install xvfb xdotool)")
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1280x900x24", "-nolisten", "tcp"]
    with subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL) as server, os.fdopen(reading) as told:
        os.close(writing)
        yield f":{told.readline().strip()}"
        server.terminate()


def eventually(holds: Callable[[], object], seconds: float = 90) -> None:
    """Wait until something holds; an assertion if it never does."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_right_click_on_a_video_opens_the_side_panel_with_its_report(
    screen: str, chromium: str, web: Web, drawn_video: Path, space_url: str, tmp_path: Path
) -> None:
    shutil.copy(drawn_video, web.folder / "by-hand.mp4")
    (web.folder / "by-hand.html").write_text(PAGE, encoding="utf-8")

    def by_hand(*order: str) -> None:
        subprocess.run(["xdotool", *order], env={**os.environ, "DISPLAY": screen}, check=True)

    with relaying(space_url) as relay, extended(chromium, tmp_path, "--window-position=0,0", DISPLAY=screen) as extension:
        extension.reset(relay.url)
        page = extension.context.pages[0]
        page.goto(f"{web.url}/by-hand.html")
        top = page.evaluate("outerHeight - innerHeight")
        by_hand("mousemove", "150", str(top + 150), "click", "3")
        page.wait_for_timeout(1000)
        by_hand("key", "Up", "Up", "Return")  # the last item is the browser's own Inspect, ours stands above it
        eventually(lambda: extension.worker.evaluate("chrome.runtime.getContexts({ contextTypes: ['SIDE_PANEL'] })"))
        eventually(lambda: [call for call in relay.calls if call.path.endswith("/evidence/person-1.jpg")])
        assert relay.posts == [f"{web.url}/by-hand.mp4"]


def press_in_panel(context: BrowserContext, button: str) -> None:
    """A button of the side panel, which no automation shows as a page: over the browser's own wire."""
    assert context.browser
    wire = context.browser.new_browser_cdp_session()
    (panel,) = [
        target["targetId"]
        for target in wire.send("Target.getTargets")["targetInfos"]
        if target["url"].endswith("/panel.html") and target["type"] == "page"
    ]
    session = wire.send("Target.attachToTarget", {"targetId": panel, "flatten": False})["sessionId"]
    words = f"[...document.querySelectorAll('button')].find((one) => one.textContent === {json.dumps(button)}).click()"
    order = {"id": 1, "method": "Runtime.evaluate", "params": {"expression": words}}
    wire.send("Target.sendMessageToTarget", {"sessionId": session, "message": json.dumps(order)})


def test_key_lets_the_panel_see_what_no_page_may_read(
    screen: str, chromium: str, web: Web, shelf: Shelf, drawn_video: Path, space_url: str, tmp_path: Path
) -> None:
    video = VIDEO.format(shelf.put(drawn_video, "far.mp4"))
    elsewhere = web.url.replace("127.0.0.1", "localhost")  # the extension has no right to this host
    (web.folder / "far.html").write_text(FAR + video, encoding="utf-8")
    (web.folder / "framed.html").write_text(FAR + FRAME.format(f"{elsewhere}/far.html"), encoding="utf-8")
    environment = {**os.environ, "DISPLAY": screen}
    with relaying(space_url) as relay, extended(chromium, tmp_path, "--window-size=1280,900", viewport=None, DISPLAY=screen) as extension:
        extension.reset(relay.url)
        page = extension.context.pages[0]
        for number, address in enumerate([f"{elsewhere}/far.html", f"{web.url}/framed.html"]):
            page.goto(address)
            page.frames[-1].wait_for_function("document.querySelector('video').currentTime > 0")
            page.bring_to_front()
            subprocess.run(["xdotool", "mousemove", "300", "400", "click", "3", "key", "alt+shift+v"], env=environment, check=True)
            eventually(lambda address=address: address == extension.worker.evaluate(SEEN))
            eventually(lambda: extension.worker.evaluate("chrome.runtime.getContexts({ contextTypes: ['SIDE_PANEL'] })"))
            page.wait_for_timeout(500)  # the panel slides in, and the page gives way
            press_in_panel(extension.context, "Check what I see")
            eventually(lambda number=number: len(relay.captured) > number, 60)
            captured = relay.captured[number]
            assert len(captured.times) > 8 and all(later > sooner for sooner, later in pairwise(captured.times))
            assert {shown(picture).shape for picture in captured.pictures} == {(360, 480, 3)}
            assert likeness(shown(captured.pictures[0]), drawn_video) > 0.97
        eventually(lambda: [call for call in relay.calls if call.path.endswith("/evidence/person-1.jpg")])
        assert relay.posts == []


def likeness(picture: np.ndarray, video: Path) -> float:
    """How well a picture fits the frame of the video it fits best, -1..1: badly where it was cut out beside it."""
    with av.open(str(video)) as container:
        frames = [np.asarray(frame.to_image().resize(picture.shape[1::-1])) for frame in container.decode(video=0)]
    return max(float(np.corrcoef(picture.mean(2).ravel(), frame.mean(2).ravel())[0, 1]) for frame in frames)
