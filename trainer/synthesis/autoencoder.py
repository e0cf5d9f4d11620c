"""Small autoencoders: what goes through one comes back as a generator would draw it, with the traces of its upsampling.

Every generator of faces, swaps and talking heads ends in a decoder that builds pixels from a coarse grid. A real face that went through
such a decoder differs from itself by these traces alone (Zhang, Karaman & Chang, "Detecting and Simulating Artifacts in GAN Fake Images",
WIFS 2019), so a net that learns to see them needs no generator's output. Four ways of upsampling, because each leaves its own. Not here:
how they are trained and applied (``trainer/reconstruct.py``).
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

UPSAMPLINGS = ("nearest", "bilinear", "transposed", "shuffle")
WIDTHS = (16, 32, 64, 96)
"""Channels at full size, half, a quarter, an eighth."""


@dataclass(frozen=True)
class Shape:
    """An autoencoder: how it upsamples, by how much it shrinks a picture (4 or 8), and how many numbers it keeps of each place."""

    upsampling: str
    factor: int
    latent: int

    @property
    def name(self) -> str:
        """``nearest-4-8``; the method of the fakes that it makes."""
        return f"{self.upsampling}-{self.factor}-{self.latent}"


SHAPES = (Shape("nearest", 4, 8), Shape("shuffle", 4, 6), Shape("transposed", 4, 6), Shape("bilinear", 4, 8))
"""Shrinking by 4 redraws sharply after minutes of training; by 8 it takes hours, and a blur is a tell of its own."""


class Up(nn.Module):
    """Twice the side."""

    def __init__(self, inward: int, outward: int, kind: str) -> None:
        super().__init__()
        self.kind = kind
        if kind == "transposed":
            self.c: nn.Module = nn.ConvTranspose2d(inward, outward, 4, 2, 1)
        else:
            self.c = nn.Conv2d(inward, outward * (4 if kind == "shuffle" else 1), 3, padding=1)

    def forward(self, features: Tensor) -> Tensor:
        """(N, C, h, w) -> (N, C', 2h, 2w)."""
        if self.kind == "transposed":
            return self.c(features)
        if self.kind == "shuffle":
            return functional.pixel_shuffle(self.c(features), 2)
        corners = False if self.kind == "bilinear" else None
        return self.c(functional.interpolate(features, scale_factor=2, mode=self.kind, align_corners=corners))


class Decoder(nn.Module):
    """Pictures (N, 3, S, S) in -1..1 -> the same, redrawn. S is a multiple of the factor."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        steps = {4: 2, 8: 3}[shape.factor]
        widths = WIDTHS[: steps + 1]
        encoder: list[nn.Module] = [nn.Conv2d(3, widths[0], 3, padding=1)]
        for step in range(steps):
            encoder += [nn.Conv2d(widths[step], widths[step + 1], 4, 2, 1), nn.SiLU(), block(widths[step + 1])]
        self.e = nn.Sequential(*encoder, nn.Conv2d(widths[steps], shape.latent, 1))
        decoder: list[nn.Module] = [nn.Conv2d(shape.latent, widths[steps], 3, padding=1), block(widths[steps])]
        for step in reversed(range(steps)):
            decoder += [Up(widths[step + 1], widths[step], shape.upsampling), nn.SiLU()]
            decoder += [block(widths[step])] if step else [nn.Conv2d(widths[0], widths[0], 3, padding=1), nn.SiLU()]
        self.d = nn.Sequential(*decoder, nn.Conv2d(widths[0], 3, 3, padding=1))

    def forward(self, pictures: Tensor) -> Tensor:
        """See the class. A little noise in the code keeps it from hiding pixels there."""
        code = self.e(pictures)
        return self.d(code + 0.05 * torch.randn_like(code))


def block(width: int) -> nn.Module:
    """Two convolutions at one size."""
    return nn.Sequential(nn.Conv2d(width, width, 3, padding=1), nn.SiLU(), nn.Conv2d(width, width, 3, padding=1), nn.SiLU())


def redrawing_loss(redrawn: Tensor, pictures: Tensor) -> Tensor:
    """Distance in pixels and in edges, and in the energy of the finest detail, without which all that is learnt is a blur."""
    edges = sum((near(redrawn, axis) - near(pictures, axis)).abs().mean() for axis in (2, 3))
    return (redrawn - pictures).abs().mean() + edges + 0.05 * (detail(redrawn) - detail(pictures)).abs().mean()


def near(pictures: Tensor, axis: int) -> Tensor:
    """Differences of neighbouring pixels."""
    return torch.diff(pictures, dim=axis)


def detail(pictures: Tensor) -> Tensor:
    """Logarithm of the energy that a 5 x 5 mean takes away, (N,)."""
    return ((pictures - functional.avg_pool2d(pictures, 5, 1, 2)).pow(2).mean((1, 2, 3)) + 1e-4).log()
