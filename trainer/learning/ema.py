"""The exponential moving average of a net's weights: what is evaluated and kept, while the raw weights go on training.

Its decay warms up, min(decay, (1 + step) / (10 + step)), so that the random start is soon forgotten. Batch normalisation's running
statistics are averaged alike: they are moving averages themselves, and averaging them over the same steps as the weights that they belong
to keeps the two together (``average.py``, which mixes distant checkpoints, must measure them anew instead). Frozen weights are not copied.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn


def changing(module: nn.Module) -> dict[str, Tensor]:
    """What training changes, by name: weights that train, and all stored buffers."""
    frozen = {name for name, weight in module.named_parameters() if not weight.requires_grad}
    return {name: value for name, value in module.state_dict().items() if name not in frozen}


class Ema:
    """The average over a module's changing weights; a decay of 0 is the module itself.

    The weights are looked up each time: to wrap a module for several processes moves them.
    """

    def __init__(self, module: nn.Module, decay: float) -> None:
        self._module, self._decay = module, decay
        self.values = {name: value.detach().clone() for name, value in changing(module).items()} if decay else {}

    @torch.no_grad()
    def update(self, step: int) -> None:
        """Take in the weights after optimiser step number ``step`` (from 1)."""
        decay = min(self._decay, (1 + step) / (10 + step))
        live = changing(self._module) if self.values else {}
        for name, mean in self.values.items():
            if mean.is_floating_point():
                mean.lerp_(live[name], 1 - decay)
            else:
                mean.copy_(live[name])

    @torch.no_grad()
    def load(self, values: dict[str, Tensor]) -> None:
        """Go on from stored averages."""
        for name, mean in self.values.items():
            mean.copy_(values[name])

    @contextmanager
    def averaged_weights(self) -> Iterator[None]:
        """The module holds the averages inside, and its own weights again after."""
        self._swap()
        try:
            yield
        finally:
            self._swap()

    @torch.no_grad()
    def _swap(self) -> None:
        live = changing(self._module) if self.values else {}
        for name, mean in self.values.items():
            held = live[name].clone()
            live[name].copy_(mean)
            mean.copy_(held)
