"""The check on the device against the server's on the same videos: verdicts, probabilities, time, size of the package, connections made.

The extension is laid out as the store gets it and loaded in Chromium, whose every connection goes to a proxy that counts it and opens to
nobody. Each video is given as a file, so both sides read the same bytes at the same moments. Beside the time on the clock stands the
processors' time of all of Chromium, which a busy machine lengthens less. A demand that is missed makes it fail.

    python -m benchmarks.extension.parity --data ../shared/data [--videos 20] [--frames 16]
"""

import argparse
import json
import os
import re
import shutil
import socketserver
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.remote.thresholds import Demand, table
from telltale.model.classifier import BROWSER
from telltale.pipeline import Engine, check, load_engine

ROOT = Path(__file__).resolve().parents[2]
CLOSE, SECONDS, MEGABYTES = 0.02, 6.0, 25.0
CHROMIUMS_OWN = rb"[/. ](google\.com|googleapis\.com|gvt1\.com|gstatic\.com)[:/ ]"
"""What Chromium asks its own makers, whatever is loaded in it."""
CHECK = """
async (count) => {
  const { checkOnDevice } = await import("/local/check.js");
  const started = performance.now();
  const { report } = await checkOnDevice({ file: document.getElementById("given").files[0] }, { count });
  return { report, seconds: (performance.now() - started) / 1000 };
}
"""


@dataclass(frozen=True)
class Compared:
    """One video on both sides: verdict, probability (−1 where none was given), seconds; and Chromium's processors' seconds."""

    name: str
    server: str
    device: str
    server_probability: float
    device_probability: float
    server_seconds: float
    device_seconds: float
    device_processor: float

    @property
    def apart(self) -> float:
        """Between the probabilities."""
        return abs(self.server_probability - self.device_probability)

    @property
    def line(self) -> str:
        """As a row of Markdown."""
        verdicts = self.server if self.server == self.device else f"**{self.server} / {self.device}**"
        probabilities = f"{self.server_probability:.4f} | {self.device_probability:.4f} | {self.apart:.4f}"
        seconds = f"{self.server_seconds:.2f} | {self.device_seconds:.2f} | {self.device_processor:.2f}"
        return f"| {self.name} | {verdicts} | {probabilities} | {seconds} |"


