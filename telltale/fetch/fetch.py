"""A web address -> one file in a folder, guarded and bounded.

yt-dlp and all that reads the web run in a child process (``subprocess_protocol.py``, ``worker.py``) in a session and, where the system
allows it, a network of its own, with one way out: a guard (``telltale/net/egress_proxy.py``) that the parent runs for this one fetch. The
parent watches the clock, the folder's size and the guard's count, passes progress on, and in the end kills the child's whole group and
clears its folder, whatever happened. If the parent itself is killed, the kernel ends the child and a shell clears the folder
(``telltale/sandbox/temp_dir.py``). The child reads what strangers sent; what it says is believed only as far as it can be checked, and the
file is looked for under two names.

See also: what an address may be (``telltale/net/url_policy.py``); finding the video and choosing what of it is read (``worker.py``);
reading the file (``telltale/video/frames.py``), which may yet turn out to be no video.

    from telltale.fetch.fetch import fetch
    print(fetch("https://example.com/clip.mp4", Path("folder")).path)
"""

import os
import stat
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen
from typing import Any

from telltale.core.errors import FetchFailed, told_error
from telltale.core.progress import STEPS, Listener, Progress, silent
from telltale.fetch.subprocess_protocol import child, messages, note
from telltale.fetch.worker import MEDIA, PAGE_BYTES
from telltale.net.egress_proxy import Dial, EgressProxy, dial, run_proxy
from telltale.net.failures import too_large
from telltale.net.limits import FetchLimits
from telltale.net.url_policy import Resolve, require_public_url, system_resolve
from telltale.sandbox.temp_dir import temporary_folder

SAMPLED = "sampled.mkv"
"""The name that the child gives to a file that holds only what is looked at; one that it fetched whole is called MEDIA."""


@dataclass(frozen=True)
class Fetched:
    """What was fetched: a file, the address asked for in its plain form, the video's title and length in seconds where they are known.

    ``bytes_read`` is all that came in for it, as the guard counted, ``requests`` how often something was asked for. A ``sampled`` file
    holds only the pictures nearest the moments that are looked at, a ``joined`` one was put together here from the pieces of a video.
    """

    path: Path
    url: str
    title: str | None
    bytes_read: int
    requests: int = 0
    duration: float | None = None
    sampled: bool = False
    joined: bool = False


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
    run: int = 1,
    resolve: Resolve = system_resolve,
    dial: Dial = dial,
    apart: bool = True,
) -> Fetched:
    """Fetch what ``frames`` looks at the video at ``url`` need into ``folder``, of ``run`` consecutive pictures each.

    Raises FetchFailed; an exception of the listener ends the fetch and comes through. ``resolve``, ``dial`` and ``apart`` (whether the
    child gets a network of its own, where the system allows that) are others in tests only.
    """
    bounds = limits or FetchLimits()
    listener(Progress("resolve", 0, 0))
    checked = require_public_url(url, bounds.rules, resolve)
    folder.mkdir(parents=True, exist_ok=True)
    most, requests = bounds.max_bytes + PAGE_BYTES, bounds.max_requests
    with temporary_folder(folder, "fetch-") as work:
        with (
            child(work, apart=apart) as started,
            run_proxy(bounds.rules, most, max_requests=requests, listener=started.listener, resolve=resolve, dial=dial) as guard,
        ):
            started.order(order(checked.url, work, guard, (frames, run), bounds))
            done = last_word(started.process, work, guard, bounds, listener)
        path = folder / MEDIA
        the_file(work, bounds.max_bytes).replace(path)
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
        joined=done.get("joined") is True,
    )


def order(url: str, work: Path, guard: EgressProxy, looks: tuple[int, int], limits: FetchLimits) -> dict[str, Any]:
    """What the child is told (``worker.py``); ``looks`` are how many, and the pictures of each."""
    return {
        "parent": os.getpid(),
        "url": url,
        "folder": str(work),
        "proxy": guard.url,
        "frames": looks[0],
        "run": looks[1],
        "max_bytes": limits.max_bytes,
        "max_seconds": limits.max_seconds,
        "max_duration": limits.max_duration,
        "max_pixels": limits.max_pixels,
        "max_requests": limits.max_requests,
    }


def the_file(work: Path, max_bytes: int) -> Path:
    """The one file that the child was to leave. Raises FetchFailed where there is none, or what has its name is no plain file."""
    for name in (MEDIA, SAMPLED):
        with suppress(FileNotFoundError):
            found = (work / name).lstat()
            if stat.S_ISREG(found.st_mode) and found.st_nlink == 1 and found.st_size <= max_bytes:
                return work / name
    raise FetchFailed("fetch.not_a_video", "none")


def title_in(done: dict[str, Any]) -> str | None:
    """The title in the child's last word, in one line of moderate length."""
    title = str(done.get("title") or "")
    return " ".join("".join(letter if letter.isprintable() else " " for letter in title).split())[:200] or None


def duration_in(done: dict[str, Any]) -> float | None:
    """The length in the child's last word, if it is one."""
    seconds = done.get("duration")
    return float(seconds) if isinstance(seconds, int | float) and 0 < seconds < 1e9 else None


def last_word(process: Popen[bytes], work: Path, guard: EgressProxy, limits: FetchLimits, listener: Listener) -> dict[str, Any]:
    """Watch over the child until it is done; its last message. Raises FetchFailed, with the guard's reason rather than the child's."""
    deadline = time.monotonic() + limits.max_seconds
    progress = Progress("resolve", 0, 0)
    for message in messages(process):
        listener(progress)
        if guard.failure is not None:
            raise guard.failure
        if time.monotonic() > deadline:
            raise FetchFailed("fetch.timeout", "total", seconds=limits.max_seconds)
        if size_of(work) > limits.max_bytes:
            raise too_large(limits.max_bytes)
        if message is None:
            continue
        if message["event"] == "done":
            return message
        if message["event"] == "failed":
            note(work)
            raise told_error(FetchFailed, message)
        if message["step"] in STEPS:
            progress = Progress(message["step"], int(message["done"]), int(message["total"]))
    if guard.failure is not None:
        raise guard.failure
    if process.wait() < 0:  # by the system: of its processor time or of this machine's memory nothing was left for it
        raise FetchFailed("fetch.too_large", "stopped")
    raise RuntimeError(f"the fetching child ended without a word:\n{note(work)}")


def size_of(folder: Path) -> int:
    """Bytes of all files below a folder; files and folders may vanish while they are being looked at."""
    total = 0
    for above, _, names in os.walk(folder):
        for name in names:
            with suppress(FileNotFoundError, NotADirectoryError):
                total += os.lstat(os.path.join(above, name)).st_size
    return total
