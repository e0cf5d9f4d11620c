"""A video on a server -> one small local file with the moments that are looked at, reading as few bytes as it takes.

Files with an index and lists of segments are sampled: of each wanted moment the keyframe nearest before it is fetched. Short clips, small
files, videos with few keyframes and servers without ranges are fetched whole, up to the client's bound. Nothing is decoded here.

See also: which format of a page is read (``telltale/fetch/format_selection.py``); guarding the network (the proxy that ``client`` asks);
decoding (``telltale/video/frames.py``).
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from telltale.core.errors import FetchFailed
from telltale.core.progress import Listener, Progress
from telltale.net.failures import too_large
from telltale.net.range_client import PIECE, RangeClient, Response, Target, broken
from telltale.streaming.container_boxes import LARGEST_SIDX, boxes, fragments
from telltale.streaming.fragmented_mp4 import look_up, read_index_at_end
from telltale.streaming.playlists import dash_pieces, hls_pieces
from telltale.streaming.progressive import sample_file
from telltale.streaming.remote_file import RemoteFile
from telltale.streaming.remux import Keyframe, remux
from telltale.streaming.sample_times import assign_times
from telltale.streaming.segment_sampling import sample_pieces
from telltale.streaming.segments import Piece, join
from telltale.video.frames import SEQUENTIAL_SECONDS

BEGINNING = 64 * 1024
"""Bytes of a file that are read first."""
SMALL = 8_000_000
"""Bytes up to which a file is read whole."""

SAMPLED_FILE, WHOLE_FILE = "sampled.mkv", "whole"


@dataclass(frozen=True)
class MediaSource:
    """A chosen format; ``fragments`` are yt-dlp's dictionaries (``url``, ``duration``) for "dash", None else; ``duration`` in seconds."""

    url: str
    protocol: Literal["http", "hls", "dash"]
    headers: Mapping[str, str] = field(default_factory=dict)
    container: str | None = None
    duration: float | None = None
    fragments: tuple[Mapping[str, Any], ...] | None = None


@dataclass(frozen=True)
class Sampled:
    """The local file, whether it holds sampled keyframes only, seconds of the whole video (None where unknown), and what it took.

    ``joined`` is a video in pieces: no file of its bytes lies on the server.
    """

    path: Path
    sampled: bool
    duration: float | None
    bytes_read: int
    requests: int
    seconds: float
    joined: bool = False


def source_of(info: Mapping[str, Any]) -> MediaSource:
    """The source that yt-dlp's dictionary of a chosen format names."""
    said = str(info.get("protocol") or "http")
    protocol: Literal["http", "hls", "dash"] = "hls" if said.startswith("m3u8") else "dash" if said == "http_dash_segments" else "http"
    base = str(info.get("fragment_base_url") or info["url"])
    parts = tuple(info.get("fragments") or ()) if protocol == "dash" else None
    headers = {str(name): str(value) for name, value in (info.get("http_headers") or {}).items()}
    return MediaSource(base if parts else str(info["url"]), protocol, headers, info.get("ext"), info.get("duration"), parts)


def sample(source: MediaSource, count: int, client: RangeClient, folder: Path, listener: Listener, run: int = 1) -> Sampled:
    """A file in ``folder`` with ``count`` moments of the video, or with all of it. Raises FetchFailed.

    Of each moment it holds the keyframe, and the pictures after it until there are ``run``, or until the next keyframe.
    """
    began = time.monotonic()
    target = Target(source.url, source.headers)
    if source.protocol == "hls":
        path, duration = from_pieces(hls_pieces(client, target), count, client, folder, listener, run)
    elif source.protocol == "dash" and source.fragments:
        path, duration = from_pieces(dash_pieces(target, source.fragments), count, client, folder, listener, run)
    else:
        path, duration = from_file(target, source.duration, count, client, folder, listener, run)
    spent = time.monotonic() - began
    joined = source.protocol == "hls" or bool(source.fragments)
    return Sampled(path, path.name == SAMPLED_FILE, duration or source.duration, client.read, client.requests, spent, joined)


