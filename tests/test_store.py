"""space/store.py: what is answered from it, how long, and what is forgotten; on a real queue, where only the check is stood in for.

Not here: the queue's order and bound (``test_jobs.py``).
"""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from detector.errors import BadRequest, JobProblem
from detector.report import Report
from space.jobs import Jobs
from space.store import Store
from tests.queues import SHA, endless, queue, report_on, until, upload


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


def test_the_same_bytes_are_known_under_the_same_engine_only(store: Store, start: Callable[[Jobs], None]) -> None:
    jobs = queue(store)
    id = jobs.submit_url("https://example.org/a").id
    assert store.kept(SHA, "one") is None
    start(jobs)
    until(jobs, id, "done")
    kept = store.kept(SHA, "one")
    assert kept and kept.pictures == {"person-1.jpg": b"jpeg"} and Report.model_validate_json(kept.report).verdict == "no_face"
    assert store.kept(SHA, "two") is None and store.kept("1" * 64, "one") is None


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
    assert store.kept(SHA, "one") is None
    assert jobs.submit_url("https://example.org/a").id != done


def test_a_running_check_that_is_forgotten_ends(store: Store, start: Callable[[Jobs], None]) -> None:
    jobs = queue(store, endless)
    id = jobs.submit_url("https://example.org/a").id
    start(jobs)
    until(jobs, id, "running")
    assert jobs.forget(id).state == "cancelled"
    after = jobs.submit_url("https://example.org/b").id
    assert until(jobs, after, "running"), "the worker goes on to the next"


def test_a_store_of_the_first_version_is_brought_up_to_date(tmp_path: Path) -> None:
    folder = tmp_path / "old"
    opened = Store(folder)
    jobs = queue(opened)
    id = jobs.submit_url("https://example.org/a").id
    job = opened.claim()
    assert job and opened.finish(id, engine="one", report=report_on(job.work, lambda _: None).model_dump_json(), pictures={"a.jpg": b"x"})
    opened.close()
    with closing(sqlite3.connect(folder / "checks.sqlite3")) as db:
        db.executescript("DROP INDEX checks_by_bytes; ALTER TABLE checks DROP COLUMN sha256; PRAGMA user_version = 1;")
    again = Store(folder)
    kept = again.kept(SHA, "one")
    assert kept and kept.pictures == {"a.jpg": b"x"} and again.get(id).state == "done"
    again.close()
    with closing(sqlite3.connect(folder / "checks.sqlite3")) as db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(BadRequest, match="newer"):
        Store(folder)
