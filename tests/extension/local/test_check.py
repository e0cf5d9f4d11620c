"""A check on the device in a real Chromium, with the extension as it is packed: no server runs, and no connection is made.

See also: that its parts agree with the server's (``test_golden.py``, ``test_faces.py``).
"""

import re
import shutil
import socketserver
import threading
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from telltale.core.report import Report
from telltale.model.classifier import BROWSER, revision_of
from telltale.pipeline import Engine, check, load_engine
from tests.extension.local.conftest import choose
from tests.support.browser.capture_pages import MSE, fragmented, playing, point
from tests.support.browser.loaded_extension import Extension, extended
from tests.support.browser.shown_words import NOWHERE
from tests.support.media.bad_media import text_named_mp4
from tests.support.web.static_server import Web

pytestmark = pytest.mark.browser

PATIENCE = 90_000
CHROMIUMS_OWN = rb"[/. ](google\.com|googleapis\.com|gvt1\.com|gstatic\.com)[:/ ]"
REPORT = """
async () => {
  const { check } = await chrome.storage.session.get("check");
  const { keptReport } = await import("/storage/reports.js");
  const kept = await keptReport(check.job);
  return { ...kept, pictures: Object.fromEntries(Object.entries(kept.pictures).map(([name, blob]) => [name, [blob.type, blob.size]])) };
}
"""


