"""telltale/fetch/worker.py: what a page, a redirect or a playlist can make the real yt-dlp do behind its walls, which is nothing.

See also: the bounds of size and time (``test_fetch.py``); the walls by themselves (``tests/engine/sandbox/test_restrictions.py``).
"""

from pathlib import Path

import pytest

from telltale.core.progress import Progress
from telltale.fetch.fetch import fetch
from telltale.net.limits import FetchLimits
from tests.support.web.web_server import SECRET, Canary, Site, encoded, fetched, refused, serving


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A second of MP4."""
    return encoded(tmp_path_factory.mktemp("clip") / "clip.mp4")


HLS = "#EXTM3U\n#EXT-X-TARGETDURATION:1\n{0}#EXTINF:1,\n{1}\n#EXT-X-ENDLIST"
DASH = """<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT1S"><Period>
<AdaptationSet mimeType="video/mp4"><Representation id="1" bandwidth="1000" width="640" height="480" codecs="avc1.42c01e">
<BaseURL>{0}</BaseURL>
<SegmentBase/></Representation></AdaptationSet></Period></MPD>"""


def hidden_ways(site: Site, inside: str) -> dict[str, str]:
    """Addresses on the allowed site that lead on to ``inside``, by what they do it with."""
    site.file("/0.ts", b"G" * 188, "video/mp2t")
    hls = "application/vnd.apple.mpegurl"
    return {
        "301": site.redirect("/301", inside, 301),
        "302": site.redirect("/302", inside),
        "307": site.redirect("/307", inside, 307),
        "308": site.redirect("/308", inside, 308),
        "302 without a scheme": site.redirect("/bare", inside.removeprefix("http:")),
        "302 to a mapped address": site.redirect("/mapped", inside.replace("127.0.0.1", "[::ffff:127.0.0.1]")),
        "302 to a short address": site.redirect("/short", inside.replace("127.0.0.1", "127.1")),
        "302 to a name": site.redirect("/name", inside.replace("127.0.0.1", "localhost")),
        "refresh": site.page("/refresh", f'<html><meta http-equiv="refresh" content="0;url={inside}"></html>'),
        "video": site.page("/video", f"<html><video src='{inside}'></video></html>"),
        "open graph": site.page("/og", f'<html><meta property="og:video" content="{inside}"></html>'),
        "segment": site.page("/segment.m3u8", HLS.format("", inside), hls),
        "key": site.page("/key.m3u8", HLS.format(f'#EXT-X-KEY:METHOD=AES-128,URI="{inside}"\n', "0.ts"), hls),
        "sample key": site.page("/sample.m3u8", HLS.format(f'#EXT-X-KEY:METHOD=SAMPLE-AES,URI="{inside}"\n', "0.ts"), hls),
        "map": site.page("/map.m3u8", HLS.format(f'#EXT-X-MAP:URI="{inside}"\n', "0.ts"), hls),
        "variant": site.page("/variant.m3u8", f"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1000\n{inside}", hls),
        "dash": site.page("/dash.mpd", DASH.format(inside), "application/dash+xml"),
    }


OPENLY = ("301", "302", "307", "308", "302 without a scheme", "302 to a mapped address", "302 to a short address", "302 to a name")


@pytest.mark.slow
def test_every_hidden_way_inside_is_closed(site: Site, canary: Canary, tmp_path: Path) -> None:
    for way, url in hidden_ways(site, f"http://127.0.0.1:{canary.port}/secret.mp4").items():
        failure = refused(url, tmp_path, site)
        assert canary.connects == 0, way
        assert failure.code == "fetch.refused" or way not in OPENLY, way


def test_the_canary_sees_what_is_allowed(site: Site, canary: Canary, tmp_path: Path) -> None:
    """The control: without the wall the same redirect does reach the canary."""

    class ReachedError(Exception):
        pass

    def look(_: Progress) -> None:
        if canary.connects:
            raise ReachedError

    opened = FetchLimits(max_seconds=60, allow_hosts=frozenset({site.host, f"127.0.0.1:{canary.port}"}))
    with pytest.raises(ReachedError):
        fetch(site.redirect("/302", f"http://127.0.0.1:{canary.port}/x.mp4"), tmp_path, limits=opened, listener=look)


def test_no_local_file_is_read(site: Site, tmp_path: Path) -> None:
    hls = "application/vnd.apple.mpegurl"
    for url in (
        site.redirect("/file", "file:///etc/passwd"),
        site.page("/video", "<html><video src='file:///etc/passwd'></video></html>"),
        site.page("/segment.m3u8", HLS.format("", "file:///etc/passwd"), hls),
        site.page("/concat.m3u8", HLS.format("", "concat:http://127.0.0.1/a|file:///etc/passwd"), hls),
    ):
        assert refused(url, tmp_path, site).code in ("fetch.refused", "fetch.upstream", "fetch.not_a_video")


def test_cookies_stay_where_they_were_set(site: Site, clip: bytes, tmp_path: Path) -> None:
    with serving("127.0.0.2") as other:
        there = other.file("/clip.mp4", clip)
        for path, to in (("/go", "/on"), ("/on", there)):
            site.answers[path] = (302, {"Location": to, "Set-Cookie": f"s={SECRET}; Path=/"}, b"")
        fetch(f"{site.url}/go", tmp_path, limits=FetchLimits(allow_hosts=frozenset({site.host, other.host})))
        assert SECRET in str([headers for path, headers in site.asked if path == "/on"])  # the control
        assert other.asked and SECRET not in str(other.asked)


def test_cookies_of_the_page_go_to_the_same_site_s_video(site: Site, clip: bytes, tmp_path: Path) -> None:
    """As TikTok wants it. Not to another site's, and not beyond the path that they are for."""
    with serving("127.0.0.2") as other:
        for path, place in (("/own", "/media/own.mp4"), ("/other", other.file("/other.mp4", clip)), ("/beyond", "/beyond.mp4")):
            site.file(place, clip)
            page = f"<html><video src='{place}'></video></html>".encode()
            site.answers[path] = (200, {"Content-Type": "text/html", "Set-Cookie": f"token={SECRET}; Path=/media"}, page)
            fetch(f"{site.url}{path}", tmp_path / path[1:], limits=FetchLimits(allow_hosts=frozenset({site.host, other.host})))
        own, beyond = ([head.get("Cookie") for path, head in site.asked if path == wanted] for wanted in ("/media/own.mp4", "/beyond.mp4"))
        assert own and all(cookie == f"token={SECRET}" for cookie in own)
        assert beyond and not any(beyond)
        assert other.asked and SECRET not in str(other.asked)


def test_hostile_names_change_nothing(site: Site, clip: bytes, tmp_path: Path) -> None:
    site.answers["/clip"] = (200, {"Content-Type": "video/x.desktop", "Content-Disposition": "attachment; filename=../../x.desktop"}, clip)
    url = site.page("/watch", "<html><title>../../<img src=x onerror=alert(1)></title><video src='/clip'></video></html>")
    result = fetched(url, tmp_path / "job", site)
    assert result.path == tmp_path / "job" / "download" and list(tmp_path.rglob("*")) == [tmp_path / "job", result.path]
