"""An address -> one video: its title, its length and the format that is to be read, by yt-dlp as a library; nothing is downloaded here.

It runs in the fetching child (``worker.py``), behind its walls. Pages with several videos, live streams and whatever else gives no single
video are refused with a reason (``telltale/net/failures.py``). See also: reading the chosen format (``telltale/streaming/sample.py``).
"""

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from telltale.core.errors import FetchFailed
from telltale.fetch.format_selection import choose
from telltale.net.failures import refusal, too_long
from telltale.net.limits import MAX_PIXELS
from telltale.net.range_client import RangeClient, Target
from telltale.video.file_types import HEAD_BYTES, MOVIE_NAMES, begins_like_media

if TYPE_CHECKING:
    from yt_dlp import YoutubeDL

PATIENCE = 15.0
"""Seconds that a site may keep silent."""
HOPS = 5
"""How often a page may hand on to another page's player."""
OWN = frozenset({"_type", "url", "ie_key", "id", "extractor", "extractor_key", "entries", "formats"})
"""What a page that hands on says of itself only."""
LIVE = ("is_live", "is_upcoming", "post_live")


@dataclass(frozen=True)
class Resolved:
    """One video. ``info`` is what yt-dlp knows of it, with the chosen format's fields in it; ``duration`` in seconds where it is told."""

    title: str | None
    duration: float | None
    info: dict[str, Any]


def options(proxy: str) -> dict[str, Any]:
    """What yt-dlp is allowed: no settings, secrets, programs or files from anywhere; all it asks goes through ``proxy`` ("" is none)."""
    return {
        "format": any_format,
        "logger": Silence(),
        "proxy": proxy,
        "noplaylist": True,
        "external_downloader": "native",
        "ffmpeg_location": os.devnull,
        "fixup": "never",
        "js_runtimes": {},
        "cachedir": False,
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


CHARSET = re.compile(rb"<meta[^>]+charset\s*=\s*['\"]?\s*([A-Za-z0-9_.:-]+)", re.IGNORECASE)


def mend_charset() -> None:
    """yt-dlp takes all up to the next quotation mark for the name of an encoding, and fails where a title with a dash lies between."""
    from yt_dlp.extractor.common import InfoExtractor

    original = InfoExtractor._guess_encoding_from_content

    def guess(content_type: str, page: bytes) -> str:
        found = CHARSET.search(page[:1024])
        if found and "charset=" not in content_type.lower():
            return found[1].decode("ascii")
        try:
            return str(original(content_type, page))
        except UnicodeDecodeError:
            return "utf-8"

    InfoExtractor._guess_encoding_from_content = staticmethod(guess)


def count_requests(downloader: "YoutubeDL") -> Callable[[], int]:
    """From now on what yt-dlp asks for is counted; the answer tells how often it has asked so far, redirects that it followed left out."""
    original, asked = downloader.urlopen, 0

    def urlopen(request: Any) -> Any:
        nonlocal asked
        asked += 1
        return original(request)

    downloader.urlopen = urlopen
    return lambda: asked


def any_format(context: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """yt-dlp wants a choice before it tells of a video; the true one is made when all is known of it (``format_selection.py``)."""
    yield from context["formats"][-1:]


def resolve(url: str, downloader: "YoutubeDL", max_duration: float, max_pixels: int = MAX_PIXELS) -> Resolved:
    """The one video at an address. Raises FetchFailed, and yt-dlp's own errors (see ``refusals.failure_of``)."""
    found = single(downloader.extract_info(url, download=False, process=False), downloader)
    refuse_live(found)
    info = downloader.process_ie_result(found, download=False)
    refuse_live(info)
    chosen = {**info, **choose(info.get("formats") or [info], max_pixels)}
    duration = float(info.get("duration") or sum(piece.get("duration") or 0 for piece in chosen.get("fragments") or ())) or None
    if (duration or 0) > max_duration:
        raise too_long(max_duration)
    return Resolved(title_of(info), duration, chosen)


def direct(url: str, client: RangeClient) -> Resolved | None:
    """The file that an address names, known by its ending and by its first bytes; None for all else, and for what does not answer well.

    yt-dlp would ask for the whole of it to look at its beginning, and megabytes would be under way before it hung up.
    """
    name = PurePosixPath(unquote(urlsplit(url).path))
    if name.suffix.lower() not in MOVIE_NAMES:
        return None
    try:
        answer = client.get(Target(url), 0, HEAD_BYTES)
        head = b"" if answer.encoded else answer.read(HEAD_BYTES)
    except FetchFailed:
        return None
    answer.close()
    return Resolved(title_of({"title": name.stem}), None, {"url": url, "protocol": "http"}) if begins_like_media(head) else None


def single(found: dict[str, Any] | None, downloader: "YoutubeDL") -> dict[str, Any]:
    """Follow from a page to the page of its player, and from a list of one to that one. Raises FetchFailed."""
    for _ in range(HOPS):
        kind = (found or {}).get("_type") or "video"
        if not found or kind == "video":
            break
        if kind in ("playlist", "multi_video"):
            found = only_one(found)
        else:
            within = downloader.extract_info(found["url"], download=False, process=False, ie_key=found.get("ie_key"))
            found = merge_metadata(found, within) if within and kind == "url_transparent" else within
    if not found or (found.get("_type") or "video") != "video":
        raise refusal("fetch.not_a_video")
    return found


def merge_metadata(outer: dict[str, Any], within: dict[str, Any]) -> dict[str, Any]:
    """What a page says of a video counts before what the page of its player says."""
    kept = {name: value for name, value in outer.items() if value is not None and name not in OWN}
    kind = "url_transparent" if within.get("_type") == "url" else within.get("_type")
    return {**within, **kept, "_type": kind or "video"}


def only_one(playlist: dict[str, Any]) -> dict[str, Any]:
    """The only video of a page, whose title it takes where it has none of its own. Raises FetchFailed where there are more, or none."""
    entries = [entry for entry in islice(playlist.get("entries") or (), 2) if entry]
    if len(entries) != 1:
        raise refusal("fetch.playlist" if entries else "fetch.not_a_video")
    return {"title": playlist.get("title"), **entries[0]}


def refuse_live(info: dict[str, Any]) -> None:
    """Raise FetchFailed for what has no end yet."""
    if info.get("is_live") or info.get("live_status") in LIVE:
        raise refusal("fetch.live")


def title_of(info: dict[str, Any]) -> str | None:
    """The video's title, without control characters and not too long; yt-dlp numbers even the only video of a page."""
    title = str(info.get("title") or "")
    return " ".join("".join(letter if letter.isprintable() else " " for letter in title).split()).removesuffix(" (1)")[:200] or None
