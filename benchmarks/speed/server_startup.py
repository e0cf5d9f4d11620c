"""How soon the product is there, and how much memory it holds after many checks: the real commands, the real server over HTTP.

What the first verdict pays for loading is the time from sending a clip, as soon as the server answers at all, to its verdict, less the same
for a later clip that costs as much. Memory is that of the server and all its processes, after some checks and after many: of fifty, one
is ten seconds of 1080p, two are a second of 360p, the others are pictures.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks.resource_meter import resident
from benchmarks.server.server_process import free_port
from benchmarks.speed.clips import another

TELLTALE = Path(sys.executable).with_name("telltale")
BOUNDARY = "telltale-benchmark"
AT_ONCE = 4
"""Checks that wait or run at any time while memory is measured."""
CYCLE, SHORT = 50, (10, 30)
"""Of so many checks the first is the long clip, these are the short one."""
SETTLED = 1.0
"""Seconds after the last check until memory is read."""
ENDED = ("done", "failed", "cancelled")


@dataclass(frozen=True)
class Start:
    """Seconds: of ``telltale --help``, until /health answers, until the first verdict and of a later one."""

    help: float
    health: float
    first: float
    later: float

    @property
    def lazy(self) -> float:
        """What the first verdict paid for loading."""
        return self.first - self.later


@dataclass(frozen=True)
class Memory:
    """MB held after ``few`` and ``many`` checks, and the most seen in between."""

    few: int
    many: int
    after_few: float
    after_many: float
    peak: float


@dataclass(frozen=True)
class Server:
    """A running one."""

    url: str
    process: int
    health: float
    """Seconds until it answered."""


def help_seconds(times: int) -> float:
    """Median of some runs."""
    took = []
    for _ in range(times):
        started = time.perf_counter()
        subprocess.run([TELLTALE, "--help"], capture_output=True, check=True)
        took.append(time.perf_counter() - started)
    return statistics.median(took)


@contextmanager
def serving() -> Iterator[Server]:
    """``telltale serve`` with an empty store, until the end."""
    with tempfile.TemporaryDirectory(prefix="telltale-benchmark-", ignore_cleanup_errors=True) as store:
        port = free_port()
        settings = {"TELLTALE_RATE_LIMIT_PER_MINUTE": "0", "TELLTALE_MAX_QUEUED": "64", "GRADIO_ANALYTICS_ENABLED": "False"}
        order: list[str | Path] = [TELLTALE, "serve", "--port", str(port), "--data-dir", store, "--face-detector", "mtcnn"]
        started = time.perf_counter()
        process = subprocess.Popen(order, env=os.environ | settings, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            url = f"http://127.0.0.1:{port}"
            wait_until_answering(url, process)
            yield Server(url, process.pid, time.perf_counter() - started)
        finally:
            process.terminate()
            process.wait()


def wait_until_answering(url: str, process: "subprocess.Popen[bytes]") -> None:
    """Wait until the server answers. Raises RuntimeError where it ends instead."""
    while process.poll() is None:
        with suppress(urllib.error.URLError, ConnectionError, TimeoutError):
            got(f"{url}/health")
            return
        time.sleep(0.01)
    raise RuntimeError(f"telltale serve ended with {process.returncode}")


def start_and_check(clip: Path, later: int) -> Start:
    """Start a server and send it the clip, and again."""
    seconds = help_seconds(5)
    with serving() as server:
        first, *others = [one_after_another(server, clip, number) for number in range(1 + later)]
        return Start(seconds, server.health, first, statistics.median(others))


def one_after_another(server: Server, clip: Path, number: int) -> float:
    """Seconds from sending a clip to its verdict."""
    began = time.perf_counter()
    check = upload(server.url, clip.suffix, another(clip, number))
    while state_of(server.url, check) not in ENDED:
        time.sleep(0.02)
    return time.perf_counter() - began


def memory(clip: Path, folder: Path, few: int, many: int) -> Memory:
    """Send one check after the other, ``AT_ONCE`` under way."""
    kinds = {"long": clip, "short": folder / "short.mp4", "picture": folder / "picture.jpg"}
    smaller(clip, kinds["short"], kinds["picture"])
    waiting: list[str] = []
    held = {}
    most = now = 0.0
    with serving() as server:
        for number in range(many):
            kind = "long" if number % CYCLE == 0 else "short" if number % CYCLE in SHORT else "picture"
            waiting.append(upload(server.url, kinds[kind].suffix, another(kinds[kind], number)))
            while len(waiting) >= AT_ONCE or (number + 1 in (few, many) and waiting):
                waiting = [check for check in waiting if is_unfinished(server.url, check)]
                before, now = now, resident(server.process)
                most = max(most, min(before, now))  # a process that was just forked is, for a moment, seen as well as what it shares
                time.sleep(0.005)
            if number + 1 in (few, many):
                time.sleep(SETTLED)
                held[number + 1] = resident(server.process)
    return Memory(few, many, held[few], held[many], most)


def is_unfinished(url: str, check: str) -> bool:
    """Whether a check is still under way. Raises RuntimeError where it failed: then it is not what it costs that is wrong."""
    state = state_of(url, check)
    if state == "failed":
        raise RuntimeError(f"a check failed: {got(f'{url}/api/v1/checks/{check}')}")
    return state not in ENDED


def smaller(clip: Path, short: Path, picture: Path) -> None:
    """A second of the clip at 360p, and a picture of it."""
    import av
    import cv2

    with av.open(str(clip)) as source, av.open(str(short), "w") as target:
        stream = target.add_stream("libx264", rate=25, options={"preset": "veryfast"})
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = 640, 360, "yuv420p"
        for number, frame in enumerate(source.decode(video=0)):
            if number == 25:
                break
            little = frame.to_ndarray(width=640, height=360, format="rgb24")
            if not number:
                cv2.imwrite(str(picture), little[:, :, ::-1])
            target.mux(stream.encode(av.VideoFrame.from_ndarray(little, format="rgb24")))
        target.mux(stream.encode(None))


def upload(url: str, ending: str, body: bytes) -> str:
    """Upload a file. -> the check's id."""
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="clip{ending}"\r\n\r\n'
    form = head.encode() + body + f"\r\n--{BOUNDARY}--\r\n".encode()
    asked = urllib.request.Request(f"{url}/api/v1/checks", form, {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"})
    with urllib.request.urlopen(asked, timeout=60) as answer:
        return str(json.load(answer)["id"])


def state_of(url: str, check: str) -> str:
    """Queued, running, done, failed or cancelled."""
    return str(json.loads(got(f"{url}/api/v1/checks/{check}"))["state"])


def got(url: str) -> str:
    """What the server answers."""
    with urllib.request.urlopen(url, timeout=60) as answer:
        return str(answer.read().decode())
