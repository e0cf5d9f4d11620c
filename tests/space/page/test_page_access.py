"""Whether everybody can use the page: axe-core finds no serious barrier in light and dark, and a keyboard alone is enough."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browser.gradio_page import SOON, Open, checked, id_in, launched
from tests.support.browser.npm_packages import web_packages

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with launched(chromium, "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream") as opened:
        yield opened


@pytest.fixture(scope="module")
def axe() -> str:
    """The script that looks for barriers."""
    return (web_packages() / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


def barriers(page: Page, axe: str) -> list[str]:
    """What axe-core calls serious or critical on what is shown now, each with the place and why."""
    page.evaluate("document.getAnimations().forEach((one) => one.effect.getComputedTiming().endTime < Infinity && one.finish())")
    page.evaluate(axe)
    found: list[dict[str, Any]] = page.evaluate("axe.run(document, { resultTypes: ['violations'] }).then((all) => all.violations)")
    return [
        f"{one['id']}: {node['target']} {node['failureSummary']}"
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), pytest.param("dark", 375, marks=pytest.mark.long)])
def test_axe_finds_no_serious_barrier(
    open_page: Open, axe: str, space_url: str, drawn_video: Path, scheme: str, width: int, tmp_path: Path
) -> None:
    page = open_page("/", color_scheme=scheme, viewport={"width": width, "height": 900}, permissions=["camera"])
    assert barriers(page, axe) == [], "the form"
    page.get_by_role("button", name="Check", exact=True).click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert barriers(page, axe) == [], "a problem"
    page.get_by_role("button", name="Use the camera").click()
    expect(page.get_by_role("button", name="Record")).to_be_enabled(timeout=SOON)
    assert barriers(page, axe) == [], "the camera"
    page.goto(f"{space_url}/?check={checked(space_url, drawn_video)}")
    expect(page.locator("#tt-headline")).to_be_visible(timeout=SOON)
    page.get_by_text("The same in figures").click()
    page.get_by_role("button", name="Delete this check").click()
    assert barriers(page, axe) == [], "a result"
    page.evaluate("(page => { page.querySelector('.tt-result').hidden = true; page.querySelector('.tt-progress').hidden = false; })"
                  "(document.querySelector('.tt'))")  # fmt: skip
    assert barriers(page, axe) == [], "progress"
    page.evaluate("document.querySelector('.tt-progress').append(new Image())")
    assert len(barriers(page, axe)) == 1, "one that is put there is found"


def tab_to(page: Page, name: str, most: int = 40) -> None:
    """Press Tab until what is called so has the focus, which must be seen."""
    for _ in range(most):
        page.keyboard.press("Tab")
        focused = page.evaluate(
            "(one => `${one.ariaLabel ?? ''} ${one.labels?.[0]?.innerText ?? ''} ${one.innerText ?? ''}`)(document.activeElement)"
        )
        if name in focused:
            outlined = "getComputedStyle(document.activeElement).outlineStyle !== 'none' || !!document.activeElement.closest('.tt-drop')"
            assert page.evaluate(outlined), f"the focus on {name} is seen"
            return
    raise AssertionError(f"{name} is not reached by Tab")


def test_a_keyboard_alone_is_enough(open_page: Open, web: Any, drawn_video: Path) -> None:
    (web.folder / "by-keys.mp4").write_bytes(drawn_video.read_bytes())
    page = open_page()
    tab_to(page, "Link to a video")
    page.keyboard.type("not an address")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("fetch.bad_address")
    expect(page.get_by_label("Link to a video")).to_be_focused()
    page.keyboard.press("Control+a")
    page.keyboard.type(f"{web.url}/by-keys.mp4")
    tab_to(page, "Drop a video")
    tab_to(page, "Use the camera")
    tab_to(page, "Check")
    page.keyboard.press("Enter")
    headline = page.locator("#tt-headline")
    expect(headline).to_be_visible(timeout=SOON)
    expect(headline).to_be_focused()
    id = id_in(page)
    tab_to(page, "Copy link")
    tab_to(page, "PDF")
    tab_to(page, "Single looks")
    before = page.locator(".tt-look-now h3").inner_text()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    assert page.locator(".tt-look-now h3").inner_text() != before or page.get_by_role("slider").get_attribute("aria-valuenow") == "2"
    tab_to(page, "The same in figures")
    page.keyboard.press("Enter")
    expect(page.locator(".tt-table table")).to_be_visible()
    tab_to(page, "Delete this check")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Keep")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Delete this check")).to_be_focused()
    assert id_in(page) == id
    expect(page.get_by_role("button", name=re.compile("Cancel"))).to_be_hidden()
