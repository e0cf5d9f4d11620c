"""The walls that the downloading child puts around itself before it touches the network; they cannot be taken down again.

An audit hook sees every connection that Python makes and compares the very address that is dialled, so redirects, embedded players,
playlist segments and keys, and names that change their answer are all judged; it starts no other program and writes nowhere but in
its folder. The system's limits bound memory, processor time, files and file size; a meter bounds what comes in.

Not here: code that dials without Python (ffmpeg, curl): no such program can be started, and none is loaded.
"""

import ipaddress
import os
import resource
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from detector.address import PORTS, is_public

MEMORY = 2 * 2**30
"""Bytes of address space; the interpreter, yt-dlp and TLS take about a fifth of it."""
OPEN_FILES = 128
SPARE_BYTES = 2**20
STARTS_PROGRAM = frozenset(
    {"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "os.forkpty", "os.startfile", "pty.spawn"}
)
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def bound(max_bytes: int, max_seconds: float) -> None:
    """Set the system's limits on this process: no file beyond ``max_bytes``, no more processor seconds than ``max_seconds``."""
    lower(resource.RLIMIT_AS, MEMORY)
    lower(resource.RLIMIT_CPU, int(max_seconds) + 5)
    lower(resource.RLIMIT_FSIZE, max_bytes + SPARE_BYTES)
    lower(resource.RLIMIT_NOFILE, OPEN_FILES)
    lower(resource.RLIMIT_CORE, 0)


def lower(limit: int, most: int) -> None:
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


def wall_in(folder: Path, allow_hosts: frozenset[str], refused: Callable[[], NoReturn]) -> None:
    """From now on only public addresses are dialled (and ``allow_hosts``), nothing is started, and only ``folder`` is written to.

    ``refused`` is called at the first address that is not public and does not return: what led there deserves no second try.
    """
    inside = os.path.realpath(folder)

    def watch(event: str, args: tuple[Any, ...]) -> None:
        if event == "socket.connect":
            if not may_dial(args[1], allow_hosts):
                refused()
        elif event in ("socket.sendto", "socket.sendmsg"):
            if args[1] is not None:
                refused()
        elif event in STARTS_PROGRAM:
            raise PermissionError(f"{event}: the fetching child starts no program")
        elif event == "open" and isinstance(args[2], int) and args[2] & WRITES and not lies_in(inside, args[0]):
            raise PermissionError("the fetching child writes in its own folder only")

    socket.getaddrinfo = checked_lookup(allow_hosts, refused)
    sys.addaudithook(watch)


def checked_lookup(allow_hosts: frozenset[str], refused: Callable[[], NoReturn]) -> Callable[..., Any]:
    """The resolver, refusing a name as soon as one of its answers may not be dialled."""
    original = socket.getaddrinfo

    def lookup(host: Any, port: Any, *rest: Any, **named: Any) -> Any:
        answers = original(host, port, *rest, **named)
        if not all(may_dial(answer[4], allow_hosts) for answer in answers):
            refused()
        return answers

    return lookup


def may_dial(address: Any, allow_hosts: frozenset[str]) -> bool:
    """Whether a socket address is a public one on the web's ports, or one that a test allows."""
    if not isinstance(address, tuple) or len(address) < 2:
        return False
    host, port = str(address[0]), int(address[1])
    try:
        ip = ipaddress.ip_address(host)
    except ValueError:
        return False
    named = f"[{ip}]" if ip.version == 6 else str(ip)
    return f"{named}:{port}" in allow_hosts or (port in PORTS.values() and is_public(ip))


def lies_in(folder: str, path: Any) -> bool:
    """Whether a path, once links are followed, is ``folder`` or below it. An open descriptor was judged when it was opened."""
    if isinstance(path, int):
        return True
    real = os.path.realpath(os.fsdecode(path))
    return real == os.devnull or os.path.commonpath([folder, real]) == folder
