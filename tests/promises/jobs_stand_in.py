"""The check of the suite ``jobs``: it fetches and keeps files as the real one does, takes a moment, and needs no model.

An upload that holds ``HOG`` ends its process as the out-of-memory killer would. Replaces methods of ``EngineHost``, in process or by
``sabotage.disarmed``.
"""

import os
import signal
import socket
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.server.crash_points import fixed_run
from space.core.job import Work
from space.runtime.engine_host import EngineHost
from telltale.core.progress import Listener
from telltale.core.report import Report
from telltale.fetch.fetch import fetch
from telltale.sandbox.temp_dir import temporary_folder
from telltale.video.frames import sha256_of

HOG = b"HOG"
SECONDS = "STAND_IN_SECONDS"
OFFSET = "STAND_IN_CLOCK"
METHODS = ("load", "key", "identity", "run")
clock, look_up = time.time, socket.getaddrinfo


def load(room: EngineHost) -> None:
    """There is nothing to load."""
    room._settled.set()


def key(_: EngineHost) -> str:
    """One engine for all."""
    return "stand-in"


def identity(_: EngineHost) -> tuple[str, str, str, str]:
    """As /health tells it."""
    return "stand-in", "0", "none", "none"


def run(room: EngineHost, work: Work, listener: Listener) -> Report:
    """The check."""
    with temporary_folder(Path(tempfile.gettempdir()), "telltale-") as folder:
        path = Path(work.source)
        if work.kind == "url":
            path = fetch(work.source, folder, limits=room._settings.fetch_limits, listener=listener).path
        if HOG in path.read_bytes():
            os.kill(os.getpid(), signal.SIGKILL)
        (folder / "frames").write_bytes(bytes(100_000))
        if earlier := room._find_earlier(sha256_of(path)):
            return earlier
        return fixed_run(float(os.environ.get(SECONDS, "0.3")))(room, work, listener)


def now() -> float:
    """The clock of this machine, put forward or back by what stands in a file."""
    try:
        return clock() + float(Path(os.environ[OFFSET]).read_text() or 0)
    except (KeyError, OSError):
        return clock()


def no_names(host: Any, *given: Any, **named: Any) -> Any:
    """A resolver that does not answer; numbers need none."""
    if host and any(letter.isalpha() for letter in str(host)) and str(host) != "localhost":
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
    return look_up(host, *given, **named)
