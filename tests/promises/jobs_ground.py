"""The ground on which ``jobs`` lays its faults: servers on a small disk of their own without a home, and one client that keeps every 202.

The disk is a tmpfs in a mount namespace; where the system gives none, a folder, which cannot be filled.
"""

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from benchmarks.server.server_process import free_port
from tests.promises.jobs_stand_in import OFFSET, SECONDS
from tests.promises.sabotage import ROOT, disarmed
from tests.support.web.web_server import Site, serving

CHECKS = "/api/v1/checks"
DISK = "24m"
ENDED = ("done", "failed", "cancelled")
MOUNT = 'mount -t tmpfs -o size="$1",mode=700 none "$0" && shift && exec "$@"'
PATIENCE = 2.0
"""Seconds of silence after which a worker is dead here; 10 in earnest."""


@dataclass
class Ground:
    """Servers, and what the client knows."""

    supervisor: "subprocess.Popen[str]"
    disk: Path
    """As the servers see it; ``seen`` is the same as we do."""
    seen: Path
    log: Path
    site: Site
    seed: int
    is_small: bool
    port: int = field(default_factory=free_port)
    server: int = 0
    accepted: dict[str, str] = field(default_factory=dict)
    """By the name under which it was asked for: the id that a 202 gave."""
    statuses: list[int] = field(default_factory=list)
    """What else was answered."""

    def start(self, *, doomed: bool = False, **settings: str) -> None:
        """A server, which is up when this returns, or dead if it is ``doomed``. Raises RuntimeError."""
        environment = {
            "HOME": "/proc/nowhere",
            "TMPDIR": str(self.disk / "tmp"),
            "TELLTALE_DATA_DIR": str(self.disk / "store"),
            "TELLTALE_PORT": str(self.port),
            "TELLTALE_FETCH_TIMEOUT": "20",
            "TELLTALE_MAX_QUEUED": "100",
            "TELLTALE_RATE_LIMIT_PER_MINUTE": "1000",
            "TELLTALE_TEST_ALLOW_HOSTS": self.site.host,
            OFFSET: str(self.log.with_name("clock")),
            SECONDS: "0.3",
        }
        order = {"log": str(self.log), "ends": str(self.log.with_name("ends")), "patience": PATIENCE, "environment": environment | settings}
        self.server = int(self._told(order))
        deadline = time.monotonic() + 60
        while self.health() != 200:
            if doomed and not self.is_up:
                return
            if time.monotonic() > deadline or not self.is_up:
                raise RuntimeError(f"the server does not come up:\n{self.log.read_text()[-3000:]}")
            time.sleep(0.02)

    def _told(self, order: dict[str, Any]) -> str:
        """Tell the supervisor. -> its one line."""
        assert self.supervisor.stdin and self.supervisor.stdout
        self.supervisor.stdin.write(json.dumps(order) + "\n")
        self.supervisor.stdin.flush()
        return self.supervisor.stdout.readline()

    @property
    def is_up(self) -> bool:
        """Whether its process is there."""
        return bool(self.server) and Path(f"/proc/{self.server}").exists()

    def end(self, how: signal.Signals, seconds: float = 30) -> bool:
        """Send it a signal. -> whether it went in time."""
        if self.is_up:
            os.kill(self.server, how)
        deadline = time.monotonic() + seconds
        while self.is_up and time.monotonic() < deadline:
            time.sleep(0.02)
        gone = not self.is_up
        if not gone:
            os.kill(self.server, signal.SIGKILL)
        return gone

    def health(self) -> int:
        """The status of /health; 0 where nobody answers."""
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}/health", timeout=5).status_code
        except httpx.HTTPError:
            return 0

    def film(self, name: str, mark: bytes = b"") -> bytes:
        """Bytes that only this name has."""
        return mark + name.encode() + random.Random(f"{self.seed} {name}").randbytes(200_000)

    def ask(self, name: str, *, url: str | None = None, mark: bytes = b"", timeout: float = 10) -> str | None:
        """Ask once. -> the id of a 202, which is kept; None for anything else."""
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=timeout, headers={"Idempotency-Key": name}) as http:
                film = None if url else {"file": (f"{name}.mp4", self.film(name, mark))}
                answer = http.post(CHECKS, json={"url": url}) if url else http.post(CHECKS, files=film)
        except httpx.HTTPError:
            return None
        if answer.status_code != 202:
            self.statuses.append(answer.status_code)
            return None
        return self.accepted.setdefault(name, str(answer.json()["id"]))

    def insist(self, name: str, *, url: str | None = None, mark: bytes = b"", seconds: float = 30) -> str | None:
        """Ask under the same name until there is a 202."""
        deadline = time.monotonic() + seconds
        while (id := self.ask(name, url=url, mark=mark)) is None and time.monotonic() < deadline:
            time.sleep(0.2)
        return id

    def outcome(self, id: str | None, seconds: float = 30) -> str:
        """``done``, or ``failed`` with its code; ``lost`` where there is no such check or no end of it in time."""
        deadline = time.monotonic() + seconds
        while id and time.monotonic() < deadline:
            try:
                answer = httpx.get(f"http://127.0.0.1:{self.port}{CHECKS}/{id}", timeout=10)
            except httpx.HTTPError:
                time.sleep(0.1)
                continue
            if answer.status_code == 404:
                return "lost"
            if answer.status_code == 200 and (check := answer.json())["state"] in ENDED:
                return str(check["state"]) if not check["error"] else f"failed {check['error']['code']}"
            time.sleep(0.05)
        return "lost"

    def kept(self) -> set[str]:
        """The ids that the server has."""
        return {str(row[0]) for row in self.meddle("SELECT id FROM checks")}

    def meddle(self, sql: str, *, name: str = "checks", hold: float = 0) -> list[list[Any]]:
        """One statement on a database of the server, from beside it; with ``hold`` nobody else can write for so many seconds."""
        order = {"file": str(self.disk / "store" / f"{name}.sqlite3"), "sql": sql, "hold": hold}
        return list(json.loads(self._told(order)))

    def doubled(self) -> int:
        """How many checks came to more than one end."""
        ends = self.log.with_name("ends").read_text().split()
        return len(ends) - len(set(ends))

    def set_clock(self, seconds: float) -> None:
        """Put the servers' clock forward or back, against the true one."""
        self.log.with_name("clock").write_text(str(seconds))


