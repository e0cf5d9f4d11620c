"""Trials: the processes that are killed, the checks that they are asked for, and what is left over, for ``crash_recovery.py`` and
``worker_scaling.py``.

The processes are forked from one that has everything imported, so that hundreds of them can be begun. See also: where they die
(``crash_points.py``), and what is demanded (``crash_recovery.py``).
"""

import multiprocessing
import os
import secrets
import time
from dataclasses import replace
from multiprocessing.process import BaseProcess
from pathlib import Path

import httpx

from benchmarks.server.crash_points import Fate, live
from benchmarks.server.server_process import free_port

FORKED = multiprocessing.get_context("forkserver")
FORKED.set_forkserver_preload(
    ["benchmarks.server.crash_points", "dbos", "psycopg", "telltale.pipeline"]
)  # imported once, not for each process
MARK = "KILLS_MARK"
os.environ[MARK] = secrets.token_hex(8)
"""Stands in the environment of all that is started, and of what that starts."""
CHECKS = "/api/v1/checks"
PATIENCE = 3.0
"""Seconds of silence after which a worker is dead here; 10 in earnest."""


class Trials:
    """The processes under test, the checks asked for, and what they must come to."""

    def __init__(self, folder: Path, *, database: str | None, fixed: float | None, web: str, clip: bytes) -> None:
        self._folder = folder
        self._web = web
        self._clip = clip
        self._fate = Fate(folder, web, database, None, None, fixed, PATIENCE)
        self._ends = folder / "ends"
        self._ends.touch()
        self._temporary = folder / "tmp"
        self._temporary.mkdir()
        self._port = free_port()
        self.started: list[BaseProcess] = []
        self.url = f"http://127.0.0.1:{self._port}"

    def start(self, *, point: str | None = None, serving: bool = True) -> BaseProcess:
        """A server, or a worker, that dies at the point; a server is up when this returns."""
        fate = replace(self._fate, point=point, port=self._port if serving else None)
        process = FORKED.Process(target=live, args=(fate,))
        process.start()
        self.started.append(process)
        deadline = time.monotonic() + 120
        while serving and process.is_alive() and not self._up():
            if time.monotonic() > deadline:
                raise SystemExit(f"the server does not come up:\n{(self._folder / 'log').read_text()[-3000:]}")
            time.sleep(0.05)
        return process

    def end(self) -> None:
        """Kill what still runs."""
        for process in self.started:
            process.kill()
            process.join()

    def _up(self) -> bool:
        try:
            return httpx.get(f"{self.url}/health", timeout=5).status_code == 200
        except httpx.HTTPError:
            return False

    def ask(self, http: httpx.Client, kind: str, number: int) -> str | None:
        """Ask for one check, the same under the same number. -> its id; None where no answer came."""
        nonce = f"{number:08d}".encode()
        bytes = self._clip + (8 + len(nonce)).to_bytes(4, "big") + b"free" + nonce  # other bytes, the same film
        try:
            if kind == "url":
                (self._folder / "web" / f"{number}.mp4").write_bytes(bytes)
                answer = http.post(CHECKS, json={"url": f"{self._web}/{number}.mp4"}, headers={"Idempotency-Key": f"k{number}"})
            else:
                answer = http.post(CHECKS, files={"file": ("clip.mp4", bytes)}, headers={"Idempotency-Key": f"k{number}"})
        except httpx.HTTPError:
            return None
        answer.raise_for_status()
        return str(answer.json()["id"])

    def outcome(self, http: httpx.Client, id: str, seconds: float = 120) -> dict | None:
        """The check at its end; None where it does not come to one, or is not there."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                answer = http.get(f"{CHECKS}/{id}")
            except httpx.HTTPError:
                time.sleep(0.1)
                continue
            if answer.status_code != 200:
                return None
            if answer.json()["state"] in ("done", "failed", "cancelled"):
                return dict(answer.json())
            time.sleep(0.05)
        return None

    def ends(self, id: str) -> int:
        """How often the check came to its end."""
        return self._ends.read_text().split().count(id)

    def left(self) -> list[str]:
        """Files and processes that should be gone, once they have had five seconds."""
        deadline = time.monotonic() + 5
        while (found := self._left_now()) and time.monotonic() < deadline:
            time.sleep(0.1)
        return found

    def _left_now(self) -> list[str]:
        mark, found = f"{MARK}={os.environ[MARK]}".encode(), [str(path) for path in self._temporary.iterdir()]
        store = self._folder / "store"
        found += [str(path) for path in store.glob("uploads/*")] + [str(path) for path in store.glob("process-*")]
        for process in Path("/proc").iterdir():
            try:
                ours = process.name.isdecimal() and mark in (process / "environ").read_bytes()
                if (
                    ours and int((process / "stat").read_text().rpartition(")")[2].split()[1]) != os.getpid()
                ):  # they are forked by a child of ours
                    found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"))
            except OSError:
                continue
        return found
