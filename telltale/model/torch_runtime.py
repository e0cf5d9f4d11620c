"""Who runs a classifier that was not exported: torch, on this machine's GPU where it has one, else on the CPU.

See also: exported nets (``cpu_runtimes.py``), a GPU that is lent for a moment (``space/runtime/zerogpu.py``).
"""

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from telltale.checkpoints.preprocessing import Preprocessing, first_line, read_preprocessing
from telltale.core.errors import BadModel
from telltale.core.extras import need
from telltale.model.cpu_runtimes import AGREEMENT, PART, probabilities
from telltale.model.cuda_graphs import Graphs, record_graph
from telltale.model.dynamic_batching import Answer, DynamicBatcher

if TYPE_CHECKING:
    import torch

    from telltale.model.cuda_graphs import Recorder

log = logging.getLogger(__name__)


class TorchRunner:
    """The net on torch. Jobs that call it at the same time share batches.

    A GPU computes in bf16, and what it does is recorded and replayed, each if that gives the first crops the same probabilities.
    """

    HALVING = frozenset({"cuda"})
    """Devices that are quicker in bf16."""
    RECORDING: ClassVar[dict[str, "Recorder"]] = {"cuda": record_graph}
    """Devices on which the net's work can be recorded, and by whom."""

    def __init__(self, net: Any) -> None:
        import torch

        from telltale.model.cam import WithMaps

        self._net, self._one_at_a_time = WithMaps(net).eval(), threading.Lock()
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        self._bf16: bool | None = None
        self._tried = False
        self._replay: Callable[[np.ndarray], Answer] | None = None
        self._shared = DynamicBatcher(self._quickest)

    def __call__(self, pixels: np.ndarray) -> Answer:
        """See ``Runner``."""
        return self._shared(pixels)

    def on(self, device: str, pixels: np.ndarray) -> Answer:
        """The same on a device, to which the net moves."""
        with self._one_at_a_time:
            if self._bf16 is None and device in self.HALVING:
                exact, halved = (self._run(device, pixels[:PART], bf16) for bf16 in (False, True))
                self._bf16 = same(exact, halved)
                log.info("torch computes in %s on %s", "bf16, which agrees with fp32" if self._bf16 else "fp32: bf16 differs", device)
            return self._run(device, pixels, self._supports_bf16(device))

    def _supports_bf16(self, device: str) -> bool:
        """Whether a device computes in bf16."""
        return bool(self._bf16) and device in self.HALVING

    def _quickest(self, pixels: np.ndarray) -> Answer:
        """On this machine's own device, recorded where that can be done. The first crops tell."""
        if self._replay:
            try:
                return self._replay(pixels)
            except RuntimeError as error:  # no memory for a recording of so many crops, say
                log.warning("the net's work is not recorded any more: %s", error)
                self._replay = None
        answer = self.on(self._device, pixels)
        if not self._tried:
            self._tried, self._replay = True, self._replaying(pixels, answer)
        return answer

    def _replaying(self, pixels: np.ndarray, answer: Answer) -> Callable[[np.ndarray], Answer] | None:
        """The same by recordings, None where there are none or they give these crops another answer."""
        if self._device not in self.RECORDING:
            return None
        graphs = Graphs(self._forward, self.RECORDING[self._device])

        def replay(pixels: np.ndarray) -> Answer:
            import torch

            with self._one_at_a_time, torch.inference_mode():
                return in_numpy(graphs(torch.from_numpy(pixels).to(self._device)))

        try:
            agrees = same(replay(pixels), answer)
        except RuntimeError as error:  # whatever CUDA cannot record
            log.warning("the net's work cannot be recorded on %s: %s", self._device, error)
            return None
        log.info("the net's work on %s is %s", self._device, "recorded" if agrees else "not recorded: a recording differs")
        return replay if agrees else None

    def _forward(self, pixels: "torch.Tensor") -> "tuple[torch.Tensor, torch.Tensor]":
        """The net where it is now. Weights are rounded anew each time: a recording must not rely on a passing copy of them."""
        import torch

        with torch.autocast(self._device, torch.bfloat16, enabled=self._supports_bf16(self._device), cache_enabled=False):
            logits, maps = self._net(pixels)
        return logits, maps

    def _run(self, device: str, pixels: np.ndarray, bf16: bool) -> Answer:
        """One batch."""
        import torch

        with torch.inference_mode(), torch.autocast(device, torch.bfloat16, enabled=bf16):
            return in_numpy(self._net.to(device)(torch.from_numpy(pixels).to(device)))


def in_numpy(answer: "tuple[torch.Tensor, torch.Tensor]") -> Answer:
    """Logits and maps, in fp32 on the CPU."""
    logits, maps = answer
    return logits.float().cpu().numpy(), maps.float().cpu().numpy()


def same(one: Answer, other: Answer) -> bool:
    """Whether two ways give the same probabilities."""
    return bool(np.abs(probabilities(one[0]) - probabilities(other[0])).max() <= AGREEMENT)


def load_checkpoint(folder: Path, config: dict[str, Any], model: str) -> tuple[str, TorchRunner, Preprocessing]:
    """The runtime's name, a checkpoint's net on it, and the checkpoint's image processor.

    Raises BadModel; BadRequest where torch is not installed.
    """
    need("torch", "A model without an ONNX file")
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()
    if config.get("model_type") == "GenD":
        from telltale.model.gend import gend_preprocessing, load_gend

        return "torch", TorchRunner(load_gend(folder, config, model)), gend_preprocessing(folder, model)
    preprocessing = read_preprocessing(folder, model)
    return "torch", TorchRunner(load_net(folder, model)), preprocessing


def load_net(folder: Path, model: str) -> Any:
    """The net by transformers' Auto class, float32 whatever its file holds. Raises BadModel."""
    import torch
    from safetensors import SafetensorError
    from transformers import AutoModelForImageClassification

    try:
        net, told = AutoModelForImageClassification.from_pretrained(
            folder, use_safetensors=True, trust_remote_code=False, output_loading_info=True, dtype=torch.float32
        )
    except ImportError as error:
        raise BadModel("model.unsupported", "needs_package", model=model, why=first_line(error)) from error
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RuntimeError, SafetensorError) as error:
        raise BadModel("model.broken", "transformers", model=model, why=first_line(error)) from error
    lacking = len(told["missing_keys"]) + len(told["mismatched_keys"])
    if lacking:  # transformers would leave random numbers there
        raise BadModel("model.broken", "tensors", model=model, lacking=lacking)
    return net
