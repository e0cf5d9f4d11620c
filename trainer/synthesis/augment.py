"""Augmentation with one draw for a real and its fake, and for all frames of a clip: nothing but the manipulation tells them apart.

Geometry (the jitter of a detector's landmarks, mirror), what lies around the face, light and colour, the camera (blur, noise), then what
platforms do: shrinking and enlarging, H.264 or H.265 between the two, JPEG. Training must never see a chain in one class only. Not here:
forging (``blending.py``), the surroundings (``backgrounds.py``) and the codecs themselves (``codecs.py``).

    draw = drawn_augmentation(224, 0.12, rng)
    real, fake = draw.apply(real), draw.apply(fake)
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from telltale.faces.align import pre_shrunk
from trainer.data.crops import MARGIN, SIDE
from trainer.synthesis.artifacts import grain
from trainer.synthesis.backgrounds import draw_background
from trainer.synthesis.clips import Picture
from trainer.synthesis.codecs import Codec, through_jpeg, through_video

Link = Callable[[Sequence[Picture]], list[Picture]]
"""One step of the chain, on the frames of a clip."""
SMALLEST_SIDE = 40
"""Pixels; no platform's ladder leaves less of a face that is worth judging."""


@dataclass(frozen=True)
class Chain:
    """How likely each link of the chain is. ``scaled``: of the videos, those that go through a smaller size; ``h265``: not H.264."""

    mirror: float = 0.5
    surroundings: float = 0.25
    colour: float = 0.7
    grey: float = 0.08
    blur: float = 0.25
    noise: float = 0.15
    rescale: float = 0.4
    video: float = 0.25
    scaled: float = 0.5
    h265: float = 0.25
    jpeg: float = 0.5


@dataclass(frozen=True)
class Geometry:
    """Where the net's crop lies in a stored one: ``scale`` 1 and ``shift`` 0 is where the service cuts. ``turn`` in degrees, ``shift`` as a
    share of the crop's side, right and down."""

    scale: float = 1.0
    turn: float = 0.0
    shift: tuple[float, float] = (0.0, 0.0)
    mirror: bool = False

    def cut(self, picture: Picture, size: int, margin: float) -> Picture:
        """The net's crop (size, size[, 3]) out of a stored picture or map. Small ones are shrunk with anti-aliasing, as ``align`` does."""
        scale = self.scale * size * (1 - 2 * margin) / (SIDE * (1 - 2 * MARGIN))
        matrix = cv2.getRotationMatrix2D((SIDE / 2, SIDE / 2), self.turn, scale)
        matrix[:, 2] = matrix[:, 2] + (size - SIDE) / 2 + np.array(self.shift) * size
        if scale < 0.5:
            picture, matrix = pre_shrunk(picture, matrix, scale)
        out = cv2.warpAffine(picture, matrix, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
        return cv2.flip(out, 1) if self.mirror else out


@dataclass(frozen=True, eq=False)
class Augmentation:
    """One draw: where the crop lies, and the chain it then goes through."""

    size: int
    margin: float
    geometry: Geometry
    links: tuple[Link, ...]

    def apply(self, pictures: Sequence[Picture]) -> list[Picture]:
        """Stored crops (SIDE, SIDE, 3) of one clip -> the net's (size, size, 3)."""
        out = [self.geometry.cut(picture, self.size, self.margin) for picture in pictures]
        for link in self.links:
            out = link(out)
        return out

    def warp_map(self, field: np.ndarray) -> np.ndarray:
        """A map (SIDE, SIDE) of a stored crop, where augmentation puts it: (size, size). Only the geometry touches it."""
        return self.geometry.cut(field, self.size, self.margin)


def draw_augmentation(size: int, margin: float, rng: np.random.Generator, chain: Chain | None = None) -> Augmentation:
    """A random chain for clips whose crops become (size, size, 3)."""
    chain = chain or Chain()
    geometry = draw_geometry(rng, chain.mirror)
    makers = (
        (chain.surroundings, change_background),
        (chain.colour, change_color),
        (chain.grey, remove_color),
        (chain.blur, blur),
        (chain.noise, add_noise),
        (chain.rescale, rescale),
        (chain.video, lambda size, rng: reencode(size, rng, chain.scaled, chain.h265)),
        (chain.jpeg, jpeg),
    )
    return Augmentation(size, margin, geometry, tuple(make(size, rng) for odds, make in makers if rng.random() < odds))


def draw_geometry(rng: np.random.Generator, mirror: float = 0.5) -> Geometry:
    """As a detector's landmarks jitter: size by a tenth, turn by 8 degrees, place by 3 % of the crop."""
    right, down = rng.uniform(-0.03, 0.03, 2)
    return Geometry(rng.uniform(0.9, 1.12), rng.uniform(-8, 8), (right, down), bool(rng.random() < mirror))


def each(change: Callable[[Picture], Picture]) -> Link:
    """A link that treats every frame alike."""
    return lambda pictures: [change(picture) for picture in pictures]


def change_background(size: int, rng: np.random.Generator) -> Link:
    """Other surroundings, or a smoothed face."""
    draw = draw_background(size, rng)
    return each(draw.apply)


def change_color(size: int, rng: np.random.Generator) -> Link:
    """Brightness, contrast, gamma and a colour cast; half of them with another saturation and hue."""
    gain = rng.uniform(0.5, 1.3) * rng.uniform(0.93, 1.07, 3)
    bias, gamma = rng.uniform(-25, 25), rng.uniform(0.8, 1.25)
    ramp = np.arange(256, dtype=np.float32)[:, None] / 255
    table = np.clip((ramp**gamma * 255 - 128) * gain + 128 + bias, 0, 255).astype(np.uint8).reshape(256, 1, 3)
    if rng.random() < 0.5:
        return each(lambda picture: cv2.LUT(picture, table))
    mix = hue_and_saturation(rng.uniform(-12, 12), rng.uniform(0.3, 1.5))
    return each(lambda picture: cv2.transform(cv2.LUT(picture, table), mix))


def hue_and_saturation(degrees: float, saturation: float) -> np.ndarray:
    """The matrix (3, 3) that turns the colours of RGB pixels about their grey axis and scales their distance from it."""
    around, _ = cv2.Rodrigues(np.full(3, np.deg2rad(degrees) / np.sqrt(3)))
    grey = np.full((3, 3), 1 / 3)
    return grey + (around - grey) * saturation


def remove_color(size: int, rng: np.random.Generator) -> Link:
    """No colour at all."""
    return each(lambda picture: cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB))


