"""The options page in a real Chromium: which servers it takes, and what it says when one does not answer."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.browser.loaded_extension import Extension
from tests.support.web.static_server import Web

pytestmark = pytest.mark.browser

NOWHERE = "http://127.0.0.1:9"
"""Nothing answers on the discard port, and browsers refuse to ask it."""


@pytest.fixture
def options(loaded: Extension) -> Page:
    """The page, with a server that does not run."""
    loaded.reset(NOWHERE)
    return loaded.open("options/options.html")


def outcome(options: Page, server: str, button: str) -> Locator:
    """What the page says after this server was typed and this button pressed."""
    options.get_by_label("Server that checks").fill(server)
    options.get_by_role("button", name=button).click()
    return options.locator("#outcome")


def test_server_is_tested_and_saved_as_its_origin(options: Page, space_url: str) -> None:
    expect(options.get_by_label("Server that checks")).to_have_value(NOWHERE)
    expect(outcome(options, f"{space_url}/?check=1", "Test")).to_contain_text("Telltale answers")
    expect(outcome(options, f"{space_url}/?check=1", "Save")).to_contain_text("Saved")
    options.reload()
    expect(options.get_by_label("Server that checks")).to_have_value(space_url)


def test_server_that_is_not_safe_is_not_saved(options: Page) -> None:
    expect(outcome(options, "http://example.org", "Save")).to_contain_text("not an https address")
    options.reload()
    expect(options.get_by_label("Server that checks")).to_have_value(NOWHERE)


def test_this_computer_is_one_click_away(options: Page) -> None:
    options.get_by_role("button", name="Use this computer").click()
    expect(options.locator("#outcome")).to_contain_text("Saved")
    expect(options.get_by_label("Server that checks")).to_have_value("http://127.0.0.1:7860")


def test_server_that_does_not_answer_is_told(options: Page, web: Web) -> None:
    expect(outcome(options, NOWHERE, "Test")).to_contain_text("Nothing answers")
    expect(outcome(options, web.url, "Test")).to_contain_text("is not a Telltale server")


@pytest.mark.parametrize(
    ("typed", "origin"),
    [
        (" https://owner-name.example.org/ ", "https://owner-name.example.org"),
        ("owner-name.example.org", "https://owner-name.example.org"),
        *(("https://example.org:8443/?logs=1", "https://example.org:8443"), ("http://127.0.0.1:7860/", "http://127.0.0.1:7860")),
        *(("http://localhost:7860", "http://localhost:7860"), ("http://example.org", None), ("http://127.0.0.1.example.org", None)),
        *(("http://localhost@example.org", None), ("https://name:word@example.org", None), ("ftp://example.org", None)),
        *(("javascript:alert(1)", None), ("", None)),
    ],
)
def test_server_is_https_or_on_this_computer(options: Page, typed: str, origin: str | None) -> None:
    assert options.evaluate("typed => import('/background/urls.js').then((address) => address.serverOrigin(typed))", typed) == origin


def test_mode_comes_first_and_a_server_is_asked_for_only_where_one_is_used(options: Page) -> None:
    assert options.locator("[name=mode]").evaluate_all("all => all.map(({ value }) => value)") == ["device", "deviceFirst", "server"]
    expect(options.locator("[value=server]")).to_be_checked()  # the server was saved before the device was the default
    expect(options.locator("#leaves")).to_contain_text("goes to the server above")
    options.locator("[value=device]").check()
    expect(options.get_by_label("Server that checks")).to_be_hidden()
    expect(options.locator("#leaves li").first).to_have_text("Nothing. Checks are made on this device.")
    options.reload()
    expect(options.locator("[value=device]")).to_be_checked()
    options.locator("[value=deviceFirst]").check()
    expect(options.get_by_label("Server that checks")).to_be_visible()


def test_keys_are_shown_as_the_browser_has_them(options: Page) -> None:
    expect(options.locator("#keys dt")).to_have_text(["Open Telltale on this page"])
    assert options.locator("#keys kbd").all_inner_texts() == ["Alt", "Shift", "V"]
    with options.context.expect_page() as opened:
        options.get_by_role("button", name="Change the keys").click()
    assert opened.value.url == "chrome://extensions/shortcuts"


def test_cards_stand_in_one_column(options: Page) -> None:
    lefts = "all => all.filter((card) => card.offsetParent).map((card) => [card.offsetLeft, card.offsetWidth].join())"
    options.set_viewport_size({"width": 1400, "height": 900})
    found = options.locator(".card").evaluate_all(lefts)
    assert len(found) == 5 and len(set(found)) == 1, "all but that of a server, which is not used"
