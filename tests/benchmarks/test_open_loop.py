"""benchmarks/server/open_loop.py against a real server of a few lines: requests on time however late the answers, and waits judged as
they are.
"""

import asyncio
import http.server
import itertools
import time

import pytest

from benchmarks.server.open_loop import Answer, knock, percentile, share_of_true, waits
from tests.support.web.loopback_server import listening


class Late(http.server.BaseHTTPRequestHandler):
    """Takes every fourth upload and refuses the others, each half a second late."""

    count = itertools.count()

    def do_POST(self) -> None:
        """An upload."""
        self.rfile.read(int(self.headers["Content-Length"]))
        time.sleep(0.5)
        self.send_response(202 if next(self.count) % 4 == 0 else 429)
        self.send_header("Retry-After", "1")
        self.end_headers()

    def do_GET(self) -> None:
        """Its health."""
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"store": {"done": 3}}')

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


def test_late_answers_do_not_slow_the_requests() -> None:
    with listening(Late) as port:
        seen = asyncio.run(knock(f"http://127.0.0.1:{port}", itertools.count(), lambda number: b"x", 20, 1))
    assert len(seen.checks) == 20 and len(seen.health) == 5
    assert {answer.status for answer in seen.checks} == {202, 429} and {answer.status for answer in seen.health} == {200}
    assert seen.checks[-1].due - seen.checks[0].due == pytest.approx(0.95, abs=0.01), "they are due at their times"
    assert seen.seconds < 6, "not one after the other"
    assert percentile(seen.checks, 0.99) >= 0.5 > 0 and all(answer.retry_after == 1 for answer in seen.checks if answer.status == 429)


def test_who_does_not_answer_is_seen() -> None:
    with listening(Late) as port:
        pass

    async def ask() -> Answer:
        from benchmarks.server.open_loop import answered

        return await answered(f"http://127.0.0.1:{port}", b"GET / HTTP/1.1", b"", time.monotonic())

    assert asyncio.run(ask()).status == 0


def test_a_told_wait_is_held_against_the_next_that_was_taken() -> None:
    refused = [Answer(0, at, 429, said) for at, said in ((0.0, 10), (0.0, 30), (0.0, 3), (20.0, 1))]
    told = waits([*refused, Answer(0, 10.0, 202)])
    assert told == [(10, 10.0), (30, 10.0), (3, 10.0)], "after the last one nothing is known"
    assert share_of_true(told) == pytest.approx(1 / 3)
    assert share_of_true([(1, 0.1)]) == 1, "a header of whole seconds cannot say less"
    assert share_of_true([]) == 0
