"""The page in a real browser against a real server: from an upload to the verdict, on a desk and on a phone, light and dark.

Elsewhere: the camera, the timeline and what can be kept (``test_page_*.py``).
"""

import os
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from playwright.sync_api import expect

from tests.support.browser.gradio_page import SOON, Open, check
from tests.support.media.drawing import draw_face_picture
from tests.support.verdicts import HEADLINES

pytestmark = pytest.mark.browser


def test_from_an_upload_to_the_verdict(open_page: Open, drawn_video: Path, tmp_path: Path) -> None:
    video = tmp_path / "<img src=x onerror=alert(1)>.mp4"
    video.write_bytes(drawn_video.read_bytes() + (24).to_bytes(4, "big") + b"free" + os.urandom(16))  # never seen before
    page = open_page()
    page.set_input_files("input[type=file]", video)
    expect(page.locator(".tt-drop")).to_contain_text(video.name)
    check(page)
    expect(page.get_by_role("progressbar")).to_be_visible()
    expect(page.locator(".tt-progress").get_by_role("status", include_hidden=True)).to_have_text(
        re.compile("Uploading|Waiting|Decoding|Finding|Looking|Drawing|Preparing")
    )
    headline = page.locator("#tt-headline")
    expect(headline).to_be_visible(timeout=SOON)
    expect(headline).to_have_text(re.compile("|".join(HEADLINES.values())))
    expect(headline).to_be_focused()
    expect(page.locator(".tt-source")).to_have_text(video.name)
    expect(page.get_by_role("progressbar")).to_be_hidden()
    expect(page.locator(".tt-gauge-number")).to_contain_text("%")
    expect(page.locator(".tt-person")).not_to_have_count(0)
    assert page.locator(".tt-line circle").count() > 8
    assert parse_qs(urlsplit(page.url).query)["check"]


def test_a_stored_check_opens_whole(open_page: Open, space_url: str, stored: str) -> None:
    page = open_page(f"/?check={stored}")
    expect(page.locator("#tt-headline")).to_be_visible(timeout=SOON)
    report = httpx.get(f"{space_url}/api/v1/checks/{stored}").json()["report"]
    assert page.locator(".tt-person").count() == len(report["people"])
    assert page.locator(".tt-look").count() == len(report["evidence"]) > 0
    page.evaluate("for (const image of document.images) image.loading = 'eager'")
    page.wait_for_function("[...document.images].every((image) => image.complete)")
    broken = page.evaluate("[...document.images].filter((image) => !image.naturalWidth || !image.alt).map((image) => image.src)")
    assert broken == [], "every picture is there and has words"
    page.get_by_text("The same in figures").click()
    looks = sum(len(person["observations"]) for person in report["people"])
    expect(page.locator(".tt-table tbody tr")).to_have_count(looks)
    for caveat in report["caveats"]:
        expect(page.get_by_text(caveat["message"])).to_be_visible()
    expect(page.get_by_role("link", name="JSON", exact=True)).to_have_attribute("href", f"api/v1/checks/{stored}")
    expect(page.get_by_text(report["source"]["sha256"])).to_be_visible()
    expect(page.get_by_text("SHA-256 of the file")).to_be_visible()
    expect(page.get_by_text(re.compile(r"^\d+ \w+ 20\d\d, \d\d:\d\d UTC"))).to_be_visible()


def test_a_picture_is_checked_and_has_no_timeline(open_page: Open, tmp_path: Path) -> None:
    picture = draw_face_picture(tmp_path / "somebody.png", people=1)
    page = open_page()
    page.set_input_files("input[type=file]", picture)
    check(page)
    expect(page.locator("#tt-headline")).to_be_visible(timeout=SOON)
    expect(page.locator(".tt-person")).to_have_count(1)
    expect(page.locator(".tt-look")).to_have_count(1)
    expect(page.locator(".tt-timeline")).to_have_count(0)


def test_a_broken_file_shows_its_sentence_and_code(open_page: Open, tmp_path: Path) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_text("this is no video")
    page = open_page()
    page.set_input_files("input[type=file]", broken)
    check(page)
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("media.not_media", timeout=SOON)
    sentence = alert.locator(".tt-problem-sentence").inner_text()
    assert len(sentence) > 20 and sentence.endswith(".")
    expect(page.get_by_label("Link to a video")).to_be_visible()


