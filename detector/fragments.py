"""A video in pieces (the fragments of an MP4, the segments of HLS and DASH): of the pieces that hold the wanted moments, the keyframe.

Of each piece only so much is read as holds its first keyframe: a range, more of it where that was not enough, or the beginning of an
answer that is then hung up on. Not here: where the pieces are (``boxes.py``, ``playlists.py``); HTTP (``ranges.py``).
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import av.error

from detector.errors import FetchFailed
from detector.frames import SEQUENTIAL_SECONDS
from detector.moments import FEWEST, chosen
from detector.progress import Listener, Progress
from detector.ranges import TRIES, Answer, Client, Target, lying
from detector.remux import Keyframe, demuxed, pictures

HEAD = 64 * 1024
"""Bytes of a piece that are read first."""
LARGEST_PIECE = 64 * 1024 * 1024
LARGEST_INIT = 8 * 1024 * 1024
PROBE = 5_000_000


@dataclass(frozen=True)
class Piece:
    """A part of the video, at an address or at a range of it, from ``time`` on for ``duration`` seconds; ``init`` goes before its bytes."""

    target: Target
    time: float
    duration: float
    start: int = 0
    stop: int | None = None
    init: "Piece | None" = None


def sample_pieces(pieces: Sequence[Piece], count: int, client: Client, listener: Listener) -> tuple[float, list[Keyframe]] | None:
    """Seconds of the whole and a keyframe for each of ``count`` moments; None where it is better read from its beginning to its end."""
    duration = pieces[-1].time + pieces[-1].duration
    wanted = [pieces[number] for number in chosen([piece.time for piece in pieces], duration, count)]
    if duration <= SEQUENTIAL_SECONDS or (len(wanted) < min(count, FEWEST) and duration / len(pieces) <= SEQUENTIAL_SECONDS):
        return None
    inits = {piece.init: b"" for piece in wanted if piece.init}
    inits = dict(zip(inits, client.side_by_side(partial(whole_piece, client, LARGEST_INIT), inits), strict=True))

    def keyframe(piece: Piece) -> Keyframe | None:
        return first_keyframe(client, piece, inits[piece.init] if piece.init else b"")

    found = client.side_by_side(keyframe, wanted, lambda done: listener(Progress("fetch", done, len(wanted))))
    keyframes = [one for one in found if one is not None]
    if not keyframes:
        raise FetchFailed("fetch.not_a_video", "No picture could be found in the parts of this video that were read.")
    return duration, [one for one in keyframes if alike(one, keyframes[0])]


def alike(one: Keyframe, other: Keyframe) -> bool:
    """Whether two keyframes fit into one track; advertisements between the segments may not."""
    a, b = one.stream.codec_context, other.stream.codec_context
    return (a.name, a.width, a.height) == (b.name, b.width, b.height)


def whole_piece(client: Client, most: int, piece: Piece) -> bytes:
    """All bytes of a piece. Raises FetchFailed where there are more than ``most``."""
    with Beginning(client, piece) as beginning:
        data = beginning.upto(most + 1)
    if len(data) > most:
        raise FetchFailed("fetch.too_large", "A part of this video is larger than Telltale reads.")
    return data


def first_keyframe(client: Client, piece: Piece, init: bytes) -> Keyframe | None:
    """The first keyframe of a piece, reading twice as much of it whenever that was not enough; None where there is none in it."""
    size = HEAD
    with Beginning(client, piece) as beginning:
        while True:
            data = beginning.upto(size)
            found = keyframe_in(init + data, piece.time, whole=len(data) < size or beginning.ended)
            if found or len(data) < size or size >= LARGEST_PIECE:
                return found
            size *= 2


def keyframe_in(data: bytes, time: float, whole: bool) -> Keyframe | None:
    """The first keyframe of a piece's beginning, if all of it is there: a further packet follows it, or the piece ends."""
    try:
        container = demuxed(io.BytesIO(data), PROBE)
        stream = pictures(container)
        first, keyframe = None, None
        for packet in container.demux(stream):
            if packet.pts is None or not packet.size:
                continue
            if keyframe is not None:
                return keyframe
            first = packet.pts if first is None else first
            if packet.is_keyframe and not packet.is_corrupt:
                keyframe = Keyframe(time + max((packet.pts - first) * float(stream.time_base or 0), 0.0), packet, stream)
    except (av.error.FFmpegError, FetchFailed):
        return None
    return keyframe if whole else None


class Beginning:
    """The first bytes of a piece, as many as are asked for; a server without ranges is hung up on in the end."""

    def __init__(self, client: Client, piece: Piece) -> None:
        self._client, self._piece = client, piece
        self._held = bytearray()
        self._flowing: Answer | None = None
        self.ended = False

    def __enter__(self) -> "Beginning":
        return self

    def __exit__(self, *_: object) -> None:
        if self._flowing:
            self._flowing.close()

    def upto(self, size: int) -> bytes:
        """The first ``size`` bytes, fewer only where the piece ends."""
        if self._piece.stop is not None:
            size = min(size, self._piece.stop - self._piece.start)
        for _ in range(TRIES):
            if len(self._held) < size and not self.ended:
                self._read_on(size)
        self.ended = self.ended or (self._piece.stop is not None and len(self._held) >= self._piece.stop - self._piece.start)
        return bytes(self._held)

    def _read_on(self, size: int) -> None:
        if self._flowing is None:
            here = self._piece.start + len(self._held)
            answer = self._client.ask(self._piece.target, here, self._piece.start + size)
            if answer.status == 206 and not answer.encoded:
                self._held += answer.take(size - len(self._held))
                answer.close()
                self.ended = answer.total is not None and self._piece.start + len(self._held) >= answer.total
                return
            if answer.status == 206 or self._held:
                answer.close()
                raise lying()
            answer.take(self._piece.start)
            self._flowing = answer
        wanted = size - len(self._held)
        more = self._flowing.take(wanted)
        self._held += more
        self.ended = len(more) < wanted


def join(pieces: Sequence[Piece], client: Client, path: Path, listener: Listener) -> None:
    """All pieces one after the other in a file, as a player would read them; how much that may be, the client bounds."""
    inits = {piece.init: b"" for piece in pieces if piece.init}
    inits = dict(zip(inits, client.side_by_side(partial(whole_piece, client, LARGEST_INIT), inits), strict=True))
    before: Piece | None = None
    with path.open("wb") as file:
        for first in range(0, len(pieces), client.parallel):
            lot = pieces[first : first + client.parallel]
            for piece, data in zip(lot, client.side_by_side(partial(whole_piece, client, LARGEST_PIECE), lot), strict=True):
                file.write(inits[piece.init] if piece.init and piece.init != before else b"")
                file.write(data)
                before = piece.init
            listener(Progress("fetch", min(first + len(lot), len(pieces)), len(pieces)))
