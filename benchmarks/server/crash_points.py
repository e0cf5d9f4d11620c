"""A server or a worker that kills itself (SIGKILL) the first time it comes to a named point, for ``benchmarks.server.crash_recovery``.

The real server and the real queue; only the point is wrapped in. With ``fixed`` seconds the check itself is stood in for by one that walks
through all steps in that time, starts a process and keeps a temporary folder meanwhile, and finds what depends on its input alone.
"""

import hashlib
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn

from benchmarks.server.empty_report import report_of_nothing
from space.app import create_api
from space.core.job import Job, Work
from space.core.settings import Settings
from space.jobs import worker
from space.runtime import runtime
from space.runtime.engine_host import EngineHost
from space.storage import heartbeats
from space.storage.store import Store
from telltale.core.progress import STEPS, Listener, Progress
from telltale.core.report import Report
from telltale.sandbox.temp_dir import temporary_folder

AT_STEP = {"resolving": "resolve", "reading": "fetch", "decoding": "decode", "faces": "faces", "scoring": "score"}
INSIDE = ("before commit", "after commit", "lease taken", *AT_STEP, "before the result", "after the result", "cleaning")
POINTS = ("accepted", *INSIDE)
"""``accepted`` is reached outside: whoever gets the 202 kills."""


def die(*_: object, **__: object) -> None:
    """Nothing gets to tidy up."""
    os.kill(os.getpid(), signal.SIGKILL)


def after(owner: Any, name: str, act: Callable[[Any], None]) -> None:
    """Have ``act`` told what the function returned, before its caller is."""
    inner = getattr(owner, name)

    def wrapped(*given: Any, **named: Any) -> Any:
        result = inner(*given, **named)
        act(result)
        return result

    setattr(owner, name, wrapped)


def before(owner: Any, name: str) -> None:
    """Die instead of calling the function."""
    setattr(owner, name, die)


def install_crash_point(point: str) -> None:
    """Put death at the point."""
    if point == "before commit":
        after(Store, "_add", die)
    elif point == "after commit":
        after(Store, "add", die)
    elif point == "lease taken":
        after(Store, "take", lambda job: die() if job else None)
    elif point in AT_STEP:
        inner = worker.Worker._listener

        def listener(self: worker.Worker, job: Job) -> Listener:
            told = inner(self, job)

            def listen(progress: Progress) -> None:
                told(progress)
                if progress.step == AT_STEP[point]:
                    die()

            return listen

        worker.Worker._listener = listener  # type: ignore[method-assign]
    elif point == "before the result":
        before(Store, "finish")
    elif point == "after the result":
        after(Store, "finish", die)
    elif point == "cleaning":
        before(worker, "drop_file")


def fixed_run(seconds: float) -> Callable[[EngineHost, Work, Listener], Report]:
    """A check that takes this long and needs no model."""

    def run(_: EngineHost, work: Work, listener: Listener) -> Report:
        with (
            temporary_folder(Path(tempfile.gettempdir()), "telltale-"),
            subprocess.Popen(["/bin/sleep", str(seconds / len(STEPS))]) as child,
        ):
            for step in STEPS:
                listener(Progress(step, 1, 1))
                child.wait() if step == STEPS[0] else time.sleep(seconds / len(STEPS))
        seen = Path(work.source).read_bytes() if work.kind == "file" else work.source.encode()
        sha = hashlib.sha256(seen).hexdigest()
        return report_of_nothing(work.name, sha, sha.encode())

    return run


@dataclass(frozen=True)
class Fate:
    """What one process is, and where it dies."""

    folder: Path
    web: str
    database: str | None
    port: int | None
    point: str | None
    fixed: float | None
    patience: float


def live(fate: Fate) -> None:
    """Serve, or work where there is no port, until the point."""
    with (fate.folder / "log").open("ab") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    os.environ |= {"TMPDIR": str(fate.folder / "tmp"), "TELLTALE_TEST_ALLOW_HOSTS": fate.web.removeprefix("http://")}
    tempfile.tempdir = None
    heartbeats.PATIENCE = fate.patience
    if fate.fixed is not None:
        EngineHost.load = lambda self: self._settled.set()  # type: ignore[method-assign]
        EngineHost.key = lambda self: "fixed"  # type: ignore[method-assign]
        EngineHost.identity = lambda self: ("fixed", "0", "none", "none")  # type: ignore[method-assign]
        EngineHost.run = fixed_run(fate.fixed)  # type: ignore[method-assign,assignment]
    inner = Store.finish

    def finish(self: Store, job: Job, **named: Any) -> bool:
        done = inner(self, job, **named)
        if done:
            with (fate.folder / "ends").open("a") as ends:
                ends.write(f"{job.id}\n")
        return done

    Store.finish = finish  # type: ignore[method-assign]
    if fate.point:
        install_crash_point(fate.point)
    chosen: dict[str, Any] = {"store": fate.folder / "store", "database_url": fate.database, "caller_per_minute": 0, "queue_bound": 1000}
    if fate.port is None:
        return runtime.work(Settings(**chosen))
    settings = Settings(**chosen, worker_processes=0 if fate.database else 1, port=fate.port)
    uvicorn.run(create_api(settings), host="127.0.0.1", port=fate.port, log_level="warning")
