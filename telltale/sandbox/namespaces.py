"""A network of this process's own, in which there is nobody but itself: whatever runs here, Python or not, reaches no other machine.

The kernel's user and network namespaces, without any right from outside (user_namespaces(7), network_namespaces(7)). A socket belongs to
the network in which it was made: the one that listens here is handed to the parent (``telltale/fetch/fetch.py``), which answers at it from
its own network, and is the only way out. Where the system does not allow this, and many containers do not, there is no such network, the
way out is a port of the parent's loopback, and the walls of ``restrictions.py`` alone keep the child from everything else.

See also: what may be reached through the way out (``telltale/net/egress_proxy.py``).
"""

import ctypes
import fcntl
import os
import signal
import socket
import struct
from pathlib import Path

NEW_USER, NEW_NET = 0x10000000, 0x40000000
SET_DEATH_SIGNAL, SET_NO_NEW_RIGHTS = 1, 38
CAPABILITIES = 0x20080522
GET_FLAGS, SET_FLAGS, UP = 0x8913, 0x8914, 1
WAITING = 64
"""Connections that may wait to be answered."""


def own_network() -> socket.socket | None:
    """Move into a network of its own; what listens in it, on 127.0.0.1, or None where the system does not allow this.

    There is no way back from one that was half made, so another process tries it first. Only for a process with a single thread.
    """
    trial = os.fork()
    if trial == 0:
        ended = 1
        try:
            listen_in_namespace()
            ended = 0
        finally:
            os._exit(ended)
    return listen_in_namespace() if os.waitpid(trial, 0)[1] == 0 else None


def listen_in_namespace() -> socket.socket:
    """Leave this machine's network for an empty one and listen there; all rights that come with it are given up. Raises OSError."""
    user, group = os.geteuid(), os.getegid()
    call_libc("unshare", NEW_USER)
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    call_libc("unshare", NEW_NET)
    raise_loopback()
    listener = socket.create_server(("127.0.0.1", 0), backlog=WAITING)
    call_libc("prctl", SET_NO_NEW_RIGHTS, 1, 0, 0, 0)
    call_libc("capset", struct.pack("=Ii", CAPABILITIES, 0), bytes(24))
    return listener


def raise_loopback() -> None:
    """In a new network even the loopback is down. Raises OSError."""
    with socket.socket(type=socket.SOCK_DGRAM) as asking:
        name = b"lo".ljust(16, b"\0")
        (flags,) = struct.unpack_from("=H", fcntl.ioctl(asking, GET_FLAGS, name + bytes(24)), 16)
        fcntl.ioctl(asking, SET_FLAGS, name + struct.pack("=H", flags | UP) + bytes(22))


def end_with_parent(parent: int) -> None:
    """Have the kernel kill this process when the thread that started it ends. Call it last: a change of rights forgets it."""
    call_libc("prctl", SET_DEATH_SIGNAL, int(signal.SIGKILL), 0, 0, 0)
    if os.getppid() != parent:  # it ended before this could be asked for
        os._exit(1)


def call_libc(name: str, *given: int | bytes) -> None:
    """Call the C library. Raises OSError."""
    if getattr(ctypes.CDLL(None, use_errno=True), name)(*given) != 0:
        raise OSError(ctypes.get_errno(), f"{name}: {os.strerror(ctypes.get_errno())}")
