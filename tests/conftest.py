"""What the tests share: the face media beside the repository, media drawn at test time, real servers, a real browser."""

import os
import secrets
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser
from starlette.testclient import TestClient

from benchmarks.server.server_process import space_server
from space.app import create_api
from space.core.settings import Settings
from space.jobs.queue import Jobs
from space.storage.store import Store
from tests.support.browser.capture_pages import Stage, staged
from tests.support.browser.gradio_page import Open, checked, launched, watched
from tests.support.browser.loaded_extension import Extension, extended
from tests.support.media.drawing import draw_face_video
from tests.support.media.long_videos import short_video
from tests.support.models import SMALL
from tests.support.owner import OWNER
from tests.support.scheduling import CrashProofScheduling
from tests.support.web.range_server import Shelf, shelving
from tests.support.web.recording_proxy import Relay, relaying
from tests.support.web.static_server import Web, serving_folder
from tests.support.web.web_server import Canary, Site, serving, watching

ROOT = Path(__file__).resolve().parent.parent


def pytest_configure() -> None:
    """Servers and commands that tests start run the small model, unless they are told otherwise (``tests/support/models.py``)."""
    os.environ |= SMALL


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests or a browser first, so that no core waits for the last of them (``.ci/run`` keeps this order)."""
    slow = {item.path for item in items if item.get_closest_marker("slow") or item.get_closest_marker("browser")}
    items.sort(key=lambda item: item.path not in slow)  # stable: within a file the order stays


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> CrashProofScheduling | None:
    """See ``tests/support/scheduling.py``."""
    return CrashProofScheduling(config, log) if config.getoption("dist") == "loadfile" else None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Why a test was tried again (``.ci/run``); pytest itself names it only."""
    for report in terminalreporter.getreports("rerun"):
        terminalreporter.section(f"tried again: {report.nodeid}")
        terminalreporter.line(report.longreprtext)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of face media beside the repository; tests that need it are skipped where it is absent."""
    folder = ROOT.parent / "shared"
    if not (folder / "data" / "manifest.jsonl").is_file():
        pytest.skip("the face media (../shared) are not here")
    return folder


@pytest.fixture(scope="session")
def chromium() -> str:
    """Debian's Chromium. CI installs it; elsewhere tests that need it say why they are skipped."""
    path = shutil.which("chromium")
    if path is None:
        message = "Chromium is not installed (Debian: apt-get install chromium)"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    return path


@pytest.fixture(scope="session")
def drawn_video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four seconds of a drawn talking head, H.264."""
    return draw_face_video(tmp_path_factory.mktemp("drawn") / "drawn.mp4", seconds=4, fps=12)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store."""
    opened = Store(tmp_path / "store")
    yield opened
    opened.close()


@pytest.fixture
def still_server(tmp_path: Path) -> Iterator[Callable[..., TestClient]]:
    """Gives API servers without a page and without a worker, where nothing moves: ``still_server(max_queued=2)``."""
    with ExitStack() as opened:

        def give(base_url: str = "http://127.0.0.1", **chosen: Any) -> TestClient:
            app = create_api(Settings(data_dir=tmp_path / f"still-{secrets.token_hex(4)}", **chosen))
            opened.callback(app.state.store.close)
            return TestClient(app, base_url=base_url, headers=OWNER, raise_server_exceptions=False)  # not entered: a worker never starts

        yield give


@pytest.fixture
def start() -> Iterator[Callable[[Jobs], None]]:
    """Gives a queue its worker, and takes it away at the end."""
    running: list[tuple[Jobs, threading.Thread]] = []

    def give(jobs: Jobs) -> None:
        thread = threading.Thread(target=jobs.work)
        thread.start()
        running.append((jobs, thread))

    yield give
    for jobs, thread in running:
        jobs.stop()
        thread.join(timeout=20)
        assert not thread.is_alive()


@pytest.fixture(scope="session")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """A real web server on loopback; put files into ``web.folder``."""
    with serving_folder(tmp_path_factory.mktemp("web")) as served:
        yield served


@pytest.fixture(scope="session")
def space_url(web: Web, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real server in a process of its own, allowed to fetch from ``web``."""
    with space_server(tmp_path_factory.mktemp("space"), {"TELLTALE_TEST_ALLOW_HOSTS": web.host}) as server:
        yield server.url


@pytest.fixture
def site() -> Iterator[Site]:
    """A fresh server."""
    with serving() as table:
        yield table


@pytest.fixture
def canary() -> Iterator[Canary]:
    """A port that nobody may connect to."""
    with watching() as port:
        yield port


@pytest.fixture
def shelf() -> Iterator[Shelf]:
    """A server that knows ranges, on this machine."""
    with shelving() as server:
        yield server


@pytest.fixture(scope="session")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of short videos, one for each codec."""
    folder = tmp_path_factory.mktemp("media")
    for name in ("h264.mp4", "hevc.mp4", "vp9.webm", "av1.mp4"):
        short_video(folder / name, name.partition(".")[0])
    return folder


@pytest.fixture(scope="module")
def loaded(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Extension]:
    """One browser for all tests of this file."""
    with extended(chromium, tmp_path_factory.mktemp("profile"), "--headless=new") as extension:
        yield extension


@pytest.fixture
def relay(space_url: str) -> Iterator[Relay]:
    """The real server, overheard."""
    with relaying(space_url) as listening:
        yield listening


@pytest.fixture
def extension(loaded: Extension, relay: Relay) -> Extension:
    """The extension as on the first day, speaking to the real server."""
    loaded.reset(relay.url)
    return loaded


@pytest.fixture(scope="module")
def brief(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds of a drawn talking head, which are soon captured."""
    return draw_face_video(tmp_path_factory.mktemp("brief") / "brief.mp4", seconds=2, fps=12)


@pytest.fixture
def stage(loaded: Extension, space_url: str, web: Web, brief: Path) -> Iterator[Stage]:
    """The extension as on the first day."""
    with staged(loaded, space_url, web, brief) as given:
        yield given


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """One browser for the pages of a file's tests."""
    with launched(chromium) as opened:
        yield opened


@pytest.fixture
def open_page(browser: Browser, space_url: str) -> Iterator[Open]:
    """Opens pages of the real server, each watched (``tests/support/browser/gradio_page.py``)."""
    with watched(browser, space_url) as open_at:
        yield open_at


@pytest.fixture(scope="module")
def stored(space_url: str, drawn_video: Path) -> str:
    """The id of a check of the drawn face that has ended."""
    return checked(space_url, drawn_video)
