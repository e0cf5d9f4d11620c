"""Who runs the classifier's exported net: the fastest engine that gives the same answer, and how crops share the processor's cores.

    onnxruntime       fp32, on every machine
    openvino          fp32
    openvino-mixed    fp32 up to one tensor of the net, bf16 behind it, where the processor multiplies bf16 itself

``python -m benchmarks.speed.runtimes --record`` measures them on real crops and writes ``onnx/engines.json`` beside the net: which was the
fastest whose probabilities stayed within 0.01 of fp32's, and what the net says of one drawn picture. Here that record is
believed only for the very same file, on a processor that can, and where the drawn picture still gets the same probability; else ONNX
Runtime runs the net. Every net runs on one thread, and several of them on a crop or two each: faster than one net on several threads,
and two jobs at once never run on more threads than were asked for. See also: torch (``classifier.py``).
"""

import json
import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np

from telltale.core.errors import BadModel
from telltale.model.checksums import digest_of
from telltale.model.external_data import has_external_data
from telltale.parallel.threads import cores

log = logging.getLogger(__name__)

EngineName = Literal["onnxruntime", "openvino", "openvino-mixed"]
Net = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]
"""Normalised float32 (N, 3, S, S) -> class logits (N, 2) and class maps (N, 2, h, w); safe to call from several threads."""

RECORD = "engines.json"
AGREEMENT = 1e-2
"""Greatest difference in probability from torch in fp32."""
PART = 4
"""Crops that one thread looks at together, where the model says nothing else."""


@dataclass(frozen=True)
class RuntimeChoice:
    """An engine, the tensor from which on it computes in bf16 (mixed only), and why it was taken."""

    engine: EngineName
    cut: str | None
    reason: str


