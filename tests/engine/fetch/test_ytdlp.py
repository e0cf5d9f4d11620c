"""telltale/fetch/ytdlp.py and refusals.py: the real yt-dlp as a library, before pages on this machine that give one video, several or none.

See also: what a page can make it reach (``test_worker.py``); which format is best (``test_format_selection.py``).
"""

import pytest
import yt_dlp

from telltale.core.errors import FetchFailed
from telltale.fetch.ytdlp import Resolved, count_requests, options, resolve
from telltale.net.failures import failure_of
from tests.support.web.web_server import SECRET, Site

HLS = "application/vnd.apple.mpegurl"
MASTER = """#EXTM3U
#EXT-X-STREAM-INF:BANDWIDTH=300000,RESOLUTION=426x240,CODECS="avc1.42c01e"
240.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=900000,RESOLUTION=854x480,CODECS="avc1.42c01e"
480.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=4000000,RESOLUTION=1920x1080,CODECS="avc1.640028"
1080.m3u8
"""
MEDIA = "#EXTM3U\n#EXT-X-TARGETDURATION:10\n{0}#EXTINF:10,\n0.ts\n#EXTINF:8,\n1.ts\n{1}"
DASH = """<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="{0}" mediaPresentationDuration="PT60S"><Period>
<AdaptationSet mimeType="video/mp4">{1}<SegmentTemplate timescale="1" duration="6" initialization="init.mp4" media="$Number$.m4s"/>
<Representation id="v" bandwidth="1000" width="854" height="480" codecs="avc1.42c01e"/></AdaptationSet></Period></MPD>"""
LOCKED = '<ContentProtection schemeIdUri="urn:uuid:edef8ba9-79d6-4ace-a3c8-27dcd51d21ed"/>'
VIDEO = "<video src='/{0}.mp4'></video>"


def resolved(url: str, max_duration: float = 3600.0) -> Resolved:
    """What the library makes of an address."""
    with yt_dlp.YoutubeDL(options("")) as downloader:
        return resolve(url, downloader, max_duration)


def refused(url: str) -> str:
    """The code of the refusal, whose sentence quotes nothing and names the way out."""
    try:
        resolved(url)
    except Exception as error:
        failure = failure_of(error)
        assert SECRET not in failure.sentence and "127.0.0.1" not in failure.sentence
        return failure.code
    raise AssertionError("it was not refused")


def test_a_page_gives_its_title_and_nothing_of_the_video_is_read(site: Site) -> None:
    site.file("/talk.mp4", b"x" * 1000)
    found = resolved(site.page("/watch", f"<html><head><title>A \x07talk</title></head>{VIDEO.format('talk')}</html>"))
    assert (found.title, found.info["url"], found.info["protocol"]) == ("A talk", f"{site.url}/talk.mp4", "http")
    assert [path for path, _ in site.asked] == ["/watch"]


def test_the_cheapest_variant_that_is_large_enough(site: Site) -> None:
    found = resolved(site.page("/master.m3u8", MASTER, HLS))
    assert (found.info["url"], found.info["protocol"]) == (f"{site.url}/480.m3u8", "m3u8_native")


def test_a_dash_stream_gives_its_segments_and_its_length(site: Site) -> None:
    found = resolved(site.page("/talk.mpd", DASH.format("static", ""), "application/dash+xml"))
    assert (found.duration, found.info["protocol"], len(found.info["fragments"])) == (60.0, "http_dash_segments", 11)


def test_requests_are_counted(site: Site) -> None:
    with yt_dlp.YoutubeDL(options("")) as downloader:
        asked = count_requests(downloader)
        resolve(site.page("/master.m3u8", MASTER, HLS), downloader, 60)
        assert asked() == len(site.asked) > 1


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (f"<html>{VIDEO.format('a')}{VIDEO.format('b')}</html>", "fetch.playlist"),
        (f"<html><p>{SECRET}</p></html>", "fetch.not_a_video"),
        ("<html><video src='file:///etc/passwd'></video></html>", "fetch.not_a_video"),
    ],
)
def test_pages(site: Site, body: str, code: str) -> None:
    assert refused(site.page("/page", body)) == code


def test_a_feed_is_several_videos(site: Site) -> None:
    items = "".join(f"<item><title>{n}</title><link>{site.url}/{n}.mp4</link></item>" for n in range(1000))
    feed = f'<?xml version="1.0"?><rss version="2.0"><channel><title>Feed</title>{items}</channel></rss>'
    assert refused(site.page("/feed", feed, "application/rss+xml")) == "fetch.playlist"
    assert len(site.asked) == 1


def test_pages_that_hand_on_in_circles_end(site: Site) -> None:
    assert refused(site.page("/a", f'<html><meta http-equiv="refresh" content="0;url={site.url}/a"></html>')) == "fetch.not_a_video"
    assert len(site.asked) < 10


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("/live.m3u8", MEDIA.format("", ""), "fetch.live"),
        ("/locked.m3u8", MEDIA.format('#EXT-X-KEY:METHOD=SAMPLE-AES,URI="skd://k"\n', "#EXT-X-ENDLIST"), "fetch.drm"),
        ("/live.mpd", DASH.format("dynamic", ""), "fetch.live"),
        ("/locked.mpd", DASH.format("static", LOCKED), "fetch.drm"),
    ],
)
def test_streams(site: Site, path: str, body: str, code: str) -> None:
    assert refused(site.page(path, body, HLS if path.endswith("m3u8") else "application/dash+xml")) == code


@pytest.mark.parametrize(
    ("status", "headers", "code"),
    [
        (401, {"WWW-Authenticate": "Basic"}, "fetch.login"),
        (403, {}, "fetch.upstream"),
        (403, {"cf-mitigated": "challenge"}, "fetch.robot"),
        (404, {}, "fetch.gone"),
        (451, {}, "fetch.region"),
    ],
)
def test_answers(site: Site, status: int, headers: dict[str, str], code: str) -> None:
    site.answers["/page"] = (status, {"Content-Type": "text/html", **headers}, SECRET.encode())
    assert refused(f"{site.url}/page") == code


def test_too_long(site: Site) -> None:
    url = site.page("/talk.mpd", DASH.format("static", ""), "application/dash+xml")
    with pytest.raises(FetchFailed) as caught:
        resolved(url, max_duration=59.0)
    assert caught.value.code == "fetch.too_large"
