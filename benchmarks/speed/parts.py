"""The parts of the benchmark of speed: each measures one thing, says what is asked of it, and gives its lines for the README's table.

Each may be run by itself. See also: how anything is measured (``step_costs.py``, ``benchmarks/peers/peers.py``,
``benchmarks/peers/classifiers.py``, …), their order (``run.py``).
"""

import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from benchmarks.peers.persistent_worker import PersistentWorker
from benchmarks.remote.run import note, run_fresh
from benchmarks.remote.thresholds import Demand
from benchmarks.speed.clips import FORMATS
from benchmarks.speed.context import Bench, Part, Setup
from benchmarks.speed.step_table import Steps, table

TEN_MINUTES, HALF_HOUR = 600, 1800
MOST_MB = 900.0
"""MB that a worker may hold at its peak."""
AGAINST = {"efficientnet-b4": 8.0, "vit-b16": 4.0, "mesonet": 0.0}
"""Rival -> how many times faster ours must be; 0 is not asked."""
AUC_LOST = 0.005


def steps_part(bench: Bench) -> Part:
    """Every clip of the set in a process of its own; the first in more detail."""
    samples = [bench.make_clip(place, seconds) for seconds in (10, TEN_MINUTES) for place in range(len(FORMATS))] + bench.real()
    for number, sample in enumerate(samples):
        repeat = bench.setup.rounds if number == 0 else 1
        bench.steps.append(Steps(sample.name, **run_fresh("speed.step_costs", str(sample.path), "--repeat", str(repeat))))
        note(f"steps of {sample.name}: {bench.steps[-1].wall:.2f} s")
    peak = max(each.whole["peak"] for each in bench.steps)
    asked = (Demand("one process", "MB at its peak, any clip of the set", peak, MOST_MB),)
    return Part(demands=asked, speed=(("memory at its peak, largest of the set's clips", f"{peak:.0f} MB"),))


def floors_part(bench: Bench) -> Part:
    """The steps beside their floors, once the classifier's is known."""
    rate = bench.net_rate or 0.0
    rows = [each for each in bench.steps if each.floor(rate)]
    if not rows:
        return Part()
    asked = [Demand(rows[0].name, "sum of the steps over the sum of their floors", rows[0].wall / rows[0].floor(rate), 1.3)]
    total = sum(each.wall for each in rows) / sum(each.floor(rate) for each in rows)
    asked.append(Demand(f"all {len(rows)} clips", "sum of the steps over the sum of their floors", total, 1.3))
    return Part((table(rows, rate),), tuple(asked), (("sum of all steps over the sum of their floors", f"{asked[0].measured:.2f}"),))


def command_part(bench: Bench) -> Part:
    """``telltale check`` in fresh processes."""
    from benchmarks.accuracy.all_videos import ANSWERS, Wait, processor_seconds_of_children

    clip, waits = bench.make_clip(), []
    command: list[str | Path] = [Path(sys.executable).with_name("telltale"), "check", "--json", "--face-detector", "mtcnn", clip.path]
    for _ in range(bench.setup.rounds):
        started, before = time.perf_counter(), processor_seconds_of_children()
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        waits.append(Wait(time.perf_counter() - started, processor_seconds_of_children() - before))
        if done.returncode not in ANSWERS:
            raise RuntimeError(f"telltale check ended with {done.returncode}:\n{done.stderr}")
    wall, cpu = (statistics.median(getattr(wait, name) for wait in waits) for name in ("wall", "processor"))
    speed = ("`telltale check` on it, a fresh process", f"{wall:.2f} s, {cpu:.2f} CPU seconds")
    return Part(demands=(Demand(clip.name, "seconds, cold process", wall, 4.0),), speed=(speed,))


def peers_part(bench: Bench) -> Part:
    """Ours and its rivals take turns on the same clips; ours on longer ones too. A first round warms up and does not count."""
    short = [bench.make_clip(), *bench.real()[:1]]
    long = [bench.make_clip(0, TEN_MINUTES), bench.make_clip(0, HALF_HOUR)]
    names = ("telltale", *AGAINST)
    costs: dict[tuple[str, str], list[dict[str, Any]]] = {}
    with ExitStack() as stack:
        seats = {name: stack.enter_context(PersistentWorker("peers.peers", name, "--models", str(bench.setup.models))) for name in names}
        for number in range(bench.setup.rounds + 1):
            for name, seat in seats.items():
                warming = number == 0
                clips = short[-1:] if warming else [*short, *long] if name == "telltale" else short
                for clip in clips:
                    cost = seat.ask(path=str(clip.path))
                    if not warming:
                        costs.setdefault((name, clip.name), []).append(cost)
            note(f"peers: round {number} of {bench.setup.rounds}")
        about = {name: str(seat.told["about"]) for name, seat in seats.items()}
    return compare_costs(costs, about, [clip.name for clip in short], [clip.name for clip in long])


