"""The benchmark of speed runs in little: its steps are the product's, its costs go where they belong, what is missed is told."""

import hashlib
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from benchmarks.peers import peers
from benchmarks.peers.persistent_worker import PersistentWorker
from benchmarks.remote.thresholds import Demand
from benchmarks.resource_meter import metered
from benchmarks.speed import clips, parts, run, server_startup, step_costs, step_table, throughput
from benchmarks.speed.context import Bench, Part
from benchmarks.speed.lower_bounds import lower_bounds
from telltale.model.classifier import BROWSER
from telltale.pipeline import Engine, check, load_engine
from telltale.video.frames import read_clip
from tests.support.media.drawing import draw_face_picture, draw_face_video


@pytest.fixture(scope="module")
def talking(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw_face_video(tmp_path_factory.mktemp("talking") / "talking.mp4", seconds=0.4, size=(320, 240))


@pytest.fixture(scope="module")
def engine() -> Engine:
    return load_engine(BROWSER, faces="mtcnn")


def test_every_function_of_a_step_is_there() -> None:
    found = list(step_costs.named())
    assert {step for step, *_ in found} == set(step_costs.STEPS)
    assert [name for _, name, holder, attribute in found if not callable(getattr(holder, attribute, None))] == []


def test_a_function_that_is_no_more_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(step_costs.STEPS, "align", ("telltale.faces.align:straighten",))
    with pytest.raises(LookupError, match=r"telltale.faces.align:straighten is no more"), step_costs.watched():
        pass


def test_time_belongs_to_the_innermost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.resource_meter.below", lambda _: [])  # other tests may have left a browser at work
    watch = step_costs.Watch()
    inner = watch.watching(lambda: time.sleep(0.4), "align")
    outer = watch.watching(lambda: inner(), "score")
    outer()
    assert watch.costs["align"].wall >= 0.4 > watch.costs["score"].wall
    assert watch.costs["align"].cpu < 0.3, "sleeping takes no processor"


def test_the_steps_and_floors_of_a_check(talking: Path, engine: Engine) -> None:
    with metered() as whole:
        costs, report = step_costs.one_check(talking, engine)
    taken = {step: cost.wall for step, cost in costs.items()}
    assert len(report.people) == 1 and all(taken[step] > 0 for step in step_costs.STEPS), taken
    assert sum(taken.values()) <= whole.wall and sum(cost.cpu for cost in costs.values()) > 0
    memory, _ = step_costs.one_check(talking, engine, memory=True)
    assert memory["read"].read >= talking.stat().st_size / 1e6 and memory["decode"].peak > 50
    least = lower_bounds(talking, engine, report, 1)
    assert set(least) == set(step_costs.STEPS) - {"score"} and all(seconds > 0 for seconds in least.values())
    assert least["detect"] < whole.wall * 3, "the nets of one check, not of many"


METERED = """
import sys
import numpy as np
from pathlib import Path
from benchmarks.resource_meter import metered

with metered() as before:
    pass
with metered() as cost:
    np.ones(12_500_000).sum()
    Path(sys.argv[1]).read_bytes()
print(cost.peak - before.peak, cost.read, cost.cpu)
"""


def test_a_meter_counts_memory_and_bytes(tmp_path: Path) -> None:
    """In a process of its own: here the threads of other tests read and free as well."""
    file = tmp_path / "bytes"
    file.write_bytes(bytes(3_000_000))
    done = subprocess.run([sys.executable, "-c", METERED, str(file)], capture_output=True, text=True, timeout=60, check=True)
    peak, read, cpu = map(float, done.stdout.split())
    assert 80 < peak < 130 and 3 <= read < 3.1 and cpu > 0


def test_a_rival_answers_from_its_own_process(talking: Path, tmp_path: Path) -> None:
    engine = load_engine(faces="mtcnn")  # ours among the rivals is the one that comes with Telltale
    with PersistentWorker("peers.peers", "telltale", "--models", str(tmp_path)) as seat:
        first, second = (seat.ask(path=str(talking)) for _ in range(2))
    assert seat.told["about"].startswith("mtcnn") and first["value"] == second["value"] == check(talking, engine).fake_probability
    assert second["wall"] > 0 and second["cpu"] > 0 and second["peak"] > 50
    with pytest.raises(RuntimeError, match="ended with 2"):
        PersistentWorker("peers.peers", "nobody")


def test_the_peers_take_the_same_moments_and_the_largest_face(talking: Path, engine: Engine) -> None:
    frames = peers.in_sequence(talking)
    assert len(frames) == len(read_clip(talking).frames) == 10
    crops = peers.faces_of(frames[0], engine.finder, 64)
    assert [crop.shape for crop in crops] == [(64, 64, 3)] and peers.faces_of(np.zeros_like(frames[0]), engine.finder, 64) == []


def test_a_net_of_random_weights_is_settled() -> None:
    import torch

    torch.manual_seed(0)
    layers = [layer for _ in range(12) for layer in (torch.nn.Conv2d(3, 3, 3, padding=1, bias=False), torch.nn.BatchNorm2d(3))]
    for layer in layers[::2]:
        torch.nn.init.normal_(layer.weight, std=0.02)  # type: ignore[arg-type]
    net, noise = torch.nn.Sequential(*layers), torch.randn(1, 3, 32, 32)
    faint = float(net.eval()(noise).detach().std())
    peers.settled(net, 32)
    assert faint < 1e-3 and float(net(noise).detach().std()) > 0.3 and not net.training


def test_made_clips_are_what_they_say(monkeypatch: pytest.MonkeyPatch, talking: Path, tmp_path: Path) -> None:
    for name, value in (("WIDTH", 320), ("HEIGHT", 180), ("SECONDS", 1)):
        monkeypatch.setattr(clips, name, value)
    codecs = []
    for form in (clips.FORMATS[0], clips.FORMATS[3]):
        made = clips.made_clip(form, talking, tmp_path, 1, lambda _: None)
        with av.open(str(made.path)) as container:
            context = container.streams.video[0].codec_context
            codecs.append((context.name, context.pix_fmt, context.width, context.height))
    assert codecs == [("h264", "yuv420p", 320, 180), ("hevc", "yuv420p10le", 320, 180)]
    monkeypatch.setattr(clips, "encode", None)  # what is there is not made again
    assert clips.made_clip(clips.FORMATS[0], talking, tmp_path, 1).name == "1080p H.264, 1 s"
    long = clips.made_clip(clips.FORMATS[0], talking, tmp_path, 3, lambda _: None)
    assert read_clip(long.path, 4).duration == pytest.approx(3, abs=0.1)


def test_another_file_shows_the_same(talking: Path, tmp_path: Path) -> None:
    for path in (talking, draw_face_picture(tmp_path / "face.jpg", (160, 120))):
        copies = [tmp_path / f"copy{number}{path.suffix}" for number in range(2)]
        for number, copy in enumerate(copies):
            copy.write_bytes(clips.another(path, number))
        shown = [read_clip(each, 2).frames[0].rgb for each in (path, *copies)]
        assert np.array_equal(shown[0], shown[1]) and np.array_equal(shown[0], shown[2])
        assert len({hashlib.sha256(each.read_bytes()).digest() for each in (path, *copies)}) == 3


def test_the_folder_and_the_command(talking: Path, tmp_path: Path) -> None:
    assert throughput.a_minute(talking, 1, tmp_path / "copies") > 0.5
    (tmp_path / "empty").mkdir()
    with pytest.raises(RuntimeError, match="after 1 results"):
        throughput.checked(tmp_path / "empty", 2)


def test_a_server_is_asked_and_its_memory_seen(talking: Path, tmp_path: Path) -> None:
    found = server_startup.memory(talking, tmp_path, 1, 3)
    assert 80 < found.after_few <= found.peak and 80 < found.after_many <= found.peak * 1.01


def rounds(*walls: float) -> list[dict[str, Any]]:
    return [{"wall": wall, "cpu": 2 * wall, "peak": 100.0} for wall in walls]


def test_rivals_are_compared_round_by_round() -> None:
    """A round that was slow for all of them changes no ratio."""
    costs = {
        ("telltale", "a"): rounds(1, 10, 1), ("efficientnet-b4", "a"): rounds(9, 90, 9), ("vit-b16", "a"): rounds(3, 30, 3),
        ("mesonet", "a"): rounds(2, 20, 2), ("telltale", "ten"): rounds(2, 2, 2), ("telltale", "half"): rounds(3, 3, 3),
    }  # fmt: skip
    found = parts.compared(costs, {name: name for name in ("telltale", *parts.AGAINST)}, ["a"], ["ten", "half"])
    missed = {demand.what for demand in found.demands if not demand.holds}
    assert missed == {"times faster than vit-b16", "times as long as ten minutes"}
    assert [demand.measured for demand in found.demands if "efficientnet" in demand.what] == [9]
    assert "| mesonet: mesonet | 2.00 (4.00) | 100 | 2.0 |" in found.tables[0]


def test_the_sum_of_the_steps_is_held_against_the_floors() -> None:
    cost = {"wall": 0.3, "cpu": 0.2, "read": 1.0, "peak": 200.0}
    costs = {step: {"cold": cost, "warm": cost} for step in ("decode", "score")}
    clip = step_table.Steps("clip", cost, costs, {"wall": 0.6, "peak": 210.0}, 32, {"decode": 0.2}, 32, "onnxruntime", "no_face")
    assert clip.floor(0) == 0 and clip.floor(320) == pytest.approx(0.3) and clip.wall == pytest.approx(0.6)
    bench = Bench(parts.Setup(Path(), Path(), Path()), net_rate=320.0, steps=[clip])
    found = parts.floors_part(bench)
    assert [demand.measured for demand in found.demands] == pytest.approx([2, 2]) and not found.demands[0].holds
    assert "**all**, 2.00 times the floors | 600.0 | 400.0 | 300.0 | 900.0 | 600.0 | 2.00 | 210 |" in found.tables[0]
    assert parts.floors_part(Bench(bench.setup, steps=[clip])) == Part()


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
    assert run.main(order) == 0
    speed = (tmp_path / "out" / "speed.md").read_text()
    assert " cores of " in speed and "| ten seconds | 1.2 s |" in speed
    assert readme.read_text() == f"before\n<!-- speed -->\n{speed}<!-- /speed -->\nafter\n"
    assert "No GPU was at hand." in (tmp_path / "out" / "figures.md").read_text()
    (tmp_path / "out" / "speed.md").unlink()
    monkeypatch.setattr(run, "PARTS", {"start": measures(1.6), "memory": breaks})
    assert run.main([*order, "--only", "start", "memory"]) == 1
    printed = capsys.readouterr().out
    assert "missed: clip: seconds: 1.6, asked at most 1.5" in printed and "missed: memory: parts that broke" in printed
    assert not (tmp_path / "out" / "speed.md").exists() and "1.2 s" in readme.read_text()
    readme.write_text("no marks")
    with pytest.raises(ValueError, match="has no"):
        run.put(readme, "")


def test_a_part_brings_those_that_it_needs() -> None:
    assert run.needed(["floors"]) == {"floors", "steps", "nets", "agreement"} <= set(parts.PARTS)
    assert run.needed(["folder"]) == {"folder"}


@pytest.mark.shared
def test_an_auc_beside_eager_torch(shared: Path) -> None:
    from benchmarks.speed.auc_parity import both, engines

    rows = [json.loads(line) for line in (shared / "data" / "manifest.jsonl").read_text().splitlines()]
    video = next(row for row in rows if row["kind"] == "video" and row["label"] == "fake")
    found = both((shared / "data" / video["path"], True, 2))
    engines.cache_clear()
    assert found is not None and abs(found.product - found.eager) < 5e-2 and found.crops.shape[1:] == (224, 224, 3)
