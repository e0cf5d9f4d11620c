"""A web address -> one file in a folder, guarded and bounded.

yt-dlp and all that reads the web run in a child process of its own session (``download.py``), with an empty home, a bare environment
and one way out: a guard (``guard.py``) that the parent runs for this one fetch. The parent watches the clock, the folder's size and the
guard's count, passes progress on, and in the end kills the child's whole group and clears its folder, whatever happened. The child reads
what strangers sent; what it says is believed only as far as it can be checked, and the file is looked for under two names.

Not here: what an address may be (``address.py``); finding the video and choosing what of it is read (``download.py``); reading the file
(``frames.py``), which may yet turn out to be no video.

    from detector.fetch import fetch
    print(fetch("https://example.com/clip.mp4", Path("folder")).path)
"""

import json
import logging
import os
import selectors
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from detector.address import Resolve, Rules, refuse_unless_public, system_resolve
from detector.download import MEDIA, PAGE_BYTES
from detector.errors import FetchFailed
from detector.guard import Dial, Guard, dial, guarding
from detector.progress import STEPS, Listener, Progress, silent
from detector.refusals import too_large

log = logging.getLogger(__name__)

ROOT = Path(__file__).parent.parent
LOOK_EVERY = 0.1
"""Seconds between two looks at the clock and at the folder."""
LONGEST_MESSAGE = 64 * 1024
SAMPLED = "sampled.mkv"
"""The name that the child gives to a file that holds only what is looked at; one that it fetched whole is called MEDIA."""


@dataclass(frozen=True)
class FetchLimits:
    """Bounds of one fetch: bytes of video, seconds in all, seconds of video; the sites it may reach (``address.Rules``).

    ``allow_hosts`` ("host:port") is for tests only.
    """

    max_bytes: int = 200_000_000
    max_seconds: float = 120.0
    max_duration: float = 4 * 3600.0
    only_hosts: frozenset[str] = field(default_factory=frozenset)
    never_hosts: frozenset[str] = field(default_factory=frozenset)
    allow_hosts: frozenset[str] = field(default_factory=frozenset)

    @property
    def rules(self) -> Rules:
        """Which hosts may be reached."""
        return Rules(only=self.only_hosts, never=self.never_hosts, allow_hosts=self.allow_hosts)


@dataclass(frozen=True)
class Fetched:
    """What was fetched: a file, the address asked for in its plain form, the video's title and length in seconds where they are known.

    ``bytes_read`` is all that came in for it, as the guard counted, ``requests`` how often something was asked for. A ``sampled`` file
    holds only the pictures nearest the moments that are looked at.
    """

    path: Path
    url: str
    title: str | None
    bytes_read: int
    requests: int = 0
    duration: float | None = None
    sampled: bool = False


def is_address(text: str) -> bool:
    """Whether a source is meant to be fetched; everything else is the path of a file."""
    return text.lower().startswith(("http://", "https://"))


def fetch(
    url: str,
    folder: Path,
    *,
    limits: FetchLimits | None = None,
    listener: Listener = silent,
    frames: int = 32,
    resolve: Resolve = system_resolve,
    dial: Dial = dial,
) -> Fetched:
    """Fetch what ``frames`` looks at the video at ``url`` need into ``folder``.

    Raises FetchFailed; an exception of the listener ends the fetch and comes through. ``resolve`` and ``dial`` are others in tests only.
    """
    bounds = limits or FetchLimits()
    checked = refuse_unless_public(url, bounds.rules, resolve)
    folder.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix="fetch-", dir=folder)).resolve()
    try:
        with guarding(bounds.rules, bounds.max_bytes + PAGE_BYTES, resolve=resolve, dial=dial) as guard:
            order = {
                "url": checked.url,
                "folder": str(work),
                "proxy": guard.url,
                "frames": frames,
                "max_bytes": bounds.max_bytes,
                "max_seconds": bounds.max_seconds,
                "max_duration": bounds.max_duration,
            }
            with child(order, work) as process:
                done = last_word(process, work, guard, bounds, listener)
        path = folder / MEDIA
        the_file(work, bounds.max_bytes).replace(path)
    finally:
        shutil.rmtree(work)
    received = guard.traffic.received
    listener(Progress("fetch", received, received))
    return Fetched(
        path=path,
        url=checked.url,
        title=title_in(done),
        bytes_read=received,
        requests=max(int(done.get("requests") or 0), guard.traffic.requests),
        duration=duration_in(done),
        sampled=done.get("sampled") is True,
    )


def the_file(work: Path, max_bytes: int) -> Path:
    """The one file that the child was to leave. Raises FetchFailed where there is none, or what has its name is no plain file."""
    for name in (MEDIA, SAMPLED):
        with suppress(FileNotFoundError):
            found = (work / name).lstat()
            if stat.S_ISREG(found.st_mode) and found.st_nlink == 1 and found.st_size <= max_bytes:
                return work / name
    raise FetchFailed("fetch.not_a_video", "No video was found at this address.")


def title_in(done: dict[str, Any]) -> str | None:
    """The title in the child's last word, in one line of moderate length."""
    title = str(done.get("title") or "")
    return " ".join("".join(letter if letter.isprintable() else " " for letter in title).split())[:200] or None


def duration_in(done: dict[str, Any]) -> float | None:
    """The length in the child's last word, if it is one."""
    seconds = done.get("duration")
    return float(seconds) if isinstance(seconds, int | float) and 0 < seconds < 1e9 else None


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


def last_word(process: subprocess.Popen[bytes], work: Path, guard: Guard, limits: FetchLimits, listener: Listener) -> dict[str, Any]:
    """Watch over the child until it is done; its last message. Raises FetchFailed, with the guard's reason rather than the child's."""
    deadline = time.monotonic() + limits.max_seconds
    progress = Progress("resolve", 0, 0)
    for message in messages(process):
        listener(progress)
        if guard.failure is not None:
            raise guard.failure
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
        if message["step"] in STEPS:
            progress = Progress(message["step"], int(message["done"]), int(message["total"]))
    if guard.failure is not None:
        raise guard.failure
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
