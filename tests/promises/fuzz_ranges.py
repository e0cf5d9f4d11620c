"""The range reader under random answers: what it gives is what was asked for, within its bounds, or it refuses.

An input is what a server sends on its connections, one after the other, apart by ``CUT``. The true file is known: whatever head a server
writes, bytes that come back as a range it named rightly are trusted, and all else must be refused. See also: sockets (``test_ranges.py``).
"""

import io
import re
from contextlib import AbstractContextManager
from http.client import HTTPConnection
from typing import Any
from unittest.mock import patch

from hypothesis import strategies as st

from telltale.core.errors import FetchFailed
from telltale.net.range_client import PIECE, RangeClient, Response
from telltale.net.range_client import Target as Address
from tests.promises.fuzzing import Target

BODY = bytes(range(256)) * 8
START, STOP = 100, 1500
MOST = 200_000
CUT = b"\n=== next connection ===\n"
HERE = Address("http://example.com/v.mp4")


class Line:
    """A connection on which everything has been sent already."""

    def __init__(self, said: bytes) -> None:
        self._said = said

    def makefile(self, *_: object, **__: object) -> io.BytesIO:
        """What is heard."""
        return io.BytesIO(self._said)

    def sendall(self, _: object) -> None:
        """Nobody listens."""

    def close(self) -> None:
        """Nothing to close."""


class Played(RangeClient):
    """A client whose servers answer from a list."""

    def __init__(self, answers: list[bytes]) -> None:
        super().__init__(max_bytes=MOST, max_requests=12, parallel=1)
        self._answers = answers

    def _connection(self, key: tuple[str, str], fresh: bool) -> tuple[Any, bool]:
        super()._connection(key, True)
        connection = HTTPConnection("example.com")
        connection.sock = Line(self._answers.pop(0) if self._answers else b"")
        return self._remember(connection), False


def check(content: bytes) -> bool:
    """Whether a range was given, and the right one."""
    client = Played(content.split(CUT))
    try:
        got = client.read_range(HERE, START, STOP, len(BODY))
    except FetchFailed as refused:
        assert refused.sentence.isprintable()
        return False
    finally:
        client.close()
        assert client.read <= MOST + PIECE and client.requests <= 13
    assert len(got) == STOP - START
    assert got == BODY[START:STOP] or not content_is_honest(content), "the parts of the file are mixed up"
    return True


TOLD = re.compile(rb"content-range: bytes (\d+)-(\d+)/(\d+)\r\n(?:[^\r\n]+\r\n)*\r\n", re.IGNORECASE)


def content_is_honest(content: bytes) -> bool:
    """Whether the server's bodies are the places of the file that it names; then what is given must be the very range."""
    parts = content.split(CUT)
    for part in parts:
        told = TOLD.search(part)
        if told is None or part[told.end() :][:1] != BODY[int(told[1]) : int(told[1]) + 1] or int(told[3]) != len(BODY):
            return False
        if not BODY[int(told[1]) : int(told[2]) + 1].startswith(part[told.end() :]):
            return False
    return True


def answer(start: int, stop: int, total: int = len(BODY), sent: int | None = None, status: int = 206, more: bytes = b"") -> bytes:
    """A server's answer with the bytes that it names."""
    body = BODY[start:stop][:sent]
    head = f"HTTP/1.1 {status} X\r\nContent-Length: {stop - start}\r\nContent-Range: bytes {start}-{stop - 1}/{total}\r\n".encode()
    return head + more + b"\r\n" + body


@st.composite
def inputs(draw: st.DrawFn) -> bytes:
    """Answers that are whole, cut, shifted, mislabelled, packed, moved or nonsense."""
    place = st.integers(0, len(BODY))
    fields = [
        *("Content-Encoding: gzip", "Content-Encoding: identity", "Transfer-Encoding: chunked", "Location: //[", "Location: /x"),
        "Content-Length: -1",
    ]
    more = st.lists(st.sampled_from(fields) | st.text("ab: \x00é", max_size=9), max_size=2)
    packed = more.map(lambda lines: "".join(f"{line}\r\n" for line in lines).encode("latin-1"))
    near = st.builds(answer, st.just(START), st.just(STOP), st.just(len(BODY)), place)
    shifted = st.builds(
        answer, place, place, st.sampled_from((len(BODY), 0, 10**14)), st.none(), st.sampled_from((206, 200, 302, 416)), packed
    )
    rest = st.integers(START, STOP).map(lambda start: answer(start, STOP))
    return CUT.join(draw(st.lists(near | shifted | rest | st.binary(max_size=80), min_size=1, max_size=4)))


def off() -> AbstractContextManager[object]:
    """Whatever range a server names is taken for the one that was asked for."""

    def believed(self: Response, start: int | None) -> None:
        self.total, self._left = len(BODY), None

    return patch.object(Response, "_check_range", believed)


TARGET = Target(
    "ranges",
    "the range reader",
    check,
    inputs(),
    (answer(START, STOP), CUT.join([answer(START, STOP, sent=200), answer(START + 200, STOP)])),
    "a server's word on its ranges is not compared",
    off,
)
