"""The Space as a process of its own on a free port, for benchmarks that ask it over HTTP alone."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

PATIENCE = 180.0
"""Seconds until checks can run."""


@dataclass(frozen=True)
class SpaceServer:
    """Where it answers, and the process that was started."""

    url: str
    pid: int


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def space_server(folder: Path, settings: Mapping[str, str]) -> Iterator[SpaceServer]:
    """``telltale serve`` on a store in ``folder``, once checks can run; ``settings`` are TELLTALE_ variables. Raises RuntimeError."""
    port = free_port()
    command = [sys.executable, "-m", "telltale", "serve", "--port", str(port), "--data-dir", str(folder / "store")]
    log = folder / "server.log"
    with log.open("w") as out, subprocess.Popen(command, env=os.environ | settings, stdout=out, stderr=out) as process:
        try:
            wait_until_ready(f"http://127.0.0.1:{port}", process, log)
            yield SpaceServer(f"http://127.0.0.1:{port}", process.pid)
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


def wait_until_ready(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    """Raises RuntimeError with the end of the log."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"{url}/health", timeout=5).json()["status"] == "ready":
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    raise RuntimeError(f"the server did not come up:\n{log.read_text()[-3000:]}")
