"""What it takes to look at an hour of video at its address: bytes, requests, seconds and memory, beside downloading and reading all of it.

One-hour 1080p sources are made (``long_sources.py``) and served over HTTP ranges by a real server on this machine, each answer 30 ms late.
Each source is fetched by the product's own door, ``fetch``, in a fresh process and read by ``read_clip``; faces and scores are left out.
The frames are compared with the same moments of the local file, bit for bit. ``--whole`` adds yt-dlp's whole download and OpenCV's reading
in sequence, which takes minutes. Not here: whether a verdict is right.

    python -m benchmarks.remote --folder runs/remote --whole front.mp4
"""

import argparse
import http.server
import json
import re
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.long_sources import KINDS, made

LATENCY = 0.03
MANIFESTS = {".m3u8": "application/vnd.apple.mpegurl", ".mpd": "application/dash+xml", ".webm": "video/webm", ".ts": "video/mp2t"}
BLOCK = 64 * 1024


@dataclass(frozen=True)
class Measured:
    """One way to look at one source. ``same`` of ``frames`` were equal to the local file's; ``furthest`` seconds from the time wanted."""

    name: str
    megabytes: float
    requests: int
    seconds: float
    cpu: float
    memory: float
    frames: int
    same: int = -1
    furthest: float = -1.0


def main(argv: list[str] | None = None) -> int:
    """Make, serve, measure and print the table; 1 where frames were not the local file's."""
    arguments = parser().parse_args(argv)
    if arguments.one:
        print(json.dumps(asdict(measured(arguments.one, arguments.frames, arguments.local))))
        return 0
    if arguments.one_whole:
        print(json.dumps(asdict(downloaded(arguments.one_whole))))
        return 0
    rows = []
    with serving(arguments.folder) as server:
        for kind in (kind for kind in KINDS if not arguments.only or kind.file in arguments.only):
            path = made(kind, arguments.folder, arguments.minutes, (1920, 1080), arguments.mbit, note)
            url = f"{server.url}/{path.relative_to(arguments.folder)}"
            local = path if path.suffix in (".mp4", ".webm") else path.parent.parent / "front.mp4"
            rows.append(asked(server, kind.name, ["--one", url, "--frames", str(arguments.frames), "--local", str(local)]))
            if kind.file in (arguments.whole or ()):
                rows.append(asked(server, f"{kind.name}: whole download, OpenCV", ["--one-whole", url]))
            note(str(rows[-1]))
    print(table(rows, arguments.minutes))
    return int(any(0 <= row.same < row.frames for row in rows))


def parser() -> argparse.ArgumentParser:
    """The options."""
    made = argparse.ArgumentParser(prog="python -m benchmarks.remote", description="Bytes, requests, seconds and memory of remote reading.")
    made.add_argument("--folder", type=Path, default=Path("runs/remote"), help="where the sources are kept (default: %(default)s)")
    made.add_argument("--minutes", type=int, default=60, help="length of the sources (default: %(default)s)")
    made.add_argument("--mbit", type=float, default=4.0, help="bit rate of the sources in Mb/s (default: %(default)s)")
    made.add_argument("--frames", type=int, default=32, help="moments that are looked at (default: %(default)s)")
    files = [kind.file for kind in KINDS]
    made.add_argument("--only", nargs="*", choices=files, metavar="FILE", help=f"some of {', '.join(files)}")
    made.add_argument("--whole", nargs="*", choices=files, metavar="FILE", help="sources that are also downloaded and read whole")
    made.add_argument("--one", help=argparse.SUPPRESS)
    made.add_argument("--one-whole", help=argparse.SUPPRESS)
    made.add_argument("--local", type=Path, help=argparse.SUPPRESS)
    return made


def note(text: str) -> None:
    """How far it is, on stderr."""
    print(text, file=sys.stderr, flush=True)


