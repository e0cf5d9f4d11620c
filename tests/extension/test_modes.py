"""Where checks are made, in a real Chromium: on this device unless a person chose otherwise; what is agreed to is what the mode sends.

See also: the check on the device (``local/test_check.py``), the options page (``test_options.py``).
"""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from telltale.messages.catalogue import messages
from tests.support.browser.capture_pages import eventually
from tests.support.browser.loaded_extension import Extension
from tests.support.web.recording_proxy import Relay

pytestmark = pytest.mark.browser

MODE = "import('/storage/preferences.js').then(({ getMode }) => getMode())"
ADDRESS = "https://example.org/watch/7"
OWN = [{"job": "a", "server": "", "url": "", "name": "n", "verdict": "no_face", "headline": "h", "probability": None, "at": 1}]
SAID = messages("en")


def stored(loaded: Extension, values: dict[str, Any]) -> Page:
    """The panel of a browser whose extension has kept this and nothing else."""
    loaded.reset("http://127.0.0.1:9")
    loaded.worker.evaluate("values => chrome.storage.local.clear().then(() => chrome.storage.local.set(values))", values)
    return loaded.open()


def ask(panel: Page) -> None:
    """For a check of an address."""
    panel.get_by_label("Address of a video").fill(ADDRESS)
    panel.get_by_role("button", name="Check", exact=True).click()


@pytest.mark.parametrize(
    ("values", "mode"),
    [
        ({}, "device"),
        ({"mode": "nonsense"}, "device"),
        ({"consent": "2026-01-01"}, "device"),
        ({"history": OWN}, "device"),
        ({"mode": "device", "server": "https://example.org"}, "device"),
        ({"server": "https://example.org"}, "server"),
        ({"history": [*OWN, {**OWN[0], "server": "http://127.0.0.1:7860"}]}, "server"),
        ({"mode": "deviceFirst"}, "deviceFirst"),
    ],
)
def test_this_device_is_the_default_and_a_server_in_use_is_kept(loaded: Extension, values: dict[str, Any], mode: str) -> None:
    panel = stored(loaded, values)
    assert panel.evaluate(MODE) == mode
    panel.evaluate("chrome.storage.local.set({ history: [] })")
    assert panel.evaluate(MODE) == mode, "an emptied history changes nothing"
    expect(panel.locator("#server")).to_contain_text("this device" if mode == "device" else "Checks are done by")


def test_first_check_asks_for_what_this_device_does_and_names_no_server(loaded: Extension) -> None:
    panel = stored(loaded, {})
    expect(panel.locator(".consent")).to_contain_text(SAID["panel.consent_here"])
    assert "127.0.0.1" not in panel.locator(".consent").inner_text()
    panel.get_by_role("button", name="Agree and go on").click()
    expect(panel.locator(".intro")).to_contain_text(SAID["panel.intro_privacy_here"])


def test_agreement_is_asked_for_anew_only_where_more_would_leave(loaded: Extension, relay: Relay) -> None:
    panel = stored(loaded, {"server": relay.url, "mode": "device"})
    options = loaded.open("options/options.html")
    for mode, words in (("device", "panel.consent_here"), ("deviceFirst", "panel.consent_first"), ("server", "panel.consent_frames")):
        options.locator(f"[value={mode}]").check()
        expect(panel.locator(".consent")).to_contain_text(SAID[words])
        expect(options.locator("#consent")).to_contain_text("have not agreed")
        panel.get_by_role("button", name="Agree and go on").click()
        expect(panel.locator(".intro")).to_be_visible()
        expect(options.locator("#consent")).to_contain_text("You agreed")
    assert relay.calls == []
    for mode in ("device", "deviceFirst", "server"):
        options.locator(f"[value={mode}]").check()
        expect(options.locator("#consent")).to_contain_text("You agreed")
        assert panel.locator(".consent").count() == 0


def test_agreement_of_a_former_version_was_to_a_server(loaded: Extension, relay: Relay) -> None:
    panel = stored(loaded, {"server": relay.url, "consent": "2026-01-01T00:00:00.000Z"})
    expect(panel.locator(".intro")).to_be_visible()
    ask(panel)
    eventually(lambda: relay.posts == [ADDRESS] or panel.wait_for_timeout(50))
    assert panel.locator(".consent").count() == 0


def test_nothing_is_sent_by_default(loaded: Extension, relay: Relay) -> None:
    panel = stored(loaded, {"consent": "2026-01-01T00:00:00.000Z"})
    ask(panel)
    expect(panel.locator(".problem")).to_contain_text("device.address")
    expect(panel.locator(".problem .main")).to_have_text("Open the page")
    with loaded.context.expect_page() as opened:
        panel.locator(".problem .main").click()
    assert opened.value.url in (ADDRESS, "about:blank", "chrome-error://chromewebdata/")
    assert relay.calls == []


REMEDIES = """situations => import("/panel/views/remedies.js").then(({ remediesFor }) => situations.map(remediesFor))"""


def test_the_useful_button_is_the_big_one(loaded: Extension) -> None:
    seen = {"url": ADDRESS, "page": ADDRESS, "seeable": True, "taken": False}
    link = {"url": ADDRESS, "page": "https://example.org/feed", "seeable": False, "taken": False}
    post = {**link, "seeable": True, "taken": True}
    cases = {
        ("fetch.login", "see"): seen,
        ("fetch.login", "open"): link,
        ("fetch.drm", "again"): seen,
        ("server.unreachable", "here"): seen,
        ("server.asleep", "here"): post,
        ("server.unreachable", "open"): link,
        ("server.no_token", "options"): seen,
        ("model.broken", "here"): seen,
        ("request.address", "see"): {**seen, "url": ""},
        ("capture.no_video", "open"): post,
        ("capture.no_video", "again"): {**seen, "taken": True},
        ("panel.closed", "again"): seen,
    }
    panel = stored(loaded, {})
    given = panel.evaluate(REMEDIES, [{"code": code, **situation} for (code, _), situation in cases.items()])
    assert [first for first, *_ in given] == [first for _, first in cases]
    assert all("again" in each for each in given)
