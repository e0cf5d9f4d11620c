"""A loopback web server over files in memory that knows ranges, keeps connections, takes its time, and lies when told to.

See also: the tests (``tests/engine/net/test_range_client.py``, ``tests/engine/streaming/test_sample.py``); the site of pages that yt-dlp
reads (``web_server.py``).
"""

import gzip
import http.server
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from tests.support.web.loopback_server import listening


@dataclass
class Shelf:
    """Files by path, redirects by path, and how the server behaves."""

    port: int = 0
    files: dict[str, bytes] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)
    latency: float = 0.0
    ranges: bool = True
    trouble: str = ""
    """"shifted", "other length", "truncated", "packed", "cut short", "too much", "status": what is wrong with its answers."""
    said: str | None = None
    """What is said of every range, where that is not the truth."""
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    sent: int = 0
    connections: int = 0

    @property
    def url(self) -> str:
        """Its root."""
        return f"http://127.0.0.1:{self.port}"

    def put(self, path: Path, name: str = "") -> str:
        """Put a file there; its address."""
        self.files["/" + (name or path.name)] = path.read_bytes()
        return f"{self.url}/{name or path.name}"

    def forget(self) -> None:
        """Count afresh."""
        self.asked.clear()
        self.headers.clear()
        self.sent = self.connections = 0


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers from the shelf."""

    shelf: Shelf
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def setup(self) -> None:
        """One more connection."""
        super().setup()
        self.shelf.connections += 1

    def do_GET(self) -> None:
        """A file, a range of it, a redirect or nothing."""
        shelf, path = self.shelf, urlsplit(self.path).path
        wanted = self.headers.get("Range")
        shelf.asked.append((self.path, wanted))
        shelf.headers.append(dict(self.headers))
        time.sleep(shelf.latency)
        if path in shelf.moved:
            self.answer(302, b"", {"Location": shelf.moved[path]})
        elif path not in shelf.files or shelf.trouble == "status":
            self.answer(403 if shelf.trouble == "status" else 404, b"")
        elif wanted and shelf.ranges:
            self.part(shelf.files[path], wanted)
        elif shelf.trouble == "packed":
            self.answer(200, gzip.compress(shelf.files[path], 1), {"Content-Encoding": "gzip"})
        else:
            self.answer(200, shelf.files[path])

    def part(self, body: bytes, wanted: str) -> None:
        """A range, or what the shelf's trouble makes of it."""
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", wanted)
        assert asked, wanted
        start, last = int(asked[1]), min(int(asked[2] or len(body) - 1), len(body) - 1)
        said, total, headers = start, len(body), {}
        if self.shelf.trouble == "shifted":
            said = start + 1
        if self.shelf.trouble == "other length" and start:
            total += 1
        if self.shelf.trouble == "cut short":
            last = min(last, start + 50_000)
        if self.shelf.trouble == "too much":
            last = len(body) - 1
        if self.shelf.trouble == "packed":
            headers["Content-Encoding"] = "gzip"
        honest = f"bytes {said}-{last}/{total}"
        self.answer(206, body[start : last + 1], headers | {"Content-Range": honest if self.shelf.said is None else self.shelf.said})

    def answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        """Send it; a truncated body breaks off in its middle."""
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.shelf.trouble == "truncated" and len(body) > 1000:
            body, self.close_connection = body[: len(body) // 2], True
        with suppress(BrokenPipeError, ConnectionResetError):
            for place in range(0, len(body), 65536):
                self.shelf.sent += len(body[place : place + 65536])  # before whoever asked can look
                self.wfile.write(body[place : place + 65536])

    def log_message(self, *_: object) -> None:
        """Quiet."""


@contextmanager
def shelving() -> Iterator[Shelf]:
    """A fresh server on a free port."""
    shelf = Shelf()
    with listening(type("Bound", (Handler,), {"shelf": shelf})) as shelf.port:
        yield shelf
