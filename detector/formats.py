"""Which of a page's formats is read: the cheapest in which a face can still be judged.

Not here: asking the page for its formats (``resolve.py``); how much of the chosen one is read (``remote.py``).
"""

from typing import Any
from urllib.parse import urlsplit

from detector.refusals import refusal

ENOUGH = 480
"""Pixels of a picture's shorter side from which on faces are judged well; larger pictures only cost more."""
PROTOCOLS = frozenset({"http", "https", "m3u8", "m3u8_native", "http_dash_segments"})
"""Those that are read over HTTP alone; rtmp, rtsp, ism, websocket and what starts another program are not."""
CODECS = ("avc", "h264", "hvc", "hev", "h265", "vp09", "vp9", "vp8", "av01", "av1")
"""Beginnings of the names of codecs that are surely decoded; one of another name is taken where there is nothing else."""


def choose(formats: list[dict[str, Any]]) -> dict[str, Any]:
    """yt-dlp's format dictionaries, worst first -> the one to read. Raises FetchFailed.

    Of those with ``ENOUGH`` pixels the smallest picture, without sound if there is one, at the lowest bit rate; else the largest picture.
    """
    shown = [form for form in formats if form.get("vcodec") != "none" and form.get("protocol") in PROTOCOLS and on_the_web(form)]
    usable = [form for form in shown if not form.get("has_drm")]
    if not usable:
        raise refusal("fetch.drm" if shown else "fetch.not_a_video")
    known = [form for form in usable if not form.get("vcodec") or str(form["vcodec"]).startswith(CODECS)] or usable
    large = [form for form in known if short_side(form) >= ENOUGH]
    chosen = min(large, key=cost) if large else max(enumerate(known), key=lambda pair: (short_side(pair[1]), pair[0]))[1]
    return chosen | {"protocol": "m3u8_native"} if chosen["protocol"] == "m3u8" else chosen


def on_the_web(form: dict[str, Any]) -> bool:
    """Whether every address that a format names so far is one of the web; those in a playlist of it are judged when they are asked for."""
    named = [form.get(key) for key in ("url", "manifest_url", "fragment_base_url")]
    named += [fragment.get("url") for fragment in form.get("fragments") or () if isinstance(fragment, dict)]
    return all(urlsplit(address).scheme.lower() in ("http", "https") for address in named if address)


def short_side(form: dict[str, Any]) -> int:
    """The shorter side of the picture in pixels, 0 where the page does not say."""
    sides = [side for side in (form.get("width"), form.get("height")) if side]
    return int(min(sides)) if sides else 0


def cost(form: dict[str, Any]) -> tuple[int, bool, bool, float]:
    """Smaller is cheaper: picture, then ordinary colours before high range, then sound or none, then bits a second."""
    dull = form.get("dynamic_range") in (None, "SDR")
    return short_side(form), not dull, form.get("acodec") != "none", float(form.get("tbr") or form.get("vbr") or 1e9)
