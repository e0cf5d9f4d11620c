"""A transformers image classifier that also gives class-activation maps (Zhou et al., CVPR 2016).

Used by the torch runner and by the ONNX export.
"""

from typing import Any

import torch
from transformers import PreTrainedModel


class WithMaps(torch.nn.Module):
    """Pixels (N, 3, S, S) -> class logits (N, C) and class maps (N, C, h, w).

    Where the head is not pooled and linear the maps are zeros (N, C, 1, 1). Not safe to call from several threads at once.
    """

    def __init__(self, net: PreTrainedModel) -> None:
        super().__init__()
        self.net = net
        self.head = [module for module in net.modules() if isinstance(module, torch.nn.Linear)][-1]

    def forward(self, pixel_values: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """See the class."""
        seen: list[Any] = []
        hook = self.net.base_model.register_forward_hook(lambda _module, _given, output: seen.append(output))
        logits = self.net(pixel_values=pixel_values).logits
        hook.remove()
        features = getattr(seen[0], "last_hidden_state", None)
        if features is None or features.dim() != 4 or features.shape[1] != self.head.in_features:
            return logits, logits.new_zeros(*logits.shape, 1, 1)
        return logits, torch.einsum("nchw,kc->nkhw", features, self.head.weight)
