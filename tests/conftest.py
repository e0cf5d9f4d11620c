"""What the tests share: the face media beside the repository, media drawn at test time, real servers, a real browser."""

import functools
import http.server
import os
import secrets
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from space.app import create_api
from space.jobs import Jobs
from space.settings import Settings
from space.store import Store
from tests.listening import listening
from tests.long_media import short_video
from tests.shelf import Shelf, shelving
from tests.site import Canary, Site, serving, watching

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Web:
    """A loopback web server over a folder."""

    url: str
    folder: Path

    @property
    def host(self) -> str:
        """``127.0.0.1:PORT``."""
        return self.url.removeprefix("http://")


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
    from tests.drawing import draw_face_video

    return draw_face_video(tmp_path_factory.mktemp("drawn") / "drawn.mp4", seconds=4, fps=12)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store."""
    opened = Store(tmp_path / "store")
    yield opened
    opened.close()


@pytest.fixture
def still_server(tmp_path: Path) -> Iterator[Callable[..., TestClient]]:
    """Gives API servers without a page and without a worker, where nothing moves: ``still_server(queue_bound=2)``."""
    with ExitStack() as opened:

        def give(base_url: str = "http://127.0.0.1", **chosen: Any) -> TestClient:
            app = create_api(Settings(store=tmp_path / f"still-{secrets.token_hex(4)}", **chosen))
            opened.callback(app.state.store.close)
            return TestClient(app, base_url=base_url, raise_server_exceptions=False)  # not entered: a worker never starts

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


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    """Serves files without writing to the terminal; those whose names begin with "slow" within a few seconds, others at once."""

    def copyfile(self, source: Any, outputfile: Any) -> None:
        """The body."""
        if not self.path.startswith("/slow"):
            return super().copyfile(source, outputfile)
        with suppress(OSError):  # whoever asked has heard enough
            while piece := source.read(8192):
                outputfile.write(piece)
                time.sleep(0.15)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@pytest.fixture(scope="session")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """A real web server on loopback; put files into ``web.folder``."""
    folder = tmp_path_factory.mktemp("web")
    with listening(functools.partial(QuietHandler, directory=folder)) as port:
        yield Web(f"http://127.0.0.1:{port}", folder)


@pytest.fixture(scope="session")
def space_url(web: Web, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real server in a process of its own, allowed to fetch from ``web``."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = tmp_path_factory.mktemp("space")
    command = [sys.executable, "-m", "detector", "serve", "--port", str(port), "--store", str(folder / "store")]
    environment = os.environ | {"TELLTALE_TEST_ALLOW_HOSTS": web.host}
    with (folder / "log").open("w") as log, subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log) as server:
        url = f"http://127.0.0.1:{port}"
        try:
            wait_until_up(url, server, folder / "log")
            yield url
        finally:
            server.terminate()
            try:
                server.wait(20)
            except subprocess.TimeoutExpired:
                server.kill()


def wait_until_up(url: str, server: "subprocess.Popen[bytes]", log: Path, seconds: float = 180) -> None:
    """Until /health answers; a server that dies or stays silent fails the test with its log."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if server.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{url}/health", timeout=5):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.3)
    pytest.fail(f"the server did not come up:\n{log.read_text()[-3000:]}")


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
