"""space/middleware/rate_limit.py: one caller's share of the server, when it is there again, and who a caller is."""

from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from space.core.job import RateLimited
from space.middleware.rate_limit import MOST, RateLimiter, caller_of
from space.middleware.rate_limit_postgres import SharedRateLimiter

CHECKS = "/api/v1/checks"
Server = Callable[..., TestClient]


class Clock:
    """Stands still until it is told."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def wait_of(callers: RateLimiter | SharedRateLimiter, caller: str) -> int:
    """0 where the caller is admitted, else the seconds that it is told to wait."""
    try:
        callers.check(caller)
    except RateLimited as refused:
        return refused.wait
    return 0


def test_the_wait_is_true() -> None:
    clock = Clock()
    callers = RateLimiter(6, clock)
    assert [wait_of(callers, "a") for _ in range(6)] == [0] * 6
    told = wait_of(callers, "a")
    assert told == 10
    clock.now += told - 0.5
    assert wait_of(callers, "a") == 1, "not a moment before"
    clock.now += 0.5
    assert wait_of(callers, "a") == 0, "and not after"
    assert wait_of(callers, "a") == 10
    assert wait_of(callers, "b") == 0, "another caller has a share of their own"
    clock.now += 3600
    assert [wait_of(callers, "a") for _ in range(7)] == [0] * 6 + [10], "no more than a minute's share is saved up"


def test_no_limit_and_no_end_of_callers() -> None:
    assert not any(wait_of(RateLimiter(0), "a") for _ in range(1000))
    callers = RateLimiter(1)
    for number in range(MOST + 10):
        callers.check(str(number))
    assert len(callers._buckets) == MOST


def scope(client: str, forwarded: str = "") -> dict[str, object]:
    """A request's scope, as far as it tells who asks."""
    return {"type": "http", "client": (client, 5), "headers": [(b"x-forwarded-for", forwarded.encode())] if forwarded else []}


def test_who_a_caller_is() -> None:
    assert caller_of(scope("192.0.2.1")) == "address 192.0.2.1"
    assert caller_of(scope("2001:db8::1")) == caller_of(scope("2001:db8::2")) != caller_of(scope("2001:db8:0:1::1"))
    assert caller_of(scope("10.0.0.1", "1.1.1.1, 2.2.2.2")) == "address 10.0.0.1", "anybody can write that header"
    assert caller_of(scope("10.0.0.1", "1.1.1.1, 2.2.2.2"), proxies=1) == "address 2.2.2.2"
    assert caller_of(scope("10.0.0.1", "1.1.1.1, 2.2.2.2"), proxies=2) == "address 1.1.1.1"
    assert caller_of(scope("10.0.0.1", "forged"), proxies=1) == "address unknown"
    assert caller_of(scope("10.0.0.1") | {"state": {"caller": "token x"}}) == "token x"


def test_too_many_checks_are_refused_before_they_are_read(still_server: Server) -> None:
    http = still_server(rate_limit_per_minute=2)
    for number in range(2):
        assert http.post(CHECKS, json={"url": f"https://example.org/{number}"}).status_code == 202
    answer = http.post(CHECKS, files={"file": ("a.mp4", b"x" * 100_000)})
    assert (answer.status_code, answer.json()["code"]) == (429, "request.too_many")
    assert 1 <= int(answer.headers["retry-after"]) <= 30
    assert http.get("/health").json()["queue"]["queued"] == 2
    with pytest.raises(RateLimited):
        http.app.state.callers.check("address unknown")  # type: ignore[attr-defined]
