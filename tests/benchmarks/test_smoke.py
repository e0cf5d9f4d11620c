"""Each benchmark runs in little and gives figures, and what is missed is told. Full runs: the commands named in docs/performance.md."""

import asyncio
import http.server
import itertools
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.remote import run as remote
from benchmarks.remote.thresholds import Demand
from benchmarks.resource_meter import measure_cost
from benchmarks.server.crash_points import POINTS
from benchmarks.server.crash_recovery import kills
from benchmarks.server.open_loop import percentile, send_on_schedule
from benchmarks.speed import gpu, run, step_costs
from benchmarks.speed.context import Bench, Part
from benchmarks.speed.lower_bounds import lower_bounds
from benchmarks.training import synthesis
from telltale.model.classifier import BROWSER
from telltale.pipeline import load_engine
from tests.support.datasets.blob_crops import write_split
from tests.support.media.drawing import draw_face_video
from tests.support.web.loopback_server import listening


def test_the_steps_and_lower_bounds_of_a_check(tmp_path: Path) -> None:
    talking, engine = draw_face_video(tmp_path / "talking.mp4", seconds=0.4, size=(320, 240)), load_engine(BROWSER, faces="mtcnn")
    with measure_cost() as whole:
        costs, report = step_costs.one_check(talking, engine)
    taken = {step: cost.wall for step, cost in costs.items()}
    assert len(report.people) == 1 and all(taken[step] > 0 for step in step_costs.STEPS), taken
    assert sum(taken.values()) <= whole.wall and sum(cost.cpu for cost in costs.values()) > 0
    least = lower_bounds(talking, engine, report, 1)
    assert set(least) == set(step_costs.STEPS) - {"score"} and all(seconds > 0 for seconds in least.values())


def test_what_is_missed_or_broken_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def breaks(_: Bench) -> Part:
        raise RuntimeError("nobody answers")

    def measures(figure: float) -> Callable[[Bench], Part]:
        return lambda _: Part(("| a table |",), (Demand("clip", "seconds", figure, 1.5),), (("ten seconds", f"{figure} s"),))

    readme = tmp_path / "README.md"
    readme.write_text("before\n<!-- speed -->\nold\n<!-- /speed -->\nafter\n")
    order = ["--data", str(tmp_path), "--folder", str(tmp_path / "out"), "--readme", str(readme)]
    monkeypatch.setattr(run, "PARTS", {"start": measures(1.0), "memory": measures(1.2)})
    monkeypatch.setattr(run, "gpu", lambda: "No GPU was at hand.")
    assert run.main(order) == 0 and "| ten seconds | 1.2 s |" in readme.read_text()
    monkeypatch.setattr(run, "PARTS", {"start": measures(1.6), "memory": breaks})
    assert run.main([*order, "--only", "start", "memory"]) == 1
    printed = capsys.readouterr().out
    assert "missed: clip: seconds: 1.6, asked at most 1.5" in printed and "missed: memory: parts that broke" in printed


@pytest.mark.slow
def test_remote_reading_is_measured(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A short small file costs as many bytes and nearly as long as its download: those demands are missed, and the others are held."""
    order = ["--minutes", "0.3333", "--size", "320x180", "--latency", "0", "--repeat", "1", "--frames", "8", "--only", "front.mp4"]
    assert remote.main(["--folder", str(tmp_path), *order, "--whole", "0.1"]) == 1
    printed = capsys.readouterr().out
    missed = [line for line in printed.splitlines() if line.startswith("missed: ") and ": seconds:" not in line]
    assert missed and all(" than all: " in line for line in missed) and "times fewer bytes than all: " in missed[0]
    assert "50 frames by OpenCV, extrapolated |" in printed


class Late(http.server.BaseHTTPRequestHandler):
    """Takes every fourth upload and refuses the others, each half a second late."""

    count = itertools.count()

    def do_POST(self) -> None:
        """An upload."""
        self.rfile.read(int(self.headers["Content-Length"]))
        time.sleep(0.5)
        self.send_response(202 if next(self.count) % 4 == 0 else 429)
        self.send_header("Retry-After", "1")
        self.end_headers()

    def do_GET(self) -> None:
        """Its health."""
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"store": {"done": 3}}')

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


def test_late_answers_do_not_slow_the_requests_of_an_open_loop() -> None:
    with listening(Late) as port:
        seen = asyncio.run(send_on_schedule(f"http://127.0.0.1:{port}", itertools.count(), lambda number: b"x", 20, 1))
    assert len(seen.checks) == 20 and {answer.status for answer in seen.checks} == {202, 429} and len(seen.health) == 5
    assert seen.checks[-1].due - seen.checks[0].due == pytest.approx(0.95, abs=0.01), "they are due at their times"
    assert percentile(seen.checks, 0.99) >= 0.5 > 0 and seen.seconds < 6, "not one after the other"


@pytest.mark.long
def test_a_kill_at_any_point_loses_nothing_and_leaves_nothing(tmp_path: Path) -> None:
    """kill -9 at each of the twelve named points, once; ``python -m benchmarks.server.crash_recovery`` does it 20 times."""
    assert len(POINTS) == 12
    assert kills(tmp_path / "run", points=POINTS, times=1, shared=False, database=None, fixed=0.1, clip=b"a film") == 0


@pytest.mark.long
def test_every_link_of_synthesis_is_timed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert synthesis.main(["--crops", str(write_split(tmp_path / "train")), "--faces", "4", "--rounds", "1"]) == 0
    printed = capsys.readouterr().out
    assert all(name in printed for name in ("self-blended pseudo-fake, finished", "pair with its seam map", "H.265, in a clip of four"))


@pytest.mark.long
@pytest.mark.shared
def test_a_gpu_s_worker_is_measured_beside_the_bare_net(shared: Path, capsys: pytest.CaptureFixture[str]) -> None:
    order = ["--data", str(shared / "data"), "--net", "small", "--videos", "2", "--frames", "4", "--at-once", "2"]
    assert gpu.main(order) == 0
    alone, worker, faces = re.findall(r"(\d+) faces", capsys.readouterr().out)[:3]
    assert int(alone) > 0 and int(worker) > 0 and 4 <= int(faces) <= 40
