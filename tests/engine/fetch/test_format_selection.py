"""telltale/fetch/format_selection.py: which format of a page is fetched."""

from typing import Any

import pytest

from telltale.core.errors import FetchFailed
from telltale.fetch.format_selection import choose


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


def test_formats_of_which_only_the_name_tells_the_height() -> None:
    named = [form(name, None, vcodec=None) for name in ("mp4-240p", "hls_480p", "http-720p-1", "1080p60")]
    assert chosen(*named) == "hls_480p"


# As real sites list them, worst first

STORYBOARDS = [form("sb0", 180, 320, protocol="mhtml", vcodec="none", acodec="none")]
SOUND = [form("140", None, vcodec="none", acodec="mp4a.40.2", tbr=129), form("251", None, vcodec="none", acodec="opus", tbr=130)]
SIDES = {144: 256, 240: 426, 360: 640, 480: 854, 720: 1280, 1080: 1920, 2160: 3840}


def adaptive(codec: str, *rates: tuple[str, int, float]) -> list[dict[str, Any]]:
    """Pictures without sound: (name, height, kilobits a second)."""
    return [form(name, height, SIDES[height], vcodec=codec, tbr=rate) for name, height, rate in rates]


YOUTUBE = [
    *STORYBOARDS,
    *SOUND,
    form("91", 144, 256, protocol="m3u8_native", vcodec="avc1.4D400C", acodec="mp4a.40.5", tbr=190),
    form("18", 360, 640, vcodec="avc1.42001E", acodec="mp4a.40.2", tbr=460),
    *adaptive("avc1.4D401E", ("160", 144, 90), ("134", 360, 380), ("135", 480, 680), ("136", 720, 1300), ("137", 1080, 2600)),
    *adaptive("vp9", ("243", 360, 300), ("244", 480, 500), ("247", 720, 900), ("313", 2160, 12000)),
    *adaptive("av01.0.04M.08", ("396", 360, 220), ("397", 480, 390), ("398", 720, 800), ("401", 2160, 9000)),
]
VIMEO = [
    form("hls-fastly_skyfire-audio-high-Original", None, protocol="m3u8_native", vcodec="none", acodec="mp4a.40.2"),
    *(
        form(f"hls-fastly_skyfire-{rate}", height, SIDES[height], protocol="m3u8_native", vcodec="avc1.640020", tbr=rate)
        for height, rate in ((240, 300), (360, 650), (720, 2400), (1080, 4900))
    ),
]
TWITTER = [
    form("hls-audio-128000-Audio", None, protocol="m3u8_native", vcodec="none"),
    form("hls-288", 270, 480, protocol="m3u8_native", vcodec="avc1.4D401F", tbr=288),
    form("http-288", 270, 480, vcodec=None, acodec=None, tbr=288),
    form("http-832", 360, 640, vcodec=None, acodec=None, tbr=832),
    form("http-2176", 720, 1280, vcodec=None, acodec=None, tbr=2176),
    form("http-10368", 1080, 1920, vcodec=None, acodec=None, tbr=10368),
]
TIKTOK = [
    form("download", 1024, 576, vcodec="h264", acodec="aac", tbr=500, preference=-2, format_note="watermarked"),
    form("h264_540p_879840-0", 1024, 576, vcodec="h264", acodec="aac", tbr=880, preference=-1),
    form("bytevc1_540p_399731-0", 1024, 576, vcodec="h265", acodec="aac", tbr=400, preference=-1),
    form("bytevc1_720p_529731-0", 1280, 720, vcodec="h265", acodec="aac", tbr=530, preference=-1),
    form("bytevc2_540p_209731-0", 1024, 576, vcodec="bytevc2", acodec="aac", tbr=210, preference=-100),
]
PORTRAIT = [
    form(name, SIDES[side], side, tbr=rate) for name, side, rate in (("small", 360, 200), ("enough", 480, 300), ("large", 720, 700))
]


@pytest.mark.parametrize(
    ("formats", "name"),
    [
        pytest.param(YOUTUBE, "397", id="YouTube: 480 lines without sound, AV1 as the cheapest"),
        pytest.param([each for each in YOUTUBE if each["format_id"] not in ("397", "244")], "135", id="YouTube without VP9 and AV1 there"),
        pytest.param(YOUTUBE[:5], "18", id="YouTube, what is left to robots: the largest"),
        pytest.param(VIMEO, "hls-fastly_skyfire-2400", id="Vimeo: HLS only, without 480 lines"),
        pytest.param(TWITTER, "http-2176", id="X: a ladder of files"),
        pytest.param(TIKTOK, "bytevc1_540p_399731-0", id="TikTok: upright, without the mark, HEVC as the cheaper"),
        pytest.param(TIKTOK[:1], "download", id="TikTok: with the mark where there is nothing else"),
        pytest.param([TIKTOK[0], TIKTOK[4]], "download", id="TikTok: never a codec that nobody decodes"),
        pytest.param(PORTRAIT, "enough", id="upright: the shorter side counts"),
    ],
)
def test_real_lists(formats: list[dict[str, Any]], name: str) -> None:
    assert chosen(*formats) == name


def test_what_may_be_locked_is_tried_and_what_is_locked_is_not() -> None:
    assert chosen(form("maybe", 480, has_drm="maybe"), form("locked", 480, has_drm=True)) == "maybe"
