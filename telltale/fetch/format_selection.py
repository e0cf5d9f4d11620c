"""Which of a page's formats is read: the cheapest in which a face can still be judged.

See also: asking the page for its formats (``ytdlp.py``); how much of the chosen one is read (``telltale/streaming/sample.py``).
"""

import re
from typing import Any
from urllib.parse import urlsplit

from telltale.core.errors import FetchFailed
from telltale.net.failures import refusal
from telltale.net.limits import MAX_PIXELS

ENOUGH = 480
"""Pixels of a picture's shorter side from which on faces are judged well; larger pictures only cost more."""
PROTOCOLS = frozenset({"http", "https", "m3u8", "m3u8_native", "http_dash_segments"})
"""Those that are read over HTTP alone; rtmp, rtsp, ism, websocket and what starts another program are not."""
CODECS = ("avc", "h264", "hvc", "hev", "h265", "vp09", "vp9", "vp8", "av01", "av1")
"""Beginnings of the names of codecs that are surely decoded; one of another name is taken where there is nothing else."""

LINES = re.compile(r"(?<![0-9a-z])([0-9]{3,4})p(?![a-z])", re.IGNORECASE)
"""How pages write a picture's height in a format's name, where they tell it nowhere else."""


def choose(formats: list[dict[str, Any]], max_pixels: int = MAX_PIXELS) -> dict[str, Any]:
    """yt-dlp's format dictionaries, worst first -> the one to read. Raises FetchFailed.

    Of those with ``ENOUGH`` pixels the smallest picture, without sound if there is one, at the lowest bit rate; else the largest picture.
    One that the page itself ranks low (a preview, a damaged one, one with a mark across it) is taken where there is no other as good.
    """
    shown = [form for form in formats if form.get("vcodec") != "none" and form.get("protocol") in PROTOCOLS and on_the_web(form)]
    open_ones = [form for form in shown if form.get("has_drm") in (None, False, "maybe")]
    if not open_ones:
        raise refusal("fetch.drm" if shown else "fetch.not_a_video")
    usable = [form for form in open_ones if (form.get("width") or 0) * (form.get("height") or 0) <= max_pixels]
    if not usable:
        raise too_detailed(max_pixels)
    known = [form for form in usable if not form.get("vcodec") or str(form["vcodec"]).startswith(CODECS)] or usable
    large = [form for form in known if short_side(form) >= ENOUGH]
    chosen = (
        min(large, key=cost)
        if large
        else max(enumerate(known), key=lambda pair: (not is_ranked_low(pair[1]), short_side(pair[1]), pair[0]))[1]
    )
    return chosen | {"protocol": "m3u8_native"} if chosen["protocol"] == "m3u8" else chosen


def too_detailed(max_pixels: int) -> FetchFailed:
    """The failure that names the bound of pixels."""
    return FetchFailed("fetch.too_large", "pixels", most=max_pixels)


def on_the_web(form: dict[str, Any]) -> bool:
    """Whether every address that a format names so far is one of the web; those in a playlist of it are judged when they are asked for."""
    named = [form.get(key) for key in ("url", "manifest_url", "fragment_base_url")]
    named += [fragment.get("url") for fragment in form.get("fragments") or () if isinstance(fragment, dict)]
    return all(urlsplit(address).scheme.lower() in ("http", "https") for address in named if address)


def short_side(form: dict[str, Any]) -> int:
    """The shorter side of the picture in pixels, 0 where the page does not say."""
    sides = [side for side in (form.get("width"), form.get("height")) if side]
    if sides:
        return int(min(sides))
    named = LINES.search(f"{form.get('format_id')} {form.get('format_note')}")
    return int(named[1]) if named else 0


def cost(form: dict[str, Any]) -> tuple[bool, int, bool, bool, float]:
    """Smaller is better: what is not ranked low, then picture, ordinary colours before high range, sound or none, bits a second."""
    dull = form.get("dynamic_range") in (None, "SDR")
    rate = float(form.get("tbr") or form.get("vbr") or 1e9)
    return is_ranked_low(form), short_side(form), not dull, form.get("acodec") != "none", rate


def is_ranked_low(form: dict[str, Any]) -> bool:
    """Whether a page's own extractor advises against a format."""
    return (form.get("preference") or 0) < -1 or "watermarked" in str(form.get("format_note")).lower()
