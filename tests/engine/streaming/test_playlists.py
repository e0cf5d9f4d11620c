"""Lists of segments: what is read from them, and every kind that is refused."""

import pytest

from telltale.core.errors import FetchFailed
from telltale.net.range_client import Target
from telltale.streaming.playlists import dash_pieces, parse_media_playlist

HERE = Target("https://example.com/v/list.m3u8")


def listed(*lines: str, end: bool = True) -> str:
    """A playlist of these lines."""
    return "\n".join(["#EXTM3U", *lines, *(["#EXT-X-ENDLIST"] if end else [])])


def test_times_addresses_and_ranges() -> None:
    pieces = parse_media_playlist(
        listed(
            '#EXT-X-MAP:URI="i.mp4",BYTERANGE="10@5"',
            "#EXTINF:4.5,",
            "#EXT-X-BYTERANGE:100@20",
            "a",
            "#EXTINF:2,",
            "#EXT-X-BYTERANGE:7",
            "a",
        ),
        HERE,
    )
    assert [(piece.target.url, piece.time, piece.duration, piece.start, piece.stop) for piece in pieces] == [
        ("https://example.com/v/a", 0.0, 4.5, 20, 120),
        ("https://example.com/v/a", 4.5, 2.0, 120, 127),
    ]
    assert pieces[0].init and (pieces[0].init.start, pieces[0].init.stop) == (5, 15)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "fetch.not_a_video"),
        ("<html>", "fetch.not_a_video"),
        (listed(), "fetch.not_a_video"),
        (listed("#EXT-X-STREAM-INF:BANDWIDTH=1", "list.m3u8"), "fetch.not_a_video"),
        (listed("#EXTINF:4,", "a.ts", end=False), "fetch.live"),
        (listed('#EXT-X-KEY:METHOD=SAMPLE-AES,URI="k"', "#EXTINF:4,", "a.ts"), "fetch.drm"),
        (listed('#EXT-X-KEY:METHOD=SAMPLE-AES-CTR,URI="k"', "#EXTINF:4,", "a.ts"), "fetch.drm"),
        (listed('#EXT-X-SESSION-KEY:METHOD=SAMPLE-AES,URI="k"', "#EXTINF:4,", "a.ts"), "fetch.drm"),
        (listed('#EXT-X-KEY:METHOD=AES-128,URI="k",KEYFORMAT="com.apple.streamingkeydelivery"', "#EXTINF:4,", "a.ts"), "fetch.drm"),
        (listed('#EXT-X-KEY:METHOD=AES-128,URI="data:,0123456789abcdef"', "#EXTINF:4,", "a.ts"), "fetch.refused"),
        (listed('#EXT-X-KEY:METHOD=AES-128,URI="k",IV=0xfg', "#EXTINF:4,", "a.ts"), "fetch.not_a_video"),
        (listed("#EXT-X-KEY:METHOD=AES-128", "#EXTINF:4,", "a.ts"), "fetch.not_a_video"),
        (listed("#EXT-X-MEDIA-SEQUENCE:-1", "#EXTINF:4,", "a.ts"), "fetch.not_a_video"),
        (listed("#EXTINF:4,", "file:///etc/passwd"), "fetch.refused"),
        (listed('#EXT-X-MAP:URI="concat:a"', "#EXTINF:4,", "a.ts"), "fetch.refused"),
        (listed("#EXTINF:-4,", "a.ts"), "fetch.not_a_video"),
        (listed("#EXTINF:nan,", "a.ts"), "fetch.not_a_video"),
        (listed("#EXTINF:4,", "#EXT-X-BYTERANGE:x", "a.ts"), "fetch.not_a_video"),
        (listed(*["#EXTINF:1,", "a.ts"] * 50_001), "fetch.too_large"),
    ],
)
def test_refused(text: str, code: str) -> None:
    with pytest.raises(FetchFailed) as caught:
        parse_media_playlist(text, HERE)
    assert caught.value.code == code


def test_keys_hold_until_the_next_and_number_their_segments() -> None:
    pieces = parse_media_playlist(
        listed(
            "#EXT-X-MEDIA-SEQUENCE:258",
            '#EXT-X-KEY:METHOD=AES-128,URI="k"',
            *["#EXTINF:4,", "a.ts"] * 2,
            '#EXT-X-KEY:METHOD=AES-128,URI="//example.org/other",IV=0xABc',
            '#EXT-X-MAP:URI="i.mp4"',
            *["#EXTINF:4,", "a.ts"],
            "#EXT-X-KEY:METHOD=NONE",
            *["#EXTINF:4,", "a.ts"],
        ),
        HERE,
    )
    locks = [piece.lock and (piece.lock.key.url, int.from_bytes(piece.lock.vector)) for piece in pieces]
    other = ("https://example.org/other", 0xABC)
    assert locks == [("https://example.com/v/k", 258), ("https://example.com/v/k", 259), other, None]
    assert pieces[3].init and pieces[3].init.lock == pieces[2].lock


def test_dash_without_segments_or_off_the_web_is_refused() -> None:
    for fragments in ([], [{"url": "file:///etc/passwd", "duration": 1}], [{"url": "a", "duration": "long"}]):
        with pytest.raises(FetchFailed):
            dash_pieces(HERE, fragments)
