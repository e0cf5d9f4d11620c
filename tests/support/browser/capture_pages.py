"""Pages with videos that “Check what I see” looks at, the presses that make it, and what was sent of them.

The pages lie on loopback, which the extension may always look into; what the browser allows only after a person's own click is pressed in
``tests/extension/test_native_input.py``. See also: the tests (``tests/extension/test_capture.py``,
``tests/extension/test_capture_faults.py``).
"""

import io
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
from PIL import Image
from playwright.sync_api import Page

from tests.support.browser.loaded_extension import Extension
from tests.support.web.recording_proxy import Captured, Relay, relaying
from tests.support.web.static_server import Web

PLAYER = "<video src=seen.mp4 autoplay muted loop></video>"
MSE = """<video muted loop></video><script>
const video = document.querySelector("video"), source = new MediaSource();
video.src = URL.createObjectURL(source);
source.onsourceopen = async () => {
  const buffer = source.addSourceBuffer('video/mp4; codecs="avc1.64001f"');
  buffer.onupdateend = () => { source.endOfStream(); video.play(); };
  buffer.appendBuffer(await (await fetch(NAME)).arrayBuffer());
};
</script>"""
KEPT = """import("/storage/session.js").then(({ getRequest }) => getRequest()).then(({ id }) =>
  import("/storage/frames.js").then(({ keptFrames }) => keptFrames(id))).then((kept) => kept?.frames.length ?? 0)"""
"""How many frames the extension still holds of the last request."""
CANCEL = """server => chrome.storage.session.get("check").then(({ check }) => check?.job &&
  fetch(`${server}/api/v1/checks/${check.job}`, { method: "DELETE" }).then((answer) => answer.status))"""
FRAGMENTS = {"movflags": "frag_keyframe+empty_moov+default_base_moof"}


@dataclass(frozen=True)
class Stage:
    """The extension as on the first day, the real server it speaks to (overheard), and a place for pages."""

    extension: Extension
    relay: Relay
    web: Web

    def visit(self, body: str, title: str = "A talk", name: str = "page", origin: str = "") -> Page:
        """A page with this body; ``seen.mp4`` lies beside it."""
        text = f"<!doctype html><meta charset=utf-8><title>{title}</title><body>{body}"
        (self.web.folder / f"{name}.html").write_text(text, encoding="utf-8")
        page = self.extension.context.new_page()
        page.goto(f"{origin or self.web.url}/{name}.html")
        return page

    def sent(self) -> Captured:
        """The frames that were sent, once they were."""
        eventually(lambda: self.relay.captured)
        return self.relay.captured[0]


@contextmanager
def staged(loaded: Extension, space_url: str, web: Web, video: Path) -> Iterator[Stage]:
    """A stage for one test; what it left running on the server is stopped, for the next one to have it alone."""
    shutil.copy(video, web.folder / "seen.mp4")
    with relaying(space_url) as relay:
        loaded.reset(relay.url)
        yield Stage(loaded, relay, web)
        loaded.worker.evaluate(CANCEL, space_url)


def playing(page: Page) -> Page:
    """The same page, once its video shows frames."""
    page.wait_for_function("document.querySelector('video').currentTime > 0")
    return page


def tab_of(extension: Extension, page: Page) -> dict[str, Any]:
    """The browser's own words for a page's tab, in no window, so that the panel comes as a tab."""
    found = extension.worker.evaluate("url => chrome.tabs.query({}).then((tabs) => tabs.find((tab) => tab.url === url))", page.url)
    return {**found, "windowId": -1}


def press(extension: Extension, page: Page, button: str = "Check what I see") -> Page:
    """The toolbar's button on a page, then a button of the panel that opens."""
    panel = extension.dispatch("chrome.action.onClicked", tab_of(extension, page))
    panel.locator("#see").get_by_role("button", name=button).click()
    return panel


def point(extension: Extension, page: Page, item: str, **info: Any) -> Page:
    """An item of the menu on something in a page; the panel that opens."""
    told = {"menuItemId": item, "pageUrl": page.url, "frameId": 0, **info}
    return extension.dispatch("chrome.contextMenus.onClicked", told, tab_of(extension, page))


def eventually(holds: Callable[[], object], seconds: float = 30) -> None:
    """Wait until something holds; an assertion if it never does."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def shown(picture: bytes) -> np.ndarray:
    """RGB of a picture that was sent."""
    return np.asarray(Image.open(io.BytesIO(picture)).convert("RGB"))


def fragmented(video: Path, target: Path) -> None:
    """The same video as a browser's MediaSource takes it."""
    with av.open(str(video)) as given, av.open(str(target), "w", options=FRAGMENTS) as made:
        stream = made.add_stream_from_template(given.streams.video[0])
        for packet in given.demux(given.streams.video[0]):
            if packet.dts is not None:
                packet.stream = stream
                made.mux(packet)


def black(path: Path) -> None:
    """A second of nothing."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 160, 120, "yuv420p"
        for _ in range(10):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((120, 160, 3), np.uint8), format="rgb24")))
        container.mux(stream.encode(None))
