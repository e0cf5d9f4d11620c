"""The walls that the downloading child puts around itself before it touches the network; they cannot be taken down again.

An audit hook sees every connection that Python makes and lets it dial nothing but the guard, its parent's proxy
(``telltale/net/egress_proxy.py``); no name is looked up here, no other program is started, and nothing is written but in its folder. The
system's limits bound memory, processor time, files and file size; a meter bounds what comes in.
"""

import os
import resource
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

MEMORY = 2 * 2**30
"""Bytes of address space; the interpreter, yt-dlp and TLS take about a fifth of it."""
OPEN_FILES = 128
DECODER_FILES = 16
SPARE_BYTES = 2**20
STARTS_PROGRAM = frozenset(
    {"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "os.forkpty", "os.startfile", "pty.spawn"}
)
LOOKS_UP = frozenset({"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr", "socket.getnameinfo"})
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def set_rlimits(max_bytes: int, max_seconds: float) -> None:
    """Set the system's limits on this process: no file beyond ``max_bytes``, no more processor seconds than ``max_seconds``."""
    lower_limit(resource.RLIMIT_AS, MEMORY)
    lower_limit(resource.RLIMIT_CPU, int(max_seconds) + 5)
    lower_limit(resource.RLIMIT_FSIZE, max_bytes + SPARE_BYTES)
    lower_limit(resource.RLIMIT_NOFILE, OPEN_FILES)
    lower_limit(resource.RLIMIT_CORE, 0)


def set_decoder_rlimits(max_bytes: int, memory: int, max_seconds: float) -> None:
    """The same for a process that decodes one file, which it has open: it opens no other, and writes no more than its frames."""
    lower_limit(resource.RLIMIT_AS, memory)
    lower_limit(resource.RLIMIT_CPU, int(max_seconds) + 1)
    lower_limit(resource.RLIMIT_FSIZE, max_bytes)
    lower_limit(resource.RLIMIT_NOFILE, DECODER_FILES)
    lower_limit(resource.RLIMIT_CORE, 0)


def lower_limit(limit: int, most: int) -> None:
    """A limit is only ever lowered, for good."""
    hard = resource.getrlimit(limit)[1]
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(limit, (most, most))


class Meter:
    """Counts the bytes that come in over the network; beyond ``allowed`` it calls ``exceeded``, which does not return."""

    def __init__(self, allowed: int, exceeded: Callable[[], NoReturn]) -> None:
        self.allowed = allowed
        self.read = 0
        self._exceeded = exceeded

    def install(self) -> None:
        """From now on all that is read from sockets as from files (HTTP is) passes the meter."""
        original = socket.SocketIO.readinto

        def readinto(stream: socket.SocketIO, buffer: Any) -> int | None:
            count = original(stream, buffer)
            self.read += count or 0
            if self.read > self.allowed:
                self._exceeded()
            return count

        socket.SocketIO.readinto = readinto  # type: ignore[method-assign, assignment]


def install_audit_hook(folder: Path, proxy: str, refused: Callable[[], NoReturn]) -> None:
    """From now on nothing but ``proxy`` ("http://127.0.0.1:PORT") is dialled, nothing is started, and only ``folder`` is written to.

    ``refused`` is called when anything else is dialled or looked up and does not return: what led there deserves no second try.
    """
    way_out = (urlsplit(proxy).hostname, urlsplit(proxy).port)
    inside = os.path.realpath(folder)

    def watch(event: str, args: tuple[Any, ...]) -> None:
        if event == "socket.connect":
            if args[1] != way_out:
                refused()
        elif event in ("socket.sendto", "socket.sendmsg"):
            if args[1] is not None:
                refused()
        elif event in LOOKS_UP:
            if event != "socket.getaddrinfo" or args[0] != way_out[0]:
                refused()
        elif event in STARTS_PROGRAM:
            raise PermissionError(f"{event}: the fetching child starts no program")
        elif event == "open" and isinstance(args[2], int) and args[2] & WRITES and not lies_in(inside, args[0]):
            raise PermissionError("the fetching child writes in its own folder only")

    sys.addaudithook(watch)


def lies_in(folder: str, path: Any) -> bool:
    """Whether a path, once links are followed, is ``folder`` or below it. An open descriptor was judged when it was opened."""
    if isinstance(path, int):
        return True
    real = os.path.realpath(os.fsdecode(path))
    return real == os.devnull or os.path.commonpath([folder, real]) == folder
