"""Promise 2: every job is bounded, and nothing of it is left two seconds after its end, whatever ended it.

    python -m tests.promises.bounds [--short] [--sabotage SWITCH]

``telltale serve`` with the real engine and small bounds, files and a web server that go beyond them, and checks that are cancelled,
forgotten and killed; what the server's processes take is looked at from outside. See also: bombs and broken media (``media``).
"""

import os
import signal
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import cv2
import httpx
import numpy as np

from tests.promises.bounds_room import CHECKS, ROWS, Room, bounds_on, readers, room
from tests.promises.promise import Demand, Plan, Suite, main
from tests.support.media.drawing import draw_face_video
from tests.support.media.long_videos import repeated, short_video
from tests.support.owner import OWNER
from tests.support.processes import below
from tests.support.web.web_server import Handler, serving

MEGABYTES, SECONDS, MINUTES, FRAMES, REQUESTS = 2.0, 15.0, 1.0, 16, 30
SETTINGS = {
    "max_download_mb": f"{MEGABYTES}",
    "fetch_timeout": f"{SECONDS}",
    "max_duration_minutes": f"{MINUTES}",
    "max_pixels": "1000000",
    "max_requests": f"{REQUESTS}",
    "max_upload_bytes": "5000000",
    "num_frames": f"{FRAMES}",
    "rate_limit_per_minute": "0",
}
GRACE = 10.0
"""Seconds that a check may take beside fetching, on a busy machine."""
MOST_PROCESSES = 6
"""Below the server, with one check at a time: the fetching child, what reads media, and those who clear up after them."""
Part = Callable[[Room, Plan], Iterator[Demand]]


def clean(at: Room, what: str) -> Demand:
    """Nothing is left of it."""
    left = at.left()
    return Demand(f"left 2 s after {what}", ", ".join(left) or "0", "0 processes and files", not left)


def stops(at: Room, what: str, url: str | None, codes: tuple[str, ...], *, path: Path | None = None) -> Iterator[Demand]:
    """A check that goes beyond a bound: it ends in time, with the code of that bound."""
    began = time.monotonic()
    found = at.outcome(at.ask(url=url, path=path), SECONDS + GRACE)[0]
    took = time.monotonic() - began
    yield Demand(what, f"{found} in {took:.1f} s", f"{' or '.join(codes)} in {SECONDS + GRACE:.0f} s", found in codes)
    yield clean(at, what)


def sound(at: Room, _: Plan) -> Iterator[Demand]:
    """A file and an address within all bounds."""
    path = draw_face_video(at.folder / "sound.mp4", seconds=3, fps=10)
    found, check = at.outcome(at.ask(path=path), 60)
    yield Demand("a sound file gets its result", found, "done", found == "done", control=True)
    frames = check["report"]["source"]["frames_read"] if check.get("report") else -1
    yield Demand("frames that are looked at", f"{frames} of 30", f"1 to {FRAMES}", 0 < frames <= FRAMES)
    found = at.outcome(at.ask(url=at.site.file("/sound.mp4", path.read_bytes())), 60)[0]
    yield Demand("a sound address gets its result", found, "done", found == "done", control=True)


def tidy(at: Room, _: Plan) -> Iterator[Demand]:
    """After checks that ended well."""
    yield clean(at, "checks that are done")


def much(at: Room, _: Plan) -> Iterator[Demand]:
    """Bytes, beyond the bound of a fetch and of an upload."""
    yield from stops(at, "an address without end", f"{at.site.url}/endless.mp4", ("fetch.too_large",))
    most = int(MEGABYTES * 1e6) + 2**20
    yield Demand("bytes on the disk at the same time", f"{at.meter.bytes / 1e6:.1f} MB", f"{most / 1e6:.1f} MB", at.meter.bytes <= most)
    large = {"file": ("large.mp4", bytes(6_000_000))}
    answer = httpx.post(f"{at.server.url}{CHECKS}", files=large, timeout=30)
    yield Demand("an upload beyond the bound", f"{answer.status_code}", "413", answer.status_code == 413)
    yield clean(at, "an upload beyond the bound")


