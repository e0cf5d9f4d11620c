"""A file on a server as a file object: what is read is fetched, what is planned is fetched beforehand, nothing is fetched twice.

See also: HTTP (``telltale/net/range_client.py``); which parts are wanted (``sample_times.py`` and who calls it).
"""

import io
from collections.abc import Iterable

from telltale.core.progress import Listener, Progress
from telltale.net.range_client import RangeClient, Target
from telltale.streaming.sample_times import ByteCache, Span, merge_spans

LONGEST_STEP = 1024 * 1024
GAP = 16 * 1024
"""Bytes between two planned parts that cost less than a further request."""
PART = 1024 * 1024
"""A planned part larger than this is fetched in several."""


class RemoteFile(io.RawIOBase):
    """A file of ``size`` bytes whose beginning is already here."""

    STEP = 32 * 1024
    """Bytes fetched at a place that nobody planned; more and more where reading goes on from there."""

    def __init__(self, client: RangeClient, target: Target, size: int, beginning: bytes) -> None:
        super().__init__()
        self.client, self.target, self.size = client, target, size
        self.held = ByteCache()
        self.held.keep(0, beginning[:size])
        self._place = 0
        self._went_on_at, self._step = -1, self.STEP

    def read(self, size: int = -1) -> bytes:
        """Up to ``size`` bytes from here; fewer where what is held ends."""
        size = self.size - self._place if size < 0 else size
        if size <= 0 or self._place >= self.size:
            return b""
        piece = self.held.at(self._place, size)
        if not piece:
            self._step = min(2 * self._step, LONGEST_STEP) if self._place == self._went_on_at else self.STEP
            (start, stop), *_ = self.held.missing((self._place, min(self._place + self._step, self.size)))
            self.held.keep(start, self.fetch(start, stop))
            self._went_on_at = stop
            piece = self.held.at(self._place, size)
        self._place += len(piece)
        return piece

    def fetch(self, start: int, stop: int) -> bytes:
        """A part of the file from its server."""
        return self.client.read_range(self.target, start, stop, self.size)

    def at(self, place: int, size: int) -> bytes:
        """Exactly these bytes, or what there is of them before the end."""
        self.seek(place)
        found = bytearray()
        while len(found) < size and (piece := self.read(size - len(found))):
            found += piece
        return bytes(found)

    def seek(self, place: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place; nothing is fetched."""
        self._place = max(place + {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self.size}[whence], 0)
        return self._place

    def tell(self) -> int:
        """The place that is read next."""
        return self._place

    def seekable(self) -> bool:
        """Always."""
        return True

    def readable(self) -> bool:
        """Always."""
        return True

    def plan(self, spans: Iterable[Span], listener: Listener) -> None:
        """Fetch all that is missing of these spans, side by side."""
        missing = [gap for start, stop in merge_spans(spans, GAP) for gap in self.held.missing((start, min(stop, self.size)))]
        parts = [(place, min(place + PART, stop)) for start, stop in missing for place in range(start, stop, PART)]
        before, planned = self.client.read, sum(stop - start for start, stop in parts)

        found = self.client.map(
            lambda part: self.fetch(*part), parts, lambda _: listener(Progress("fetch", self.client.read - before, planned))
        )
        for (start, _), piece in zip(parts, found, strict=True):
            self.held.keep(start, piece)
