"""A shared link in a stranger's browser: the result without the file's name, and nothing to delete it with."""

import os
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect

from tests.support.browser.gradio_page import SOON, Open, check, id_in
from tests.support.owner import OTHER, OWNER

pytestmark = pytest.mark.browser


def test_a_shared_link_shows_no_name_and_deletes_nothing(open_page: Open, space_url: str, drawn_video: Path, tmp_path: Path) -> None:
    video = tmp_path / "my own secret.mp4"
    video.write_bytes(drawn_video.read_bytes() + (24).to_bytes(4, "big") + b"free" + os.urandom(16))
    mine = open_page()
    mine.set_input_files("input[type=file]", video)
    check(mine)
    expect(mine.locator(".tt-source")).to_have_text(video.name, timeout=SOON)
    expect(mine.get_by_role("button", name="Delete this check")).to_be_visible()
    here = f"/?check={id_in(mine)}"
    with mine.expect_download() as saving:
        mine.get_by_role("link", name="JSON", exact=True).click()
    assert video.name in Path(saving.value.path()).read_text(), "the owner's copy has the name"
    theirs = open_page(here, secret=OTHER)
    expect(theirs.locator(".tt-source")).to_have_text("An uploaded video", timeout=SOON)
    expect(theirs.locator(".tt-person")).not_to_have_count(0)
    expect(theirs.get_by_role("button", name="Delete this check")).to_be_hidden()
    assert "my own secret" not in theirs.content()
    link = f"{space_url}/api/v1/checks/{id_in(mine)}"
    assert httpx.delete(link).json()["code"] == "request.not_owner"
    mine.reload()
    expect(mine.locator(".tt-source")).to_have_text(video.name, timeout=SOON)
    assert httpx.delete(link, params={"forget": True}, headers=OWNER).status_code == 200