def asked(server: "Server", name: str, order: list[str]) -> Measured:
    """Measure in a fresh process; the bytes and requests are the server's own count, what was sent and dropped included."""
    sent, requests = server.sent, server.requests
    done = subprocess.run([sys.executable, "-m", "benchmarks.remote", *order], stdout=subprocess.PIPE, check=True)
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return Measured(**told | {"name": name, "megabytes": (server.sent - sent) / 1e6, "requests": server.requests - requests})


def measured(url: str, frames: int, local: Path) -> Measured:
    """Fetch and read the moments, in this process and its child; then compare."""
    import numpy as np

    from detector.fetch import FetchLimits, fetch
    from detector.frames import read_clip, spread

    host = url.split("/")[2]
    with tempfile.TemporaryDirectory() as folder:
        started, before = time.monotonic(), cpu()
        fetched = fetch(url, Path(folder), limits=FetchLimits(allow_hosts=frozenset({host})), frames=frames)
        clip = read_clip(fetched.path, frames)
        seconds, spent = time.monotonic() - started, cpu() - before
    memory = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1e3
    there = read_clip(local, frames)
    pairs = [(one, min(there.frames, key=lambda other: abs(other.time - one.time))) for one in clip.frames]
    same = sum(bool(np.array_equal(one.rgb, other.rgb)) for one, other in pairs)
    wanted = spread(fetched.duration or there.duration or 0, frames)
    furthest = max(float(np.abs(np.array([one.time for one in clip.frames]) - moment).min()) for moment in wanted)
    return Measured(url, fetched.bytes_read / 1e6, fetched.requests, seconds, spent, memory, len(clip.frames), same, furthest)


def downloaded(url: str) -> Measured:
    """What everybody else does: yt-dlp writes the whole file, OpenCV reads every frame."""
    import cv2
    import yt_dlp

    with tempfile.TemporaryDirectory() as folder:
        started, before = time.monotonic(), cpu()
        path = Path(folder) / "whole"
        with yt_dlp.YoutubeDL({"outtmpl": str(path), "quiet": True, "noprogress": True, "format": "b/bv"}) as downloader:
            downloader.extract_info(url)
        capture, frames = cv2.VideoCapture(str(path)), 0
        while capture.read()[0]:
            frames += 1
        seconds, spent = time.monotonic() - started, cpu() - before
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    return Measured(url, 0.0, 0, seconds, spent, memory, frames)


def cpu() -> float:
    """Processor seconds of this process and of its children that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def table(rows: list[Measured], minutes: int) -> str:
    """The figures in Markdown."""
    lines = [f"| {minutes} minutes, 1080p | MB | requests | s | CPU s | peak MB | frames | equal | furthest |", "|---|" + "---|" * 8]
    for row in rows:
        compared = f"{row.same} | {row.furthest:.1f} s" if row.same >= 0 else "– | –"
        figures = f"{row.megabytes:.1f} | {row.requests} | {row.seconds:.1f} | {row.cpu:.1f} | {row.memory:.0f} | {row.frames}"
        lines.append(f"| {row.name} | {figures} | {compared} |")
    return "\n".join(lines)


class Server(http.server.ThreadingHTTPServer):
    """Files of a folder by ranges, late, and counted."""

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        self.folder, self.sent, self.requests, self.lock = folder.resolve(), 0, 0, threading.Lock()
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        """Its root."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def count(self, size: int = 0, requests: int = 0) -> None:
        """Add up."""
        with self.lock:
            self.sent += size
            self.requests += requests


class Handler(http.server.BaseHTTPRequestHandler):
    """One answer after another on each connection."""

    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self) -> None:
        """The range asked for, or all."""
        self.server.count(requests=1)
        time.sleep(LATENCY)
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
        with path.open("rb") as file:
            file.seek(start)
            while start < stop:
                piece = file.read(min(BLOCK, stop - start))
                try:
                    self.wfile.write(piece)
                except OSError:
                    self.close_connection = True
                    return
                self.server.count(size=len(piece))
                start += len(piece)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@contextmanager
def serving(folder: Path) -> Iterator[Server]:
    """The server, until the end."""
    folder.mkdir(parents=True, exist_ok=True)
    server = Server(folder)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


if __name__ == "__main__":
    raise SystemExit(main())
