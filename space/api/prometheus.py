"""Metrics: what an operator watches, in Prometheus's text format (0.0.4), written by hand.

Counted since this process started. No addresses, no names, and no label that a stranger chooses: codes and verdicts are our own.
"""

import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import get_args

from space.core.job import Job
from telltale.core.errors import CODES
from telltale.core.report import Verdict
from telltale.core.report_upgrade import read_report

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
BUCKETS = (0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 40.0, 80.0, 160.0, 320.0)
"""Seconds of a check, upper edges."""
Sample = tuple[str, str, float]
"""What stands behind the name, the label, the value."""


class Metrics:
    """Counts what ended and what was refused. May be called from anywhere."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._outcomes: Counter[str] = Counter()
        self._verdicts: Counter[str] = Counter()
        self._faults: Counter[str] = Counter()
        self._problems: Counter[str] = Counter()
        self._buckets: Counter[float] = Counter()
        self._seconds = 0.0
        self._timed = 0
        self._fetched = 0

    def count_ended(self, job: Job) -> None:
        """A check has come to its end."""
        report = read_report(job.report) if job.report else None
        with self._lock:
            self._outcomes[job.state] += 1
            if report:
                self._verdicts[report.verdict] += 1
                self._fetched += report.source.bytes_read if report.source.url else 0
            if job.fault:
                self._faults[job.fault.code] += 1
            if job.state == "done" and job.started and job.finished:
                took = max(job.finished - job.started, 0.0)
                self._seconds += took
                self._timed += 1
                self._buckets[next((edge for edge in BUCKETS if took <= edge), float("inf"))] += 1

    def count_refused(self, code: str) -> None:
        """A request was answered with a problem."""
        with self._lock:
            self._problems[code] += 1

    def text(self, counts: Mapping[str, int], ready: bool) -> str:
        """All of it, with how full the queue is now."""
        with self._lock:
            lines = [
                *metric_lines("ready", "gauge", "Whether checks can run", [("", "", float(ready))]),
                *metric_lines("queue_depth", "gauge", "Checks that wait", [("", "", counts["queued"])]),
                *metric_lines("queue_bound", "gauge", "Checks that may wait", [("", "", counts["bound"])]),
                *metric_lines("checks_running", "gauge", "Checks under way", [("", "", counts["running"])]),
                *labelled_counter("checks_total", "Checks that ended", "outcome", ("done", "failed", "cancelled"), self._outcomes),
                *labelled_counter("verdicts_total", "Verdicts of checks that were done", "verdict", get_args(Verdict), self._verdicts),
                *labelled_counter("faults_total", "Why checks failed", "code", CODES, self._faults),
                *labelled_counter("problems_total", "Requests that were refused", "code", CODES, self._problems),
                *metric_lines("fetched_bytes_total", "counter", "Bytes fetched for checks that were done", [("", "", self._fetched)]),
                *self._histogram(),
            ]
        return "\n".join(lines) + "\n"

    def _histogram(self) -> list[str]:
        """How long checks took."""
        samples: list[Sample] = []
        below = 0
        for edge in (*BUCKETS, float("inf")):
            below += self._buckets[edge]
            samples.append(("_bucket", f'{{le="{"+Inf" if edge == float("inf") else f"{edge:g}"}"}}', below))
        samples += [("_sum", "", self._seconds), ("_count", "", self._timed)]
        return metric_lines("check_seconds", "histogram", "Seconds from the start of a check to its verdict", samples)


def labelled_counter(name: str, help: str, label: str, values: Iterable[str], counted: Mapping[str, int]) -> list[str]:
    """A counter with one label, whose values are all there from the start."""
    return metric_lines(name, "counter", help, [("", f'{{{label}="{value}"}}', counted.get(value, 0)) for value in values])


def metric_lines(name: str, kind: str, help: str, samples: list[Sample]) -> list[str]:
    """One metric with its head."""
    head = [f"# HELP telltale_{name} {help}.", f"# TYPE telltale_{name} {kind}"]
    return head + [f"telltale_{name}{suffix}{label} {value:.17g}" for suffix, label, value in samples]
