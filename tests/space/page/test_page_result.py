"""What a result on the page can do: be pointed at, by pointer and by keys; be shared, and kept as PDF, picture and JSON."""

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.support.browser.gradio_page import SOON, watched

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def moments(space_url: str, stored: str) -> list[dict[str, Any]]:
    """The looks at the one person."""
    people = httpx.get(f"{space_url}/api/v1/checks/{stored}").json()["report"]["people"]
    assert len(people) == 1
    return list(people[0]["observations"])


@pytest.fixture(scope="module")
def page(browser: Browser, space_url: str, stored: str) -> Iterator[Page]:
    """The result in a browser that never saw this server, as whoever was given the link opens it; one page for all tests here."""
    with watched(browser, space_url) as open_at:
        opened = open_at(f"/?check={stored}", permissions=["clipboard-read", "clipboard-write"])
        expect(opened.locator("#tt-headline")).to_be_visible(timeout=SOON)
        yield opened


def shown(page: Page) -> tuple[str, str, str]:
    """The look that is shown: its words, its frame and its heat map, once both are there."""
    pictures = page.locator(".tt-now-pictures img")
    page.wait_for_function("[...document.querySelectorAll('.tt-now-pictures img')].every((one) => one.complete && one.naturalWidth)")
    frame, heat = (re.sub(r".*/", "", str(pictures.nth(at).get_attribute("src"))) for at in (0, 1))
    return page.locator(".tt-look-now h3").inner_text(), frame, heat


def test_the_strongest_look_is_shown_first(page: Page, moments: list[dict[str, Any]]) -> None:
    strongest = max(moments, key=lambda moment: moment["fake_probability"])
    _, frame, heat = shown(page)
    assert (frame, heat) == (strongest["frame"], strongest["heat_map"])
    expect(page.locator(".tt-look-now strong")).to_have_text(re.compile(r"\d %"))


def test_the_timeline_follows_the_pointer(page: Page, moments: list[dict[str, Any]]) -> None:
    plot = page.locator(".tt-plot > svg")
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    assert box
    seen = set()
    for moment in (moments[0], moments[len(moments) // 2], moments[-1]):
        dot = page.locator(f"circle[data-frame$='/{moment['frame']}']").bounding_box()
        assert dot
        page.mouse.move(dot["x"] + dot["width"] / 2 + 1, box["y"] + box["height"] - 4)  # the time counts, not the height
        words, frame, heat = shown(page)
        assert (frame, heat) == (moment["frame"], moment["heat_map"])
        seen.add(words)
    assert len(seen) == 3
    face = page.locator(".tt-now-box").bounding_box()
    picture = page.locator(".tt-now-frame img").bounding_box()
    assert face and picture
    told = moments[-1]["box"]
    assert face["width"] / picture["width"] == pytest.approx((told["x1"] - told["x0"]) / 640, abs=0.02), "the box lies on the face"


def test_the_timeline_is_a_slider_for_keys(page: Page, moments: list[dict[str, Any]]) -> None:
    slider = page.get_by_role("slider", name="Single looks")
    slider.focus()
    page.keyboard.press("Home")
    expect(slider).to_have_attribute("aria-valuenow", "1")
    assert shown(page)[1] == moments[0]["frame"]
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    assert shown(page)[1] == moments[1]["frame"]
    expect(slider).to_have_attribute("aria-valuetext", re.compile(r"Person 1 at 0:\d\d\.\d: .*%"))
    page.keyboard.press("End")
    page.keyboard.press("ArrowRight")
    expect(slider).to_have_attribute("aria-valuenow", str(len(moments)))
    expect(slider).to_have_attribute("aria-valuemax", str(len(moments)))


def test_a_finger_points_too(browser: Browser, space_url: str, stored: str, moments: list[dict[str, Any]]) -> None:
    with watched(browser, space_url) as open_at:
        page = open_at(f"/?check={stored}", viewport={"width": 375, "height": 800}, has_touch=True, is_mobile=True)
        expect(page.locator("#tt-headline")).to_be_visible(timeout=SOON)
        page.locator(".tt-pointer").tap(position={"x": 14, "y": 60})
        assert shown(page)[1] == moments[0]["frame"]


def test_the_link_is_copied_and_opens_the_same(page: Page, browser: Browser, space_url: str, stored: str) -> None:
    page.get_by_role("button", name="Copy link").click()
    expect(page.locator(".tt-keep").get_by_role("status")).to_have_text("Link copied")
    link = page.evaluate("navigator.clipboard.readText()")
    assert link == f"{space_url}/?check={stored}"


def test_the_case_file_is_one_page(page: Page) -> None:
    with page.expect_download() as saving:
        page.get_by_role("link", name="PDF", exact=True).click()
    assert saving.value.suggested_filename.endswith(".pdf")
    content = Path(saving.value.path()).read_bytes()
    assert content.startswith(b"%PDF-") and content.count(b"/Type /Page\n") == 1 and b"/Count 1" in content


def test_picture_and_json_can_be_kept(page: Page, stored: str) -> None:
    with page.expect_download() as saving:
        page.get_by_role("link", name="Picture", exact=True).click()
    with Image.open(io.BytesIO(Path(saving.value.path()).read_bytes())) as picture:
        assert picture.format == "JPEG" and picture.width == 1200
    with page.expect_download() as saving:
        page.get_by_role("link", name="JSON", exact=True).click()
    assert json.loads(Path(saving.value.path()).read_bytes())["id"] == stored