class Counter(socketserver.ThreadingTCPServer):
    """A proxy that notes what is asked of it and answers nothing."""

    allow_reuse_address = daemon_threads = True

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        super().__init__(("127.0.0.1", 0), socketserver.BaseRequestHandler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def finish_request(self, request: Any, client_address: Any) -> None:
        """One connection."""
        self.heard.append(request.recv(200).split(b"\r\n")[0])

    @property
    def strange(self) -> list[bytes]:
        """What is not Chromium's own."""
        return [line for line in self.heard if line and not re.search(CHROMIUMS_OWN, line)]


def main(argv: list[str] | None = None) -> int:
    """Compare, print, and say whether every demand is met."""
    made = argparse.ArgumentParser(
        prog="python -m benchmarks.extension.parity", description="The check on the device against the server's."
    )
    made.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data", help="folder with manifest.jsonl")
    made.add_argument("--videos", type=int, default=20)
    made.add_argument("--frames", type=int, default=16, help="looked at in each")
    given = made.parse_args(argv)
    videos = chosen(given.data, given.videos)
    with tempfile.TemporaryDirectory() as folder, Counter() as proxy:
        megabytes = pack_extension(Path(folder))
        with panel(Path(folder), proxy.server_address[1]) as page:
            rows = list(compare_videos(page, given.data, videos, given.frames, load_engine(BROWSER, faces="mtcnn")))
            page.evaluate("fetch('http://127.0.0.1:61999/').catch(() => null)")  # the control: one connection that must be counted
            time.sleep(1)
        heard = proxy.strange
    demands = list_demands(rows, megabytes, heard, given.frames)
    print(table(demands))
    return 0 if all(demand.holds for demand in demands) else 1


def list_demands(rows: list[Compared], megabytes: float, heard: list[bytes], frames: int) -> list[Demand]:
    """What is asked, beside what was measured."""
    alike = sum(row.server == row.device for row in rows)
    middle = sorted(row.device_seconds for row in rows)[len(rows) // 2]
    work = sorted(row.device_processor for row in rows)[len(rows) // 2]
    print(f"\nprocessors' seconds of the median video: {work:.2f}\n")
    return [
        Demand("device", f"verdicts equal, of {len(rows)}", alike, len(rows), at_least=True),
        Demand("device", "greatest difference of probability", max(row.apart for row in rows), CLOSE),
        Demand("device", f"seconds to the Report, {frames} frames, median video, on a machine that does nothing else", middle, SECONDS),
        Demand("package", "megabytes", megabytes, MEGABYTES),
        Demand("network", "connections beyond the control's one", len(heard) - 1, 0),
        Demand("network", "connections of the control", len(heard), 1, at_least=True),
    ]


def chosen(data: Path, count: int) -> list[str]:
    """Videos of the manifest, as evenly over sources and labels as their order allows."""
    rows = [json.loads(line) for line in (data / "manifest.jsonl").read_text(encoding="utf-8").splitlines()]
    paths = sorted(row["path"] for row in rows if row["kind"] == "video" and row["path"].endswith(".mp4"))
    return [paths[number * len(paths) // count] for number in range(min(count, len(paths)))]


def pack_extension(folder: Path) -> float:
    """Lays the extension out below the folder; the megabytes of its zip."""
    from extension_build.unpacked import lay_out
    from extension_build.zip import pack

    lay_out("chromium", folder / "extension", ROOT / "node_modules", ROOT)
    pack(folder / "extension", folder / "extension.zip")
    return (folder / "extension.zip").stat().st_size / 1e6


@contextmanager
def panel(folder: Path, proxy: int) -> Iterator[Any]:
    """The extension's panel in a Chromium that reaches nobody, with a field for a file."""
    from playwright.sync_api import sync_playwright

    extension = folder / "extension"
    switches = [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-features=DisableLoadExtensionCommandLineSwitch",
        f"--load-extension={extension}",
        f"--disable-extensions-except={extension}",
        f"--proxy-server=http://127.0.0.1:{proxy}",
        "--proxy-bypass-list=<-loopback>",
    ]
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            folder / "profile", executable_path=shutil.which("chromium"), headless=False, args=switches
        )
        worker = context.service_workers[0] if context.service_workers else context.wait_for_event("serviceworker")
        page = context.new_page()
        page.goto(f"chrome-extension://{worker.url.split('/')[2]}/panel/panel.html")
        page.evaluate("document.body.append(Object.assign(document.createElement('input'), { type: 'file', id: 'given' }))")
        yield page
        context.close()


def compare_videos(page: Any, data: Path, videos: list[str], frames: int, engine: Engine) -> Iterator[Compared]:
    """Each video on both sides, told as it goes."""
    print(
        "| video | verdict | server | device | apart | server s | device s | processors s |\n|---|---|---|---|---|---|---|---|", flush=True
    )
    for name in videos:
        started = time.monotonic()
        report = check(data / name, engine, frames=frames)
        seconds = time.monotonic() - started
        page.set_input_files("#given", str(data / name))
        before = processor_seconds()
        told = page.evaluate(CHECK, frames)
        spent = processor_seconds() - before
        given = told["report"]
        ours, theirs = (-1.0 if value is None else value for value in (report.fake_probability, given["fake_probability"]))
        row = Compared(name, report.verdict, given["verdict"], ours, theirs, seconds, told["seconds"], spent)
        print(row.line, flush=True)
        yield row


def processor_seconds() -> float:
    """What all processes that this one started, and theirs, have used so far."""
    started: dict[int, list[tuple[int, float]]] = {}
    for place in Path("/proc").iterdir():
        if place.name.isdigit():
            try:
                told = (place / "stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue  # it has ended meanwhile
            used = (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")
            started.setdefault(int(told[1]), []).append((int(place.name), used))
    total, open_ = 0.0, [os.getpid()]
    while open_:
        for process, used in started.get(open_.pop(), []):
            total += used
            open_.append(process)
    return total


if __name__ == "__main__":
    sys.exit(main())
