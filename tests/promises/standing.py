"""A server that stands still: ``telltale serve`` in a process of its own, whose checks wait for ever, for there is no engine.

So what is asked of its doors is not mixed up with what its checks cost. See also: what is asked (``doors.py``, ``text.py``).
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from benchmarks.server.server_process import free_port
from tests.promises.sabotage import ROOT, disarmed

BRIEF = 1.0
"""Seconds of ``space.middleware.slow_clients.WINDOW`` where there is no time for ten."""
NO_ENGINE = {"space.runtime.engine_host:EngineHost.load": "tests.promises.standing:asleep"}
NO_PAGE = {"space.app:create_app": "space.app:create_api"}
SHORT_WINDOW = {"space.middleware.slow_clients:WINDOW": "tests.promises.standing:BRIEF"}
PATIENCE = 120.0


@dataclass(frozen=True)
class Standing:
    """Where it answers, its process, its folder and its log."""

    port: int
    pid: int
    folder: Path

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        """All that it wrote until now."""
        return (self.folder / "log").read_text(errors="surrogateescape")

    @property
    def megabytes(self) -> float:
        """Memory that it holds."""
        return int(Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6

    @property
    def seconds(self) -> float:
        """Of a processor, until now."""
        parts = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")

    def taken(self) -> int:
        """Checks in its store, whatever became of them."""
        told = httpx.get(f"{self.url}/health", timeout=30).json()
        return int(told["queue"]["queued"]) + sum(int(count) for name, count in told["store"].items() if name != "bytes")


def asleep(_: object) -> None:
    """Instead of the loading of the engine, after which the worker would begin."""
    time.sleep(10**6)


@contextmanager
def standing(folder: Path, guards: Mapping[str, str], settings: Mapping[str, str] | None = None) -> Iterator[Standing]:
    """The server with these guards replaced. RuntimeError where it does not come up."""
    port = free_port()
    command = [sys.executable, "-m", "telltale", "serve", "--port", str(port), "--data-dir", str(folder / "store")]
    around = {**os.environ, "TELLTALE_RATE_LIMIT_PER_MINUTE": "0", **(settings or {})}
    with (
        disarmed({**NO_ENGINE, **guards}, around) as environment,
        (folder / "log").open("w") as log,
        subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log) as process,
    ):
        server = Standing(port, process.pid, folder)
        try:
            wait(server, process)
            yield server
        finally:
            process.kill()  # it would wait for its sleeper


def wait(server: Standing, process: "subprocess.Popen[bytes]") -> None:
    """Until it answers."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        try:
            httpx.get(f"{server.url}/health", timeout=5)
            return
        except httpx.TransportError:
            time.sleep(0.1)
    raise RuntimeError(f"the server did not come up:\n{server.log[-3000:]}")
