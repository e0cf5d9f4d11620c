"""One click of a real mouse button on a virtual screen: the browser's own menu, its real side panel, a real check.

Needs Xvfb and xdotool; skipped with the reason where they are absent.
"""

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import Web
from tests.loaded_extension import browser
from tests.relay import relaying

pytestmark = pytest.mark.browser

PAGE = '<!doctype html><title>A talk</title><body style="margin:0"><video src="by-hand.mp4" width="360" height="300"></video>'


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

    with relaying(space_url) as relay, browser(chromium, tmp_path, "--window-position=0,0", DISPLAY=screen) as extension:
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
