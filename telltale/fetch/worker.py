"""One fetch, as a child process of ``fetch.py``: it reads an order from its standard input and answers in JSON lines.

It moves into a network of its own where it can (``telltale/sandbox/namespaces.py``), hands out the socket through which its parent will be
its only way out, bounds and walls itself in (``telltale/sandbox/restrictions.py``) before it opens anything, and ends as soon as its parent
does. What it says to the parent is made of numbers, of this program's own sentences and of the video's title; nothing else of what was
fetched.

See also: whether an address may be fetched (``telltale/net/url_policy.py``, ``telltale/net/egress_proxy.py``); which video lies there
(``ytdlp.py``) and how it is read (``telltale/streaming/sample.py``); the clock and the folder's size, which the parent watches too.

    echo '{"url": …, "folder": …, "max_bytes": …, "max_seconds": …, "max_duration": …, …}' | python -m telltale.fetch.worker
"""

import http.client
import json
import os
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, NoReturn

from telltale.core.errors import FetchFailed
from telltale.core.progress import Listener, Progress
from telltale.fetch.ytdlp import count_requests, direct, mend_charset, options, resolve
from telltale.net.failures import failure_of, too_large, too_long
from telltale.sandbox.namespaces import end_with_parent, own_network
from telltale.sandbox.restrictions import Meter, install_audit_hook, set_rlimits

PACKAGE = Path(__file__).resolve().parents[1]
MEDIA = "download"
"""The one name that a fetched file has, whatever the site calls it."""
TELL_EVERY = 0.1
PAGE_BYTES = 32_000_000
"""What may come in, at most, before there is a video to fetch; and, after that, beside the video itself."""

Say = Callable[[dict[str, Any]], None]


def main() -> None:
    """Carry out the order and end."""
    hand_out(own_network() if sys.argv[1:] == ["apart"] else None)
    order = json.loads(sys.stdin.readline())
    end_with_parent(order["parent"])
    quiet()
    say = message_sender()
    threading.Thread(target=end_with_line, args=(sys.stdin,), name="parent", daemon=True).start()
    folder = Path(order["folder"])
    set_rlimits(order["max_bytes"], order["max_seconds"])
    os.chdir(folder)
    import yt_dlp  # noqa: F401  # before the walls, which would have to let its files in

    install_audit_hook(folder, order["proxy"], lambda: give_up(say, FetchFailed("fetch.refused", "private")))
    meter = Meter(PAGE_BYTES, lambda: give_up(say, too_large(order["max_bytes"])))
    meter.install()
    try:
        say({"event": "done"} | carry_out(order, folder, say, meter))
    except Exception as error:
        print("".join(traceback.format_tb(error.__traceback__)) + type(error).__name__, file=sys.stderr)  # noqa: T201  # frames, no words
        if is_a_bug(error):
            raise SystemExit(1) from error  # without a word, which the parent takes for what it is
        give_up(say, failure_of(error))


def carry_out(order: dict[str, Any], folder: Path, say: Say, meter: Meter) -> dict[str, Any]:
    """Find the video, read what is wanted of it into ``folder``, and tell what was done. Raises FetchFailed, and yt-dlp's own errors."""
    import yt_dlp

    from telltale.net.range_client import RangeClient
    from telltale.streaming.sample import sample, source_of

    heard = progress_sender(say)
    heard(Progress("resolve", 0, 1))
    mend_charset()
    with yt_dlp.YoutubeDL(options(order["proxy"])) as downloader:
        jar = downloader.cookiejar  # what the pages set while this video was found: its own server may want it, as TikTok's does
        client = RangeClient(
            proxy=order["proxy"], max_bytes=order["max_bytes"], max_requests=order["max_requests"], cookies=jar.get_cookie_header
        )
        asked = count_requests(downloader)
        found = direct(order["url"], client) or resolve(order["url"], downloader, order["max_duration"], order["max_pixels"])
    heard(Progress("resolve", 1, 1))
    heard(Progress("fetch", 0, 0))
    meter.allowed = order["max_bytes"] + PAGE_BYTES
    read = sample(source_of({**found.info, "duration": found.duration}), order["frames"], client, folder, heard, order["run"])
    client.close()
    if (read.duration or 0) > order["max_duration"]:
        raise too_long(order["max_duration"])
    if not read.sampled:
        read.path.replace(folder / MEDIA)
    done = {"title": found.title, "duration": read.duration, "requests": asked() + read.requests}
    return done | {"sampled": read.sampled, "joined": read.joined}


def is_a_bug(error: BaseException) -> bool:
    """Whether an error that is none of the network's or the media's arose in this program's own code, not in yt-dlp's."""
    frames = traceback.extract_tb(error.__traceback__)
    known = isinstance(error, FetchFailed | OSError | MemoryError | http.client.HTTPException)
    return not known and bool(frames) and Path(frames[-1].filename).is_relative_to(PACKAGE)


def message_sender() -> Say:
    """A way to speak to the parent that nothing else in this process can use: standard output itself goes nowhere from now on."""
    line: IO[str] = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)

    def say(message: dict[str, Any]) -> None:
        line.write(json.dumps(message) + "\n")
        line.flush()

    return say


def hand_out(listener: socket.socket | None) -> None:
    """Give the parent what listens in this process's own network, or tell it that there is none."""
    with socket.socket(fileno=os.dup(sys.stdin.fileno())) as line:
        if listener is None:
            line.sendall(b"-")
            return
        with listener:
            socket.send_fds(line, [b"+"], [listener.fileno()])


def quiet() -> None:
    """What ends a thread, or cannot be raised, is told by its frames, as all else here: its words could have been fetched."""

    def ignore(about: Any) -> None:
        print("".join(traceback.format_tb(about.exc_traceback)) + about.exc_type.__name__, file=sys.stderr)  # noqa: T201

    threading.excepthook = sys.unraisablehook = ignore


def end_with_line(line: IO[str]) -> None:
    """The parent holds the other end open for as long as it wants this process; the kernel sees to its own end
    (``telltale/sandbox/namespaces.py``).
    """
    line.read()
    os._exit(1)


def give_up(say: Say, failure: FetchFailed) -> NoReturn:
    """End here and now, whatever is under way."""
    say({"event": "failed"} | failure.as_json())
    sys.stderr.flush()
    os._exit(1)


def progress_sender(say: Say) -> Listener:
    """A listener that tells the parent how far it is, now and then, and at every new step."""
    last, step = 0.0, ""

    def send_progress(progress: Progress) -> None:
        nonlocal last, step
        now = time.monotonic()
        if now - last >= TELL_EVERY or progress.step != step or progress.done == progress.total:
            last, step = now, progress.step
            say({"event": "progress", "step": progress.step, "done": progress.done, "total": progress.total})

    return send_progress


if __name__ == "__main__":
    main()
