"""The ONNX graph of a model folder: torch's net with its class maps (and its seam head, where kept), written and compared with torch.

See also: which files an export writes (``export.py``), and smaller graphs (``quantize.py``).
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel


@dataclass(frozen=True, eq=False)
class Graph:
    """Names of the outputs, random pixels (2, 3, S, S), and what torch says to them."""

    outputs: tuple[str, ...]
    pixels: np.ndarray
    expected: tuple[np.ndarray, ...]

    def differences(self, path: Path) -> dict[str, float]:
        """The greatest difference of each of a file's outputs from torch's, relative to torch's greatest value where that is above 1."""
        import onnxruntime

        session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        given = session.run(list(self.outputs), {"pixel_values": self.pixels})
        pairs = zip(self.outputs, self.expected, given, strict=True)
        return {name: float(np.abs(ours - theirs).max() / max(1.0, np.abs(ours).max())) for name, ours, theirs in pairs}


def write_graph(folder: Path, path: Path, seam: Path | None) -> Graph:
    """Write the fp32 graph of a model folder, batch size free. ``seam`` is the seam head's file, to be kept as a third output."""
    import torch
    from transformers import AutoModelForImageClassification

    from telltale.core.model_settings import read_settings
    from telltale.model.cam import WithMaps

    size = read_settings(folder).size
    net = AutoModelForImageClassification.from_pretrained(folder, dtype=torch.float32).eval()
    model = with_seam(net, seam) if seam else WithMaps(net).eval()
    outputs = ("logits", "maps", "seam") if seam else ("logits", "maps")
    pixels = torch.randn(2, 3, size, size, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        expected = tuple(output.numpy() for output in model(pixels))
    torch.onnx.export(
        model,
        (pixels,),
        str(path),
        input_names=["pixel_values"],
        output_names=list(outputs),
        dynamic_shapes=({0: torch.export.Dim("batch", min=1, max=1024)},),
        dynamo=True,
        external_data=False,
        verbose=False,
    )
    return Graph(outputs, pixels.numpy(), expected)


def with_seam(net: "PreTrainedModel", path: Path) -> "torch.nn.Module":
    """Pixels -> logits, class maps and the seam map (N, h, w) in 0..1. Raises BadModel for a head of another net."""
    import torch
    from safetensors.torch import load_file

    from telltale.core.errors import BadModel
    from telltale.model.cam import WithMaps
    from trainer.learning.boundary_head import SeamHead, feature_map, trunk

    weights = load_file(path)
    head = SeamHead(weights["weight"].shape[1])
    try:
        head.load_state_dict(weights)
    except RuntimeError as error:
        raise BadModel("model.broken", text=f"{path.name} holds no seam head that is known here.") from error

    class WithSeam(torch.nn.Module):  # torch is heavy to import, so it is made here
        """Runs the net once for all three."""

        def __init__(self) -> None:
            super().__init__()
            self.mapped, self.head, self.trunk = WithMaps(net), head, trunk(net)

        def forward(self, pixel_values: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
            """See the function."""
            seen = []
            hook = self.trunk.register_forward_hook(lambda _module, _given, output: seen.append(output.last_hidden_state))
            logits, maps = self.mapped(pixel_values)
            hook.remove()
            return logits, maps, torch.sigmoid(self.head(feature_map(seen[0])))

    return WithSeam().eval()
