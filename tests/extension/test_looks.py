"""No verdict from one frame: taking goes on until a face was seen often enough, or says what is missing. In a real Chromium.

See also: what else “Check what I see” does (``test_capture.py``).
"""

from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest
from playwright.sync_api import Page, expect

from extension_build.unpacked import lay_out
from telltale.core.rules import RULES
from tests.conftest import ROOT
from tests.extension.local.test_check import NOWHERE, REPORT
from tests.support.browser.capture_pages import playing, press
from tests.support.browser.loaded_extension import Extension, extended
from tests.support.browser.npm_packages import web_packages
from tests.support.web.static_server import Web

pytestmark = pytest.mark.browser

FROM_BLOB = """<script>
fetch("NAME").then((answer) => answer.blob()).then((blob) => { document.querySelector("video").src = URL.createObjectURL(blob); });
</script>"""


@pytest.fixture(scope="module")
def loaded(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Extension]:
    """The extension as the store gets it: it takes the models to see faces."""
    folder = tmp_path_factory.mktemp("packed") / "chromium"
    lay_out("chromium", folder, web_packages(), ROOT)
    with extended(chromium, tmp_path_factory.mktemp("profile"), "--headless=new", folder=folder) as extension:
        extension.reset(NOWHERE)
        yield extension


@pytest.fixture
def extension(loaded: Extension) -> Extension:
    """As on the first day, agreed to, with checks on this device."""
    loaded.reset(NOWHERE)
    loaded.worker.evaluate("() => chrome.storage.local.set({ mode: 'device' })")
    return loaded


def rarely(video: Path, path: Path, empty: int, face: int) -> Path:
    """Seconds of an empty wall, then a face for so many frames of twelve a second."""
    with av.open(str(video)) as given:
        frames = [frame.to_ndarray(format="rgb24") for frame in given.decode(video=0)][:face]
    wall = np.full_like(frames[0], 120)
    with av.open(str(path), "w") as made:
        stream = made.add_stream("libx264", rate=12)
        stream.height, stream.width, stream.pix_fmt = *wall.shape[:2], "yuv420p"
        for picture in [*[wall] * (12 * empty), *frames]:
            made.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        made.mux(stream.encode(None))
    return path


def visit(extension: Extension, web: Web, name: str, attributes: str) -> Page:
    """A page whose player has no address of its own."""
    body = f"<video width=360 {attributes}></video>{FROM_BLOB.replace('NAME', name)}"
    (web.folder / "looks.html").write_text(f"<!doctype html><title>A talk</title>{body}", encoding="utf-8")
    page = extension.context.new_page()
    page.goto(f"{web.url}/looks.html")
    return page


def test_taking_goes_on_until_the_face_was_seen_often_enough(extension: Extension, web: Web, drawn_video: Path) -> None:
    rarely(drawn_video, web.folder / "rare.mp4", empty=9, face=12)
    page = playing(visit(extension, web, "rare.mp4", "autoplay muted loop"))
    panel = press(extension, page)
    expect(panel.locator(".step")).to_contain_text("with the face in view", timeout=60_000)
    expect(panel.locator(".verdict h2")).to_be_visible(timeout=120_000)
    report = panel.evaluate(REPORT)["report"]
    assert report["source"]["frames_read"] > 16
    assert max(len(person["observations"]) for person in report["people"]) >= RULES.quality.few_looks


def test_video_that_ends_too_soon_says_what_is_missing(extension: Extension, web: Web, drawn_video: Path) -> None:
    rarely(drawn_video, web.folder / "once.mp4", empty=3, face=5)
    page = playing(visit(extension, web, "once.mp4", "autoplay muted"))
    panel = press(extension, page)
    expect(panel.locator(".problem")).to_contain_text("capture.few_looks", timeout=60_000)
    expect(panel.locator(".problem")).to_contain_text("with the face in view")
    expect(panel.locator(".problem .main")).to_have_text("Whole video")


def test_paused_video_is_started_without_sound_after_a_click_that_says_so(extension: Extension, web: Web, drawn_video: Path) -> None:
    (web.folder / "still.mp4").write_bytes(drawn_video.read_bytes())
    page = visit(extension, web, "still.mp4", "loop")
    page.wait_for_function("document.querySelector('video').readyState >= 2")
    page.evaluate("document.querySelector('video').currentTime = 1.5")
    panel = press(extension, page)
    expect(panel.locator(".problem")).to_contain_text("play it without sound", timeout=5000)
    state = "(({ paused, muted, currentTime }) => [paused, muted, currentTime])(document.querySelector('video'))"
    assert page.evaluate(state) == [True, False, 1.5]
    panel.get_by_role("button", name="Play it without sound").click()
    page.wait_for_function("!document.querySelector('video').paused && document.querySelector('video').muted")
    expect(panel.locator(".verdict h2")).to_be_visible(timeout=120_000)
    assert page.evaluate(state) == [True, False, 1.5]
    assert panel.evaluate(REPORT)["report"]["source"]["frames_read"] >= 8
