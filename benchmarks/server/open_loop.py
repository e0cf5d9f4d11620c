"""Knocking: requests at fixed times, whether or not earlier ones were answered (open loop), and what became of each.

A closed loop would slow down together with the server and hide what it is asked to show. See also: what is demanded (``overload.py``).
"""

import asyncio
import re
import time
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from typing import Any

import httpx

CHECKS = "/api/v1/checks"
FORM_HEAD = b'--edge\r\nContent-Disposition: form-data; name="file"; filename="clip.mp4"\r\n\r\n'
FORM_END = b"\r\n--edge--\r\n"


@dataclass(frozen=True)
class Answer:
    """One request: when it was due and when it was answered (seconds of ``time.monotonic``), and how. ``status`` 0: it was not."""

    due: float
    answered: float
    status: int
    retry_after: int | None = None

    @property
    def took(self) -> float:
        """Seconds from when it was due, not from when the busy client came to send it."""
        return self.answered - self.due


@dataclass(frozen=True)
class LoadResult:
    """All that was asked in one phase, and how many checks ended meanwhile."""

    checks: list[Answer]
    health: list[Answer]
    ended: int
    seconds: float

    @property
    def goodput(self) -> float:
        """Checks that ended in a second."""
        return self.ended / self.seconds


async def at_rate(rate: float, seconds: float, ask: Callable[[int, float], Coroutine[Any, Any, Answer]]) -> list[Answer]:
    """``ask`` (number, due) ``rate`` times a second."""
    start = time.monotonic()
    asked: list[asyncio.Task[Answer]] = []
    for number in range(round(rate * seconds)):
        due = start + number / rate
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        asked.append(asyncio.create_task(ask(number, due)))
    return list(await asyncio.gather(*asked))


async def send_on_schedule(url: str, bodies: Iterator[int], body_of: Callable[[int], bytes], rate: float, seconds: float) -> LoadResult:
    """Uploads ``rate`` times a second, and a look at /health five times a second beside them."""

    async def upload(_: int, due: float) -> Answer:
        form = FORM_HEAD + body_of(next(bodies)) + FORM_END
        head = f"POST {CHECKS} HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=edge\r\nContent-Length: {len(form)}"
        return await send_request(url, head.encode(), form, due)

    async def health(_: int, due: float) -> Answer:
        return await send_request(url, b"GET /health HTTP/1.1", b"", due)

    before, start = count_ended(url), time.monotonic()
    checks, looks = await asyncio.gather(at_rate(rate, seconds, upload), at_rate(5, seconds, health))
    return LoadResult(checks, looks, count_ended(url) - before, time.monotonic() - start)


async def send_request(url: str, head: bytes, body: bytes, due: float) -> Answer:
    """Ask on a connection of its own, by hand: a client library takes more of the machine than the server. -> what came of it."""
    host = url.removeprefix("http://")
    try:
        async with asyncio.timeout(30):
            reader, writer = await asyncio.open_connection(*host.split(":"))
            try:
                writer.write(head + f"\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode() + body)
                told = (await reader.read()).partition(b"\r\n\r\n")[0].decode("latin-1")
            finally:
                writer.close()
    except OSError:  # TimeoutError is one
        return Answer(due, time.monotonic(), 0)
    status = re.match(r"HTTP/1\.[01] (\d{3}) ", told)
    wait = re.search(r"(?im)^retry-after: (\d+)\r?$", told)
    return Answer(due, time.monotonic(), int(status[1]) if status else 0, int(wait[1]) if wait else None)


def count_ended(url: str) -> int:
    """Checks that were done until now."""
    return int(httpx.get(f"{url}/health", timeout=60).json()["store"]["done"])


def waits(answers: list[Answer]) -> list[tuple[int, float]]:
    """Of each refusal that was followed by a request that was taken: the seconds that it told, and those until then."""
    taken = sorted(answer.answered for answer in answers if answer.status == 202)
    refused = [answer for answer in answers if answer.status == 429 and answer.retry_after is not None]
    later = [(answer, next((moment for moment in taken if moment > answer.answered), None)) for answer in refused]
    return [(answer.retry_after or 0, moment - answer.answered) for answer, moment in later if moment]


def share_of_true(told: list[tuple[int, float]]) -> float:
    """How many of them are true within a factor of 2, as far as a header of whole seconds can tell."""
    good = [wait / 2 - 1 <= said <= 2 * wait + 1 for said, wait in told]
    return sum(good) / len(good) if good else 0.0


def percentile(answers: list[Answer], share: float) -> float:
    """Seconds within which that share of the answers came."""
    took = sorted(answer.took for answer in answers)
    return took[min(len(took) - 1, int(share * len(took)))] if took else float("inf")