def long(at: Room, _: Plan) -> Iterator[Demand]:
    """Seconds of fetching, and of the video."""
    yield from stops(at, "an address that drips", f"{at.site.url}/drip.mp4", ("fetch.timeout",))
    short = short_video(at.folder / "short.mp4", "h264", seconds=8)
    lasting = repeated(short, at.folder / "long.mp4", 10).read_bytes()
    yield from stops(at, "a video that lasts too long", at.site.file("/long.mp4", lasting), ("fetch.too_large",))


def wide(at: Room, _: Plan) -> Iterator[Demand]:
    """Pixels."""
    cv2.imwrite(str(at.folder / "wide.png"), np.zeros((1500, 1500, 3), np.uint8))
    yield from stops(at, "a picture with too many pixels", None, ("media.too_large",), path=at.folder / "wide.png")


def often(at: Room, _: Plan) -> Iterator[Demand]:
    """Requests."""
    before = len(at.site.asked)
    url = at.site.redirect("/loop", "/loop")
    yield from stops(at, "an address that leads to itself", url, ("fetch.upstream", "fetch.too_large", "fetch.not_a_video", "fetch.gone"))
    asked = len(at.site.asked) - before
    yield Demand("requests of that", f"{asked}", f"{REQUESTS} at most", asked <= REQUESTS)


def dripping(handler: Handler) -> None:
    """An answer that never ends, a byte at a time."""
    handler.send_response(200)
    handler.end_headers()
    handler.pour(1, 0.1)


def stopped(at: Room, _: Plan) -> Iterator[Demand]:
    """Checks that are cancelled, forgotten, and whose child is killed, while they fetch; an upload that breaks off."""
    for what, query in {"cancelling": "", "forgetting": "?forget=true"}.items():
        at.site.acts[f"/drip.html?{what}"] = dripping
        id = at.ask(url=f"{at.site.url}/drip.html?{what}")
        assert id
        at.underway(id)
        httpx.delete(f"{at.server.url}{CHECKS}/{id}{query}", headers=OWNER, timeout=30)
        yield clean(at, what)
    id = at.ask(url=f"{at.site.url}/steady.mp4")
    assert id
    at.underway(id)
    found_now = readers(below(at.server.pid))
    yield from walled([bounds_on(process) for process in found_now])
    for process in found_now:
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
    found = at.outcome(id, GRACE + SECONDS)[0]
    ended = found.startswith(("fetch.", "media."))
    yield Demand("a check whose child is killed, as for its memory", found, "a failure that is told as one", ended)
    yield clean(at, "a child is killed")
    place = urlsplit(at.server.url)
    with socket.create_connection((place.hostname or "", place.port or 0)) as line:
        head = f"POST {CHECKS} HTTP/1.1\r\nHost: {place.netloc}\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 1000000"
        part = '--b\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\n\r\n'
        line.sendall(f"{head}\r\n\r\n{part}".encode() + bytes(300_000))
        time.sleep(0.3)
    yield clean(at, "an upload breaks off")


def walled(bounds: list[dict[str, str]]) -> Iterator[Demand]:
    """The system's own bounds on the processes that read what strangers sent."""
    for name in ROWS.values():
        values = sorted({one[name] for one in bounds})
        yield Demand(
            f"the system's bound on a child's {name}", ", ".join(values) or "no child", "one", bool(values) and "unlimited" not in values
        )


def watched(at: Room, _: Plan) -> Iterator[Demand]:
    """What the meter saw meanwhile."""
    meter = at.meter
    yield Demand("processes below the server", f"{meter.processes}", f"{MOST_PROCESSES} at most", meter.processes <= MOST_PROCESSES)
    yield Demand("memory of a child", f"{meter.resident / 2**20:.0f} MiB", "2048 MiB at most", meter.resident <= 2**31)


