"""space/storage/store.py: what is answered from it, how long, and what is forgotten; on a real queue, where only the check is stood in for.

See also: the queue's order and bound (``test_queue.py``).
"""

import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from space.core.job import JobError
from space.jobs.queue import Jobs
from space.storage.faults import fault_of
from space.storage.store import Store
from telltale.core.errors import BadRequest, FetchFailed, JobProblem
from tests.support.queues import SHA, queue, report_on, until, upload


def test_an_address_is_answered_from_the_store_for_a_while(store: Store, start: Callable[[Jobs], None]) -> None:
    jobs = queue(store, fresh_minutes=60)
    first = jobs.submit_url("https://Example.org/a?x=Y").id
    start(jobs)
    until(jobs, first, "done")
    assert jobs.submit_url("HTTPS://example.org/a?x=Y#t=3").id == first
    assert jobs.submit_url("https://example.org/a?x=y").id != first, "case counts in a path"
    stale = queue(store, fresh_minutes=0)
    again = stale.submit_url("https://example.org/a?x=Y")
    assert again.id != first and until(stale, again.id, "done")


def test_a_check_can_be_forgotten_whole(store: Store, start: Callable[[Jobs], None]) -> None:
    jobs = queue(store)
    waiting = upload(store)
    id = jobs.submit_file(waiting).id
    assert (jobs.forget(id).state, waiting.path.exists()) == ("cancelled", False)
    done = jobs.submit_url("https://example.org/a").id
    start(jobs)
    until(jobs, done, "done")
    assert jobs.forget(done).report is None
    for gone in (id, done):
        with pytest.raises(JobProblem):
            jobs.get(gone)
        with pytest.raises(JobProblem):
            jobs.picture(gone, "person-1.jpg")
    assert store.find_report(SHA, "one") is None
    assert jobs.submit_url("https://example.org/a").id != done


def test_what_is_deleted_is_nowhere_in_the_folder_any_more(store: Store, start: Callable[[Jobs], None], tmp_path: Path) -> None:
    secret = "a-visitor-s-own-address-4711"

    def left() -> list[str]:
        return [path.name for path in (tmp_path / "store").rglob("*") if path.is_file() and secret.encode() in path.read_bytes()]

    jobs = queue(store)
    start(jobs)
    for forget in (jobs.forget, lambda _: store.forget(time.time() + 1)):
        id = jobs.submit_url(f"https://example.org/{secret}").id
        until(jobs, id, "done")
        assert left(), "the control"
        forget(id)
        assert left() == []


def test_a_check_and_its_media_are_deleted_after_the_set_time(store: Store, start: Callable[[Jobs], None]) -> None:
    """The clock is moved, nothing else: the worker of a server that runs an hour later finds nothing to delete, a day later all of it."""

    def later(hours: float) -> Jobs:
        return Jobs(store, report_on, lambda: "one", keep_hours=24, keep_media=True, now=lambda: time.time() + hours * 3600)

    jobs = later(0)
    given = upload(store)
    ids = [jobs.submit_url("https://example.org/a").id, jobs.submit_file(given).id]
    start(jobs)
    for id in ids:
        until(jobs, id, "done")
    for hours, remains in ((1.0, True), (24.1, False)):
        jobs.stop()
        moved = jobs = later(hours)
        start(moved)
        probe = moved.submit_url(f"https://example.org/{hours}").id  # the worker looks for what is old before it begins with this
        until(moved, probe, "done")
        assert given.path.exists() == remains
        for id in ids:
            assert (store.version(id) >= 0, store.picture(id, "person-1.jpg") is not None) == (remains, remains)


SINCE_5 = (
    "DROP INDEX one_active_check_per_owner; ALTER TABLE checks DROP COLUMN owner; ALTER TABLE batches DROP COLUMN owner;"
    "CREATE UNIQUE INDEX one_active_check_per_input ON checks (key) WHERE state IN ('queued', 'running');"
)
SINCE_4 = f"{SINCE_5} ALTER TABLE checks DROP COLUMN fault_params; ALTER TABLE batch_items DROP COLUMN fault_params;"
SINCE_3 = (
    f"{SINCE_4} DROP TABLE workers; DROP TABLE media;"
    "ALTER TABLE checks DROP COLUMN worker; ALTER TABLE checks DROP COLUMN crashes; ALTER TABLE checks DROP COLUMN handed;"
)
SINCE_2 = SINCE_3 + "DROP TABLE keys; DROP TABLE batch_items; DROP TABLE batches;"
SINCE_1 = SINCE_2 + "DROP INDEX checks_by_bytes; ALTER TABLE checks DROP COLUMN sha256;"


def test_why_a_check_failed_is_kept_with_its_parameters(store: Store) -> None:
    jobs = queue(store)
    taken = store.take(jobs.submit_url("https://example.org/a").id, "me")
    assert taken and store.fail(taken, JobError.of(FetchFailed("fetch.upstream", "status", status=503)))
    fault = store.get(taken.id).fault
    assert fault == JobError("fetch.upstream", "status", {"status": 503})
    assert "HTTP 503" in fault.render() and fault.render("de").startswith("Die Website hat mit einem Fehler geantwortet (HTTP 503)")


def test_why_a_check_failed_under_an_older_version_is_told_as_it_was(store: Store) -> None:
    jobs = queue(store)
    taken = store.take(jobs.submit_url("https://example.org/a").id, "me")
    assert taken and store.fail(taken, JobError("fetch.upstream", text="The site answered with an error (HTTP 503)."))
    fault = store.get(taken.id).fault
    assert fault and fault.render("de") == "The site answered with an error (HTTP 503)."
    later = fault_of("fetch.upstream", "As a later version says it.", '{"variant": "of_a_later_version", "params": {}}')
    assert later and later.render("de") == "As a later version says it."


@pytest.mark.parametrize(("version", "undone"), [(1, SINCE_1), (2, SINCE_2), (3, SINCE_3), (4, SINCE_4), (5, SINCE_5)])
def test_a_store_of_an_older_version_is_brought_up_to_date(tmp_path: Path, version: int, undone: str) -> None:
    folder = tmp_path / "old"
    opened = Store(folder)
    jobs = queue(opened)
    id = jobs.submit_url("https://example.org/a").id
    job = opened.take(id, "me")
    assert job and opened.finish(
        job, engine="one", report=report_on(job.work, lambda _: None).model_dump_json(), pictures_of={"a.jpg": b"x"}
    )
    waiting = jobs.submit_url("https://example.org/b").id
    opened.close()
    with closing(sqlite3.connect(folder / "checks.sqlite3")) as db:
        db.executescript(f"{undone} PRAGMA user_version = {version};")
    again = Store(folder)
    kept = again.find_report(SHA, "one")
    assert kept and kept.pictures == {"a.jpg": b"x"} and again.get(id).state == "done"
    jobs = queue(again)
    worker = threading.Thread(target=jobs.work)
    worker.start()
    assert until(jobs, waiting, "done"), "what waited in the old store is worked off"
    jobs.stop()
    worker.join(timeout=20)
    again.close()
    with closing(sqlite3.connect(folder / "checks.sqlite3")) as db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(BadRequest, match="newer"):
        Store(folder)