def from_pieces(
    pieces: list[Piece], count: int, client: RangeClient, folder: Path, listener: Listener, run: int
) -> tuple[Path, float | None]:
    """A video in segments: sampled, or joined."""
    found = sample_pieces(pieces, count, client, listener, run)
    if found:
        return write_sample(found, folder, run)
    join(pieces, client, folder / WHOLE_FILE, listener)
    return folder / WHOLE_FILE, pieces[-1].time + pieces[-1].duration


def from_file(
    target: Target, told: float | None, count: int, client: RangeClient, folder: Path, listener: Listener, run: int
) -> tuple[Path, float | None]:
    """A video in one file: sampled where its server gives ranges and it is worth it, else whole."""
    answer = client.get(target, 0, BEGINNING)
    if answer.status == 200 or answer.encoded or answer.total is None:
        return download_rest(answer, b"", client, folder, listener), told
    beginning = answer.read(min(BEGINNING, answer.total))
    answer.close()
    short = told is not None and told <= SEQUENTIAL_SECONDS
    if answer.total > SMALL and not short:
        file = RemoteFile(client, target, answer.total, beginning)
        found = from_fragmented(file, target, count, listener, run) or sample_file(file, count, listener, run)
        if found:
            return write_sample(found, folder, run)
    rest = client.get(target, len(beginning), None) if answer.total > len(beginning) else None
    return download_rest(rest, beginning, client, folder, listener), told


def from_fragmented(file: RemoteFile, target: Target, count: int, listener: Listener, run: int) -> tuple[float, list[Keyframe]] | None:
    """Keyframes of a fragmented MP4 that lists its fragments at its beginning or end. Without a good list, and for every other file, None;
    the heads of all fragments are here then."""
    plain = True
    for box in boxes(file):
        if box.kind == b"sidx" and box.stop - box.start <= LARGEST_SIDX:
            init = Piece(target, 0.0, 0.0, 0, box.start)
            found = fragments(file.at(box.content, box.stop - box.content), box.stop)
            pieces = [Piece(target, one.time, one.duration, one.start, one.stop, init) for one in found]
            return sample_pieces(pieces, count, file.client, listener, run) if pieces else None
        if box.kind == b"moof":
            pieces = read_index_at_end(file, target, box.start) if plain else []
            sampled = from_list(pieces, count, file.client, listener, run) if pieces else None
            if sampled is None:
                look_up(file, box.start)
            return sampled
        plain = plain and box.kind != b"mdat"
    return None


def from_list(pieces: list[Piece], count: int, client: RangeClient, listener: Listener, run: int) -> tuple[float, list[Keyframe]] | None:
    """Keyframes by a list of fragments that may list some without any; None where that lost one."""
    try:
        found = sample_pieces(pieces, count, client, listener, run)
    except FetchFailed as failure:
        if failure.code != "fetch.not_a_video":
            raise
        return None
    wanted = assign_times([piece.time for piece in pieces], pieces[-1].time + pieces[-1].duration, count)
    return found if found and len(found[1]) >= len(wanted) else None


def write_sample(found: tuple[float, list[Keyframe]], folder: Path, run: int) -> tuple[Path, float]:
    """The sampled keyframes as a file."""
    duration, keyframes = found
    remux(keyframes, duration, folder / SAMPLED_FILE, run)
    return folder / SAMPLED_FILE, duration


def download_rest(answer: Response | None, beginning: bytes, client: RangeClient, folder: Path, listener: Listener) -> Path:
    """A body into a file, after what of it is here already. Raises FetchFailed where it is longer than may be read, or cut."""
    total = answer.total if answer and answer.total is not None else 0
    if total > client.max_bytes:
        raise too_large(client.max_bytes)
    path = folder / WHOLE_FILE
    with path.open("wb") as file:
        file.write(beginning)
        size = len(beginning)
        while answer and (piece := answer.read(PIECE)):
            file.write(piece)
            size += len(piece)
            if size > client.max_bytes:
                raise too_large(client.max_bytes)
            listener(Progress("fetch", size, total))
        if answer:
            answer.close()
    if size < total:
        raise broken()
    return path