def compare_costs(costs: dict[tuple[str, str], list[dict[str, Any]]], about: dict[str, str], short: list[str], long: list[str]) -> Part:
    """Medians of the rounds; how many times longer a rival takes is the median of each round's ratio over all clips."""

    def middle(name: str, clip: str, figure: str = "wall") -> float:
        return statistics.median(each[figure] for each in costs[name, clip])

    def ratio(name: str) -> float:
        rounds = range(len(costs[name, short[0]]))
        sums = {who: [sum(costs[who, clip][at]["wall"] for clip in short) for at in rounds] for who in (name, "telltale")}
        return statistics.median(theirs / ours for theirs, ours in zip(sums[name], sums["telltale"], strict=True))

    lines = [
        f"| 32 frames, warm | {' | '.join(f'{clip}: s (CPU s)' for clip in short)} | peak MB | times as long |",
        "|---|" + "---|" * (len(short) + 2),
    ]
    for name, what in about.items():
        times = [f"{middle(name, clip):.2f} ({middle(name, clip, 'cpu'):.2f})" for clip in short]
        peak = max(each["peak"] for (who, _), those in costs.items() if who == name for each in those)
        lines.append(f"| {name}: {what} | {' | '.join(times)} | {peak:.0f} | {ratio(name):.1f} |")
    flat = middle("telltale", long[1]) / middle("telltale", long[0])
    asked = [
        Demand(short[0], "seconds, warm", middle("telltale", short[0]), 1.5),
        Demand(short[0], "CPU seconds, warm", middle("telltale", short[0], "cpu"), 2.2),
        Demand(long[0], "seconds, warm", middle("telltale", long[0]), 2.5),
        Demand(long[1], "times as long as ten minutes", flat, 1.2),
        *(Demand("both clips", f"times faster than {name}", ratio(name), least, at_least=True) for name, least in AGAINST.items() if least),
    ]
    speed = [
        (f"{clip}, warm", f"{middle('telltale', clip):.2f} s, {middle('telltale', clip, 'cpu'):.2f} CPU seconds")
        for clip in (short[0], *long)
    ]
    speed += [(f"times as long: {about[name]}", f"{ratio(name):.1f}") for name in AGAINST]
    return Part(("\n".join(lines),), tuple(asked), tuple(speed))


def agreement_part(bench: Bench) -> Part:
    """The AUC beside that of eager torch; its crops are kept for the nets."""
    import numpy as np

    from benchmarks.speed.auc_parity import agreement
    from telltale.parallel.threads import cores

    found = agreement(bench.setup.data, bench.setup.frames, bench.setup.videos, cores())
    bench.crops = bench.setup.folder / "crops.npy"
    np.save(bench.crops, found.crops[:256])
    subject = f"{found.videos} videos, {bench.setup.frames} frames each"
    lost = found.eager - found.product
    text = f"{subject}: AUC {found.product:.4f}, in eager fp32 {found.eager:.4f}; probabilities differ by {found.furthest:.4f} at most."
    row = (f"AUC less that of eager fp32 torch on every frame, {subject}", f"{-lost:+.4f}")
    return Part((text,), (Demand(subject, "AUC lost to eager fp32", lost, AUC_LOST),), (row,))


def nets_part(bench: Bench) -> Part:
    """The classifier at every engine, in turns, on the crops that ``agreement_part`` kept."""
    from benchmarks.peers.classifiers import ENGINES, NEAR

    assert bench.crops
    rates: dict[str, list[float]] = {name: [] for name in ENGINES}
    values: dict[str, list[float]] = {}
    with ExitStack() as stack:
        seats = {name: stack.enter_context(PersistentWorker("peers.classifiers", name, "--crops", str(bench.crops))) for name in ENGINES}
        for _ in range(bench.setup.rounds):
            for name, seat in seats.items():
                answer = seat.ask()
                rates[name].append(answer["rate"])
                values[name] = answer["probabilities"]
    far = {name: max(abs(one - other) for one, other in zip(values[name], values["torch"], strict=True)) for name in ENGINES}
    rate = {name: statistics.median(each) for name, each in rates.items()}
    bench.net_rate = max(rate[name] for name in ENGINES if far[name] <= NEAR)
    lines = ["| classifier alone | crops a second | largest difference of a probability from torch |", "|---|---:|---:|"]
    lines += [f"| {name} | {rate[name]:.0f} | {far[name]:.4f} |" for name in ENGINES]
    asked = (
        Demand("classifier", "crops a second", rate["product"], 300, at_least=True),
        Demand("classifier", "difference of a probability from fp32 torch", far["product"], NEAR),
    )
    return Part(("\n".join(lines),), asked, (("classifier, crops a second", f"{rate['product']:.0f}"),))


