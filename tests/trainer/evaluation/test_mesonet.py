"""The port of MesoNet against the same nets written a second time, in numpy, as Keras' documentation says its layers work."""

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.lib.stride_tricks import sliding_window_view

from telltale.core.errors import BadModel
from trainer.evaluation.mesonet import SIDE, build, load_mesonet, load_weights, read_keras, runner

WEIGHTS = dict[str, list[np.ndarray]]
NETS = ("Meso4", "MesoInception4")
BRANCHES = {1: ((3, 1), (3, 4), (4, 4), (3, 4), (4, 4), (3, 2), (2, 2)), 2: ((11, 2), (11, 4), (4, 4), (11, 4), (4, 4), (11, 2), (2, 2))}
"""Channels in and out of an inception layer's convolutions: 1 x 1; then 1 x 1 and 3 x 3 three times."""


def random_weights(name: str) -> WEIGHTS:
    """Weights in Keras' names and layout. Layers are numbered from 5 on, as Keras does when nets were made before in the process."""
    rng = np.random.default_rng(7)
    sides = {"Meso4": [(3, 8, 3), (8, 8, 5), (8, 16, 5), (16, 16, 5)]}
    inception = [(*widths, 1 if number in (0, 1, 3, 5) else 3) for layer in (1, 2) for number, widths in enumerate(BRANCHES[layer])]
    sides["MesoInception4"] = [*inception, (12, 16, 5), (16, 16, 5)]
    norms = [8, 8, 16, 16] if name == "Meso4" else [11, 12, 16, 16]
    weights: WEIGHTS = {}
    for number, (channels, out, side) in enumerate(sides[name], start=5):
        kernel = rng.normal(0, 1 / np.sqrt(channels * side**2), (side, side, channels, out))
        weights[f"conv2d_{number}"] = [kernel, rng.normal(0, 0.1, out)]
    for number, width in enumerate(norms, start=5):
        small = rng.uniform(1e-4, 0.2, width)  # variances so small that Keras' epsilon of 0.001 matters
        weights[f"batch_normalization_{number}"] = [
            rng.uniform(0.5, 1.5, width),
            rng.normal(0, 0.1, width),
            rng.normal(0, 0.1, width),
            small,
        ]
    weights["dense_9"] = [rng.normal(0, 0.03, (1024, 16)), rng.normal(0, 0.1, 16)]
    weights["dense_10"] = [rng.normal(0, 0.3, (16, 1)), rng.normal(0, 0.1, 1)]
    return {name: [array.astype(np.float32) for array in arrays] for name, arrays in reversed(weights.items())}


