"""The engines that can run the classifier: how fast each is on all cores, and how far its probabilities lie from fp32's.

Real crops are scored through the same door as in a check, in interleaved rounds. ``openvino-mixed`` computes in fp32 up to a tensor of the
net and in bf16 behind it: the first such tensor is taken whose probabilities agree. ``--record`` writes which engine was the fastest of
those that agree to 0.01 into ``onnx/engines.json`` of the model, where ``telltale.model.cpu_runtimes`` looks. Fails where none of them
reaches 300 crops a second. See also: a GPU, and the rest of a check (``run.py``).

    python -m benchmarks.speed.runtimes --data ../shared/data
    python -m benchmarks.speed.runtimes --data ../shared/data --record
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.remote.thresholds import Demand
from benchmarks.remote.thresholds import table as demanded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy as np

    from telltale.model.classifier import Model
    from telltale.model.cpu_runtimes import Net

CROPS_PER_SECOND = 300.0
DEPTHS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
"""Shares of the net's convolutions before bf16 may begin."""
CLEARLY = 1.05
"""By how much another engine must be faster than ONNX Runtime to be worth its loading."""


@dataclass
class Measured:
    """An engine: seconds to load, crops a second and processor milliseconds a crop in each round, and its greatest difference."""

    name: str
    run: "Net"
    load: float
    difference: float
    cut: str | None = None
    recordable: bool = True
    rates: list[float] = field(default_factory=list)
    costs: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Median crops a second."""
        return statistics.median(self.rates)


def main(argv: list[str] | None = None) -> int:
    """Measure, print, record where asked; 1 where the demand is missed."""
    arguments = parser().parse_args(argv)
    from telltale.model.classifier import load_model
    from telltale.model.cpu_runtimes import AGREEMENT, cores

    model = load_model(str(arguments.model))
    path = arguments.model / "onnx" / "model.onnx"
    pixels = model.preprocessing.prepare(crops(arguments.data / "manifest.jsonl", model, arguments.crops))
    expected = in_fp32(arguments.model, pixels)
    with tempfile.TemporaryDirectory(prefix="telltale-benchmark-") as folder:
        engines = list(candidates(path, pixels, expected, cores(), Path(folder)))
        for _ in range(arguments.rounds):
            for engine in engines:
                time_round(engine, pixels)
    agreeing = [engine for engine in engines if engine.recordable and engine.difference <= AGREEMENT]
    reference = next(engine for engine in engines if engine.name == "onnxruntime")
    quickest = max([reference, *agreeing], key=lambda engine: engine.rate)
    best = quickest if quickest.rate >= CLEARLY * reference.rate else reference
    demand = Demand("classifier", f"crops a second, {best.name}, {cores()} cores", best.rate, arguments.demand, at_least=True)
    print(table(engines, best, len(pixels)), demanded([demand]), sep="\n\n")
    if arguments.record:
        record(path, arguments.model, best, engines, len(pixels))
    return int(not demand.holds)


def parser() -> argparse.ArgumentParser:
    """The arguments."""
    made = argparse.ArgumentParser(
        prog="python -m benchmarks.speed.runtimes", description="Compare the engines that can run the classifier."
    )
    made.add_argument("--data", type=Path, required=True, help="folder with manifest.jsonl and the videos it names")
    whole = "a model folder with model.safetensors and onnx/model.onnx (default: %(default)s)"
    made.add_argument("--model", type=Path, default=Path("hub_card/browser"), help=whole)
    made.add_argument("--crops", type=int, default=256, help="real crops that are scored (default: %(default)s)")
    made.add_argument("--rounds", type=int, default=5, help="timed rounds of each engine (default: %(default)s)")
    made.add_argument("--demand", type=float, default=CROPS_PER_SECOND, help="looks a second that are asked for (default: %(default)s)")
    made.add_argument("--record", action="store_true", help="write onnx/engines.json of the model")
    return made


def crops(manifest: Path, model: "Model", count: int) -> "np.ndarray":
    """Crops of the videos of a manifest, two frames of each, uint8 (n, S, S, 3)."""
    import numpy as np

    from benchmarks.accuracy.face_detectors import frames
    from telltale.faces.align import crops_of
    from telltale.faces.detectors import load_face_detector

    finder, found = load_face_detector("mtcnn"), []
    for rgb in frames(manifest, 2, None):
        found += [crops_of(rgb, face.landmarks, model.size, model.settings) for face in finder.detect(rgb)[:2]]
        if len(found) >= count:
            break
    return np.stack(found[:count])


def in_fp32(folder: Path, pixels: "np.ndarray") -> "np.ndarray":
    """Probabilities in fp32, the yardstick: by torch, or by ONNX Runtime where a model has no weights for torch."""
    import numpy as np

    from telltale.model.checksums import EXPORTED, WEIGHTS
    from telltale.model.cpu_runtimes import onnx_net, probabilities
    from telltale.model.torch_runtime import TorchRunner, load_net

    run = TorchRunner(load_net(folder, str(folder))) if (folder / WEIGHTS).is_file() else onnx_net(folder / EXPORTED, exact=True)
    step = 16 if (folder / WEIGHTS).is_file() else 1
    return np.concatenate([probabilities(run(pixels[start : start + step])[0]) for start in range(0, len(pixels), step)])


def candidates(path: Path, pixels: "np.ndarray", expected: "np.ndarray", threads: int, folder: Path) -> "Iterator[Measured]":
    """Every engine, loaded and compared."""
    from telltale.model.cpu_runtimes import AGREEMENT, multiplies_bf16, onnx_net, openvino_net
    from telltale.model.external_data import has_external_data

    yield compare_runtime("onnxruntime", lambda: onnx_net(path), pixels, expected, threads)
    yield compare_runtime("openvino", lambda: openvino_net(path, threads), pixels, expected, threads)
    if multiplies_bf16():
        bf16 = compare_runtime("openvino bf16", lambda: openvino_net(path, threads, precision="bf16"), pixels, expected, threads)
        bf16.recordable = False
        yield bf16
        for cut in cuts(path):
            mixed = compare_runtime("openvino-mixed", partial(openvino_net, path, threads, cut=cut), pixels, expected, threads)
            mixed.cut = cut
            if mixed.difference <= AGREEMENT / 2:  # the record has to hold for crops that were not measured too
                yield mixed
                break
    if has_external_data(path):
        return  # its matrices are of 8 bits already
    int8 = folder / "int8.onnx"
    in_int8(path, int8, pixels)
    small = compare_runtime("onnxruntime int8", lambda: onnx_net(int8), pixels, expected, threads)
    small.recordable = False
    yield small


def cuts(path: Path) -> "Iterator[str]":
    """Tensors at which the net can be cut in two, from the input on."""
    import openvino

    from telltale.core.errors import BadModel
    from telltale.model.cpu_runtimes import split_for_bf16

    core = openvino.Core()
    layers = [node for node in core.read_model(str(path)).get_ordered_ops() if "Convolution" in node.get_type_name()]
    for depth in DEPTHS:
        for layer in layers[round(depth * len(layers)) :][:3]:
            name = layer.input_value(0).get_any_name()
            try:
                split_for_bf16(core, path, name)
            except (BadModel, RuntimeError):
                continue
            yield name
            break


def in_int8(source: Path, target: Path, pixels: "np.ndarray") -> None:
    """The net in int8; its ranges are taken from every eighth crop."""
    from trainer.hub.quantize import to_int8

    to_int8(source, target, (pixels[place : place + 1] for place in range(0, len(pixels), 8)), 0)


def compare_runtime(name: str, load: "Callable[[], Net]", pixels: "np.ndarray", expected: "np.ndarray", threads: int) -> Measured:
    """One engine after its first run."""
    import numpy as np

    from telltale.model.cpu_runtimes import ThreadedSession, probabilities

    started = time.perf_counter()
    run = ThreadedSession(load(), threads)
    run(pixels[:8])
    loaded = time.perf_counter() - started
    return Measured(name, run, loaded, float(np.abs(probabilities(run(pixels)[0]) - expected).max()))


def time_round(engine: Measured, pixels: "np.ndarray") -> None:
    """One round."""
    wall, processor = time.perf_counter(), time.process_time()
    for start in range(0, len(pixels), 16):
        engine.run(pixels[start : start + 16])
    engine.rates.append(len(pixels) / (time.perf_counter() - wall))
    engine.costs.append(1000 * (time.process_time() - processor) / len(pixels))


def table(engines: list[Measured], best: Measured, count: int) -> str:
    """In Markdown."""
    head = f"| engine, {count} real crops | crops/s | CPU ms a crop | greatest difference in probability | to load, s |"
    lines = [head, "|---|---:|---:|---:|---:|"]
    for each in engines:
        name = f"**{each.name}**" if each is best else each.name
        at = f", bf16 behind `{each.cut}`" if each.cut else ""
        lines.append(f"| {name}{at} | {each.rate:.0f} | {statistics.median(each.costs):.2f} | {each.difference:.1g} | {each.load:.1f} |")
    return "\n".join(lines)


def record(path: Path, folder: Path, best: Measured, engines: list[Measured], count: int) -> None:
    """Write what ``telltale.model.cpu_runtimes`` reads, and the figures it rests on."""
    from telltale.core.model_settings import read_settings
    from telltale.model.checksums import digest_of
    from telltale.model.cpu_runtimes import RECORD, draw_sample

    settings = read_settings(folder)
    entry = {
        "onnx_sha256": digest_of(path),
        "engine": best.name,
        "cut": best.cut,
        "size": settings.size,
        "channels": settings.channels,
        "drawn": float(in_fp32(folder, draw_sample(settings.size, settings.channels))[0]),
        "crops": count,
        "measured": {each.name: {"crops_per_second": round(each.rate), "difference": float(f"{each.difference:.2g}")} for each in engines},
    }
    part = path.with_name(f".{RECORD}.{os.getpid()}")
    part.write_text(json.dumps(entry, indent=2) + "\n")
    part.rename(path.with_name(RECORD))


if __name__ == "__main__":
    sys.exit(main())
