"""Stand-ins for the web: a server on this machine that can be made to misbehave, a port that nobody may reach, and fetching from them.

See also: the tests (``tests/engine/fetch/test_fetch.py``, ``tests/engine/fetch/test_worker.py``).
"""

import http.server
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import av
import numpy as np
import pytest

from telltale.core.errors import FetchFailed
from telltale.fetch.fetch import Fetched, fetch
from telltale.net.limits import FetchLimits
from telltale.net.proxy_headers import basic_credentials
from tests.support.web.loopback_server import listening

SECRET = "canary-secret-4711"
"""What a refused body says; no message may repeat it."""

POURS = {
    "/endless.mp4": (65536, 0.0),
    "/endless.html": (65536, 0.0),
    "/drip.mp4": (1, 0.2),
    "/drip.html": (1, 0.1),
    "/steady.mp4": (4096, 0.02),
}
"""Bodies without end, by path: bytes at a time and the pause between."""


@dataclass
class Site:
    """A web server on this machine: what it answers at each path, or does there, and what it was asked."""

    ip: str
    answers: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    acts: dict[str, "Callable[[Handler], None]"] = field(default_factory=dict)
    port: int = 0

    @property
    def url(self) -> str:
        """Its root, without a slash."""
        return f"http://{self.host}"

    @property
    def host(self) -> str:
        """As FetchLimits.allow_hosts wants it."""
        return f"{self.ip}:{self.port}"

    def page(self, path: str, body: str, kind: str = "text/html") -> str:
        """Put a page at a path; its address."""
        return self.file(path, body.encode(), kind)

    def file(self, path: str, body: bytes, kind: str = "video/mp4") -> str:
        """Put bytes at a path; their address."""
        self.answers[path] = (200, {"Content-Type": kind}, body)
        return self.url + path

    def redirect(self, path: str, to: str, status: int = 302) -> str:
        """Put a redirect at a path; its address."""
        self.answers[path] = (status, {"Location": to}, b"")
        return self.url + path


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers from the site's table; a few paths misbehave on purpose."""

    site: Site
    protocol_version = "HTTP/1.0"

    def do_GET(self) -> None:
        """Answer, and remember what was asked."""
        self.site.asked.append((self.path, dict(self.headers)))
        if self.path in POURS:
            self.send_response(200)
            self.send_header("Content-Type", "video/mp4" if self.path.endswith(".mp4") else "text/html")
            self.end_headers()
            self.wfile.write(b"<html>")
            self.pour(*POURS[self.path])
            return
        if act := self.site.acts.get(self.path):
            act(self)
            return
        if self.path == "/silent.mp4":
            self.rfile.read(1)  # until the other side gives up
            return
        status, headers, body = self.site.answers.get(self.path, (404, {}, SECRET.encode()))
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    do_HEAD = do_GET

    def pour(self, size: int, pause: float) -> None:
        """A body without end."""
        try:
            while True:
                self.wfile.write(b"x" * size)
                time.sleep(pause)
        except OSError:
            return

    def log_message(self, *_: object) -> None:
        """Quiet."""


@contextmanager
def serving(ip: str = "127.0.0.1") -> Iterator[Site]:
    """A fresh server on a free port."""
    table = Site(ip)
    with listening(type("Bound", (Handler,), {"site": table}), ip) as table.port:
        yield table


@dataclass
class Canary:
    """A port that nobody may connect to, and how often somebody did."""

    port: int
    listener: socket.socket

    @property
    def connects(self) -> int:
        """Connections so far."""
        count = 0
        while True:
            try:
                self.listener.accept()[0].close()
            except BlockingIOError:
                return count
            count += 1


@contextmanager
def watching() -> Iterator[Canary]:
    """A listening port beside the site."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        yield Canary(listener.getsockname()[1], listener)


def encoded(path: Path, size: tuple[int, int] = (64, 48)) -> bytes:
    """A second of video in the container that the path's ending names."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height = size
        for shade in range(10):
            picture = np.full((size[1], size[0], 3), 20 * shade, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))
    return path.read_bytes()


def fetched(url: str, folder: Path, site: Site, **limits: float) -> Fetched:
    """Fetch from the site, which is allowed, and nothing else."""
    return fetch(url, folder, limits=FetchLimits(**{"max_seconds": 60, "allow_hosts": frozenset({site.host})} | limits))  # type: ignore[arg-type]


def refused(url: str, folder: Path, site: Site, **limits: float) -> FetchFailed:
    """The failure of a fetch that must fail, must leave nothing behind and must quote nothing."""
    with pytest.raises(FetchFailed) as caught:
        fetched(url, folder, site, **limits)
    assert list(folder.rglob("*")) == []
    assert children() == []
    assert SECRET not in str(caught.value) and site.url not in str(caught.value)
    return caught.value


def shown(proxy: str) -> dict[str, str]:
    """What the guard at this address wants to be shown."""
    parts = urlsplit(proxy)
    return {"Proxy-Authorization": basic_credentials(parts.username or "", parts.password or "").decode()}


def proved(proxy: str, words: bytes) -> bytes:
    """A raw request to the guard at this address, with what it wants to be shown after the first line."""
    return words.replace(b"\r\n", b"\r\nProxy-Authorization: " + shown(proxy)["Proxy-Authorization"].encode() + b"\r\n", 1)


def children(parent: int | None = None) -> list[int]:
    """Fetching children of a process (this one) that still exist, dead ones that were not reaped included."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            rest = status.read_text().rpartition(")")[2].split()
            command = (status.parent / "cmdline").read_bytes()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(rest[1]) == (parent or os.getpid()) and (b"telltale.fetch.worker" in command or rest[0] == "Z"):
            found.append(int(status.parent.name))
    return found