def blur(size: int, rng: np.random.Generator) -> Link:
    """A defocus, mostly slight."""
    sigma = 0.4 + 2.6 * rng.random() ** 2
    return each(lambda picture: cv2.GaussianBlur(picture, (0, 0), sigma))


def add_noise(size: int, rng: np.random.Generator) -> Link:
    """Sensor noise: another grain in every frame, the same in a real's and its fake's."""
    seed, sigma = int(rng.integers(2**31)), rng.uniform(2, 9)

    def link(pictures: Sequence[Picture]) -> list[Picture]:
        noise = np.random.default_rng(seed)
        return [cv2.add(picture, grain(noise, sigma, picture.shape), dtype=cv2.CV_8U) for picture in pictures]

    return link


def rescale(size: int, rng: np.random.Generator) -> Link:
    """Shrunk and enlarged again, without a codec between."""
    small = max(SMALLEST_SIDE, round(size * rng.uniform(0.18, 0.9)))
    down = (cv2.INTER_AREA, cv2.INTER_LINEAR, cv2.INTER_CUBIC)[rng.integers(3)]
    up = (cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_LANCZOS4)[rng.integers(3)]
    return each(lambda picture: cv2.resize(cv2.resize(picture, (small, small), interpolation=down), (size, size), interpolation=up))


def reencode(size: int, rng: np.random.Generator, scaled: float, h265: float) -> Link:
    """A platform's chain: shrunk (or not), encoded as one stream at CRF 18 to 40, enlarged again."""
    codec: Codec = "h265" if rng.random() < h265 else "h264"
    crf = int(rng.integers(18, 41))
    side = max(SMALLEST_SIDE, round(size * rng.uniform(0.4, 0.9))) if rng.random() < scaled else size
    up = (cv2.INTER_LINEAR, cv2.INTER_CUBIC)[rng.integers(2)]

    def link(pictures: Sequence[Picture]) -> list[Picture]:
        if side != size:
            pictures = [cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA) for picture in pictures]
        out = through_video(pictures, codec, crf)
        return out if side == size else [cv2.resize(picture, (size, size), interpolation=up) for picture in out]

    return link


def jpeg(size: int, rng: np.random.Generator) -> Link:
    """A JPEG round trip at quality 30 to 95."""
    quality = int(rng.integers(30, 96))
    return each(lambda picture: through_jpeg(picture, quality))
