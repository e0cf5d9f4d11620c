"""The three doors through which media come: a real server that takes them as uploads and as addresses, and the command line.

What a check came to is told alike for all of them.
"""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from benchmarks.server.server_process import free_port
from tests.promises.sabotage import ROOT
from tests.support.owner import OWNER
from tests.support.processes import below

CHECKS = "/api/v1/checks"
PATIENCE = 45.0
"""Seconds after which a check is given up: it hangs."""
PEAK = re.compile(r"decoded in [\d.]+ s of the processor, (\d+) MB at most")
TYPES = {"mp4": "video/mp4", "webm": "video/webm", "mkv": "video/x-matroska", "ts": "video/mp2t", "png": "image/png", "jpg": "image/jpeg"}


@dataclass(frozen=True)
class Came:
    """What one file came to at one door: a verdict, or a code and a sentence. ``status`` is the worst HTTP status (0: no HTTP)."""

    name: str
    door: str
    seconds: float
    verdict: str | None = None
    code: str = ""
    sentence: str = ""
    status: int = 0
    report: dict[str, Any] | None = None

    @property
    def told(self) -> bool:
        """Whether it is one of both, and a refusal has words."""
        return (self.verdict is not None) != bool(self.code) and (
            not self.code or (self.sentence.endswith((".", "?")) and " " in self.sentence)
        )


@dataclass
class Server:
    """A server in a process of its own, in a folder of its own."""

    url: str
    process: "subprocess.Popen[bytes]"
    folder: Path
    http: httpx.Client = field(repr=False)

    def upload(self, path: Path) -> Came:
        """A file through the API."""
        began = time.monotonic()
        with path.open("rb") as file:
            answer = self.http.post(CHECKS, files={"file": (path.name, file)})
        return self._followed(path.name, "upload", answer, began)

    def address(self, url: str, name: str) -> Came:
        """An address through the API."""
        began = time.monotonic()
        return self._followed(name, "address", self.http.post(CHECKS, json={"url": url}), began)

    def _followed(self, name: str, door: str, answer: httpx.Response, began: float) -> Came:
        """A check from its acceptance to its end."""
        if answer.status_code != 202:
            said = answer.json()
            return Came(name, door, time.monotonic() - began, None, said["code"], said["detail"], answer.status_code)
        place, worst = f"{CHECKS}/{answer.json()['id']}", answer.status_code
        while (spent := time.monotonic() - began) < PATIENCE:
            told = self.http.get(place)
            worst = max(worst, told.status_code)
            check = told.json()
            if check["state"] in ("done", "failed", "cancelled"):
                problem, report = check["error"] or {}, check["report"]
                verdict = report["verdict"] if report else None
                return Came(name, door, spent, verdict, problem.get("code", ""), problem.get("detail", ""), worst, report)
            time.sleep(0.01)
        self.http.delete(place)
        return Came(name, door, spent, None, "hangs", "", worst)

    @property
    def alive(self) -> bool:
        """Whether it is the process that was started, and answers."""
        return self.process.poll() is None and self.http.get("/health").status_code == 200

    @property
    def memory(self) -> float:
        """Its resident megabytes."""
        return resident(self.process.pid)

    @property
    def peaks(self) -> list[int]:
        """Megabytes at most of each decoding child, in order, as the server's log has it."""
        return [int(found) for found in PEAK.findall((self.folder / "log").read_text(errors="replace"))]

    def left(self) -> set[str]:
        """Media and temporary files that lie there now."""
        return lying_in(self.folder / "store" / "uploads") | lying_in(self.folder / "tmp")

    def processes(self) -> list[str]:
        """The command lines of all that runs below it."""
        return sorted(below(self.process.pid).values())


@contextmanager
def serving(folder: Path, environment: Mapping[str, str] | None = None, **settings: str) -> Iterator[Server]:
    """A server that is ready; ``settings`` are its variables without the prefix."""
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    command = [
        *(sys.executable, "-m", "telltale", "serve", "--port", str(port), "--data-dir", str(folder / "store"), "--face-detector"),
        "mtcnn",
    ]
    chosen = {"TELLTALE_RATE_LIMIT_PER_MINUTE": "0"} | {f"TELLTALE_{name.upper()}": value for name, value in settings.items()}
    around = {**(environment or os.environ), **chosen, **own(folder)}
    url = f"http://127.0.0.1:{port}"
    with (
        (folder / "log").open("w") as log,
        httpx.Client(base_url=url, headers=OWNER, timeout=PATIENCE) as http,
        subprocess.Popen(command, cwd=ROOT, env=around, stdout=log, stderr=log) as process,
    ):
        try:
            wait(http, process, folder / "log")
            yield Server(url, process, folder, http)
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


def wait(http: httpx.Client, process: "subprocess.Popen[bytes]", log: Path, seconds: float = 120) -> None:
    """Until the model is settled: ready, or failed. Raises RuntimeError."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if http.get("/health").json()["status"] != "loading":
                return
        except (httpx.TransportError, ValueError):
            pass
        time.sleep(0.1)
    raise RuntimeError(f"the server did not come up: {log.read_text()[-2000:]}")


def own(folder: Path) -> dict[str, str]:
    """A home and a folder for temporary files, in which what is left can be seen."""
    for name in ("home", "tmp"):
        (folder / name).mkdir(exist_ok=True)
    return {"HOME": str(folder / "home"), "TMPDIR": str(folder / "tmp")}


def command_line(
    sources: Sequence[Path | str], folder: Path, environment: Mapping[str, str] | None = None, *options: str
) -> tuple[list[Came], int]:
    """``telltale check`` of all sources in one process: what each came to, as far as it got, and the process's end."""
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "telltale", "check", "--json", "--face-detector", "mtcnn", *options, *map(str, sources)]
    around = {**(environment or os.environ), **own(folder)}
    came, began = [], None
    with (
        (folder / "errors").open("w") as errors,
        subprocess.Popen(command, cwd=ROOT, env=around, stdout=subprocess.PIPE, stderr=errors) as process,
    ):
        assert process.stdout
        for source, line in zip(sources, process.stdout, strict=False):
            now = time.monotonic()
            came.append(said(Path(source).name, json.loads(line), now - began if began else 0.0))
            began = now
        return came, process.wait(PATIENCE)


def said(name: str, line: dict[str, Any], seconds: float) -> Came:
    """One line of the command's JSON."""
    error = line.get("error") or {}
    report = None if error else line
    return Came(name, "command line", seconds, line.get("verdict"), error.get("code", ""), error.get("message", ""), 0, report)


def lying_in(folder: Path) -> set[str]:
    """What lies below a folder."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*")} if folder.is_dir() else set()


def resident(process: int) -> float:
    """Megabytes of a process that lie in memory."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(re.findall(r"VmRSS:\s+(\d+) kB", status)[0]) / 1024


def lying(file: Path) -> tuple[int, dict[str, str], bytes]:
    """A file as a web server answers with it."""
    return 200, {"Content-Type": TYPES.get(file.suffix[1:], "application/octet-stream")}, file.read_bytes()
