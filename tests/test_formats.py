"""detector/formats.py: which format of a page is fetched."""

from typing import Any

import pytest

from detector.errors import FetchFailed
from detector.formats import choose


def form(name: str, height: int | None, width: int | None = None, **more: Any) -> dict[str, Any]:
    """A format as yt-dlp describes it."""
    return {"format_id": name, "height": height, "width": width, "protocol": "https", "vcodec": "avc1", "acodec": "none"} | more


def chosen(*formats: dict[str, Any]) -> str:
    """The name of the one that is read."""
    return choose(list(formats))["format_id"]


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
        chosen(others[0], others[2])
    assert caught.value.code == "fetch.not_a_video"


def test_locked_formats_alone_are_told_as_such() -> None:
    with pytest.raises(FetchFailed) as caught:
        chosen(form("locked", 480, has_drm=True), form("sound", None, vcodec="none"))
    assert caught.value.code == "fetch.drm"


def test_ordinary_colours_and_known_codecs_first() -> None:
    assert chosen(form("hdr", 480, dynamic_range="HDR10", tbr=100), form("sdr", 480, tbr=900)) == "sdr"
    assert chosen(form("odd", 480, vcodec="dvh1.05"), form("unnamed", 720, vcodec=None)) == "unnamed"
    assert chosen(form("odd", 480, vcodec="dvh1.05")) == "odd"


@pytest.mark.parametrize("address", ["file:///etc/passwd", "rtmp://example.org/a", "ftp://example.org/a", "concat:http://a|b"])
def test_addresses_that_are_not_of_the_web_are_left_out(address: str) -> None:
    good = form("good", 1080, url="https://example.org/a.mp4")
    assert chosen(form("bad", 480, url=address), good) == "good"
    assert chosen(form("bad", 480, fragments=[{"url": address}]), good) == "good"
    assert chosen(form("bad", 480, manifest_url=address), good) == "good"


def test_playlists_are_read_natively() -> None:
    assert choose([form("hls", 480, protocol="m3u8")])["protocol"] == "m3u8_native"
