"""The fetching child (``worker.py``) as its parent sees it: started bare and apart, spoken to, listened to, and ended as a group.

It gets an empty home, a bare environment, a session of its own and, where the system allows it, a network of its own, from which it hands
out the socket that the parent's guard answers at. What it says is read as lines of JSON, and of what it wrote where it broke only the
frames of the program are believed. See also: what it is told to fetch and how long it may take (``fetch.py``).
"""

import json
import logging
import os
import re
import selectors
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)

ROOT = Path(__file__).parents[2]
LOOK_EVERY = 0.1
"""Seconds between two looks at the clock and at the folder."""
LONGEST_MESSAGE = 64 * 1024
START_SECONDS = 60.0
"""In which a child says whether it is apart; a machine that swaps takes long."""
FRAME = re.compile(r' *File "[\w./<>+-]+", line [0-9]+, in [\w<>]+', re.ASCII)
KIND = re.compile(r"[A-Za-z_]\w*(Error|Exception|Exit|Interrupt|Warning|Failed)", re.ASCII)


@dataclass(frozen=True)
class Child:
    """A running child, the line to it, and what listens in its own network, if it has one."""

    process: subprocess.Popen[bytes]
    line: socket.socket
    listener: socket.socket | None

    def order(self, order: dict[str, Any]) -> None:
        """Tell it what to do; one that is dead already is told of by its silence."""
        with suppress(BrokenPipeError, ConnectionResetError):
            self.line.sendall(json.dumps(order).encode() + b"\n")


@contextmanager
def child(work: Path, *, apart: bool = True) -> Iterator[Child]:
    """A child that waits for its order, in ``work``; its whole process group is gone afterwards. ``apart`` is False in tests only."""
    ours, theirs = socket.socketpair()
    with ours, theirs, (work / "log").open("wb") as errors:
        process = subprocess.Popen(
            [sys.executable, "-s", "-B", "-m", "telltale.fetch.worker", "apart" if apart else "beside"],
            stdin=theirs.fileno(),
            stdout=subprocess.PIPE,
            stderr=errors,
            cwd=ROOT,
            env=child_environment(work),
            start_new_session=True,
            bufsize=0,
        )
        theirs.close()
        assert process.stdout is not None
        listener = None
        try:
            ours.settimeout(START_SECONDS)
            listener = receive_socket(ours, work)
            yield Child(process, ours, listener)
        finally:
            if listener:
                listener.close()
            with suppress(ProcessLookupError):  # the child is not reaped before this line, so its group is its own or nobody's
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            process.stdout.close()


def child_environment(work: Path) -> dict[str, str]:
    """The whole environment of a child; its home is a new folder in ``work``."""
    home = work / "home"
    home.mkdir()
    return {"HOME": str(home), "TMPDIR": str(home), "PATH": os.defpath, "LANG": "C.UTF-8", "YTDLP_NO_PLUGINS": "1"}


def receive_socket(line: socket.socket, work: Path) -> socket.socket | None:
    """The socket that a new child hands out, or None where it can have no network of its own."""
    said, handed, _, _ = socket.recv_fds(line, 1, 1)
    if not said:
        raise RuntimeError(f"the fetching child did not start:\n{note(work)}")
    listener = socket.socket(fileno=handed[0]) if handed else None
    log.info("the fetching child %s", "is in a network of its own" if listener else "shares this network: the system gives it none")
    return listener


def messages(process: subprocess.Popen[bytes]) -> Iterator[dict[str, Any] | None]:
    """What the child says, and None whenever it has said nothing for a moment; ends with the child."""
    assert process.stdout is not None
    pipe, held = process.stdout.fileno(), b""
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        while True:
            if not selector.select(LOOK_EVERY):
                yield None
                continue
            heard = os.read(pipe, LONGEST_MESSAGE)
            if not heard:
                return
            *lines, held = (held + heard).split(b"\n")
            if len(held) > LONGEST_MESSAGE:
                raise RuntimeError("the fetching child talks without end")
            yield from (json.loads(line) for line in lines)


def note(work: Path) -> str:
    """Log where in the child an error arose, and return it: the frames and the kind, never a word that could have been fetched."""
    lines = (work / "log").read_text(encoding="utf-8", errors="replace")[-16000:].splitlines()
    known = [line for line in lines if FRAME.fullmatch(line)]
    text = "\n".join([*known, *(line for line in lines[-1:] if KIND.fullmatch(line))])
    if text:
        log.info("the fetching child stopped at:\n%s", text)
    return text
