"""One download with yt-dlp, as a child process of ``fetch.py``: it reads an order from its standard input and answers in JSON lines.

It bounds and walls itself in (``sandbox.py``) before it opens anything, and ends as soon as its parent does. What it says to the
parent is made of numbers, of this program's own sentences and of the video's title; nothing else of what was fetched.

Not here: whether an address may be fetched (``address.py``); the clock and the folder's size, which the parent watches too.

    echo '{"url": …, "folder": …, "max_bytes": …, "max_seconds": …, "max_duration": …, "allow_hosts": []}' | python -m detector.download
"""

import errno
import json
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any, NoReturn

from detector.address import NOT_PUBLIC
from detector.errors import FetchFailed
from detector.formats import choose
from detector.sandbox import Meter, bound, wall_in

MEDIA = "download"
"""The one name that a fetched file has, whatever the site calls it."""
PATIENCE = 15.0
"""Seconds that a site may keep silent."""
TELL_EVERY = 0.1
PAGE_BYTES = 32_000_000
"""What may come in, at most, before there is a video to fetch; and, after that, beside the video itself."""

INSTEAD = "If you can save it yourself, check the file instead."
LOGIN = f"The site shows this video only to people who are logged in. {INSTEAD}"

Say = Callable[[dict[str, Any]], None]


def main() -> None:
    """Carry out the order and end."""
    order = json.loads(sys.stdin.readline())
    say = speaker()
    threading.Thread(target=end_with_parent, args=(sys.stdin,), name="parent", daemon=True).start()
    folder = Path(order["folder"])
    bound(order["max_bytes"], order["max_seconds"])
    os.chdir(folder)
    import yt_dlp

    wall_in(folder, frozenset(order["allow_hosts"]), lambda: give_up(say, FetchFailed("fetch.refused", NOT_PUBLIC)))
    meter = Meter(PAGE_BYTES, lambda: give_up(say, too_large(order["max_bytes"])))
    meter.install()
    try:
        with yt_dlp.YoutubeDL(options(order, say, meter)) as downloader:
            info = downloader.extract_info(order["url"])
        if not (folder / MEDIA).is_file():
            raise FetchFailed("fetch.not_a_video", "No video was found at this address.")
        say({"event": "done", "title": title_of(info), "read": meter.read})
    except Exception as error:
        print("".join(traceback.format_tb(error.__traceback__)), type(error).__name__, file=sys.stderr)  # noqa: T201  # frames, no words
        give_up(say, failure_of(error))


def speaker() -> Say:
    """A way to speak to the parent that nothing else in this process can use: standard output itself goes nowhere from now on."""
    line: IO[str] = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)

    def say(message: dict[str, Any]) -> None:
        line.write(json.dumps(message) + "\n")
        line.flush()

    return say


def end_with_parent(line: IO[str]) -> None:
    """The parent holds the other end open for as long as it lives."""
    line.read()
    os._exit(1)


def give_up(say: Say, failure: FetchFailed) -> NoReturn:
    """End here and now, whatever is under way."""
    say({"event": "failed", "code": failure.code, "sentence": failure.sentence})
    sys.stderr.flush()
    os._exit(1)


def options(order: dict[str, Any], say: Say, meter: Meter) -> dict[str, Any]:
    """What yt-dlp is allowed: one video, one file of a fixed name, its own downloaders, no settings or secrets from anywhere."""

    def chosen(context: dict[str, Any]) -> Iterator[dict[str, Any]]:
        meter.allowed = order["max_bytes"] + PAGE_BYTES
        return choose(context["formats"], order["max_bytes"])

    return {
        "format": chosen,
        "match_filter": lambda info, incomplete=False: refuse_unfit(info, order["max_duration"]),
        "progress_hooks": [teller(order["max_bytes"], say)],
        "logger": Silence(),
        "outtmpl": {"default": str(Path(order["folder"]) / MEDIA)},
        "noplaylist": True,
        "playlist_items": "1",
        "lazy_playlist": True,
        "external_downloader": "native",
        "ffmpeg_location": os.devnull,
        "fixup": "never",
        "js_runtimes": {},
        "proxy": "",
        "cachedir": False,
        "nopart": True,
        "updatetime": False,
        "continuedl": False,
        "quiet": True,
        "noprogress": True,
        "geo_bypass": False,
        "socket_timeout": PATIENCE,
        "retries": 2,
        "fragment_retries": 2,
        "extractor_retries": 1,
        "skip_unavailable_fragments": False,
    }


class Silence:
    """yt-dlp's words often quote the page; nobody hears them."""

    def debug(self, _: str) -> None:
        """Nothing."""

    info = warning = error = debug


def refuse_unfit(info: dict[str, Any], max_duration: float) -> None:
    """Raise FetchFailed for live streams and for videos that are too long."""
    if info.get("is_live") or info.get("live_status") in ("is_live", "is_upcoming"):
        raise FetchFailed("fetch.live", "This is a live stream; only videos that have an end can be checked.")
    if (info.get("duration") or 0) > max_duration:
        raise FetchFailed("fetch.too_large", f"This video lasts longer than {max_duration / 3600:.3g} hours, the most that is fetched.")


