"""Several workers on one PostgreSQL: takeover, poison, uploads that reach another machine, and the commands that begin workers.

A real PostgreSQL in a cluster of its own and real processes that are killed; only the check is stood in for.
"""

import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.server.crash_recovery import kills
from benchmarks.server.postgres import postgres, programs
from space.core.job import Work
from space.core.settings import read_settings
from space.jobs.worker import give_back
from space.storage.heartbeats import PATIENCE, Heartbeats
from space.storage.store import Store
from telltale.core.errors import BadRequest
from telltale.core.progress import Listener
from telltale.core.report import Report
from tests.support.queues import queue, report_on, until, upload


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    """The address of an empty PostgreSQL."""
    if programs() is None or not shutil.which("sh"):
        message = "PostgreSQL is not installed (Debian: apt-get install postgresql)"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    with postgres() as url:
        yield url


def test_an_upload_reaches_a_worker_with_another_folder_and_goes(database: str, tmp_path: Path) -> None:
    seen: list[tuple[str, bytes]] = []

    def look(work: Work, listener: Listener) -> Report:
        seen.append((work.name, Path(work.source).read_bytes()))
        return report_on(work, listener)

    here, there = Store(tmp_path / "here", database), Store(tmp_path / "there", database)
    given = upload(here, sha="a" * 64)
    given.path.write_bytes(os.urandom(3_000_000))
    sent = given.path.read_bytes()
    asking, working = queue(here), queue(there, look)
    id = asking.submit_file(given).id
    assert not given.path.exists() and here.rows("SELECT count(*) FROM media")[0][0] == 3
    worker = threading.Thread(target=working.work)
    worker.start()
    assert until(asking, id, "done").state == "done" and seen == [("clip.mp4", sent)]
    working.stop()
    worker.join(timeout=30)
    assert asking.picture(id, "person-1.jpg") == b"jpeg"
    assert not list(there.uploads.iterdir()) and here.rows("SELECT count(*) FROM media")[0][0] == 0
    for store in (here, there):
        store.close()
    assert not list(tmp_path.glob("*/process-*"))


def test_a_silent_worker_is_dead_and_its_third_victim_is_told(database: str, tmp_path: Path) -> None:
    now = [0.0]
    store = Store(tmp_path, database)
    jobs = queue(store)
    id = jobs.submit_url("https://example.org/poison").id
    crew = Heartbeats(store.database, clock=lambda: now[0])
    crew.beat("me")
    for crashes in (1, 2, 3):
        name = f"victim-{crashes}"
        crew.beat(name)
        mine = store.take(id, name)
        assert mine and crew.dead("me") == []
        for _ in range(int(PATIENCE / 2) + 1):
            now[0] += 2
            found = crew.dead("me")
        assert found == [name]
        for job in store.running(name):
            give_back(store, job, lambda _: None)
        crew.sign_off(name)
        assert not store.finish(mine, engine="one", report=report_on(mine.work, lambda _: None).model_dump_json(), pictures_of={}), (
            "what was thought dead comes back too late"
        )
        assert jobs.get(id).crashes == min(crashes, 2)
    told = jobs.get(id)
    assert told.state == "failed" and told.fault and told.fault.code == "job.interrupted"
    crew.sign_off("me")
    store.close()


def test_one_of_two_workers_is_killed_and_nothing_is_lost(database: str, tmp_path: Path) -> None:
    points = ("after commit", "scoring", "after the result")
    assert kills(tmp_path / "run", points=points, times=1, shared=True, database=database, fixed=0.2, clip=b"a film") == 0


def test_many_workers_need_postgres_and_a_bad_address_is_one_sentence(tmp_path: Path) -> None:
    for chosen in ({"worker_processes": 0}, {"worker_processes": 2}):
        with pytest.raises(BadRequest, match="TELLTALE_DATABASE_URL"):
            read_settings(**chosen)
    for url in ("mysql://x/y", "postgresql://", "nothing"):
        with pytest.raises(BadRequest, match="address cannot be used"):
            Store(tmp_path / "a", url)
    with pytest.raises(BadRequest, match="does not respond"):
        Store(tmp_path / "b", "postgresql://nobody@127.0.0.1:9/none")
