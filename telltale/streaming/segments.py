"""Pieces of a video (segments of HLS and DASH, fragments of an MP4): where their bytes are, and reading some of them.

A piece is read from its beginning on, as far as is asked for, or a part in the middle of it; where the server gives no ranges the answer
flows until it is hung up on. See also: which piece and which part (``segment_sampling.py``); lists of pieces (``playlists.py``,
``container_boxes.py``).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from telltale.core.errors import FetchFailed
from telltale.core.progress import Listener, read_of_parts
from telltale.net.range_client import TRIES, RangeClient, Response, Target, wrong_range
from telltale.streaming.hls_aes import BLOCK, Encryption, decrypt, fetch_key, unpad
from telltale.streaming.remote_file import GAP, RemoteFile
from telltale.streaming.sample_times import Span, merge_spans

LARGEST_PIECE = 64 * 1024 * 1024
LARGEST_INIT = 8 * 1024 * 1024


@dataclass(frozen=True)
class Piece:
    """A part of the video, at an address or at a range of it, from ``time`` on for ``duration`` seconds; ``init`` goes before its bytes.

    ``clock`` is the decoding time, in the unit of the track, at which the video begins; None where a piece's first sample is at ``time``.
    """

    target: Target
    time: float
    duration: float
    start: int = 0
    stop: int | None = None
    init: "Piece | None" = None
    lock: Encryption | None = None
    clock: int | None = None


@dataclass(frozen=True)
class SharedParts:
    """What pieces need before they can be read: the keys and the beginnings that several of them share."""

    keys: Mapping[Target, bytes]
    inits: Mapping[Piece, bytes]

    def init(self, piece: Piece) -> bytes:
        """The bytes that go before those of a piece."""
        return self.inits[piece.init] if piece.init else b""


def fetch_shared(client: RangeClient, pieces: Iterable[Piece]) -> SharedParts:
    """Fetch what these pieces need. Raises FetchFailed."""
    inits = list(dict.fromkeys(piece.init for piece in pieces if piece.init))
    locked = dict.fromkeys(one.lock.key for one in [*pieces, *inits] if one.lock)
    keys = dict(zip(locked, client.map(partial(fetch_key, client), locked), strict=True))
    bodies = client.map(partial(whole_piece, client, keys, LARGEST_INIT), inits)
    return SharedParts(keys, dict(zip(inits, bodies, strict=True)))


def whole_piece(client: RangeClient, keys: Mapping[Target, bytes], most: int, piece: Piece) -> bytes:
    """All bytes of a piece. Raises FetchFailed where there are more than ``most``."""
    with SegmentStream(client, piece, keys) as beginning:
        data = beginning.upto(most + 1)
    if len(data) > most:
        raise FetchFailed("fetch.too_large", "part")
    return data


class SegmentStream:
    """The first bytes of a piece, as many as are asked for, decrypted; a server without ranges is hung up on in the end.

    ``ended`` tells that all are here, ``size`` how many there are, where that is known.
    """

    def __init__(self, client: RangeClient, piece: Piece, keys: Mapping[Target, bytes]) -> None:
        self._client, self._piece = client, piece
        self._lock, self._key = piece.lock, keys[piece.lock.key] if piece.lock else b""
        self._held = bytearray()
        self._flowing: Response | None = None
        self.ended = False
        self.size = None if piece.stop is None else piece.stop - piece.start

    def __enter__(self) -> "SegmentStream":
        return self

    def __exit__(self, *_: object) -> None:
        if self._flowing:
            self._flowing.close()

    def upto(self, size: int) -> bytes:
        """The first ``size`` bytes, fewer only where the piece ends."""
        if self._lock is None:
            return bytes(self._raw(size)[:size])
        data = decrypt(self._raw(size + BLOCK), self._key, self._lock.vector)
        return (unpad(data) if self.ended else data)[:size]

    def span(self, start: int, stop: int) -> bytes:
        """The bytes ``start``..``stop``, which the piece must have, without those before them where the server gives ranges."""
        if self._flowing or stop <= len(self._held) or self.size is None:
            return self.upto(stop)[start:]
        here, total = self._piece.start, None if self._piece.stop else self.size
        if self._lock is None:
            return self._client.read_range(self._piece.target, here + start, here + stop, total)
        first, last = start // BLOCK * BLOCK, min(-(-stop // BLOCK) * BLOCK, self.size)
        raw = self._client.read_range(self._piece.target, here + max(first - BLOCK, 0), here + last, total)
        vector, raw = (raw[:BLOCK], raw[BLOCK:]) if first else (self._lock.vector, raw)
        return decrypt(raw, self._key, vector)[start - first : stop - first]

    def _raw(self, size: int) -> bytes:
        """At least the first ``size`` bytes as they lie there, fewer only where the piece ends."""
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
            answer = self._client.get(self._piece.target, here, self._piece.start + size)
            if answer.status == 206 and not answer.encoded:
                self._held += answer.read(size - len(self._held))
                answer.close()
                self.ended = answer.total is not None and self._piece.start + len(self._held) >= answer.total
                if self.size is None and answer.total is not None:
                    self.size = answer.total - self._piece.start
                return
            if answer.status == 206 or self._held:
                answer.close()
                raise wrong_range()
            answer.read(self._piece.start)
            self._flowing = answer
            if self.size is None and answer.total is not None:
                self.size = answer.total - self._piece.start
        wanted = size - len(self._held)
        more = self._flowing.read(wanted)
        self._held += more
        self.ended = len(more) < wanted

    @property
    def ranged(self) -> bool:
        """Whether the server gave a range so far, so that what lies before a part need not be read."""
        return self._flowing is None


class PieceFile(RemoteFile):
    """The shared beginning and a piece (or its first ``size`` bytes) as one file, which is fetched where it is read.

    A fragment of a file lies at its own place in it, behind an empty box: its samples may be told by their place in the whole file.
    """

    STEP = 8 * 1024

    def __init__(self, client: RangeClient, piece: Piece, beginning: SegmentStream, head: bytes, init: bytes, size: int) -> None:
        here = piece.init is not None and piece.init.target == piece.target and piece.init.start == 0 and piece.init.lock is None
        gap = piece.start - len(init)
        self.shift = piece.start if here and (gap == 0 or gap >= BLOCK) else len(init)
        filled = (1).to_bytes(4) + b"free" + (self.shift - len(init)).to_bytes(8) if self.shift > len(init) else b""
        super().__init__(client, piece.target, self.shift + size, init + filled)
        self.held.keep(self.shift, head[:size])
        self._beginning = beginning
        self.blank: Span | None = None

    def read(self, size: int = -1) -> bytes:
        """As of every distant file; but what is not here of the ``blank`` part reads as zeros, while there is one."""
        place = self.tell()
        if self.blank and size > 0 and self.blank[0] <= place < self.blank[1] and not self.held.at(place, 1):
            ((_, stop), *_) = self.held.missing((place, min(place + size, self.blank[1])))
            self.seek(stop)
            return bytes(stop - place)
        return super().read(size)

    def hold(self, spans: Iterable[Span]) -> None:
        """Fetch all that is missing of these parts, one after the other."""
        for start, stop in merge_spans(spans, GAP):
            for gap in self.held.missing((start, min(stop, self.size))):
                self.held.keep(gap[0], self.fetch(*gap))

    def fetch(self, start: int, stop: int) -> bytes:
        """A part of the piece; what lies before it is never looked at."""
        if start < self.shift:
            return bytes(stop - start)
        return self._beginning.span(start - self.shift, stop - self.shift)


def passed_over(failure: FetchFailed) -> FetchFailed:
    """The same failure, where it costs no more than the piece that is missing; raises it where it holds for all."""
    if failure.code not in ("fetch.gone", "fetch.upstream"):
        raise failure
    return failure


def join(pieces: Sequence[Piece], client: RangeClient, path: Path, listener: Listener) -> None:
    """All pieces one after the other in a file, as a player would read them; how much that may be, the client bounds."""
    common = fetch_shared(client, pieces)
    before: Piece | None = None
    missing: list[FetchFailed] = []

    def piece_if_there(piece: Piece) -> bytes:
        try:
            return whole_piece(client, common.keys, LARGEST_PIECE, piece)
        except FetchFailed as failure:
            missing.append(passed_over(failure))
            return b""

    with path.open("wb") as file:
        for first in range(0, len(pieces), client.parallel):
            lot = pieces[first : first + client.parallel]
            for piece, data in zip(lot, client.map(piece_if_there, lot), strict=True):
                file.write(common.init(piece) if piece.init and piece.init != before else b"")
                file.write(data)
                before = piece.init
            listener(read_of_parts(client.read, first + len(lot), len(pieces)))
    if len(missing) == len(pieces):
        raise missing[0]
