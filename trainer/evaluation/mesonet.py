"""MesoNet (Afchar, Nozick, Yamagishi, Echizen: "MesoNet: a Compact Facial Video Forgery Detection Network", WIFS 2018) as a peer to measure
against: its two nets in torch, filled with the authors' published Keras weights.

The nets take RGB faces of 256 x 256 pixels in 0..1 and give one number, after whose sigmoid 1 means real. Faces are cropped as the authors
do: turned upright, centred on the nose, 1.3 x 2.2 times the distance from eyes to mouth wide; that is our aligned crop at a margin of 0.12,
to the pixel. Videos are scored as ours are, by the mean log-odds of a person's looks, where the authors take the mean of probabilities.
Probabilities are taken as they come: nothing is calibrated, fake is said from one half on.
"""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from telltale.checkpoints.labels import Labels
from telltale.checkpoints.preprocessing import by_colours
from telltale.core.errors import BadModel
from telltale.core.model_settings import ModelSettings
from telltale.model.classifier import Model, Runner, revision_of

SIDE = 256
MARGIN = 0.12
EPSILON = 1e-3
"""Keras' default of batch normalisation; torch's is 1e-5."""

Weights = dict[str, list[np.ndarray]]
"""Layer name -> its arrays, in Keras' order and layout: ``conv2d_3`` -> [kernel (h, w, in, out), bias (out,)]."""


def load_mesonet(path: Path) -> Model:
    """A published weight file as a Model of our pipeline; which of the two nets it is, the file shows. Raises BadModel."""
    weights = read_keras(path)
    return Model(
        id=f"mesonet:{path.stem}",
        revision=revision_of(path),
        engine="torch",
        settings=ModelSettings(size=SIDE, margin=MARGIN, fake_from=0.5, clear_to=0.5, look_spread=0, video_spread=0),
        preprocessing=by_colours(SIDE, np.zeros(3, np.float32), np.ones(3, np.float32)),
        labels=Labels(fake=(1,), real=(0,)),
        run=runner(load_weights(weights)),
    )


def read_keras(path: Path) -> Weights:
    """The arrays of a Keras weight file. Raises BadModel."""
    import h5py

    try:
        with h5py.File(path, "r") as file:
            names = [name.decode() for name in file.attrs["layer_names"]]
            groups = {name: file[name] for name in names}
            return {
                name: [group[each.decode()][()] for each in group.attrs["weight_names"]]
                for name, group in groups.items()
                if len(group.attrs["weight_names"])
            }
    except (OSError, KeyError) as error:
        raise BadModel("model.broken", text=f"{path.name} is not a weight file of Keras.") from error


def load_weights(weights: Weights) -> nn.Module:
    """The net that the arrays belong to, holding them. Raises BadModel where they belong to neither."""
    net = build("MesoInception4" if len(layers_of(weights, "conv2d_")) > 4 else "Meso4")
    for kind, prefix in ((nn.Conv2d, "conv2d_"), (nn.BatchNorm2d, "batch_normalization_"), (nn.Linear, "dense_")):
        layers = [module for module in net.modules() if isinstance(module, kind)]
        arrays = layers_of(weights, prefix)
        if len(layers) != len(arrays):
            raise BadModel("model.broken", text=f"These weights have {len(arrays)} layers {prefix}…; a MesoNet has {len(layers)}.")
        for layer, values in zip(layers, arrays, strict=True):
            fill(layer, values)
    return net.eval()


def layers_of(weights: Weights, prefix: str) -> list[list[np.ndarray]]:
    """The arrays of all layers of one kind, in the order in which they were made, which Keras counts in their names."""
    names = sorted((name for name in weights if name.startswith(prefix)), key=lambda name: int(name.removeprefix(prefix)))
    return [weights[name] for name in names]


def fill(layer: Any, values: list[np.ndarray]) -> None:
    """One layer's arrays, from Keras' layout (h, w, in, out) to torch's (out, in, h, w). Raises BadModel where the shapes differ."""
    kernel_last = {4: (3, 2, 0, 1), 2: (1, 0), 1: (0,)}
    names = ("weight", "bias", "running_mean", "running_var")[: len(values)]
    for name, value in zip(names, values, strict=True):
        held = getattr(layer, name)
        turned = value.transpose(kernel_last[value.ndim])
        if held.shape != turned.shape:
            raise BadModel("model.broken", text=f"These weights are not a MesoNet's: {turned.shape} where it has {tuple(held.shape)}.")
        held.data = torch.tensor(turned, dtype=torch.float32)


def build(name: str) -> nn.Module:
    """An unfilled ``Meso4`` or ``MesoInception4``: (N, 3, 256, 256) in 0..1 -> (N, 1), whose sigmoid is 1 for real.

    Layers come in the order in which the authors' code makes them. Keras' "same" padding is k // 2 on every side for the odd kernels here
    and none for the poolings, whose sides divide.
    """
    first: list[nn.Module]
    if name == "Meso4":
        first = [conv_same(3, 8, 3), nn.ReLU(), norm(8), nn.MaxPool2d(2), conv_same(8, 8, 5), nn.ReLU(), norm(8), nn.MaxPool2d(2)]
        width = 8
    else:
        first = [Inception(3, 1, 4, 4, 2), norm(11), nn.MaxPool2d(2), Inception(11, 2, 4, 4, 2), norm(12), nn.MaxPool2d(2)]
        width = 12
    second = [conv_same(width, 16, 5), nn.ReLU(), norm(16), nn.MaxPool2d(2), conv_same(16, 16, 5), nn.ReLU(), norm(16), nn.MaxPool2d(4)]
    head = [nn.Linear(1024, 16), nn.LeakyReLU(0.1), nn.Linear(16, 1)]  # the two dropouts do nothing outside training
    return nn.Sequential(*first, *second, Flat(), *head)


def conv_same(channels: int, out: int, side: int, dilation: int = 1) -> nn.Conv2d:
    """A convolution that keeps the size."""
    return nn.Conv2d(channels, out, side, padding=side // 2 * dilation, dilation=dilation)


def norm(channels: int) -> nn.BatchNorm2d:
    """Batch normalisation as Keras has it."""
    return nn.BatchNorm2d(channels, eps=EPSILON)


class Inception(nn.Module):
    """Four branches side by side: 1 x 1; and 1 x 1 before 3 x 3, the last two of them dilated by 2 and 3. ``widths``: one a branch."""

    def __init__(self, channels: int, *widths: int) -> None:
        super().__init__()
        branches = [nn.Sequential(conv_same(channels, widths[0], 1), nn.ReLU())]
        for dilation, width in enumerate(widths[1:], start=1):
            narrow, wide = conv_same(channels, width, 1), conv_same(width, width, 3, dilation)
            branches.append(nn.Sequential(narrow, nn.ReLU(), wide, nn.ReLU()))
        self.branches = nn.ModuleList(branches)

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """See the class."""
        return torch.cat([branch(pixels) for branch in self.branches], dim=1)


class Flat(nn.Module):
    """Flattens row by row with the channels innermost, as Keras' channels-last layout does."""

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """See the class."""
        return features.permute(0, 2, 3, 1).flatten(1)


def runner(net: nn.Module) -> Runner:
    """The net as our pipeline runs one: class logits [real, fake] whose difference is the net's own, and empty evidence maps."""

    def run(pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        with torch.inference_mode():
            real = net(torch.from_numpy(pixels)).numpy()[:, 0]
        return np.stack([real, np.zeros_like(real)], axis=1), np.zeros((len(real), 2, 1, 1), np.float32)

    return run
