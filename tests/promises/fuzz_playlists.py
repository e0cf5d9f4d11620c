"""The readers of HLS playlists and DASH manifests under random text: pieces within bounds on the web, or a refusal.

An input begins with "#EXTM3U" for HLS; one that begins with "<" is a DASH manifest that goes the whole way, through yt-dlp's reader,
the choice of a format and the list of its segments; all else is a list of segments as yt-dlp would tell it, in JSON. yt-dlp's own
exceptions are turned into refusals as the fetching child does it. A manifest that counts millions of segments is not built: yt-dlp makes a
list of them all, which only the bounds of that child end. See also: the bytes of the segments (``fuzz_boxes.py``).
"""

import json
import math
from contextlib import AbstractContextManager
from functools import cache
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit
from xml.etree.ElementTree import ParseError, XMLParser, fromstring

from hypothesis import strategies as st

from telltale.core.errors import FetchFailed
from telltale.fetch.format_selection import choose
from telltale.fetch.worker import is_a_bug
from telltale.net.failures import failure_of
from telltale.net.range_client import Target as Address
from telltale.streaming.playlists import MOST_PIECES, dash_pieces, parse_media_playlist
from telltale.streaming.sample import source_of
from telltale.streaming.segments import Piece
from tests.promises.fuzzing import Target

HERE = Address("https://example.com/v/list")


def check(content: bytes) -> bool:
    """Whether there are pieces, and sound ones."""
    text = content.decode("utf-8", errors="replace")
    try:
        if text.lstrip().startswith("<"):
            pieces = from_manifest(text)
        elif text.lstrip("\ufeff \r\n").startswith("#"):
            pieces = parse_media_playlist(text, HERE)
        else:
            pieces = told(content)
    except FetchFailed as refused:
        assert refused.sentence.isprintable()
        return False
    assert 0 < len(pieces) <= MOST_PIECES
    for piece in pieces:
        assert_sound(piece)
        if piece.init:
            assert_sound(piece.init)
    return True


def assert_sound(piece: Piece) -> None:
    """On the web, at a time that is a number, from a place to a later one."""
    for target in (piece.target, *([piece.lock.key] if piece.lock else [])):
        assert urlsplit(target.url).scheme in ("http", "https"), target.url
    assert math.isfinite(piece.time) and 0 <= piece.duration <= 3600 and piece.start >= 0
    assert piece.stop is None or piece.stop >= piece.start
    assert piece.lock is None or len(piece.lock.vector) == 16


def told(content: bytes) -> list[Piece]:
    """A list of segments, as yt-dlp tells it; what is no such list could not come from there."""
    try:
        fragments = json.loads(content)
    except (ValueError, RecursionError):
        raise FetchFailed("fetch.not_a_video", "none") from None
    if not isinstance(fragments, list) or not all(isinstance(one, dict) for one in fragments):
        raise FetchFailed("fetch.not_a_video", "none")
    return dash_pieces(HERE, fragments)


@cache
def reader() -> Any:
    """yt-dlp's reader of DASH manifests."""
    import yt_dlp
    from yt_dlp.extractor.generic import GenericIE

    return GenericIE(yt_dlp.YoutubeDL({"quiet": True, "no_warnings": True, "cachedir": False}))


def from_manifest(text: str) -> list[Piece]:
    """As the fetching child goes from a manifest to pieces. Raises FetchFailed for whatever it would tell so."""
    try:
        tree = fromstring(text, XMLParser(encoding="utf-8"))
    except (ParseError, ValueError, LookupError):
        raise FetchFailed("fetch.not_a_video", "none") from None
    try:
        formats, _ = reader()._parse_mpd_formats_and_subtitles(tree, mpd_id="dash", mpd_base_url="https://example.com/v", mpd_url=HERE.url)
        for form in formats:
            form.setdefault("protocol", "http_dash_segments")
        source = source_of(choose(formats))
        return dash_pieces(Address(source.url, source.headers), source.fragments or ())
    except Exception as error:  # as telltale.fetch.worker tells apart what is a bug of ours
        if is_a_bug(error):
            raise
        raise failure_of(error) from error