def resident(pid: int) -> float:
    """MiB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


def many(at: Room, plan: Plan) -> Iterator[Demand]:
    """Checks one after the other: the server does not grow."""
    content = (at.folder / "sound.mp4").read_bytes()
    before, number = 0.0, 60
    for place in range(number):
        path = at.folder / "many.mp4"
        path.write_bytes(content + (16).to_bytes(4, "big") + b"free" + place.to_bytes(8, "big"))
        at.outcome(at.ask(path=path), 60)
        if place == 19:  # by then all is loaded, and the allocator has what it wants
            before = resident(at.server.pid)
    grown = resident(at.server.pid) - before
    yield Demand(f"memory that the server gains over {number - 20} checks", f"{grown:.0f} MiB", "50 MiB", grown <= 50)


def ended(at: Room, plan: Plan) -> Iterator[Demand]:
    """The server itself is told to end, or killed, while a check fetches. The last part: there is no server after it."""
    how = signal.SIGKILL if plan.short or plan.seed % 2 else signal.SIGTERM
    at.site.acts[f"/drip.html?{how.name}"] = dripping
    id = at.ask(url=f"{at.site.url}/drip.html?{how.name}")
    assert id
    at.underway(id)
    os.kill(at.server.pid, how)
    deadline = time.monotonic() + 10
    with suppress(ChildProcessError, OSError):
        while time.monotonic() < deadline and Path(f"/proc/{at.server.pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z":
            time.sleep(0.05)
    at.at_rest.clear()
    at.at_rest.add(at.server.pid)
    yield clean(at, f"{how.name} of the server during a fetch")


SHORT: tuple[Part, ...] = (sound, tidy, much, wide, stopped, watched, ended)
FULL: tuple[Part, ...] = (sound, tidy, much, long, wide, often, stopped, many, watched, ended)
GUARDS: dict[str, tuple[dict[str, str], tuple[Part, ...]]] = {
    "limits": ({"space.core.settings:Settings.fetch_limits": "tests.promises.bounds_off:BOUNDLESS"}, (sound, wide)),
    "clearing": ({"telltale.sandbox.temp_dir:temporary_folder": "tests.promises.bounds_off:lasting"}, (sound, tidy)),
    "walls": (
        {
            "telltale.fetch.subprocess_protocol:child_environment": "tests.promises.bounds_off:telling",
            "telltale.sandbox.restrictions:set_rlimits": "tests.promises.bounds_off:unbound",
        },
        (sound, stopped),
    ),
}


def measure(plan: Plan) -> Iterator[Demand]:
    """One server for all of it; in the full form a second one that is told to end."""
    guards, parts = GUARDS[plan.off] if plan.off else ({}, SHORT if plan.short else FULL)
    runs = [(plan, parts)] if plan.off or plan.short else [(plan, parts), (Plan(seed=plan.seed + 1), (ended,))]
    for number, (chosen, wanted) in enumerate(runs):
        with tempfile.TemporaryDirectory(prefix="promise-bounds-") as name, serving() as site:
            folder = Path(name).resolve() / str(number)
            with room(folder, site, SETTINGS, guards) as at:
                for part in wanted:
                    yield from part(at, chosen)


SUITE = Suite(
    2,
    "bounds",
    "Every job is bounded and leaves nothing.",
    measure,
    switches={
        "limits": "a check is not given the server's bounds",
        "clearing": "the folder of a check is not removed",
        "walls": "the system's bounds are not set on the fetching child",
    },
    covers="What the operating system itself keeps (page cache, connections in TIME_WAIT) is not counted; processor time is bounded for "
    "what reads strangers' data, not for finding and scoring faces, which are bounded by the number of frames and pixels.",
)

if __name__ == "__main__":
    raise SystemExit(main(SUITE))
