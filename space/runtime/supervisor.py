"""Staff: the further workers of a server (``telltale serve --workers N``): processes of their own, begun again when they die.

They end with the server, killed or not. See also: the server's own worker, and what a worker does (``runtime.py``).
"""

import logging
import os
import subprocess
import sys
import threading
from pathlib import Path

from space.core.settings import Settings

log = logging.getLogger(__name__)

ROOT = Path(__file__).resolve().parents[2]
LOOK_EVERY = 1.0
"""Seconds between two looks for workers that died."""
GRACE = 5.0
"""Seconds that a worker has to give its check back."""


class WorkerSupervisor:
    """``count`` worker processes while it runs."""

    def __init__(self, settings: Settings, count: int) -> None:
        self._command = command(settings)
        self._count = count
        self._stopping = threading.Event()
        # one thread starts them all and lives as long as they do: the kernel ends a child with the thread that began it
        self._thread = threading.Thread(target=self._watch, name="staff", daemon=True)

    def start(self) -> None:
        """Begin them."""
        if self._count:
            self._thread.start()

    def stop(self) -> None:
        """End them; the checks that they have in hand wait for others."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def _watch(self) -> None:
        running = [self._begin() for _ in range(self._count)]
        while not self._stopping.wait(LOOK_EVERY):
            for place, worker in enumerate(running):
                if worker.poll() is not None:
                    log.warning("a worker ended (%s); another takes its place", worker.returncode)
                    running[place] = self._begin()
        for worker in running:
            worker.terminate()
        for worker in running:
            try:
                worker.wait(GRACE)
            except subprocess.TimeoutExpired:
                worker.kill()
                worker.wait()

    def _begin(self) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(self._command, cwd=ROOT, stdin=subprocess.DEVNULL)


def command(settings: Settings) -> list[str]:
    """What was given to the server by hand is given on; what came from the environment comes from there again."""
    given = [sys.executable, "-m", "telltale", "work", "--parent", str(os.getpid()), "--data-dir", str(settings.data_dir.resolve())]
    given += ["--face-detector", settings.face_detector]
    if settings.model:
        given += ["--model", settings.model]
    if settings.insightface_root:
        given += ["--insightface-root", str(settings.insightface_root.resolve())]
    return given
