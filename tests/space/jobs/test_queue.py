"""The queue: its bound, one job for equal input, cancelling, and the truth about what was under way when a server died.

The real queue on a real store; only the check itself is stood in for. See also: HTTP (``tests/space/api/test_api.py``).
"""

import threading
import time
from collections.abc import Callable

import pytest

from space.core.job import Work
from space.jobs.queue import Jobs
from space.storage.store import Store
from telltale.core.errors import BadRequest, JobProblem
from telltale.core.progress import Listener
from telltale.core.report import Report
from tests.support.queues import endless, queue, report_on, until, upload


def test_a_full_queue_refuses_and_keeps_no_media(store: Store) -> None:
    jobs = queue(store, bound=2)
    jobs.submit_url("https://example.org/1")
    jobs.submit_url("https://example.org/2")
    refused = upload(store)
    with pytest.raises(JobProblem) as problem:
        jobs.submit_file(refused)
    assert problem.value.code == "job.queue_full"
    assert problem.value.status == 429
    assert not refused.path.exists()
    assert jobs.counts()["queued"] == 2
    assert jobs.submit_url("https://example.org/1").state == "queued", "what waits already needs no further place"


def test_a_check_runs_to_its_end_and_its_media_goes(store: Store, start: Callable[[Jobs], None]) -> None:
    jobs = queue(store)
    given = upload(store)
    id = jobs.submit_file(given).id
    start(jobs)
    job = until(jobs, id, "done")
    assert job.report and Report.model_validate_json(job.report).source.name == "clip.mp4"
    assert jobs.picture(id, "person-1.jpg") == b"jpeg"
    deadline = time.monotonic() + 5
    while given.path.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not given.path.exists()
    with pytest.raises(JobProblem):
        jobs.picture(id, "person-2.jpg")


def test_checks_run_beside_each_other_but_for_one_that_a_worker_died_with(store: Store, start: Callable[[Jobs], None]) -> None:
    together, others_came, at_work, most = threading.Barrier(2), threading.Event(), set[str](), dict[str, int]()

    def beside(work: Work, listener: Listener) -> Report:
        at_work.add(work.name)
        most[work.name] = len(at_work)
        try:
            if "alone" in work.name:
                others_came.wait(30)
            else:
                together.wait(30)
            time.sleep(0.3)
            most[work.name] = max(most[work.name], len(at_work))
            return report_on(work, listener)
        finally:
            at_work.discard(work.name)

    jobs = queue(store, beside, at_once=2)
    before = jobs.submit_url("https://example.org/alone").id
    taken = store.take(before, "a worker that died")
    assert taken
    store.requeue(taken, crashed=True)
    start(jobs)
    until(jobs, before, "running")
    ids = [before, *(jobs.submit_url(f"https://example.org/{number}").id for number in range(2))]
    others_came.set()
    for id in ids:
        assert until(jobs, id, "done", "failed").state == "done"
    assert most == {"https://example.org/alone": 1, "https://example.org/0": 2, "https://example.org/1": 2}


def test_equal_input_is_one_job_until_the_engine_changes(store: Store, start: Callable[[Jobs], None]) -> None:
    engine = ["one"]
    jobs = Jobs(store, report_on, lambda: engine[0])
    first, again = upload(store), upload(store)
    job = jobs.submit_file(first)
    assert jobs.submit_file(again).id == job.id
    assert first.path.exists() and not again.path.exists()
    start(jobs)
    until(jobs, job.id, "done")
    assert jobs.submit_file(upload(store)).id == job.id
    engine[0] = "two"
    assert jobs.submit_file(upload(store)).id != job.id


def test_a_bug_fails_its_check_only(store: Store, start: Callable[[Jobs], None], caplog: pytest.LogCaptureFixture) -> None:
    def trip(work: Work, listener: Listener) -> Report:
        if work.source.endswith("bug"):
            raise ZeroDivisionError("a secret of the inside")
        return report_on(work, listener)

    jobs = queue(store, trip)
    start(jobs)
    bad, good = jobs.submit_url("https://example.org/bug").id, jobs.submit_url("https://example.org/fine").id
    fault = until(jobs, bad, "failed").fault
    assert fault and fault.code == "internal" and "secret" not in fault.render()
    assert "ZeroDivisionError" in caplog.text
    assert until(jobs, good, "done", "failed").state == "done"


def test_a_running_check_can_be_cancelled_and_the_next_one_runs(store: Store, start: Callable[[Jobs], None]) -> None:
    jobs = queue(store, lambda work, listener: (endless if work.source.endswith("endless") else report_on)(work, listener))
    start(jobs)
    slow, quick = jobs.submit_url("https://example.org/endless").id, jobs.submit_url("https://example.org/quick").id
    until(jobs, slow, "running")
    assert jobs.cancel(slow).state == "cancelled"
    assert until(jobs, quick, "done").state == "done"
    assert jobs.get(slow).state == "cancelled"
    assert jobs.cancel(quick).state == "done", "what has ended stays as it is"


def test_a_waiting_check_that_is_cancelled_never_runs(store: Store, start: Callable[[Jobs], None]) -> None:
    ran: list[str] = []

    def note(work: Work, listener: Listener) -> Report:
        ran.append(work.source)
        return report_on(work, listener)

    jobs = queue(store, note)
    given = upload(store)
    cancelled = jobs.submit_file(given).id
    assert jobs.cancel(cancelled).state == "cancelled"
    assert not given.path.exists()
    last = jobs.submit_url("https://example.org/last").id
    start(jobs)
    until(jobs, last, "done")
    assert ran == ["https://example.org/last"]


def test_a_waiting_upload_whose_file_is_lost_is_told_and_orphans_go(store: Store) -> None:
    jobs = queue(store)
    lost, kept, orphan = upload(store, sha="1" * 64), upload(store, sha="2" * 64), upload(store)
    lost_id, kept_id = jobs.submit_file(lost).id, jobs.submit_file(kept).id
    lost.path.unlink()
    jobs.recover()
    fault = jobs.get(lost_id).fault
    assert fault and fault.code == "job.interrupted"
    assert jobs.get(kept_id).state == "queued" and kept.path.exists()
    assert not orphan.path.exists()


def test_a_second_server_on_the_same_folder_is_refused(store: Store) -> None:
    with pytest.raises(BadRequest, match="already uses"):
        Store(store.uploads.parent)