def test_an_address_is_refused_on_the_page(open_page: Open) -> None:
    page = open_page()
    check(page)
    expect(page.get_by_role("alert")).to_have_text("Give a link, or choose a video or picture.", use_inner_text=True)
    page.get_by_label("Link to a video").press_sequentially("e")
    expect(page.locator(".tt-problem")).to_be_hidden()
    page.get_by_label("Link to a video").fill("not an address")
    page.get_by_label("Link to a video").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("fetch.bad_address")
    page.get_by_label("Link to a video").fill("http://127.0.0.1:9/video.mp4")
    check(page)
    expect(page.get_by_role("alert")).to_contain_text("fetch.refused", timeout=SOON)


def test_a_phone_is_not_asked_to_drop_anything(open_page: Open) -> None:
    page = open_page("/?lang=fr", viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True)
    expect(page.locator(".tt-drop label")).to_have_text("Choisissez une vidéo ou une image", use_inner_text=True)
    lines = page.locator(".tt-whole").evaluate("word => word.getClientRects().length")
    expect(page.locator(".tt-whole")).to_have_text("a-t-il")
    assert lines == 1, "the heading does not break within a word"


def test_an_unknown_check_is_told(open_page: Open) -> None:
    page = open_page("/?check=nobody")
    expect(page.get_by_role("alert")).to_contain_text("job.not_found")


def test_a_running_check_can_be_cancelled_on_the_page(open_page: Open, space_url: str, drawn_video: Path, tmp_path: Path) -> None:
    for n in range(2):  # something else to do first
        content = drawn_video.read_bytes() + (24).to_bytes(4, "big") + b"free" + os.urandom(16)
        httpx.post(f"{space_url}/api/v1/checks", files={"file": (f"{n}.mp4", content)}, timeout=60)
    video = tmp_path / "third.mp4"
    video.write_bytes(drawn_video.read_bytes() + (24).to_bytes(4, "big") + b"free" + os.urandom(16))
    page = open_page()
    page.set_input_files("input[type=file]", video)
    check(page)
    page.wait_for_url(re.compile("check="))
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("alert")).to_contain_text("job.cancelled", timeout=SOON)
    id = parse_qs(urlsplit(page.url).query)["check"][0]
    assert httpx.get(f"{space_url}/api/v1/checks/{id}").json()["state"] == "cancelled"


def padded(video: Path) -> bytes:
    """The video and a box of nothing that makes it take a few seconds from a slow server."""
    return video.read_bytes() + (400_008).to_bytes(4, "big") + b"free" + os.urandom(400_000)


def test_a_fetch_is_told_in_words_and_its_check_can_be_deleted(open_page: Open, web: Any, space_url: str, drawn_video: Path) -> None:
    (web.folder / "slow-on-the-page.mp4").write_bytes(padded(drawn_video))
    page = open_page()
    page.get_by_label("Link to a video").fill(f"{web.url}/slow-on-the-page.mp4")
    check(page)
    progress = page.locator(".tt-progress")
    expect(progress.get_by_role("status", include_hidden=True)).to_have_text("Reading the video", timeout=SOON)
    expect(progress.locator(".tt-progress-count")).to_have_text(re.compile(r"\d+ of \d+ kB"), timeout=SOON)
    expect(page.locator("#tt-headline")).to_be_visible(timeout=SOON)
    id = parse_qs(urlsplit(page.url).query)["check"][0]
    page.get_by_role("button", name="Delete this check").click()
    expect(page.get_by_role("button", name="Keep")).to_be_focused()
    page.get_by_role("button", name="Keep").click()
    assert httpx.get(f"{space_url}/api/v1/checks/{id}").status_code == 200
    page.get_by_role("button", name="Delete this check").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_text("Deleted. Nothing of that check is left on this server.")).to_be_visible()
    expect(page.locator("#tt-headline")).to_be_hidden()
    assert httpx.get(f"{space_url}/api/v1/checks/{id}").status_code == 404
    assert "check" not in parse_qs(urlsplit(page.url).query)


def test_a_chosen_file_and_a_link_exclude_each_other(open_page: Open, drawn_video: Path) -> None:
    page = open_page()
    page.set_input_files("input[type=file]", drawn_video)
    page.get_by_label("Link to a video").fill("https://example.org/")
    expect(page.locator(".tt-drop")).not_to_contain_text(drawn_video.name)
    page.set_input_files("input[type=file]", drawn_video)
    expect(page.get_by_label("Link to a video")).to_have_value("")
    page.get_by_role("button", name="Remove this file").click()
    expect(page.locator(".tt-drop")).to_contain_text("Drop a video or picture here")
