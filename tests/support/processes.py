"""The processes below one that a test started, so that it can kill one of them as the out-of-memory killer would."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest


def below(parent: int) -> dict[int, str]:
    """Process id -> command line, of all that descend from ``parent``."""
    parents, commands = {}, {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                status = (folder / "stat").read_text()
                commands[int(folder.name)] = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except (FileNotFoundError, ProcessLookupError):
                continue
            parents[int(folder.name)] = int(status.rpartition(")")[2].split()[1])
    found = {parent}
    while more := {child for child, above in parents.items() if above in found} - found:
        found |= more
    return {child: commands.get(child, "") for child in found - {parent}}


def belonging(folder: Path) -> dict[int, str]:
    """Process id -> command line, of all that run on this machine, whoever their parent is by now, and name ``folder`` or what lies in it
    in their command line or in their environment.
    """
    name, found = os.fsencode(folder), {}
    for process in Path("/proc").iterdir():
        if process.name.isdecimal() and int(process.name) != os.getpid():
            try:
                command, told = (process / "cmdline").read_bytes(), (process / "environ").read_bytes()
            except (FileNotFoundError, ProcessLookupError, PermissionError):
                continue
            if any(
                text == name or text.startswith(name + b"/") for one in (command, told) for text in one.replace(b"=", b"\0").split(b"\0")
            ):
                found[int(process.name)] = command.replace(b"\0", b" ").decode(errors="replace")
    return found


def until(ready: Callable[[], bool], seconds: float = 60, what: str = "what was waited for") -> None:
    """Wait for something that shows on disk or among the processes."""
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            pytest.fail(f"{what} did not happen in {seconds:.0f} seconds")
        time.sleep(0.005)


def kill_one_at_work(out: Path, parent: int) -> int:
    """SIGKILL a process below ``parent`` while it writes a shard in ``out``; returns the shard's number.

    The name of what is half-written ends with the process's id. Tries again where the shard was finished a moment before the signal.
    """
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for part in out.glob("train/*.arrow.*.part"):
            process = int(part.name.split(".")[-2].rpartition("-")[2])
            if process in below(parent):
                kill(process)
                until(lambda process=process: not alive(process), 10, "the end of a killed process")  # type: ignore[misc]  # bound here
                if part.exists():
                    return int(part.name.split(".")[0])
        time.sleep(0.005)
    pytest.fail("no process was seen writing a shard")


def alive(process: int) -> bool:
    """Whether it runs; a zombie does not."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def kill(process: int) -> None:
    """SIGKILL: nothing in the process gets to tidy up."""
    os.kill(process, signal.SIGKILL)
