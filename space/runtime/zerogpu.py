"""A GPU that is lent for seconds: on a ZeroGPU Space a larger model borrows it for one short call a job, everything else stays on the CPU.

The module ``spaces`` is there on Spaces only, and does nothing but on ZeroGPU. There a Space must name a function that may borrow the GPU
and report its start, or it is stopped: Gradio's ``launch()`` does the second, which this server, mounted in an application of its own,
never calls. The embedded model, on ONNX Runtime, borrows nothing. A GPU that is not to be had is no fault: the CPU scores.
"""

import logging
from dataclasses import replace
from importlib.util import find_spec

import numpy as np

from telltale.model.classifier import Model
from telltale.model.torch_runtime import TorchRunner

log = logging.getLogger(__name__)

ALL_AT_ONCE = 1024
"""Crops in one call: those of a whole job."""


def announce() -> None:
    """Where this is a ZeroGPU Space, tell it that a GPU may be borrowed. Before anything loads torch."""
    if find_spec("spaces") is None:
        return
    import spaces
    from spaces import zero

    start = getattr(zero, "startup", None)
    if start is None:
        return log.info("this Space lends no GPU")
    spaces.GPU(placeholder)
    start()
    log.info("this Space lends a GPU (ZeroGPU); the embedded model does not borrow it")


def placeholder() -> None:
    """Named at the start, when no model is loaded yet."""


def borrowing(model: Model) -> Model:
    """The same model, but where torch runs it on a ZeroGPU Space all crops of a job go to the GPU in one call."""
    if not isinstance(model.run, TorchRunner) or find_spec("spaces") is None:
        return model
    import gradio as gr
    import spaces
    from spaces import zero

    if getattr(zero, "startup", None) is None:
        return model
    net = model.run

    @spaces.GPU(duration=seconds)
    def on_gpu(pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return net.on("cuda", pixels)

    def run(pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        try:
            return on_gpu(pixels)
        except gr.Error as error:  # the day's share is used up, or nobody gave one back
            log.warning("no GPU was lent (%s): the CPU scores", error)
            return net.on("cpu", pixels)

    return replace(model, run=run, at_once=ALL_AT_ONCE)


def seconds(pixels: np.ndarray) -> int:
    """For how long the GPU is asked for: the net's way there, and the crops."""
    return 10 + len(pixels) // 32
