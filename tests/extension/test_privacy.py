"""What a person entrusts to the extension, in a real Chromium: the agreement, a token, the list of past checks, a copy of a result."""

import shutil
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Locator, Page, expect
from pydantic import SecretStr

from space.app import create_api
from space.core.settings import Settings
from tests.support.browser.loaded_extension import Extension
from tests.support.verdicts import HEADLINES
from tests.support.web.recording_proxy import Relay
from tests.support.web.static_server import Web

pytestmark = pytest.mark.browser

PATIENCE = 90_000
CANARY = "canary-token-4711"
PAST = [
    {"job": "a", "name": "A speech", "url": "https://example.org/1", "verdict": "likely_fake", "headline": "Likely", "probability": 0.9},
    {"job": "b", "name": "<b>An interview</b>", "url": "https://example.org/2", "verdict": "odd", "headline": "None", "probability": None},
    {"job": "c", "name": "A walk", "url": "https://example.net/3", "verdict": "cannot_tell", "headline": "Unsure", "probability": 0.5},
]


@pytest.fixture
def clip(web: Web, drawn_video: Path) -> str:
    """The address of a video on a real web server."""
    shutil.copy(drawn_video, web.folder / "entrusted.mp4")
    return f"{web.url}/entrusted.mp4"


@pytest.fixture
def private(tmp_path: Path) -> Iterator[str]:
    """A real server that wants a token, where nothing is ever looked at."""
    app = create_api(Settings(data_dir=tmp_path / "private", api_tokens=frozenset([SecretStr(CANARY)])))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off", ws="none"))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join(20)
    app.state.store.close()


def headline(panel: Page) -> Locator:
    """Where the verdict stands, once it is there."""
    expect(panel.locator(".verdict h2")).to_be_visible(timeout=PATIENCE)
    return panel.locator(".verdict h2")


def save_token(extension: Extension, token: str) -> Page:
    """Type it for the server in use."""
    options = extension.open("options/options.html")
    options.get_by_label("Token").fill(token)
    options.get_by_role("button", name="Save").click()
    expect(options.locator("#outcome")).to_contain_text("Saved")
    return options


# The agreement


def test_nothing_is_sent_before_the_person_agrees(extension: Extension, relay: Relay, clip: str) -> None:
    extension.worker.evaluate("() => chrome.storage.local.remove('consent')")
    panel = extension.click("video", srcUrl=clip, pageUrl=clip)
    expect(panel.locator(".consent")).to_contain_text(relay.url.removeprefix("http://"))
    panel.wait_for_timeout(500)
    assert relay.calls == []
    panel.get_by_role("button", name="Agree and go on").click()
    assert headline(panel).inner_text() in HEADLINES.values()
    assert relay.posts == [clip]
    options = extension.open("options/options.html")
    expect(options.locator("#consent")).to_contain_text("You agreed to this on")
    options.get_by_role("button", name="Take back").click()
    expect(options.locator("#consent")).to_contain_text("have not agreed")
    expect(panel.locator(".consent")).to_be_visible()


# The token


def test_script_in_a_page_cannot_read_what_is_kept(extension: Extension, web: Web) -> None:
    save_token(extension, CANARY)
    (web.folder / "curious.html").write_text("<!doctype html><title>Curious</title>", encoding="utf-8")
    page = extension.context.new_page()
    page.goto(f"{web.url}/curious.html")
    read = """async (address) => {
        const [tab] = await chrome.tabs.query({ url: address });
        const func = () => chrome.storage.local.get().then(JSON.stringify, (error) => `refused: ${error.message}`);
        return (await chrome.scripting.executeScript({ target: { tabId: tab.id }, func }))[0].result;
    }"""
    assert extension.worker.evaluate(read, f"{web.url}/curious.html").startswith("refused: ")
    assert CANARY in extension.worker.evaluate("() => chrome.storage.local.get().then(JSON.stringify)")
    assert CANARY not in extension.worker.evaluate("() => chrome.storage.sync?.get().then(JSON.stringify) ?? ''")


def test_token_that_is_left_out_or_wrong_is_told_in_a_sentence(extension: Extension, relay: Relay, private: str) -> None:
    extension.reset(private)
    shown = extension.click("video", srcUrl="https://example.org/a.mp4", pageUrl="https://example.org/").locator(".problem")
    expect(shown).to_contain_text("is private and wants a token")
    options = extension.open("options/options.html")
    for token, told in (("", "wants a token"), ("wrong-token-of-16-letters", "did not take the token"), (CANARY, "Telltale answers")):
        options.get_by_label("Token").fill(token)
        options.get_by_role("button", name="Test").click()
        expect(options.locator("#outcome")).to_contain_text(told)
    assert "access" not in extension.worker.evaluate("() => chrome.storage.local.get()")  # a test keeps nothing


# The list of past checks


def test_past_check_is_found_opened_and_taken_off_the_list(extension: Extension, relay: Relay, clip: str) -> None:
    panel = extension.click("video", srcUrl=f"{clip}?past", pageUrl=clip)
    verdict = headline(panel).inner_text()
    past = [{**entry, "server": relay.url, "at": 1_795_000_000_000} for entry in PAST]
    add = "past => chrome.storage.local.get('history').then(({ history }) => chrome.storage.local.set({ history: [...history, ...past] }))"
    extension.worker.evaluate(add, past)
    panel.get_by_role("button", name="History").click()
    entries = panel.locator(".past li")
    expect(entries).to_have_count(4)
    expect(entries.nth(2)).to_contain_text("<b>An interview</b>")
    panel.get_by_label("Search past checks").fill("EXAMPLE.ORG speech")
    expect(entries).to_have_count(1)
    panel.get_by_role("button", name="Take “A speech” off the list").click()
    expect(panel.get_by_role("status").filter(has_text="No past check fits.")).to_be_visible()
    panel.get_by_label("Search past checks").fill("")
    expect(entries).to_have_count(3)
    entries.first.locator(".entry").click()
    assert headline(panel).inner_text() == verdict
    assert relay.posts == [f"{clip}?past"]  # shown again, not sent again
    panel.get_by_role("button", name="History").click()
    panel.get_by_role("button", name="Empty the list").click()
    panel.get_by_role("button", name="Empty it").click()
    expect(panel.locator(".history")).to_contain_text("No checks yet")
    assert extension.worker.evaluate("() => chrome.storage.local.get('history')") == {"history": []}


# A copy of a result


def test_result_is_copied_with_its_limits_and_its_address(extension: Extension, relay: Relay, web: Web, clip: str) -> None:
    panel = extension.click("video", srcUrl=f"{clip}?copied", pageUrl=clip)
    verdict = headline(panel).inner_text()
    panel.get_by_role("button", name="Copy as text").click()
    expect(panel.get_by_role("button", name="Copied")).to_be_visible()
    (web.folder / "letter.html").write_text("<!doctype html><title>A letter</title><textarea></textarea>", encoding="utf-8")
    letter = extension.context.new_page()
    letter.goto(f"{web.url}/letter.html")
    copied = paste(letter)
    page = f"{relay.url}/?check={relay.readings[0].path.rpartition('/')[2]}"
    assert copied.startswith(f"Telltale: {verdict}\n") and copied.endswith(page)
    assert "What this cannot tell you:\n– " in copied and f"{clip}?copied" in copied
    panel.bring_to_front()
    panel.get_by_role("button", name="Copy link").click()
    assert paste(letter) == page


def paste(letter: Page) -> str:
    """What a person gets who pastes."""
    letter.bring_to_front()
    letter.locator("textarea").fill("")
    letter.keyboard.press("Control+V")
    return letter.locator("textarea").input_value()
