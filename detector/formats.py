"""Which of a page's formats is fetched: the cheapest that still shows a face well.

Not here: asking the page for its formats (``download.py``).
"""

from collections.abc import Iterator
from typing import Any

from detector.errors import FetchFailed

ENOUGH = 480
"""Pixels of a picture's shorter side from which on faces are judged well; larger pictures only cost more."""
PROTOCOLS = frozenset({"http", "https", "m3u8", "m3u8_native", "http_dash_segments"})
"""Those that yt-dlp reads by itself, through Python's sockets."""


def choose(formats: list[dict[str, Any]], max_bytes: int) -> Iterator[dict[str, Any]]:
    """yt-dlp's format dictionaries, worst first -> the one to fetch. Raises FetchFailed.

    Of those with ``ENOUGH`` pixels the smallest picture, without sound if there is one, at the lowest bit rate; else the largest picture.
    """
    usable = [form for form in formats if form.get("vcodec") != "none" and form.get("protocol") in PROTOCOLS and not form.get("has_drm")]
    if not usable:
        raise FetchFailed("fetch.not_a_video", "No video that can be fetched was found at this address.")
    fitting = [form for form in usable if (form.get("filesize") or 0) <= max_bytes]
    if not fitting:
        raise FetchFailed("fetch.too_large", f"This video is larger than {max_bytes / 1e6:.3g} MB, the most that is fetched.")
    large = [form for form in fitting if short_side(form) >= ENOUGH]
    chosen = min(large, key=cost) if large else max(enumerate(fitting), key=lambda pair: (short_side(pair[1]), pair[0]))[1]
    if chosen["protocol"] == "m3u8":
        chosen = chosen | {"protocol": "m3u8_native"}
    yield chosen


def short_side(form: dict[str, Any]) -> int:
    """The shorter side of the picture in pixels, 0 where the page does not say."""
    sides = [side for side in (form.get("width"), form.get("height")) if side]
    return int(min(sides)) if sides else 0


def cost(form: dict[str, Any]) -> tuple[int, bool, float]:
    """Smaller is cheaper: picture, then sound or none, then bits a second."""
    return short_side(form), form.get("acodec") != "none", float(form.get("tbr") or form.get("vbr") or 1e9)
