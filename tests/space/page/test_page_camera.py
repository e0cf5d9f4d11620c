"""The camera on the page: Chromium's fake device plays a drawn face. A refusal, a machine without a camera, closing it half-way."""

from collections.abc import Iterator
from pathlib import Path

import av
import httpx
import pytest
from playwright.sync_api import Browser, expect

from tests.support.browser.gradio_page import SOON, Open, check, id_in, launched
from tests.support.owner import OWNER

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def footage(drawn_video: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The drawn face as Motion JPEG, which the fake device plays in a loop."""
    path = tmp_path_factory.mktemp("camera") / "face.mjpeg"
    with av.open(str(drawn_video)) as source, av.open(str(path), "w") as target:
        stream = target.add_stream("mjpeg", rate=12, options={"qmin": "1", "qmax": "3"})
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = 640, 480, "yuvj420p"
        for frame in source.decode(video=0):
            target.mux(stream.encode(av.VideoFrame.from_ndarray(frame.to_ndarray(format="rgb24"), format="rgb24")))
        target.mux(stream.encode(None))
    return path


@pytest.fixture(scope="module")
def browser(chromium: str, footage: Path) -> Iterator[Browser]:
    with launched(chromium, "--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={footage}") as opened:
        yield opened


def test_a_recording_is_checked(open_page: Open, space_url: str) -> None:
    page = open_page(permissions=["camera"])
    page.get_by_role("button", name="Use the camera").click()
    record = page.get_by_role("button", name="Record")
    expect(record).to_be_focused()
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    record.click()
    expect(page.locator(".tt-camera").get_by_role("status")).to_have_text("Recording")
    expect(page.locator(".tt-drop")).to_contain_text("Camera recording, 20 pictures", timeout=SOON)
    assert sent == [], "what the camera saw stays in the browser until it is sent"
    assert page.locator("video").evaluate("view => view.srcObject") is None, "the camera is let go"
    expect(page.get_by_role("button", name="Check", exact=True)).to_be_focused()
    check(page)
    expect(page.locator("#tt-headline")).to_be_visible(timeout=SOON)
    report = httpx.get(f"{space_url}/api/v1/checks/{id_in(page)}", headers=OWNER).json()["report"]
    assert report["source"]["kind"] == "frames" and report["source"]["frames_read"] == 20
    assert report["source"]["name"] == "Camera recording, 20 pictures"
    times = [moment["time"] for moment in report["people"][0]["observations"]]
    assert len(report["people"]) == 1 and 3 < times[-1] - times[0] < 30, "the face was seen all along"


def test_a_recording_can_be_thrown_away(open_page: Open) -> None:
    page = open_page(permissions=["camera"])
    page.get_by_role("button", name="Use the camera").click()
    page.get_by_role("button", name="Record").click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Use the camera")).to_be_focused()
    expect(page.locator(".tt-camera")).to_be_hidden()
    page.wait_for_timeout(500)
    expect(page.locator(".tt-drop")).to_contain_text("Drop a video or picture here")
    assert page.locator("video").evaluate("view => view.srcObject") is None


def test_a_refused_camera_is_told(open_page: Open) -> None:
    page = open_page(permissions=[])
    page.get_by_role("button", name="Use the camera").click()
    expect(page.locator(".tt-camera").get_by_role("status")).to_contain_text("did not allow the camera")
    expect(page.get_by_role("button", name="Record")).to_be_disabled()
    page.get_by_role("button", name="Close the camera").click()
    expect(page.get_by_label("Link to a video")).to_be_visible()


def test_without_the_browsers_leave_there_is_no_button(open_page: Open) -> None:
    page = open_page()
    page.context.add_init_script("Object.defineProperty(Navigator.prototype, 'mediaDevices', { value: undefined })")
    page.reload()
    expect(page.get_by_label("Link to a video")).to_be_visible()
    expect(page.locator(".tt-camera-open")).to_be_hidden()