class Overheard(socketserver.ThreadingTCPServer):
    """A proxy that counts who knocks, and opens to nobody."""

    allow_reuse_address = daemon_threads = True

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        super().__init__(("127.0.0.1", 0), socketserver.BaseRequestHandler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def strange(self) -> list[bytes]:
        """First lines of what was asked, but for what Chromium itself asks its makers."""
        return [line for line in (asked.split(b"\r\n")[0] for asked in self.heard) if line and not re.search(CHROMIUMS_OWN, line)]

    def finish_request(self, request: Any, client_address: Any) -> None:
        """One connection."""
        self.heard.append(request.recv(200))


@pytest.fixture(scope="module")
def engine() -> Engine:
    """The server's, with the model that the browser runs."""
    return load_engine(BROWSER, faces="mtcnn", threads=1)


def give(panel: Page, path: Path) -> None:
    """Choose a file as a person does."""
    with panel.expect_file_chooser() as opened:
        panel.get_by_role("button", name="Check a file on this device").click()
    opened.value.set_files(path)


def headline(panel: Page) -> str:
    """Once it is there."""
    expect(panel.locator(".verdict h2")).to_be_visible(timeout=PATIENCE)
    return panel.locator(".verdict h2").inner_text()


def agrees(panel: Page, expected: Report) -> dict[str, Any]:
    """What the panel shows and keeps is the server's Report on the same file; its pictures' types and sizes."""
    assert headline(panel) == expected.headline
    kept = panel.evaluate(REPORT)
    given = Report.model_validate(kept["report"])
    assert given.verdict == expected.verdict and given.reasons == expected.reasons
    assert given.fake_probability == pytest.approx(expected.fake_probability, abs=0.02)
    assert [len(person.observations) for person in given.people] == [len(person.observations) for person in expected.people]
    assert given.source.sha256 == expected.source.sha256 and given.source.frames_read == expected.source.frames_read
    assert (given.model.runtime, given.model.revision) == ("onnxruntime-web", expected.model.revision)
    on_both = {name for name in expected.pictures if not name.startswith(("frame-", "map-"))}  # those are for the page's timeline
    assert set(kept["pictures"]) == on_both
    assert all(kind == "image/jpeg" and size > 500 for kind, size in kept["pictures"].values())
    return dict(kept["pictures"])


def test_file_is_checked_without_a_single_connection(
    chromium: str, packed: Path, tmp_path: Path, drawn_video: Path, engine: Engine
) -> None:
    with Overheard() as proxy:
        detour = [f"--proxy-server=http://127.0.0.1:{proxy.server_address[1]}", "--proxy-bypass-list=<-loopback>"]
        with extended(chromium, tmp_path / "profile", "--headless=new", *detour, folder=packed) as extension:
            extension.reset(NOWHERE)
            panel = extension.open()
            give(panel, drawn_video)
            agrees(panel, check(drawn_video, engine))
            assert proxy.strange() == []
            panel.evaluate("fetch('http://127.0.0.1:61999/').catch(() => null)")
            assert len(proxy.strange()) == 1, "what counts connections heard none"


def test_extension_without_its_models_says_so(chromium: str, packed: Path, tmp_path: Path, drawn_video: Path) -> None:
    bare = tmp_path / "bare"
    shutil.copytree(packed, bare, ignore=shutil.ignore_patterns("*.onnx"))
    with extended(chromium, tmp_path / "profile", "--headless=new", folder=bare) as extension:
        extension.reset(NOWHERE)
        panel = extension.open()
        give(panel, drawn_video)
        expect(panel.locator(".problem")).to_contain_text("the model could not be run", timeout=PATIENCE)


def test_report_is_shown_whole_and_kept_until_it_is_deleted(extension: Extension, drawn_video: Path) -> None:
    panel = extension.open()
    give(panel, drawn_video)
    told = headline(panel)
    for place in (".person img", ".evidence img"):
        picture = panel.locator(place).first
        picture.scroll_into_view_if_needed()
        expect(picture).to_have_js_property("complete", True)
        assert picture.evaluate("image => image.naturalWidth") > 0
    panel.locator("summary").click()
    expect(panel.locator(".source dl")).to_contain_text(revision_of(Path(BROWSER) / "model.safetensors"))
    expect(panel.locator(".source dl")).to_contain_text("onnxruntime-web")
    expect(panel.locator("footer")).to_contain_text("Checks are done on this device")
    assert panel.get_by_text("Open in the Space").count() == 0
    job = panel.evaluate("chrome.storage.session.get('check').then(({ check }) => check.job)")
    panel.close()
    again = extension.open()
    assert headline(again) == told
    is_kept = "job => import('/storage/reports.js').then(async ({ keptReport }) => Boolean(await keptReport(job)))"
    assert again.evaluate(is_kept, job) is True
    again.get_by_role("button", name="Delete this check").click()
    expect(again.locator(".forget")).to_contain_text("from this device")
    again.get_by_role("button", name="Delete", exact=True).click()
    expect(again.locator(".news")).to_contain_text("Nothing of that check is left on this device")
    assert again.evaluate(is_kept, job) is False


def test_playing_video_is_checked_with_the_server_switched_off(extension: Extension, web: Web, drawn_video: Path) -> None:
    fragmented(drawn_video, web.folder / "on-the-device.mp4")
    body = MSE.replace("NAME", "'on-the-device.mp4'")
    (web.folder / "on-the-device.html").write_text(f"<!doctype html><title>A talk</title>{body}", encoding="utf-8")
    page = extension.context.new_page()
    page.goto(f"{web.url}/on-the-device.html")
    panel = point(extension, playing(page), "video", srcUrl=page.evaluate("document.querySelector('video').src"))
    expect(panel.locator(".progress")).to_contain_text("Nothing is sent", timeout=30_000)
    headline(panel)
    report = panel.evaluate(REPORT)["report"]
    assert report["source"]["kind"] == "frames" and report["source"]["frames_read"] >= 8
    assert report["source"]["title"] == "A talk" and len(report["people"]) == 1


def test_address_is_nothing_for_the_device_and_is_not_sent(extension: Extension) -> None:
    panel = extension.open()
    panel.get_by_label("Address of a video").fill("https://example.org/watch/7")
    panel.get_by_role("button", name="Check", exact=True).click()
    expect(panel.locator(".problem")).to_contain_text("cannot be checked by its address alone")
    expect(panel.locator(".problem .main")).to_have_text("Open the page")
    expect(panel.locator(".beyond")).to_contain_text("A server could try")
    choose(extension, "deviceFirst")
    panel.get_by_role("button", name="Try again").click()
    expect(panel.locator(".problem")).to_contain_text("Nothing answers")


def test_check_on_the_device_is_cancelled_at_once(extension: Extension, drawn_video: Path) -> None:
    panel = extension.open()
    give(panel, drawn_video)
    panel.get_by_role("button", name="Cancel").click()
    expect(panel.locator(".problem")).to_contain_text("This check was cancelled", timeout=3000)


def test_what_is_no_video_is_told_in_a_sentence(extension: Extension, tmp_path: Path) -> None:
    panel = extension.open()
    give(panel, text_named_mp4(tmp_path))
    expect(panel.locator(".problem")).to_contain_text("cannot show that file", timeout=30_000)
