"""space/middleware/rate_limit_postgres.py on a real PostgreSQL: one share of all servers for each caller, a true wait, and no addresses
in the tables.
"""

import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from benchmarks.server.postgres import postgres, programs
from space.middleware.rate_limit_postgres import SharedRateLimiter
from space.storage.database import Database, postgres_engine
from tests.space.middleware.test_rate_limit import wait_of


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """An empty PostgreSQL."""
    if programs() is None:
        message = "PostgreSQL is not installed (Debian: apt-get install postgresql)"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    with postgres() as address:
        yield address


@pytest.fixture
def servers(url: str) -> Iterator[tuple[Database, Database]]:
    """Two servers' ways to it."""
    both = Database(postgres_engine(url)), Database(postgres_engine(url))
    both[0].make()
    yield both
    for one in both:
        one.close()


def test_all_servers_count_together_however_many_ask_at_once(servers: tuple[Database, Database]) -> None:
    callers = [SharedRateLimiter(6, database) for database in servers]
    with ThreadPoolExecutor(8) as pool:
        waits = list(pool.map(lambda number: wait_of(callers[number % 2], "address 192.0.2.1"), range(40)))
    assert waits.count(0) == 6
    assert all(1 <= wait <= 10 for wait in waits if wait)
    assert wait_of(callers[0], "address 192.0.2.2") == 0, "another caller has a share of their own"


def test_the_wait_is_true(servers: tuple[Database, Database]) -> None:
    callers = SharedRateLimiter(60, servers[0])
    assert [wait_of(callers, "b") for _ in range(60)] == [0] * 60
    told = wait_of(callers, "b")
    assert told == 1
    time.sleep(told)
    assert wait_of(callers, "b") == 0
    assert not any(wait_of(SharedRateLimiter(0, servers[0]), "b") for _ in range(100)), "0 sets no limit"


def test_callers_are_digests_and_are_forgotten(servers: tuple[Database, Database]) -> None:
    callers = SharedRateLimiter(6, servers[0])
    callers.check("address 192.0.2.77")
    with servers[1].writing() as db:
        assert "192.0.2" not in str(db.execute(text("SELECT * FROM shares")).all())
        db.execute(text("UPDATE shares SET at = at - 61"))
    callers._swept -= 61
    callers.check("address 192.0.2.78")
    assert len(servers[1].rows("SELECT * FROM shares")) == 1
