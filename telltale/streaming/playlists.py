"""Lists of segments -> the pieces of a video: HLS media playlists (RFC 8216), and the segments that yt-dlp reads from a DASH manifest.

See also: choosing among a page's formats (``telltale/fetch/format_selection.py``); reading the pieces (``segment_sampling.py``). Streams
without an end, playlists of playlists and locked segments are refused, but for AES-128 with an open key, which is no DRM; every list has a
bound.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from telltale.core.errors import FetchFailed
from telltale.net.failures import refusal
from telltale.net.range_client import RangeClient, Target
from telltale.streaming.hls_aes import BLOCK, Encryption
from telltale.streaming.segments import Piece

LARGEST_PLAYLIST = 8 * 1024 * 1024
MOST_PIECES = 50_000
LONGEST_PIECE = 3600.0
ATTRIBUTE = re.compile(r'([A-Z0-9-]{1,64})=("[^"]*"|[^",]*)')
WHOLE = re.compile(r"^#EXT-X-PLAYLIST-TYPE:\s*VOD\s*$", re.MULTILINE)
"""What is said of a playlist that does not change, whether or not it says where it ends (RFC 8216, 4.3.3.5)."""
VECTOR = re.compile(r"0[xX]([0-9A-Fa-f]{1,32})")
BYTES = re.compile(r"(\d{1,15})(?:@(\d{1,15}))?")
TOO_MANY = FetchFailed("fetch.too_large", "parts")


def hls_pieces(client: RangeClient, target: Target) -> list[Piece]:
    """The segments of the media playlist at an address. Raises FetchFailed."""
    return parse_media_playlist(client.read_text(target, LARGEST_PLAYLIST), target)


def parse_media_playlist(text: str, target: Target) -> list[Piece]:
    """The segments that a media playlist lists. Raises FetchFailed."""
    if not text.lstrip("\ufeff \r\n").startswith("#EXTM3U") or "#EXT-X-STREAM-INF" in text:
        raise refusal("fetch.not_a_video")
    if "#EXT-X-ENDLIST" not in text and not WHOLE.search(text):
        raise refusal("fetch.live")
    pieces: list[Piece] = []
    time, duration, init, span, follows, gap = 0.0, 0.0, None, None, dict[str, int](), False
    number, key = 0, dict[str, str]()
    for line in map(str.strip, text.splitlines()):
        tag, _, value = line.partition(":")
        if tag == "#EXTINF":
            duration = length(value.partition(",")[0])
        elif tag == "#EXT-X-MEDIA-SEQUENCE":
            number = sequence(value)
        elif tag in ("#EXT-X-KEY", "#EXT-X-SESSION-KEY"):
            key = attributes(value)
            parse_key(target, key, 0)
            key = key if tag == "#EXT-X-KEY" else {}
        elif tag == "#EXT-X-GAP":
            gap = True
        elif tag == "#EXT-X-BYTERANGE":
            span = value
        elif tag == "#EXT-X-MAP":
            named = attributes(value)
            init = piece(target, named.get("URI", ""), 0.0, 0.0, named.get("BYTERANGE"), {}, None)
            init = replace(init, lock=parse_key(target, key, number))
        elif line and not line.startswith("#"):
            there = piece(target, line, time, duration, span, follows, init)
            if not gap:
                pieces.append(replace(there, lock=parse_key(target, key, number)))
            time, duration, span, number, gap = time + duration, 0.0, None, number + 1, False
            if len(pieces) > MOST_PIECES:
                raise TOO_MANY
    if not pieces:
        raise refusal("fetch.not_a_video")
    return pieces


def parse_key(target: Target, key: Mapping[str, str], number: int) -> Encryption | None:
    """What an EXT-X-KEY says of the segment of this number, None where it is open. Raises FetchFailed for all but plain AES-128."""
    if key.get("METHOD", "NONE") == "NONE":
        return None
    if key["METHOD"] != "AES-128" or key.get("KEYFORMAT", "identity") != "identity":
        raise refusal("fetch.drm")
    said = VECTOR.fullmatch(key.get("IV", "0x0"))
    if said is None or not key.get("URI"):
        raise refusal("fetch.not_a_video")
    return Encryption(on_the_web(target.resolve(key["URI"])), (int(said[1], 16) if "IV" in key else number).to_bytes(BLOCK))


def sequence(said: str) -> int:
    """The number of the first segment. Raises FetchFailed for what is none."""
    if not (said.isdecimal() and len(said) < 20):
        raise refusal("fetch.not_a_video")
    return int(said)


def piece(target: Target, url: str, time: float, duration: float, span: str | None, follows: dict[str, int], init: Piece | None) -> Piece:
    """One segment; a byte range without a beginning goes on where the last one of the same file ended (``follows``)."""
    there = on_the_web(target.resolve(url))
    if span is None:
        return Piece(there, time, duration, init=init)
    said = BYTES.fullmatch(span)
    if said is None:
        raise refusal("fetch.not_a_video")
    start = int(said[2]) if said[2] else follows.get(there.url, 0)
    follows[there.url] = start + int(said[1])
    return Piece(there, time, duration, start, start + int(said[1]), init)


def dash_pieces(target: Target, fragments: Iterable[Mapping[str, Any]]) -> list[Piece]:
    """The segments as yt-dlp tells them (``url``, ``duration``); the one without a duration goes before all. Raises FetchFailed."""
    pieces: list[Piece] = []
    time, init = 0.0, None
    for fragment in fragments:
        there = on_the_web(target.resolve(str(fragment.get("url") or fragment.get("path") or "")))
        if fragment.get("duration") is None and not pieces:
            init = Piece(there, 0.0, 0.0)
            continue
        duration = length(fragment.get("duration"))
        pieces.append(Piece(there, time, duration, init=init))
        time += duration
        if len(pieces) > MOST_PIECES:
            raise TOO_MANY
    if not pieces:
        raise refusal("fetch.not_a_video")
    return pieces


def length(said: object) -> float:
    """Seconds of a segment. Raises FetchFailed for what is no length."""
    try:
        seconds = float(str(said))
    except ValueError as error:
        raise refusal("fetch.not_a_video") from error
    if not 0 <= seconds <= LONGEST_PIECE:
        raise refusal("fetch.not_a_video")
    return seconds


def attributes(value: str) -> dict[str, str]:
    """An HLS attribute list."""
    return {name: said.strip('"') for name, said in ATTRIBUTE.findall(value)}


def on_the_web(target: Target) -> Target:
    """The same, if it is an http(s) address. Raises FetchFailed."""
    if urlsplit(target.url).scheme not in ("http", "https"):
        raise FetchFailed("fetch.refused", "parts")
    return target
