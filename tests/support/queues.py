"""What the tests of the queue and of its store share: checks that end at once or never, a queue on a store, waiting for a job.

See also: the fixtures ``store`` and ``start`` (``tests/conftest.py``).
"""

import time
from collections.abc import Callable

from benchmarks.server.empty_report import report_of_nothing
from space.core.job import Job, Upload, Work
from space.jobs.queue import Jobs
from space.storage.store import Store
from telltale.core.progress import Listener, Progress
from telltale.core.report import Report

SHA = "0" * 64


def report_on(work: Work, listener: Listener) -> Report:
    """A check that finds no face at once."""
    listener(Progress("decode", 1, 1))
    return report_of_nothing(work.name)


def endless(work: Work, listener: Listener) -> Report:
    """A check that never ends by itself."""
    while True:
        listener(Progress("faces", 0, 0))
        time.sleep(0.01)


def queue(store: Store, run: Callable[[Work, Listener], Report] = report_on, **options: int) -> Jobs:
    """A queue on ``store`` under the engine "one"."""
    return Jobs(store, run, lambda: "one", **options)


def until(jobs: Jobs, id: str, *states: str) -> Job:
    """The job once it is in one of ``states``."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        job = jobs.get(id)
        if job.state in states:
            return job
        time.sleep(0.02)
    raise AssertionError(f"still {job.state}, not {states}")


def upload(store: Store, name: str = "clip.mp4", sha: str = SHA) -> Upload:
    """A file as it lies after an upload."""
    path = store.uploads / f"{name}-{time.monotonic_ns()}"
    path.write_bytes(b"x")
    return Upload(path, name, sha, 1)