LINES = (
    *(
        *("#EXTM3U", "#EXT-X-ENDLIST", "#EXTINF:4.0,", "#EXTINF:-1", "#EXTINF:nan,", "#EXTINF:1e999", "#EXT-X-MEDIA-SEQUENCE:7"),
        *("a.ts", "/b.ts"),
    ),
    *(
        "#EXT-X-MEDIA-SEQUENCE:99999999999999999999",
        "#EXT-X-BYTERANGE:100@5",
        "#EXT-X-BYTERANGE:9",
        "#EXT-X-BYTERANGE:x",
        "//other.example/c.ts",
    ),
    *('#EXT-X-MAP:URI="i.mp4",BYTERANGE="9@0"', "#EXT-X-MAP:", '#EXT-X-KEY:METHOD=AES-128,URI="k",IV=0x1', "#EXT-X-KEY:METHOD=NONE"),
    *(
        *('#EXT-X-KEY:METHOD=SAMPLE-AES,URI="skd://x"', "file:///etc/passwd", "http://[", "http://[::1", "\\\\host\\x", "data:x"),
        "#EXT-X-STREAM-INF:",
    ),
)
MPD = (
    '<MPD mediaPresentationDuration="PT{length}"{kind}><Period><BaseURL>{base}</BaseURL><AdaptationSet mimeType="video/mp4">'
    '<SegmentTemplate timescale="{scale}" media="s$Number{width}$.m4s" initialization="i.mp4"'
    ' startNumber="{first}"{each}>{line}</SegmentTemplate>'
    '<Representation id="{id}" bandwidth="{rate}" width="640" height="360" codecs="avc1"/></AdaptationSet></Period></MPD>'
)
SOUND_MPD = MPD.format(
    length="12S", kind="", base="https://example.com/d/", scale=1, width="", first=1, each=' duration="4"', line="", id="v", rate=9
)


@st.composite
def manifests(draw: st.DrawFn) -> bytes:
    """DASH manifests whose numbers and addresses are drawn."""
    number = st.sampled_from(("0", "1", "4", "-1", "1000", "1e3", "x", "", "99999999"))
    filled = MPD.format(
        length=draw(st.sampled_from(("12S", "1H", "", "-5S", "2H"))),
        kind=draw(st.sampled_from(("", "", ' type="dynamic"'))),
        base=draw(st.sampled_from(("d/", "file:///etc/", "http://[", "https://example.com/", "//x/", "&#9;"))),
        scale=draw(number.filter(lambda said: said not in ("1000", "1e3", "99999999"))),
        width=draw(st.sampled_from(("", "", "%05d", "%99d", "%s"))),
        first=draw(number),
        each=draw(st.sampled_from(("", ' duration="4"', ' duration="0"', ' duration="-1"'))),
        line=draw(
            st.sampled_from(
                ("", '<SegmentTimeline><S t="0" d="4" r="3"/></SegmentTimeline>', '<SegmentTimeline><S d="0" r="9"/></SegmentTimeline>')
            )
        ),
        id=draw(st.text("ab<&\"'$%", max_size=4)).replace("<", "&lt;").replace("&", "&amp;").replace('"', "&quot;"),
        rate=draw(number),
    )
    return filled.encode()


def inputs() -> st.SearchStrategy[bytes]:
    """Playlists, manifests and lists."""
    lines = st.lists(st.sampled_from(LINES) | st.text(max_size=20), max_size=14)
    hls = lines.map(lambda drawn: "\n".join(["#EXTM3U", *drawn, "#EXT-X-ENDLIST"]).encode("utf-8", errors="replace"))
    url = st.sampled_from(("a", "http://[", "file:///x", "https://example.com/é", "//h/x")) | st.text(max_size=9)
    one = st.fixed_dictionaries({}, optional={"url": url, "path": url, "duration": st.floats() | st.text(max_size=4) | st.none()})
    return hls | manifests() | st.lists(one, max_size=5).map(lambda drawn: json.dumps(drawn).encode("utf-8", errors="replace"))


def off() -> AbstractContextManager[object]:
    """Segments may lie at addresses of any kind."""
    return patch("telltale.streaming.playlists.on_the_web", lambda target: target)


TARGET = Target(
    "playlists",
    "the readers of HLS and DASH",
    check,
    inputs(),
    (
        b'#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI="k"\n#EXTINF:4,\na.ts\n#EXT-X-BYTERANGE:9@2\nb.ts\n#EXT-X-ENDLIST',
        b'[{"url": "i"}, {"url": "a", "duration": 4}]',
        SOUND_MPD.encode(),
    ),
    "segments may lie anywhere",
    off,
)