def faces_part(bench: Bench) -> Part:
    """The detector on one core, beside SCRFD-500m; in a process of its own, which is held on that core."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        expected, found, seconds = pool.submit(faces_on_one_core, bench.setup).result()
    subject = "detection at 640 pixels, one core"
    asked = (
        Demand(subject, "ms a frame", 1000 * seconds, 15),
        Demand(subject, f"share of SCRFD-500m's {expected} faces of 60 pixels and more", found / max(expected, 1), 0.95, at_least=True),
    )
    return Part(demands=asked, speed=((subject, f"{1000 * seconds:.1f} ms a frame, {found} of SCRFD-500m's {expected} faces"),))


def faces_on_one_core(setup: Setup) -> tuple[int, int, float]:
    """SCRFD's faces, how many of them MTCNN finds, median seconds of MTCNN for a frame."""
    from benchmarks.accuracy.face_detectors import compare, frames
    from telltale.faces.detectors import load_face_detector

    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    mtcnn, scrfd = load_face_detector("mtcnn"), load_face_detector("insightface", insightface_root=setup.models / "insightface")
    shown = frames(setup.data / "manifest.jsonl", 1, setup.videos)
    compare(next(shown), scrfd, mtcnn)
    rows = [compare(frame, scrfd, mtcnn) for frame in shown]
    return sum(row.expected for row in rows), sum(row.found for row in rows), statistics.median(row.mtcnn_seconds for row in rows)


def folder_part(bench: Bench) -> Part:
    """The videos of the data set, and copies of the ten-second clip."""
    from benchmarks.speed.throughput import a_minute, throughput
    from trainer.data.manifest import read_manifest

    videos = [row.file for row in read_manifest(bench.setup.data / "manifest.jsonl").rows if row.kind == "video"][: bench.setup.videos]
    with tempfile.TemporaryDirectory(prefix="telltale-benchmark-") as place:
        many = throughput(videos, Path(place) / "videos")
        rate = a_minute(bench.make_clip().path, bench.setup.copies, Path(place) / "copies")
    subject = f"a folder of {many.videos} videos"
    asked = (
        Demand(subject, "times faster than one at a time", many.gain, 1.7, at_least=True),
        Demand("ten-second 1080p clips", "a minute", rate, 40, at_least=True),
        Demand(subject, "MB of the largest worker at its peak", many.peak, MOST_MB),
    )
    seconds = f"{many.together:.0f} s, one at a time {many.singly:.0f} s: {many.gain:.2f} times faster"
    return Part(demands=asked, speed=((subject, seconds), ("ten-second 1080p clips a minute, in a folder", f"{rate:.0f}")))


def start_part(bench: Bench) -> Part:
    """The command's help, and a server's first minutes."""
    from benchmarks.speed.server_startup import start_and_check

    found = start_and_check(bench.make_clip().path, bench.setup.rounds)
    asked = (
        Demand("`telltale --help`", "seconds", found.help, 0.4),
        Demand("server", "seconds until /health answers", found.health, 3.0),
        Demand("server", "seconds that the first verdict pays for loading", found.lazy, 2.0),
    )
    first = f"{found.first:.2f} s, later ones {found.later:.2f} s"
    rows = (
        ("`telltale --help`", f"{found.help:.2f} s"),
        ("server: until /health answers", f"{found.health:.2f} s"),
        ("its first verdict", first),
    )
    return Part(demands=asked, speed=rows)


def memory_part(bench: Bench) -> Part:
    """A server's memory after few checks and after many."""
    from benchmarks.speed.server_startup import memory

    found = memory(bench.make_clip().path, bench.setup.folder, 20, bench.setup.jobs)
    asked = (
        Demand("server", f"MB more after {found.many} checks than after {found.few}", found.after_many - found.after_few, 50),
        Demand("server", "MB at its peak, page and all", found.peak, MOST_MB),
    )
    figure = f"{found.after_few:.0f} MB after {found.few}, {found.after_many:.0f} MB after {found.many}, at most {found.peak:.0f} MB"
    return Part(demands=asked, speed=(("memory of the server over its checks", figure),))


PARTS: dict[str, Callable[[Bench], Part]] = {
    "start": start_part,
    "command": command_part,
    "peers": peers_part,
    "steps": steps_part,
    "agreement": agreement_part,
    "nets": nets_part,
    "floors": floors_part,
    "faces": faces_part,
    "folder": folder_part,
    "memory": memory_part,
}
"""In their order: nets need the crops of agreement, floors need steps and nets."""
