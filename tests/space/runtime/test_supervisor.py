"""``telltale serve --workers N`` and ``telltale work`` on a real PostgreSQL: real processes from the command line, killed and told to end.

Only the check is stood in for, from outside. See also: takeover and poison (``tests/space/jobs/test_workers.py``).
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from benchmarks.server.postgres import postgres, programs
from benchmarks.server.server_process import free_port, wait_until_ready
from space.storage.store import Store
from tests.promises.jobs_stand_in import METHODS, SECONDS
from tests.promises.sabotage import disarmed
from tests.support.processes import alive, below, until

ROOT = Path(__file__).resolve().parents[3]
CHECKS = "/api/v1/checks"

EMPLOYER = """
import sys, time
from pathlib import Path
from space.core.settings import read_settings
from space.runtime.supervisor import WorkerSupervisor
WorkerSupervisor(read_settings(data_dir=Path(sys.argv[1])), 1).start()
time.sleep(120)
"""


@pytest.fixture(scope="module")
def surroundings() -> Iterator[dict[str, str]]:
    """An environment with an empty PostgreSQL, in which checks are stood in for."""
    if programs() is None or not shutil.which("sh"):
        message = "PostgreSQL is not installed (Debian: apt-get install postgresql)"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    stand_in = {f"space.runtime.engine_host:EngineHost.{name}": f"tests.promises.jobs_stand_in:{name}" for name in METHODS}
    with postgres() as url, disarmed(stand_in) as environment:
        yield environment | {"TELLTALE_DATABASE_URL": url, SECONDS: "0.4"}


@contextmanager
def telltale(folder: Path, environment: Mapping[str, str], *words: str) -> Iterator["subprocess.Popen[bytes]"]:
    """A command while it runs, told to end in the end; its log is in ``folder``."""
    command = [sys.executable, "-m", "telltale", *words, "--data-dir", str(folder / "store")]
    with (folder / f"{words[0]}.log").open("w") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=dict(environment), stdout=log, stderr=log)
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(30)
            finally:
                process.kill()


def staff_of(server: int) -> list[int]:
    """The processes of its workers."""
    return [process for process, command in below(server).items() if "telltale work" in command]


def done(url: str, ids: list[str]) -> None:
    """Wait until each of them has its result."""
    deadline = time.monotonic() + 60
    states: list[str] = []
    while set(states) != {"done"}:
        assert time.monotonic() < deadline, states
        states = [httpx.get(f"{url}{CHECKS}/{id}").json()["state"] for id in ids]
        time.sleep(0.1)


def ask(url: str, name: str, number: int) -> list[str]:
    """The ids of as many checks of uploads."""
    answers = [httpx.post(f"{url}{CHECKS}", files={"file": ("a.mp4", f"{name} {place}".encode())}, timeout=30) for place in range(number)]
    return [answer.raise_for_status().json()["id"] for answer in answers]


def test_a_server_has_its_workers_replaces_one_that_dies_and_takes_all_with_it(surroundings: dict[str, str], tmp_path: Path) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with telltale(tmp_path, surroundings, "serve", "--workers", "2", "--port", str(port)) as server:
        wait_until_ready(url, server, tmp_path / "serve.log")
        store = Store(tmp_path / "looking", surroundings["TELLTALE_DATABASE_URL"])
        try:
            until(lambda: store.crew.size() == 2, what="two workers at work")
            (first,) = staff_of(server.pid)
            ids = ask(url, "staff", 6)
            os.kill(first, signal.SIGKILL)
            done(url, ids)
            until(lambda: bool(staff_of(server.pid)) and first not in staff_of(server.pid), what="another worker in its place")
            (second,) = staff_of(server.pid)
            until(lambda: "taking checks" in (tmp_path / "serve.log").read_text().partition("another takes its place")[2], what="its start")
            server.terminate()
            assert server.wait(30) in (0, -signal.SIGTERM)
            assert not alive(second)
            assert store.rows("SELECT count(*) FROM checks WHERE state = 'done'")[0][0] == 6
        finally:
            store.close()
    assert not list((tmp_path / "store").glob("process-*"))


@pytest.mark.long
def test_a_worker_alone_serves_a_server_without_any(surroundings: dict[str, str], tmp_path: Path) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with telltale(tmp_path, surroundings, "serve", "--no-work", "--port", str(port)) as server:
        wait_until_ready(url, server, tmp_path / "serve.log")
        ids = ask(url, "alone", 2)
        assert staff_of(server.pid) == []
        (tmp_path / "work").mkdir()
        with telltale(tmp_path / "work", surroundings, "work") as worker:
            done(url, ids)
            worker.terminate()
            assert worker.wait(30) == 0
        assert "check" in (tmp_path / "work" / "work.log").read_text() and not list((tmp_path / "work").glob("store/process-*"))


def test_a_worker_ends_with_whoever_began_it_killed_or_not(surroundings: dict[str, str], tmp_path: Path) -> None:
    command = [sys.executable, "-c", EMPLOYER, str(tmp_path / "store")]
    with (tmp_path / "log").open("w") as log, subprocess.Popen(command, cwd=ROOT, env=surroundings, stdout=log, stderr=log) as employer:
        until(lambda: "taking checks" in (tmp_path / "log").read_text(), what="a worker at work")
        (worker,) = staff_of(employer.pid)
        employer.kill()
        employer.wait(10)
        until(lambda: not alive(worker), 20, "the end of a dead server's worker")


def test_work_alone_without_postgres_is_one_sentence(surroundings: dict[str, str], tmp_path: Path) -> None:
    bare = {name: value for name, value in surroundings.items() if name != "TELLTALE_DATABASE_URL"}
    for environment, words in (
        (bare, "TELLTALE_DATABASE_URL"),
        (bare | {"TELLTALE_DATABASE_URL": "postgresql://no@127.0.0.1:9/x"}, "does not respond"),
    ):
        with telltale(tmp_path, environment, "work") as process:
            assert process.wait(60) == 2
        said = (tmp_path / "work.log").read_text()
        assert words in said and "Traceback" not in said
