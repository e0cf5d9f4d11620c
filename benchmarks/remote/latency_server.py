"""A real HTTP server on this machine for the benchmark of remote reading: files of a folder by ranges, each answer late, each byte noted.

See also: what is served (``long_videos.py``); who asks (``single_fetch.py``, ``full_download.py``).
"""

import http.server
import re
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

MANIFESTS = {".m3u8": "application/vnd.apple.mpegurl", ".mpd": "application/dash+xml", ".webm": "video/webm", ".ts": "video/mp2t"}
BLOCK = 256 * 1024


class WebServer(http.server.ThreadingHTTPServer):
    """Each connection in a thread of its own; a client that hangs up is nothing to tell of, all else is."""

    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """See ``socketserver.BaseServer``."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Sent:
    """Bytes ``start``..``stop`` of a file that were sent, whether or not the other side still wanted them."""

    path: Path
    start: int
    stop: int


class Server(WebServer):
    """Files of ``folder``, ``latency`` seconds late; ``requests`` and ``sent`` grow as it answers."""

    def __init__(self, folder: Path, latency: float) -> None:
        self.folder, self.latency, self.lock = folder.resolve(), latency, threading.Lock()
        self.requests, self.sent = 0, list[Sent]()
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        """Its root."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def count_request(self) -> None:
        """One request more."""
        with self.lock:
            self.requests += 1

    def take_counts(self) -> tuple[int, list[Sent]]:
        """Requests and bytes since the last call."""
        with self.lock:
            found = self.requests, self.sent
            self.requests, self.sent = 0, []
        return found


class Handler(http.server.BaseHTTPRequestHandler):
    """One answer after another on each connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def do_GET(self) -> None:
        """The range asked for, or all."""
        self.server.count_request()
        time.sleep(self.server.latency)
        path = (self.server.folder / self.path.split("?")[0].lstrip("/")).resolve()
        if not path.is_file() or not path.is_relative_to(self.server.folder):
            self.send_error(404)
            return
        size = path.stat().st_size
        said = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        start, stop = (int(said[1]), min(int(said[2] or size - 1), size - 1) + 1) if said else (0, size)
        self.send_response(206 if said else 200)
        self.send_header("Content-Type", MANIFESTS.get(path.suffix, "video/mp4"))
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Length", str(stop - start))
        if said:
            self.send_header("Content-Range", f"bytes {start}-{stop - 1}/{size}")
        self.end_headers()
        if self.command == "GET":
            self.pour(path, start, stop)

    do_HEAD = do_GET

    def pour(self, path: Path, start: int, stop: int) -> None:
        """The bytes, until the other side hangs up."""
        place = start
        with path.open("rb") as file:
            file.seek(start)
            while place < stop:
                piece = file.read(min(BLOCK, stop - place))
                try:
                    self.wfile.write(piece)
                except OSError:
                    self.close_connection = True
                    break
                place += len(piece)
        with self.server.lock:
            self.server.sent.append(Sent(path, start, place))

    def log_message(self, *_: object) -> None:
        """Quiet."""


@contextmanager
def serving(folder: Path, latency: float) -> Iterator[Server]:
    """The server, until the end."""
    folder.mkdir(parents=True, exist_ok=True)
    server = Server(folder, latency)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
