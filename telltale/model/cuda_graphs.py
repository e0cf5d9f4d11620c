"""A net's work on a GPU, recorded once for a batch of each of some sizes and replayed (CUDA graphs).

A large net is a thousand small orders, and on a quick GPU giving them takes longer than carrying them out; a recording is one order.
Batches are filled up to the next size. See also: the net, its precision, and whether a recording is to be trusted (``torch_runtime.py``).
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

    TorchNet = Callable[[torch.Tensor], tuple[torch.Tensor, torch.Tensor]]
    """Pixels (N, 3, S, S) -> class logits (N, 2) and class maps (N, 2, h, w), all on one device."""
    Recorder = Callable[[TorchNet, torch.Tensor], TorchNet]
    """A net, and pixels of the size it is recorded for -> what does the same for up to so many; it may overwrite its answers."""

SIZES = (1, 4, 16, 64, 128)
"""Crops of a recording."""
WARMING = 3
"""Runs before a recording, in which the libraries choose their ways."""


def record_graph(net: "TorchNet", entry: "torch.Tensor") -> "TorchNet":
    """The net as a CUDA graph. Raises RuntimeError where something in it cannot be recorded."""
    import torch

    aside = torch.cuda.Stream()
    aside.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(aside):
        for _ in range(WARMING):
            net(entry)
    torch.cuda.current_stream().wait_stream(aside)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        answer = net(entry)

    def replay(pixels: "torch.Tensor") -> "tuple[torch.Tensor, torch.Tensor]":
        entry[: len(pixels)].copy_(pixels)
        graph.replay()
        return answer

    return replay


class Graphs:
    """A net, recorded as it is needed. For one caller at a time."""

    def __init__(self, net: "TorchNet", record: "Recorder" = record_graph) -> None:
        self._net = net
        self._record = record
        self._recordings: dict[int, TorchNet] = {}

    def __call__(self, pixels: "torch.Tensor") -> "tuple[torch.Tensor, torch.Tensor]":
        """See ``TorchNet``."""
        import torch

        most = SIZES[-1]
        answers = [self._part(pixels[start : start + most]) for start in range(0, len(pixels), most)]
        return torch.cat([logits for logits, _ in answers]), torch.cat([maps for _, maps in answers])

    def _part(self, pixels: "torch.Tensor") -> "tuple[torch.Tensor, torch.Tensor]":
        """Crops of one recording."""
        size = next(size for size in SIZES if size >= len(pixels))
        if size not in self._recordings:
            self._recordings[size] = self._record(self._net, pixels.new_zeros(size, *pixels.shape[1:]))
        logits, maps = self._recordings[size](pixels)
        return logits[: len(pixels)].clone(), maps[: len(pixels)].clone()
