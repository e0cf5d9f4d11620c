"""space/api/prometheus.py over HTTP: every line well-formed, figures that move as checks end, and nothing of a stranger's in them."""

import re
from collections.abc import Callable

from starlette.testclient import TestClient

from space.api.prometheus import Metrics
from space.jobs.queue import Jobs
from space.storage.store import Store
from telltale.core.report import Report
from tests.support.queues import queue, report_on, until

CHECKS = "/api/v1/checks"
LINE = re.compile(r'telltale_[a-z_]+(\{(le|outcome|verdict|code)="[A-Za-z0-9_.+]+"\})? [0-9.e+-]+')
Server = Callable[..., TestClient]


def figures(text: str) -> dict[str, float]:
    """Name with label -> value; every line must be well-formed."""
    lines = text.splitlines()
    assert all(line.startswith(("# HELP telltale_", "# TYPE telltale_")) or LINE.fullmatch(line) for line in lines), text
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if not line.startswith("#"))}


def test_the_queue_and_refusals_are_told_without_addresses(still_server: Server) -> None:
    http = still_server(max_queued=2)
    for name in ("secret-a", "secret-b", "secret-c"):
        http.post(CHECKS, json={"url": f"https://{name}.test/"}, headers={"User-Agent": "secret-agent"})
    http.get("/secret-path", headers={"Host": "secret.test"})
    answer = http.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    now = figures(answer.text)
    assert (now["telltale_queue_depth"], now["telltale_queue_bound"], now["telltale_ready"]) == (2, 2, 0)
    assert now['telltale_problems_total{code="job.queue_full"}'] == now['telltale_problems_total{code="request.wrong_host"}'] == 1
    assert "secret" not in answer.text


def test_ends_and_times_are_counted(store: Store, start: Callable[[Jobs], None]) -> None:
    metrics = Metrics()

    def fetched(work: object, listener: object) -> Report:
        report = report_on(work, listener)  # type: ignore[arg-type]
        return report.model_copy(update={"source": report.source.model_copy(update={"url": "https://example.org/", "bytes_read": 5000})})

    jobs = queue(store, fetched, ended=metrics.count_ended)  # type: ignore[arg-type]
    cancelled = jobs.submit_url("https://example.org/b").id
    jobs.cancel(cancelled)
    jobs.cancel(cancelled)
    id = jobs.submit_url("https://example.org/a").id
    start(jobs)
    until(jobs, id, "done")
    while not (now := figures(metrics.text(jobs.counts(), True)))['telltale_checks_total{outcome="done"}']:
        pass  # it is counted a moment after it is written
    assert now['telltale_checks_total{outcome="cancelled"}'] == 1
    assert now['telltale_verdicts_total{verdict="no_face"}'] == 1
    assert now["telltale_fetched_bytes_total"] == 5000
    edges = [value for name, value in now.items() if "check_seconds_bucket" in name]
    assert edges == sorted(edges) and edges[-1] == now["telltale_check_seconds_count"] == 1
    assert now["telltale_check_seconds_sum"] >= 0
