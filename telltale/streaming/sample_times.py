"""Which moments of a video are looked at, and which bytes must be there for it.

See also: reading those bytes (``telltale/net/range_client.py``); where an index lies in a file (``progressive.py``,
``segment_sampling.py``).
"""

from bisect import bisect_right, insort
from collections.abc import Iterable, Sequence

from telltale.video.frames import spread

Span = tuple[int, int]
"""First byte and the one after the last."""

FEWEST = 8
"""With fewer keyframes than this a video is read in sequence, as ``telltale/video/frames.py`` does with a local one."""


def assign_times(starts: Sequence[float], duration: float, count: int) -> dict[int, list[float]]:
    """Of parts that begin at ``starts`` (seconds, ascending), those that hold some of ``count`` moments, and these."""
    found: dict[int, list[float]] = {}
    for at in map(float, spread(duration, count) if starts else ()):
        found.setdefault(max(bisect_right(starts, at) - 1, 0), []).append(at)
    return found


def merge_spans(spans: Iterable[Span], gap: int) -> list[Span]:
    """In order, with spans that are nearer to each other than ``gap`` read as one."""
    result: list[Span] = []
    for start, stop in sorted(span for span in spans if span[0] < span[1]):
        if result and start - result[-1][1] <= gap:
            result[-1] = (result[-1][0], max(stop, result[-1][1]))
        else:
            result.append((start, stop))
    return result


class ByteCache:
    """The parts of a file that are here; they never overlap."""

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._parts: dict[int, bytes] = {}

    def keep(self, start: int, part: bytes) -> None:
        """Bytes of a place that ``missing`` named."""
        if part:
            insort(self._starts, start)
            self._parts[start] = part

    def at(self, place: int, most: int) -> bytes:
        """Up to ``most`` bytes from ``place`` on, none where nothing is held."""
        index = bisect_right(self._starts, place) - 1
        if index < 0:
            return b""
        start = self._starts[index]
        return self._parts[start][place - start : place - start + most]

    def missing(self, span: Span) -> list[Span]:
        """What of a span is not here yet."""
        place, stop = span
        gaps = []
        for start in self._starts:
            end = start + len(self._parts[start])
            if end <= place:
                continue
            if start >= stop:
                break
            if start > place:
                gaps.append((place, start))
            place = end
        return [*gaps, (place, stop)] if place < stop else gaps
