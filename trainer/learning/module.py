"""What trains: the classifier, its seam head, and the one loss of all tasks. One forward, so that several processes add up its gradients.

loss = (1 - w) cross-entropy + w agreement with the teacher + seam_weight · seam map. See also: the steps (``trainer.py``).
"""

from typing import Any

from torch import Tensor, channels_last, nn
from transformers import PreTrainedModel

from trainer.learning.boundary_head import SeamHead, feature_map, seam_loss, trunk
from trainer.learning.config import Recipe
from trainer.learning.distillation import agreement


class TrainingModule(nn.Module):
    """A classifier with its losses. ``forward`` takes a batch of ``pairs.collate`` and, with a teacher, its logits (N, 2)."""

    def __init__(self, net: PreTrainedModel, seam_head: SeamHead | None, recipe: Recipe) -> None:
        super().__init__()
        self.net, self.seam_head, self._recipe = net, seam_head, recipe

    def train(self, mode: bool = True) -> "TrainingModule":
        """As usual, but where not all weights train, batch normalisation keeps the statistics that the frozen weights know."""
        super().train(mode)
        if mode and self._recipe.tune != "all":
            for module in self.net.modules():
                if isinstance(module, nn.modules.batchnorm._BatchNorm):
                    module.eval()
        return self

    def forward(
        self,
        pixel_values: Tensor,
        labels: Tensor | None = None,
        seams: Tensor | None = None,
        seam_known: Tensor | None = None,
        teacher_logits: Tensor | None = None,
    ) -> dict[str, Tensor]:
        """Pictures (N, 3, S, S), labels (N,), seams (N, h, h), seam_known (N,) -> loss and logits (N, 2), in float32."""
        hidden: list[Any] = []
        keep = trunk(self.net).register_forward_hook(lambda _module, _given, output: hidden.append(output))
        logits = self.net(pixel_values=pixel_values.contiguous(memory_format=channels_last)).logits.float()
        keep.remove()
        if labels is None:
            return {"logits": logits}
        loss = nn.functional.cross_entropy(logits, labels)
        if teacher_logits is not None:
            weight = self._recipe.distil_weight
            loss = (1 - weight) * loss + weight * agreement(logits, teacher_logits, self._recipe)
        if self.seam_head is not None and seams is not None and seam_known is not None:
            found = self.seam_head(feature_map(hidden[0].last_hidden_state))
            loss = loss + self._recipe.seam_weight * seam_loss(found, seams, seam_known)
        return {"loss": loss, "logits": logits}
