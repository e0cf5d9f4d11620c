"""The client and the file behind it: bounds, lies, broken connections, and no byte asked for twice."""

import itertools
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from telltale.core.errors import FetchFailed
from telltale.core.progress import Progress, silent
from telltale.net.range_client import HOPS, TRIES, RangeClient, Target
from telltale.streaming.remote_file import RemoteFile
from telltale.streaming.segments import Piece, SegmentStream
from tests.support.web.range_server import Shelf

BODY = np.random.default_rng(1).bytes(1_000_003)


@pytest.fixture
def target(shelf: Shelf) -> Target:
    shelf.files["/x"] = BODY
    return Target(f"{shelf.url}/x", {"Referer": "http://example.com/", "Cookie": "secret", "Authorization": "secret", "Range": "bytes=0-1"})


def refused(client: RangeClient, target: Target, start: int = 10, stop: int = 200_000) -> str:
    """The code of a refusal."""
    with pytest.raises(FetchFailed) as caught:
        client.read_range(target, start, stop, len(BODY))
    client.close()
    assert "127.0.0.1" not in caught.value.sentence and "/x" not in caught.value.sentence
    return caught.value.code


def test_a_span_is_exactly_what_was_asked_for(target: Target, shelf: Shelf) -> None:
    client = RangeClient()
    assert client.read_range(target, 5, 70_000, len(BODY)) == BODY[5:70_000]
    assert client.read_range(target, len(BODY) - 3, len(BODY)) == BODY[-3:]
    assert (client.read, client.requests, shelf.sent, shelf.connections) == (69_998, 2, 69_998, 1)
    assert {name.lower() for name in shelf.headers[0]} == {"host", "referer", "accept-encoding", "range"}
    client.close()


@pytest.mark.parametrize("trouble", ["shifted", "other length", "truncated", "packed", "status"])
def test_a_lying_server_is_told_of(trouble: str, target: Target, shelf: Shelf) -> None:
    shelf.trouble = trouble
    assert refused(RangeClient(), target) == "fetch.upstream"
    assert len(shelf.asked) <= TRIES


@pytest.mark.parametrize(
    "said", ["bytes 10-199999/199999", "bytes 10-9/1000003", "bytes 11-199999/1000003", "bytes */1000003", "bytes 10-199999/*", "", "x"]
)
def test_ranges_that_make_no_sense(said: str, target: Target, shelf: Shelf) -> None:
    shelf.said = said
    assert refused(RangeClient(), target) == "fetch.upstream"


def test_more_than_was_asked_for_is_not_taken(target: Target, shelf: Shelf) -> None:
    shelf.trouble = "too much"
    client = RangeClient()
    assert client.read_range(target, 10, 1000, len(BODY)) == BODY[10:1000]
    assert client.read == 990
    client.close()


def test_answers_that_end_early_are_completed(target: Target, shelf: Shelf) -> None:
    shelf.trouble = "cut short"
    client = RangeClient()
    assert client.read_range(target, 10, 140_000) == BODY[10:140_000]
    assert [wanted for _, wanted in shelf.asked] == [f"bytes={start}-139999" for start in (10, 50_011, 100_012)]
    client.close()


def test_no_ranges_where_a_range_is_needed(target: Target, shelf: Shelf) -> None:
    shelf.ranges = False
    assert refused(RangeClient(), target) == "fetch.upstream"


def test_bounds(target: Target, shelf: Shelf) -> None:
    assert refused(RangeClient(max_bytes=100_000), target) == "fetch.too_large"
    shelf.moved["/round"] = "/round"
    client = RangeClient(max_requests=3)
    with pytest.raises(FetchFailed):
        client.get(Target(f"{shelf.url}/round"))
    shelf.forget()
    with pytest.raises(FetchFailed) as caught:
        RangeClient().get(Target(f"{shelf.url}/round"))
    assert caught.value.code == "fetch.upstream" and len(shelf.asked) == HOPS
    with pytest.raises(FetchFailed) as caught:
        client.read_text(target, 1000)
    assert caught.value.code == "fetch.too_large"


@pytest.mark.parametrize("place", ["file:///etc/passwd", "ftp://example.com/x", ""])
def test_a_redirect_off_the_web_is_not_followed(place: str, shelf: Shelf) -> None:
    shelf.moved["/out"] = place
    with pytest.raises(FetchFailed) as caught:
        RangeClient().get(Target(f"{shelf.url}/out"))
    assert caught.value.code == "fetch.upstream" and len(shelf.asked) == 1


def test_a_connection_that_the_server_closed_meanwhile_is_opened_again(target: Target, shelf: Shelf) -> None:
    client = RangeClient()
    for _ in range(3):
        assert client.read_range(target, 0, 10) == BODY[:10]
        for connection in client._made:
            if connection.sock:
                connection.sock.shutdown(2)
    client.close()


def test_side_by_side_in_order_and_the_first_failure_ends_all(target: Target) -> None:
    client, heard, barrier = RangeClient(parallel=3), list[int](), threading.Barrier(3, timeout=5)

    def work(number: int) -> int:
        barrier.wait()  # passes only if three are at work at once
        return 10 * number

    assert client.map(work, range(6), heard.append) == [0, 10, 20, 30, 40, 50]
    assert heard == sorted(heard) and heard[-1] == 6
    done: list[int] = []

    def fail(number: int) -> None:
        done.append(number)
        time.sleep(0.01)
        raise FetchFailed("fetch.upstream", "connection")

    with pytest.raises(FetchFailed):
        client.map(fail, range(1000))
    assert len(done) < 500


def test_nothing_is_fetched_twice(target: Target, shelf: Shelf) -> None:
    client = RangeClient()
    file = RemoteFile(client, target, len(BODY), b"")
    rng = np.random.default_rng(2)
    file.plan([(1000, 50_000), (900_000, 2_000_000), (40_000, 41_000)], silent)
    for place, size in rng.integers(0, len(BODY), (60, 2)).tolist():
        assert file.at(place, size // 40) == BODY[place : place + size // 40]
    asked = sorted(tuple(map(int, str(wanted)[6:].split("-"))) for _, wanted in shelf.asked)
    assert all(before[1] < after[0] for before, after in itertools.pairwise(asked))
    assert client.read == sum(last + 1 - first for first, last in asked) <= len(BODY)
    client.close()


def test_planned_parts_are_fetched_side_by_side_and_told_of(target: Target, shelf: Shelf) -> None:
    client, heard = RangeClient(), list[Progress]()
    shelf.latency = 0.05
    file = RemoteFile(client, target, len(BODY), b"")
    file.plan([(place, place + 10_000) for place in range(0, 900_000, 100_000)], heard.append)
    assert len(shelf.asked) == 9 and shelf.connections == client.parallel
    assert heard[-1].done == heard[-1].total == 90_000
    client.close()


@pytest.mark.parametrize("ranges", [True, False])
def test_a_piece_is_read_as_far_as_asked(ranges: bool, target: Target, shelf: Shelf, tmp_path: Path) -> None:
    shelf.ranges = ranges
    client = RangeClient()
    with SegmentStream(client, Piece(target, 0.0, 1.0, 100, 500_100), {}) as beginning:
        assert beginning.upto(1000) == BODY[100:1100] and not beginning.ended
        assert beginning.span(300_000, 300_010) == BODY[300_100:300_110]
        read = client.read
        assert read < 1200 if ranges else 300_110 <= read < 300_200
        assert beginning.upto(10**9) == BODY[100:500_100] and beginning.ended
    client.close()
