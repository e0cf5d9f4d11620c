"""The extension loaded in a real Chromium: its pages, its storage, and clicks handed to its worker.

Not here: the fixtures and tests (``test_extension.py``, ``test_extension_by_hand.py``).
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Page, Worker, sync_playwright

EXTENSION = Path(__file__).parents[1] / "extension"
SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-features=DisableLoadExtensionCommandLineSwitch",
    f"--load-extension={EXTENSION}",
    f"--disable-extensions-except={EXTENSION}",
]


@dataclass(frozen=True)
class Extension:
    """The extension as it is loaded in a browser."""

    context: BrowserContext
    worker: Worker

    def reset(self, server: str) -> None:
        """As on the first day, with this server; no page of the extension is open."""
        for page in self.context.pages[1:]:
            page.close()
        self.worker.evaluate("server => Promise.all([chrome.storage.session.clear(), chrome.storage.local.set({ server })])", server)

    def open(self, name: str = "panel.html") -> Page:
        """One of its pages, in a tab."""
        page = self.context.new_page()
        page.goto(f"chrome-extension://{self.worker.url.split('/')[2]}/{name}")
        return page

    def click(self, item: str, **info: str) -> Page:
        """Press an item of the context menu. Without a person's hand the browser opens no side panel: the panel comes as a tab."""
        return self.dispatch("chrome.contextMenus.onClicked", {"menuItemId": item, **info}, {"id": 1, "windowId": -1})

    def press(self, page_url: str) -> Page:
        """Press the toolbar button on a page."""
        return self.dispatch("chrome.action.onClicked", {"id": 1, "windowId": -1, "url": page_url})

    def dispatch(self, event: str, *arguments: dict[str, Any]) -> Page:
        """Hand the worker what the browser would hand it; the panel that opens."""
        with self.context.expect_page() as opened:
            self.worker.evaluate(f"arguments => {event}.dispatch(...arguments)", list(arguments))
        return opened.value


@contextmanager
def browser(executable: str, profile: Path, *switches: str, **environment: str) -> Iterator[Extension]:
    """A Chromium with the extension, and with nothing that telephones home."""
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            profile,
            executable_path=executable,
            headless=False,
            args=[*SWITCHES, *switches],
            env={**os.environ, **environment},
            viewport={"width": 360, "height": 720},
        )
        worker = context.service_workers[0] if context.service_workers else context.wait_for_event("serviceworker")
        yield Extension(context, worker)
        context.close()
