"""The extension loaded in a real Chromium: its pages, its storage, and clicks handed to its worker.

See also: the fixtures and tests (``tests/extension/test_menu_and_panel.py``, ``tests/extension/test_native_input.py``).
"""

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Error, Page, ViewportSize, Worker, sync_playwright

from extension_build.npm_packages import NoPackage
from extension_build.unpacked import CHROMIUM, EXTENSION, lay_out_own

SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-features=DisableLoadExtensionCommandLineSwitch",
]
PANEL: ViewportSize = {"width": 360, "height": 720}


@dataclass(frozen=True)
class Extension:
    """The extension as it is loaded in a browser."""

    context: BrowserContext
    worker: Worker

    def reset(self, server: str) -> None:
        """As on the first day, but agreed to, and with this server; no page of the extension is open."""
        for page in self.context.pages[1:]:
            page.close()
        deadline = time.monotonic() + 10
        while panels := [target for target in self.targets("page") if target["url"].endswith("/panel.html")]:
            assert time.monotonic() < deadline
            for panel in panels:
                with suppress(Error):  # it has gone since
                    self.order("Target.closeTarget", targetId=panel["targetId"])  # a side panel, which is not among the pages
            time.sleep(0.02)  # one that is still there would take the next click
        self.worker.evaluate("() => Promise.all([chrome.storage.session.clear(), chrome.storage.local.clear()])")
        self.worker.evaluate("server => chrome.storage.local.set({ server, consent: '2026-01-01' })", server)

    def open(self, name: str = "panel/panel.html") -> Page:
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

    def targets(self, kind: str) -> list[dict[str, Any]]:
        """What the browser has running of a kind: "service_worker", "page", "tab"."""
        found = self.order("Target.getTargets", filter=[{}])["targetInfos"]
        return [target for target in found if target["type"] == kind]

    def kill(self) -> bool:
        """End the worker at once, as the browser does after seconds of rest; whether one ran."""
        ran, deadline = False, time.monotonic() + 10
        while workers := self.targets("service_worker"):  # one that is just starting does not hear the first time
            assert time.monotonic() < deadline
            for worker in workers:
                with suppress(Error):  # it ended by itself in between
                    self.order("Target.closeTarget", targetId=worker["targetId"])
            ran = True
            time.sleep(0.02)
        return ran

    def wake(self) -> None:
        """Start the worker as an event of the browser would, if it does not run."""
        wire = self.context.new_cdp_session(self.context.pages[0])
        wire.send("ServiceWorker.enable")
        wire.send("ServiceWorker.startWorker", {"scopeURL": f"chrome-extension://{self.worker.url.split('/')[2]}/"})
        wire.detach()
        self.worker.evaluate("() => 1")

    def push(self, page_url: str) -> None:
        """Push the toolbar button on a page as a person would, whether the worker runs or not: the browser opens its side panel."""
        tab = next(target for target in self.targets("tab") if target["url"] == page_url)
        self.order("Extensions.triggerAction", id=self.worker.url.split("/")[2], targetId=tab["targetId"])

    def order(self, what: str, **how: Any) -> dict[str, Any]:
        """One order over the browser's own wire."""
        assert self.context.browser
        wire = self.context.browser.new_browser_cdp_session()
        told: dict[str, Any] = wire.send(what, how)
        wire.detach()
        return told


@cache
def unpacked() -> Path:
    """The folder that a browser loads, without what a check on the device needs. Skips where npm cannot get what belongs into it."""
    folder = Path(tempfile.mkdtemp(prefix="telltale-extension-")) / CHROMIUM
    try:
        lay_out_own(CHROMIUM, folder, EXTENSION.parent / "node_modules")
    except NoPackage as error:
        pytest.skip(str(error))
    return folder


@contextmanager
def extended(
    executable: str,
    profile: Path,
    *switches: str,
    folder: Path | None = None,
    beside: Path | None = None,
    viewport: ViewportSize | None = PANEL,
    **environment: str,
) -> Iterator[Extension]:
    """A Chromium with the extension, and with nothing that telephones home.

    ``folder``: of the extension, where it is not ``unpacked``; ``beside``: of another one. Without a ``viewport`` a page is as large as its
    window.
    """
    folders = ",".join(str(each) for each in (folder or unpacked(), beside) if each)
    loading = [f"--load-extension={folders}", f"--disable-extensions-except={folders}"]
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            profile,
            executable_path=executable,
            headless=False,
            args=[*SWITCHES, *loading, *switches],
            env={**os.environ, **environment},
            viewport=viewport,
            no_viewport=viewport is None,
        )
        worker = context.service_workers[0] if context.service_workers else context.wait_for_event("serviceworker")
        yield Extension(context, worker)
        context.close()
