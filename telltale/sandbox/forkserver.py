"""The ready process (``decode_worker.py``) as this one sees it: started once, early, and asked for a child for each file.

There is one for each process that reads media; it ends when that process does, however it does. See also: what a child is told and what
is believed of its answer (``decode.py``).

    from telltale.sandbox.forkserver import connect_child, prepare
    prepare()  # optional: so that the first file does not wait for it
"""

import atexit
import logging
import os
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

log = logging.getLogger(__name__)

ROOT = Path(__file__).parents[2]
START_SECONDS = 60.0
"""In which it is ready; a machine that swaps takes long."""
SURROUNDINGS = {"PATH": os.defpath, "LANG": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "4"}
"""Its whole environment. Each arena takes address space, which is bounded."""


class ForkServerDied(RuntimeError):
    """It ended although nobody told it to."""


class ForkServer:
    """A ready process and the line to it."""

    def __init__(self) -> None:
        self._line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-s", "-B", "-m", "telltale.sandbox.decode_worker"],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd=ROOT,
                env=SURROUNDINGS,
                start_new_session=True,
            )
        self.process = self._process.pid
        self._line.settimeout(START_SECONDS)
        self._waited = threading.Lock()
        self._ready = False
        self._broken = False
        self.owner = os.getpid()

    def submit(self, order: bytes, descriptors: list[int]) -> None:
        """Give an order and what goes with it; it waits for the process to be ready. Raises OSError where there is none any more."""
        try:
            with self._waited:
                if not self._ready:
                    self._wait()
            socket.send_fds(self._line, [order], descriptors)
        except OSError:  # it is ending, and may not have ended yet
            self._broken = True
            raise

    def _wait(self) -> None:
        """Until it is ready. Raises OSError."""
        where = self._line.recv(16)
        if not where:
            raise ConnectionError("the decoding process did not start")
        self._ready = True
        log.info("decoding in processes %s", "in a network of their own" if where == b"apart" else "that share this network")

    @property
    def gone(self) -> bool:
        """Whether it has ended, or takes no more orders."""
        return self._broken or self._process.poll() is not None

    def close(self) -> None:
        """End it, and with it all of its children."""
        self._line.close()
        if self.owner == os.getpid():
            self._process.kill()
            self._process.wait()


_guard = threading.Lock()
_held: list[ForkServer] = []
"""The one of this process: a child costs milliseconds because it is there before it is needed."""


def prepare() -> ForkServer:
    """Start the ready process where there is none; it gets ready by itself."""
    with _guard:
        if _held and _held[0].gone:
            log.warning("the decoding process is gone; another is started")
            _held.pop().close()
        if not _held:
            _held.append(ForkServer())
        return _held[0]


def connect_child(order: bytes, descriptors: list[int]) -> socket.socket:
    """A child with this order and these open files; the line on which it answers. It ends when the line is closed."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        with theirs:
            try:
                prepare().submit(order, [*descriptors, theirs.fileno()])
            except OSError:
                prepare().submit(order, [*descriptors, theirs.fileno()])
    except BaseException:
        ours.close()
        raise
    return ours


@atexit.register
def close() -> None:
    """End the ready process of this one, if there is one."""
    with _guard:
        for nursery in _held:
            nursery.close()
        _held.clear()


def forget() -> None:
    """A forked process has none: the one of its parent is not its own."""
    global _guard
    _guard = threading.Lock()
    for nursery in _held:
        with suppress(OSError):
            nursery._line.close()
    _held.clear()


os.register_at_fork(after_in_child=forget)
