"""space/jobs/retry_after.py: the wait that a full queue tells, from checks that end as usual, late, or never did before; and over HTTP."""

import time
from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from space.jobs.queue import Jobs
from space.jobs.retry_after import next_end
from space.storage.store import Store
from tests.support.queues import endless, queue, until

Server = Callable[..., TestClient]


@pytest.mark.parametrize(
    ("last", "since", "wait"),
    [
        pytest.param([10.0] * 10, [0.0], 10, id="just begun"),
        pytest.param([10.0] * 10, [7.0], 3, id="soon over"),
        pytest.param([8.0, 12.0], [7.0], 3, id="their mean"),
        pytest.param([10.0] * 10, [2.0, 7.0, 5.0], 3, id="the first of several"),
        pytest.param([10.0] * 10, [40.0], 10, id="late already: nobody knows, but not at once"),
        pytest.param([10.0] * 10, [9.9], 2, id="nearly over"),
        pytest.param([10.0] * 10, [], 1, id="none under way: the next is about to be taken"),
        pytest.param([], [], 20, id="nothing is known"),
        pytest.param([], [15.0], 5, id="the first one"),
        pytest.param([0.1] * 10, [0.0], 1, id="not below a second"),
        pytest.param([9000.0], [0.0], 600, id="not above ten minutes"),
    ],
)
def test_the_wait_is_that_for_the_next_end(last: list[float], since: list[float], wait: int) -> None:
    assert next_end(last, since) == wait


def test_a_queue_tells_it_from_its_own_checks(store: Store, start: Callable[[Jobs], None]) -> None:
    jobs = queue(store, endless, now=lambda: time.time() + 12)  # type: ignore[arg-type]
    assert jobs.retry_after() == 20, "none has ended yet"
    id = jobs.submit_url("https://example.org/").id
    start(jobs)
    until(jobs, id, "running")
    assert 7 <= jobs.retry_after() <= 8, "12 s of about 20 have passed"
    jobs.cancel(id)