class Keras:
    """The layers on channels-last arrays of one picture (H, W, C), in double precision, taking weights in the order of their numbers."""

    def __init__(self, weights: WEIGHTS) -> None:
        def in_order(prefix: str) -> list[list[np.ndarray]]:
            names = [name for name in weights if name.startswith(prefix)]
            return [[array.astype(np.float64) for array in weights[n]] for n in sorted(names, key=lambda name: int(name.split("_")[-1]))]

        self.convs, self.norms, self.denses = (iter(in_order(prefix)) for prefix in ("conv2d_", "batch_", "dense_"))

    def conv(self, x: np.ndarray, dilation: int = 1) -> np.ndarray:
        """Same padding: (k - 1) d zeros in all, half before and half after. Then relu."""
        kernel, bias = next(self.convs)
        reach = (kernel.shape[0] - 1) * dilation
        padded = np.pad(x, ((reach // 2, reach - reach // 2),) * 2 + ((0, 0),))
        windows = sliding_window_view(padded, (reach + 1, reach + 1), axis=(0, 1))[..., ::dilation, ::dilation]
        return np.maximum(np.einsum("hwcij,ijco->hwo", windows, kernel, optimize=True) + bias, 0)

    def norm(self, x: np.ndarray) -> np.ndarray:
        gamma, beta, mean, variance = next(self.norms)
        return gamma * (x - mean) / np.sqrt(variance + 0.001) + beta

    def pool(self, x: np.ndarray, side: int) -> np.ndarray:
        height, width, channels = x.shape
        return x.reshape(height // side, side, width // side, side, channels).max(axis=(1, 3))

    def dense(self, x: np.ndarray) -> np.ndarray:
        kernel, bias = next(self.denses)
        return x @ kernel + bias

    def inception(self, x: np.ndarray) -> np.ndarray:
        return np.concatenate([self.conv(x), *(self.conv(self.conv(x), dilation) for dilation in (1, 2, 3))], axis=-1)

    def logit(self, name: str, x: np.ndarray) -> float:
        for pool in (2, 2, 2, 4):
            early = name == "MesoInception4" and x.shape[-1] in (3, 11)
            x = self.pool(self.norm(self.inception(x) if early else self.conv(x)), pool)
        hidden = self.dense(x.reshape(-1))
        return float(self.dense(np.where(hidden > 0, hidden, 0.1 * hidden))[0])


@pytest.mark.parametrize("name", NETS)
def test_the_port_computes_what_keras_would(name: str) -> None:
    weights = random_weights(name)
    net = load_weights(weights).double()
    pictures = np.random.default_rng(1).random((2, SIDE, SIDE, 3))
    expected = [Keras(weights).logit(name, picture) for picture in pictures]
    assert abs(expected[0] - expected[1]) > 1e-3  # it looks at the picture
    with torch.inference_mode():
        pixels = torch.from_numpy(np.ascontiguousarray(pictures.transpose(0, 3, 1, 2)))
        exact, single = net(pixels)[:, 0].numpy(), net.float()(pixels.float())[:, 0].numpy()
    assert exact == pytest.approx(expected, abs=1e-9)
    assert single == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(("name", "count"), [("Meso4", 27_977), ("MesoInception4", 28_615)])
def test_as_many_parameters_as_published(name: str, count: int) -> None:
    assert sum(each.numel() for each in build(name).parameters()) == count


def test_one_means_real() -> None:
    net = load_weights(random_weights("Meso4"))
    pixels = np.random.default_rng(2).random((3, 3, SIDE, SIDE)).astype(np.float32)
    logits, maps = runner(net)(pixels)
    with torch.inference_mode():
        real = torch.sigmoid(net(torch.from_numpy(pixels)))[:, 0].numpy()
    fake = 1 / (1 + np.exp(logits[:, 0] - logits[:, 1]))
    assert fake == pytest.approx(1 - real, abs=1e-6) and maps.shape[:2] == (3, 2)


def test_weights_of_another_net_are_refused() -> None:
    weights = random_weights("Meso4")
    with pytest.raises(BadModel, match="not a MesoNet's"):
        load_weights(weights | {"dense_9": [np.zeros((1024, 8), np.float32), np.zeros(8, np.float32)]})
    with pytest.raises(BadModel, match="3 layers"):
        load_weights({name: arrays for name, arrays in weights.items() if name != "conv2d_8"})


def test_files_that_are_no_weights_are_refused(tmp_path: Path) -> None:
    (tmp_path / "x.h5").write_bytes(b"not HDF5")
    with pytest.raises(BadModel, match="not a weight file"):
        read_keras(tmp_path / "x.h5")


@pytest.mark.shared
def test_the_published_weights_load(shared: Path) -> None:
    crops = np.random.default_rng(3).integers(0, 255, (2, SIDE, SIDE, 3), dtype=np.uint8)
    found = {path.stem: load_mesonet(path) for path in sorted((shared / "models/peers/mesonet").glob("*.h5"))}
    assert set(found) == {"Meso4_DF", "Meso4_F2F", "MesoInception_DF", "MesoInception_F2F"}
    assert all(np.isfinite(model.score(crops).logits).all() for model in found.values())
    assert len({model.revision for model in found.values()}) == 4