def teller(max_bytes: int, say: Say) -> Callable[[dict[str, Any]], None]:
    """A progress hook that tells the parent now and then, and stops a download that is, or says it will be, too large."""
    told = 0.0

    def hook(state: dict[str, Any]) -> None:
        nonlocal told
        done, total = int(state.get("downloaded_bytes") or 0), int(state.get("total_bytes") or 0)
        if max(done, total) > max_bytes:
            raise too_large(max_bytes)
        if time.monotonic() - told >= TELL_EVERY or state.get("status") == "finished":
            told = time.monotonic()
            say({"event": "progress", "done": done, "total": total or int(state.get("total_bytes_estimate") or 0)})

    return hook


def too_large(max_bytes: int) -> FetchFailed:
    """The failure that names the bound."""
    return FetchFailed("fetch.too_large", f"This video is larger than {max_bytes / 1e6:.3g} MB, the most that is fetched.")


def title_of(info: dict[str, Any] | None) -> str | None:
    """The video's title, without control characters and not too long; yt-dlp numbers even the only video of a page."""
    entries = (info or {}).get("entries")
    title = str(((entries[0] if entries else info) or {}).get("title") or "")
    return " ".join("".join(letter if letter.isprintable() else " " for letter in title).split()).removesuffix(" (1)")[:200] or None


def failure_of(error: BaseException) -> FetchFailed:
    """Whatever went wrong in yt-dlp, as a code and a plain sentence that quotes nothing."""
    from yt_dlp.networking.exceptions import CertificateVerifyError, HTTPError, TransportError
    from yt_dlp.utils import ExtractorError, GeoRestrictedError, UnsupportedError

    chain = list(causes(error))
    for cause in chain:
        if isinstance(cause, FetchFailed):
            return cause
        if isinstance(cause, HTTPError):
            return answer_of(cause.status, cause.redirect_loop)
        if isinstance(cause, MemoryError) or (isinstance(cause, OSError) and cause.errno in (errno.EFBIG, errno.ENOSPC)):
            return FetchFailed("fetch.too_large", "What lies at this address is too large to be fetched.")
        if isinstance(cause, TimeoutError):
            return FetchFailed("fetch.timeout", "The site kept silent for too long.")
        if isinstance(cause, CertificateVerifyError):
            return FetchFailed(
                "fetch.upstream", "The site could not prove that it is the one it says it is (its certificate is not valid)."
            )
        if isinstance(cause, GeoRestrictedError):
            return FetchFailed("fetch.upstream", "The site shows this video in certain countries only.")
        if isinstance(cause, UnsupportedError):
            return FetchFailed("fetch.not_a_video", "No video was found at this address.")
    if any(isinstance(cause, TransportError) for cause in chain):
        return FetchFailed("fetch.upstream", "The connection to the site failed.")
    said = " ".join(cause.orig_msg for cause in chain if isinstance(cause, ExtractorError)).lower() or str(error).lower()
    return said_by_site(said)


def causes(error: BaseException | None) -> Iterator[BaseException]:
    """An exception and all that led to it, as Python and yt-dlp each keep them."""
    waiting, seen = [error], set[int]()
    while waiting:
        cause = waiting.pop(0)
        if isinstance(cause, BaseException) and id(cause) not in seen:
            seen.add(id(cause))
            yield cause
            kept = getattr(cause, "exc_info", None) or (None, None)
            waiting += [getattr(cause, "cause", None), kept[1], cause.__cause__, cause.__context__]


def answer_of(status: int, circular: bool) -> FetchFailed:
    """An HTTP status, in words."""
    if circular:
        return FetchFailed("fetch.upstream", "The site sends its visitors round in circles.")
    if status == 401:
        return FetchFailed("fetch.login", LOGIN)
    if status in (403, 429):
        return FetchFailed("fetch.upstream", f"The site refused to hand the video out (HTTP {status}). {INSTEAD}")
    if status in (404, 410):
        return FetchFailed("fetch.upstream", f"The site says that there is nothing at this address (HTTP {status}).")
    return FetchFailed("fetch.upstream", f"The site answered with an error (HTTP {status}).")


def said_by_site(said: str) -> FetchFailed:
    """What an extractor reports, sorted by its words; the words themselves are not passed on."""
    if "not a bot" in said or "captcha" in said:
        return FetchFailed("fetch.upstream", f"The site takes Telltale for a robot and did not hand the video out. {INSTEAD}")
    if any(word in said for word in ("log in", "login", "logged in", "sign in", "cookies", "private video", "members", "registered")):
        return FetchFailed("fetch.login", LOGIN)
    if "drm" in said:
        return FetchFailed("fetch.not_a_video", "This video is locked (DRM) and cannot be checked.")
    if any(word in said for word in ("no video formats", "requested format is not available", "unsupported url", "no media found")):
        return FetchFailed("fetch.not_a_video", "No video was found at this address.")
    if "live event" in said or "premieres in" in said:
        return FetchFailed("fetch.live", "This video has not been shown yet.")
    return FetchFailed("fetch.upstream", "The video could not be read from this page; the site may have changed, or may not hand it out.")


if __name__ == "__main__":
    main()
