"""A web address -> one file in a folder, guarded and bounded.

yt-dlp runs in a child process of its own session (``download.py``), with an empty home, a bare environment and no way to private
networks. The parent watches the clock and the folder's size, passes progress on, and in the end kills the child's whole group and
clears its folder, whatever happened. Videos that a site shows only to somebody logged in are not fetched, nor are live streams; of a
playlist, the first video is.

Not here: what an address may be (``address.py``); reading the file (``frames.py``), which may yet turn out to be no video.

    from detector.fetch import fetch
    print(fetch("https://example.com/clip.mp4", Path("folder")).path)
"""

import json
import logging
import os
import selectors
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from detector.address import refuse_unless_public
from detector.download import MEDIA, too_large
from detector.errors import FetchFailed
from detector.progress import Listener, Progress, silent

log = logging.getLogger(__name__)

ROOT = Path(__file__).parent.parent
LOOK_EVERY = 0.1
"""Seconds between two looks at the clock and at the folder."""
LONGEST_MESSAGE = 64 * 1024


@dataclass(frozen=True)
class FetchLimits:
    """Bounds of one fetch: bytes on disk, seconds in all, seconds of video. ``allow_hosts`` ("host:port") is for tests only."""

    max_bytes: int = 200_000_000
    max_seconds: float = 120.0
    max_duration: float = 4 * 3600.0
    allow_hosts: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True)
class Fetched:
    """What was fetched: the file, the address asked for in its plain form, the video's title, all bytes that came in for it."""

    path: Path
    url: str
    title: str | None
    bytes_read: int


def is_address(text: str) -> bool:
    """Whether a source is meant to be fetched; everything else is the path of a file."""
    return text.lower().startswith(("http://", "https://"))


def fetch(url: str, folder: Path, *, limits: FetchLimits | None = None, listener: Listener = silent) -> Fetched:
    """Fetch the video at ``url`` into ``folder``. Raises FetchFailed; an exception of the listener ends the fetch and comes through."""
    bounds = limits or FetchLimits()
    checked = refuse_unless_public(url, allow_hosts=bounds.allow_hosts)
    folder.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix="fetch-", dir=folder)).resolve()
    try:
        order = {
            "url": checked.url,
            "folder": str(work),
            "max_bytes": bounds.max_bytes,
            "max_seconds": bounds.max_seconds,
            "max_duration": bounds.max_duration,
            "allow_hosts": sorted(bounds.allow_hosts),
        }
        with child(order, work) as process:
            done = last_word(process, work, bounds, listener)
        path = folder / MEDIA
        (work / MEDIA).replace(path)
    finally:
        shutil.rmtree(work)
    size = path.stat().st_size
    listener(Progress("fetch", size, size))
    return Fetched(path, checked.url, done["title"], done["read"])


@contextmanager
def child(order: dict[str, Any], work: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The running child; its whole process group is gone afterwards."""
    home = work / "home"
    home.mkdir()
    surroundings = {"HOME": str(home), "TMPDIR": str(home), "PATH": os.defpath, "LANG": "C.UTF-8", "YTDLP_NO_PLUGINS": "1"}
    with (work / "log").open("wb") as errors:
        process = subprocess.Popen(
            [sys.executable, "-s", "-B", "-m", "detector.download"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            cwd=ROOT,
            env=surroundings,
            start_new_session=True,
            bufsize=0,
        )
    assert process.stdin is not None and process.stdout is not None
    try:
        with suppress(BrokenPipeError):  # a child that is dead already is told of by its silence
            process.stdin.write(json.dumps(order).encode() + b"\n")
        yield process
    finally:
        with suppress(ProcessLookupError):  # the child is not reaped before this line, so its group is its own or nobody's
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        process.stdin.close()
        process.stdout.close()


def last_word(process: subprocess.Popen[bytes], work: Path, limits: FetchLimits, listener: Listener) -> dict[str, Any]:
    """Watch over the child until it is done; its last message. Raises FetchFailed."""
    deadline = time.monotonic() + limits.max_seconds
    progress = Progress("fetch", 0, 0)
    for message in messages(process):
        listener(progress)
        if time.monotonic() > deadline:
            raise FetchFailed("fetch.timeout", f"Fetching took longer than {limits.max_seconds:.3g} seconds; it was stopped.")
        if size_of(work) > limits.max_bytes:
            raise too_large(limits.max_bytes)
        if message is None:
            continue
        if message["event"] == "done":
            return message
        if message["event"] == "failed":
            note(work)
            raise FetchFailed(message["code"], message["sentence"])
        progress = Progress("fetch", message["done"], message["total"])
    raise RuntimeError(f"the fetching child ended without a word:\n{note(work)}")


def messages(process: subprocess.Popen[bytes]) -> Iterator[dict[str, Any] | None]:
    """What the child says, and None whenever it has said nothing for a moment; ends with the child."""
    assert process.stdout is not None
    pipe, held = process.stdout.fileno(), b""
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        while True:
            if not selector.select(LOOK_EVERY):
                yield None
                continue
            heard = os.read(pipe, LONGEST_MESSAGE)
            if not heard:
                return
            *lines, held = (held + heard).split(b"\n")
            if len(held) > LONGEST_MESSAGE:
                raise RuntimeError("the fetching child talks without end")
            yield from (json.loads(line) for line in lines)


def size_of(folder: Path) -> int:
    """Bytes of all files below a folder; one may vanish while it is being looked at."""
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size
        except FileNotFoundError:
            continue
    return total


def note(work: Path) -> str:
    """Log where in the child an error arose (its frames, never its words), and return it."""
    text = (work / "log").read_text(encoding="utf-8", errors="replace")[-8000:]
    if text.strip():
        log.info("the fetching child stopped at:\n%s", text)
    return text