def namespace() -> list[str] | None:
    """The words that begin a command with mounts of its own, where the system allows that."""
    for words in (["unshare", "-m"], ["unshare", "-r", "-m"]):
        tried = [*words, "sh", "-c", MOUNT, "/mnt", DISK, "true"]
        try:
            if subprocess.run(tried, capture_output=True, timeout=10, check=False).returncode == 0:
                return words
        except OSError:
            break
    return None


@contextmanager
def ground(seed: int, guards: Mapping[str, str]) -> Iterator[Ground]:
    """No server runs yet; with ``guards`` turned off."""
    with tempfile.TemporaryDirectory(prefix="promise-jobs-") as name, serving() as site, disarmed(guards) as environment:
        folder = Path(name).resolve()
        disk, log = folder / "disk", folder / "log"
        disk.mkdir()
        for path in (log, folder / "ends", folder / "clock"):
            path.touch()
        words = namespace()
        mounted: list[Any] = [*words, "sh", "-c", MOUNT, disk, DISK] if words else []
        command = [*mounted, sys.executable, "-m", "tests.promises.jobs_server"]
        pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        with log.open("a") as errors, subprocess.Popen(command, cwd=ROOT, env=environment, stderr=errors, text=True, **pipes) as supervisor:
            seen = Path(f"/proc/{supervisor.pid}/root") / disk.relative_to("/") if words else disk
            there = Ground(supervisor, disk, seen, log, site, seed, words is not None)
            try:
                deadline = time.monotonic() + 10
                while words and os.path.ismount(seen) is False and time.monotonic() < deadline:
                    time.sleep(0.02)
                (seen / "tmp").mkdir()
                yield there
            finally:
                there.end(signal.SIGKILL)
                assert supervisor.stdin
                supervisor.stdin.close()
