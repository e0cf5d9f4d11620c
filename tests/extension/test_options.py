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