class ThreadedSession:
    """A net on ``threads`` threads, each with ``part`` of the crops at a time; callers from several threads share them."""

    def __init__(self, net: Net, threads: int, part: int = PART) -> None:
        self._net = net
        self._part = part
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="classifier") if threads > 1 else None

    def __call__(self, pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """See ``Net``."""
        parts = [pixels[start : start + self._part] for start in range(0, len(pixels), self._part)] or [pixels]
        answers = list((self._pool.map if self._pool else map)(self._net, parts))
        return np.concatenate([logits for logits, _ in answers]), np.concatenate([maps for _, maps in answers])


def select_runtime(path: Path, threads: int, part: int = PART) -> tuple[str, ThreadedSession]:
    """The engine for an ONNX file and the net on it; ``threads`` = 0 means as many as cores. Raises BadModel."""
    threads = threads or cores()
    has_external_data(path)  # raises, where it lies elsewhere
    choice = choose_runtime(path)
    net = make_net(path, choice, threads)
    if choice.engine != "onnxruntime" and not same_answer(net, path):
        choice = RuntimeChoice("onnxruntime", None, f"{choice.engine} gives another answer here than where it was recorded")
        net = onnx_net(path)
    log.info("classifier's engine: %s on %d threads (%s)", choice.engine, threads, choice.reason)
    return choice.engine, ThreadedSession(net, threads, part)


def choose_runtime(path: Path) -> RuntimeChoice:
    """What the record beside an ONNX file advises for this machine."""
    try:
        record = json.loads((path.parent / RECORD).read_text())
        engine, cut, of = record["engine"], record["cut"], record["onnx_sha256"]
    except FileNotFoundError:
        return RuntimeChoice("onnxruntime", None, "no engines were measured for this file")
    except (OSError, ValueError, KeyError, TypeError):
        return RuntimeChoice("onnxruntime", None, f"{RECORD} cannot be read")
    if engine not in get_args(EngineName) or of != digest_of(path):
        return RuntimeChoice("onnxruntime", None, f"{RECORD} is about another file")
    if engine == "openvino-mixed" and not multiplies_bf16():
        return RuntimeChoice("onnxruntime", None, "openvino-mixed was measured as the fastest, but this processor has no bf16 of its own")
    return RuntimeChoice(engine, cut, "measured as the fastest that agrees with fp32")


def make_net(path: Path, choice: RuntimeChoice, threads: int) -> Net:
    """The net on the engine chosen."""
    if choice.engine == "onnxruntime":
        return onnx_net(path)
    return openvino_net(path, threads, cut=choice.cut if choice.engine == "openvino-mixed" else None)


def onnx_net(path: Path, *, exact: bool = False) -> Net:
    """The net on ONNX Runtime, a thread a call; ``exact``: 8-bit matrices multiply floats as floats. Raises BadModel.

    Loaded by its path, so that external data is mapped and not read. A net that needs it is large: what one call took is given back to the
    system rather than kept for the next, which costs little time and hundreds of megabytes less.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.enable_cpu_mem_arena = not has_external_data(path)
    options.log_severity_level = 3
    if exact:
        options.add_session_config_entry("session.qdq_matmulnbits_accuracy_level", "1")
    try:
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's own exceptions share no base class but this
        raise BadModel("model.broken", "onnx", file=path.name) from error
    name = session.get_inputs()[0].name

    def run(pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        logits, maps = session.run(["logits", "maps"], {name: pixels})
        return logits, maps

    return run


def openvino_net(path: Path, threads: int, *, cut: str | None = None, precision: Literal["f32", "bf16"] = "f32") -> Net:
    """The net on OpenVINO, a thread a call and ``threads`` of them; behind the tensor ``cut`` in bf16. Raises BadModel."""
    import openvino

    try:
        core = openvino.Core()
        stages = [(core.read_model(str(path)), precision)] if cut is None else split_for_bf16(core, path, cut)
        shared = {"NUM_STREAMS": threads, "INFERENCE_NUM_THREADS": threads}
        compiled = [core.compile_model(model, "CPU", shared | {"INFERENCE_PRECISION_HINT": each}) for model, each in stages]
    except RuntimeError as error:  # whatever is wrong, OpenVINO raises this
        raise BadModel("model.broken", "openvino", file=path.name) from error
    infer_once(compiled[0])
    mine = threading.local()

    def run(pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        if not hasattr(mine, "requests"):
            mine.requests = [stage.create_infer_request() for stage in compiled]
        *heads, last = mine.requests
        for head in heads:
            pixels = head.infer({0: pixels})[0]
        answer = last.infer({0: pixels})
        return answer["logits"].copy(), answer["maps"].copy()

    return run


def infer_once(compiled: Any) -> None:
    """Run a compiled net on zeros, before any threads do.

    OpenVINO's Python binding deadlocks, with Python's lock held, where the first two inferences of a process begin on two threads at once.
    """
    shape = [1 if dimension.is_dynamic else dimension.get_length() for dimension in compiled.input(0).partial_shape]
    compiled.create_infer_request().infer({0: np.zeros(shape, np.float32)})


def split_for_bf16(core: Any, path: Path, cut: str) -> list[tuple[Any, Literal["f32", "bf16"]]]:
    """The net up to a tensor, and the net behind it. Raises BadModel where it has none of this name or more than that leads there."""
    import openvino
    from openvino import opset13

    first, second = core.read_model(str(path)), core.read_model(str(path))
    found = [source for source in outputs_of(first) if cut in source.get_names()]
    if not found:
        raise BadModel("model.broken", "no_tensor", file=path.name, tensor=cut, record=RECORD)
    behind = next(source for source in outputs_of(second) if cut in source.get_names())
    entry = opset13.parameter(behind.get_partial_shape(), np.float32)
    for user in list(behind.get_target_inputs()):
        user.replace_source_output(entry.output(0))
    head = openvino.Model([found[0]], first.get_parameters(), "head")
    return [(head, "f32"), (openvino.Model(second.get_results(), [entry], "tail"), "bf16")]


def outputs_of(model: Any) -> list[Any]:
    """Every tensor of an OpenVINO model, in order."""
    return [output for node in model.get_ordered_ops() for output in node.outputs()]


def draw_sample(size: int, channels: int = 3) -> np.ndarray:
    """A picture for comparing engines: smooth waves and a little of the finest detail, (1, channels, size, size) in -1..1."""
    rows, columns = np.meshgrid(np.arange(size), np.arange(size), indexing="ij")
    waves = [np.sin(rows / (9 + 4 * channel)) * np.cos(columns / (13 - 3 * channel)) for channel in range(3)] * (channels // 3)
    checks = 0.1 * ((rows + columns) % 2 - 0.5)
    return (0.8 * np.stack(waves) + checks)[None].astype(np.float32)


def same_answer(net: Net, path: Path) -> bool:
    """Whether a net gives the drawn picture the probability that it had in fp32 when the record was made."""
    record = json.loads((path.parent / RECORD).read_text())
    logits, _ = net(draw_sample(int(record["size"]), int(record.get("channels", 3))))
    return abs(float(probabilities(logits)[0]) - float(record["drawn"])) <= AGREEMENT


def probabilities(logits: np.ndarray) -> np.ndarray:
    """Of the second class, uncalibrated; logits (N, 2)."""
    return np.asarray(1 / (1 + np.exp(logits[:, 0] - logits[:, 1])))


def multiplies_bf16() -> bool:
    """Whether this processor computes in bf16 itself, so that it gains anything."""
    import openvino

    return "BF16" in openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")
