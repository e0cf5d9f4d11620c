"""The small model alone, on real crops, at every engine that this machine has: crops a second, and how far it is from eager fp32 torch.

    product        ``Model.score`` as the product loads it: uint8 crops to logits and maps, all cores
    torch          eager fp32, the yardstick                     torch-bf16       the same under autocast
    onnxruntime    fp32                                          openvino, openvino-bf16

Each sits in a process of its own and takes its turn. See also: int8, which has to be calibrated first (``trainer/export.py``); a GPU.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.peers.persistent_worker import answering

if TYPE_CHECKING:
    import numpy as np

    from telltale.model.classifier import Runner

BATCH = 16
NEAR = 1e-2
"""An engine is as good as torch where no crop's probability differs by more."""
Run = Callable[["np.ndarray"], "np.ndarray"]
"""Crops, uint8 (N, S, S, 3) -> logits of fake (N,)."""


def main(argv: list[str] | None = None) -> int:
    """Load one engine, and answer."""
    made = argparse.ArgumentParser(prog="python -m benchmarks.peers.classifiers", description="One engine; asked on stdin, {}.")
    made.add_argument("engine", choices=ENGINES)
    made.add_argument("--crops", type=Path, required=True, help="an .npy file of aligned crops")
    given = made.parse_args(argv)
    import numpy as np

    from telltale.model.classifier import BROWSER, load_model
    from telltale.verdict.verdict import probability

    crops = np.load(given.crops)
    settings = load_model(BROWSER).settings
    run = ENGINES[given.engine]()
    run(crops[:BATCH])

    def answer() -> dict[str, Any]:
        started, spent = time.perf_counter(), time.process_time()
        logits = np.concatenate([run(crops[start : start + BATCH]) for start in range(0, len(crops), BATCH)])
        wall, cpu = time.perf_counter() - started, time.process_time() - spent
        values = [probability(float(logit), settings) for logit in logits]
        return {"rate": len(crops) / wall, "cpu": cpu / len(crops), "probabilities": values}

    answering({"engine": given.engine}, answer)
    return 0


def product() -> Run:
    """What a check runs."""
    from telltale.model.classifier import BROWSER, load_model

    model = load_model(BROWSER)
    return lambda crops: model.score(crops).logits


def eager_runner(autocast: bool = False) -> "Runner":
    """The small model in eager torch, by transformers' own class; with empty evidence maps."""
    import numpy as np
    import torch
    from transformers import AutoModelForImageClassification

    from telltale.model.classifier import BROWSER

    net = AutoModelForImageClassification.from_pretrained(BROWSER, use_safetensors=True).eval()

    def run(pixels: "np.ndarray") -> "tuple[np.ndarray, np.ndarray]":
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=autocast):
            logits = net(pixel_values=torch.from_numpy(pixels)).logits.float().numpy()
        return logits, np.zeros((*logits.shape, 1, 1), np.float32)

    return run


def eager(autocast: bool = False) -> Run:
    """torch on the threads that it takes by itself."""
    from telltale.model.classifier import BROWSER, load_model

    model, net = load_model(BROWSER), eager_runner(autocast)

    def run(crops: "np.ndarray") -> "np.ndarray":
        logits = net(model.preprocessing.prepare(crops))[0]
        return model.labels.log_odds(logits)

    return run


def onnx() -> Run:
    """ONNX Runtime on all cores, its threads not spinning."""
    import onnxruntime

    from telltale.model.classifier import BROWSER, load_model

    options = onnxruntime.SessionOptions()
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    model, session = (
        load_model(BROWSER),
        onnxruntime.InferenceSession(str(export_small_model()), options, providers=["CPUExecutionProvider"]),
    )
    name = session.get_inputs()[0].name

    def run(crops: "np.ndarray") -> "np.ndarray":
        logits = session.run(["logits"], {name: model.preprocessing.prepare(crops)})[0]
        return model.labels.log_odds(logits)

    return run


def openvino(precision: str) -> Run:
    """OpenVINO on all cores, asked for the shortest answer of one batch."""
    import openvino

    from telltale.model.classifier import BROWSER, load_model

    model = load_model(BROWSER)
    options = {"INFERENCE_PRECISION_HINT": precision, "PERFORMANCE_HINT": "LATENCY"}
    net = openvino.Core().compile_model(str(export_small_model()), "CPU", options)

    def run(crops: "np.ndarray") -> "np.ndarray":
        logits = net(model.preprocessing.prepare(crops))["logits"]
        return model.labels.log_odds(logits)

    return run


def export_small_model() -> Path:
    """The small model as ONNX."""
    from telltale.model.classifier import BROWSER

    return Path(BROWSER) / "onnx" / "model.onnx"


ENGINES: dict[str, Callable[[], Run]] = {
    "product": product,
    "torch": eager,
    "torch-bf16": lambda: eager(autocast=True),
    "onnxruntime": onnx,
    "openvino": lambda: openvino("f32"),
    "openvino-bf16": lambda: openvino("bf16"),
}


def has_gpu() -> bool:
    """Whether torch sees a GPU. Asked in a process that may load torch."""
    import torch

    return os.environ.get("CUDA_VISIBLE_DEVICES") != "" and torch.cuda.is_available()


if __name__ == "__main__":
    sys.exit(main())
