"""detector/formats.py: which format of a page is fetched."""

from typing import Any

import pytest

from detector.errors import FetchFailed
from detector.formats import choose


def form(name: str, height: int | None, width: int | None = None, **more: Any) -> dict[str, Any]:
    """A format as yt-dlp describes it."""
    return {"format_id": name, "height": height, "width": width, "protocol": "https", "vcodec": "avc1", "acodec": "none"} | more


def chosen(*formats: dict[str, Any], max_bytes: int = 10**9) -> str:
    """The name of the one that is fetched."""
    (one,) = choose(list(formats), max_bytes)
    return one["format_id"]


def test_smallest_that_is_large_enough() -> None:
    assert chosen(form("360", 360), form("480", 480), form("1080", 1080)) == "480"


def test_without_sound_and_at_the_lowest_rate() -> None:
    assert chosen(form("low", 480, tbr=300), form("high", 480, tbr=900), form("sound", 480, tbr=200, acodec="mp4a")) == "low"


def test_largest_where_none_is_large_enough() -> None:
    assert chosen(form("144", 144), form("360", 360), form("240", 240)) == "360"


def test_upright_videos_are_measured_across() -> None:
    assert chosen(form("small", 480, 270), form("large", 854, 480)) == "large"


def test_unknown_sizes_leave_the_best() -> None:
    assert chosen(form("a", None), form("b", None)) == "b"


def test_sound_secrets_and_foreign_protocols_are_left_out() -> None:
    good = form("good", 480)
    others = [form("sound", None, vcodec="none"), form("locked", 480, has_drm=True), form("rtmp", 480, protocol="rtmp")]
    assert chosen(*others, good) == "good"
    with pytest.raises(FetchFailed) as caught:
        chosen(*others)
    assert caught.value.code == "fetch.not_a_video"


def test_known_sizes_must_fit() -> None:
    assert chosen(form("large", 480, filesize=300), form("fits", 360, filesize=90), max_bytes=100) == "fits"
    with pytest.raises(FetchFailed) as caught:
        chosen(form("large", 480, filesize=300), max_bytes=100)
    assert caught.value.code == "fetch.too_large"


def test_playlists_are_read_natively() -> None:
    (one,) = choose([form("hls", 480, protocol="m3u8")], 100)
    assert one["protocol"] == "m3u8_native"
