"""Servers for the suite ``jobs``: a process with everything imported, which forks one whenever a line on its input asks for it.

    {"log": "…", "ends": "…", "patience": 3, "environment": {"TELLTALE_PORT": "1234", …}}      -> the process id, on a line
    {"file": "checks.sqlite3", "sql": "SELECT id FROM checks", "hold": 0}                       -> its rows; held for so many seconds

The real API, queue, worker and store; the check is stood in for (``jobs_stand_in.py``). What comes to its end is noted, so that a check
that is done twice is seen.
"""

import json
import os
import signal
import socket
import sqlite3
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.promises import jobs_stand_in as stand_in

time.time = stand_in.now
socket.getaddrinfo = stand_in.no_names

import dbos  # noqa: E402, F401  # imported once, not for each server
import uvicorn  # noqa: E402

from space.app import create_api  # noqa: E402
from space.core.job import Job  # noqa: E402
from space.core.settings import read_settings  # noqa: E402
from space.runtime.engine_host import EngineHost  # noqa: E402
from space.storage import heartbeats  # noqa: E402  # after the clock was replaced
from space.storage.store import Store  # noqa: E402


def noting(name: str, ends: Path) -> None:
    """Write down what a method of the store brought to its end."""
    inner = getattr(Store, name)

    def noted(store: Store, job: Job, *given: Any, **named: Any) -> bool:
        done = bool(inner(store, job, *given, **named))
        if done:
            with ends.open("a") as file:
                file.write(f"{job.id}\n")
        return done

    setattr(Store, name, noted)


def live(order: dict[str, Any]) -> None:
    """Serve until told to end."""
    log = os.open(order["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.environ |= order["environment"]
    tempfile.tempdir = None
    heartbeats.PATIENCE = order["patience"]
    for name in stand_in.METHODS:
        setattr(EngineHost, name, getattr(stand_in, name))
    for name in ("finish", "fail"):
        noting(name, Path(order["ends"]))
    settings = read_settings()
    uvicorn.run(create_api(settings), host="127.0.0.1", port=settings.port, log_level="warning", timeout_graceful_shutdown=3)


def meddle(order: dict[str, Any]) -> None:
    """Do something to a database beside the server that has it."""
    db = sqlite3.connect(order["file"], timeout=10, isolation_level=None)
    if order["hold"]:
        db.execute("BEGIN IMMEDIATE")
    sys.stdout.write(json.dumps(db.execute(order["sql"]).fetchall()) + "\n")
    sys.stdout.flush()
    time.sleep(order["hold"])
    db.close()


def main() -> None:
    """Fork."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # what ends is gone
    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            meddle(order) if "sql" in order else live(order)
            sys.stdout.flush()
            os._exit(0)
        if "sql" not in order:
            sys.stdout.write(f"{child}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
