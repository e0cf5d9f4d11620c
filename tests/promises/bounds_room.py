"""The room of the suite ``bounds``: a server from the command line with the real engine, watched from outside while it works.

See also: what it is asked, and what it may take (``bounds.py``).
"""

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from benchmarks.server.server_process import SpaceServer, space_server
from telltale.fetch.fetch import size_of
from tests.promises.sabotage import disarmed
from tests.support.owner import OWNER
from tests.support.processes import belonging, below
from tests.support.web.web_server import Site

CHECKS = "/api/v1/checks"
ENDED = ("done", "failed", "cancelled")
LOOK_EVERY = 0.1
ROWS = {"Max address space": "memory", "Max cpu time": "processor", "Max file size": "files", "Max open files": "open files"}


@dataclass
class Meter:
    """The most that was seen: processes below the server, bytes in its temporary folder, and each child's limits."""

    pid: int
    temporary: Path
    processes: int = 0
    bytes: int = 0
    resident: int = 0
    _stop: threading.Event = field(default_factory=threading.Event)

    def watch(self) -> None:
        """Look until told to stop."""
        while not self._stop.wait(LOOK_EVERY):
            found = below(self.pid)
            self.processes = max(self.processes, len(found))
            self.bytes = max(self.bytes, size_of(self.temporary))
            for process in readers(found):
                with suppress(OSError):
                    status = Path(f"/proc/{process}/status").read_text().splitlines()
                    self.resident = max(self.resident, *(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM")), 0)

    def stop(self) -> None:
        """Enough."""
        self._stop.set()


def readers(found: Mapping[int, str]) -> list[int]:
    """Those of the processes that read what strangers sent."""
    decoders = {process for process, command in found.items() if " -m telltale.sandbox.decode_worker" in command}
    ready = {process for process in decoders if parent_of(process) not in decoders}  # it reads nothing itself: its children do
    return [process for process, command in found.items() if " -m telltale." in command and process not in ready]


def parent_of(process: int) -> int:
    """The process above; 0 where it is gone."""
    with suppress(OSError):
        return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])
    return 0


def bounds_on(process: int) -> dict[str, str]:
    """What the system allows a process at most, by name."""
    lines = Path(f"/proc/{process}/limits").read_text().splitlines()
    return {name: line[len(row) :].split()[0] for line in lines for row, name in ROWS.items() if line.startswith(row)}


@dataclass
class Room:
    """A running server, and what is asked of it."""

    server: SpaceServer
    folder: Path
    meter: Meter
    site: Site
    at_rest: set[int]
    """Its own processes; ``own`` are files that it made before any check."""
    own: set[str]

    def ask(self, *, url: str | None = None, path: Path | None = None) -> str | None:
        """The id of a new check; None where it is not taken."""
        with httpx.Client(base_url=self.server.url, headers=OWNER, timeout=30) as http:
            answer = http.post(CHECKS, files={"file": (path.name, path.read_bytes())}) if path else http.post(CHECKS, json={"url": url})
            return str(answer.json()["id"]) if answer.status_code == 202 else None

    def check(self, id: str) -> dict:
        """As the API tells it."""
        return dict(httpx.get(f"{self.server.url}{CHECKS}/{id}", timeout=30).json())

    def underway(self, id: str, seconds: float = 30) -> None:
        """Wait until its child is fetching."""
        deadline = time.monotonic() + seconds
        asked = len(self.site.asked)
        while time.monotonic() < deadline and (self.check(id)["state"] == "queued" or len(self.site.asked) == asked):
            time.sleep(0.05)

    def outcome(self, id: str | None, seconds: float) -> tuple[str, dict]:
        """``done`` or the code of its failure, and the check; one that does not end in time is cancelled."""
        deadline = time.monotonic() + seconds
        while id and time.monotonic() < deadline:
            if (check := self.check(id))["state"] in ENDED:
                return (check["error"]["code"] if check["error"] else check["state"]), check
            time.sleep(0.05)
        if id:
            httpx.delete(f"{self.server.url}{CHECKS}/{id}", headers=OWNER, timeout=30)
        return f"no end in {seconds:.0f} s", {}

    def left(self, seconds: float = 2.0) -> list[str]:
        """Processes and files that are still there after so long."""
        deadline = time.monotonic() + seconds
        while True:
            found = [command[:80] for process, command in belonging(self.folder).items() if process not in self.at_rest]
            found += [path.name for path in (self.folder / "tmp").iterdir() if path.name not in self.own]
            found += [path.name for path in (self.folder / "store" / "uploads").glob("*")]
            if not found or time.monotonic() > deadline:
                return found
            time.sleep(0.1)


@contextmanager
def room(folder: Path, site: Site, settings: Mapping[str, str], guards: Mapping[str, str]) -> Iterator[Room]:
    """A server that is ready, with ``guards`` turned off."""
    temporary = folder / "tmp"
    temporary.mkdir(parents=True, exist_ok=True)
    chosen = {f"TELLTALE_{name.upper()}": value for name, value in settings.items()}
    with (
        disarmed(guards, {}) as more,
        space_server(folder, {**more, **chosen, "TELLTALE_TEST_ALLOW_HOSTS": site.host, "TMPDIR": str(temporary)}) as server,
    ):
        meter = Meter(server.pid, temporary)
        thread = threading.Thread(target=meter.watch, daemon=True)
        thread.start()
        try:
            yield Room(server, folder, meter, site, set(belonging(folder)), {path.name for path in temporary.iterdir()})
        finally:
            meter.stop()
            thread.join()
