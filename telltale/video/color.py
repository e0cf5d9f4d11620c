"""A decoded picture -> RGB uint8 (H, W, 3), turned as a player would show it. The one place where colours are converted.

The matrix, the range (full or limited) and the depth are those that the picture says; one that says nothing is read as libswscale does,
BT.601 in limited range. HDR (SMPTE ST 2084, "PQ", and ARIB STD-B67, "HLG") is brought to what a standard screen shows: light is reckoned
from the 203 cd/m² that ITU-R BT.2408 gives to diffuse white, BT.2020 becomes BT.709, what is brighter than KNEE is pressed together by the
brightest channel, so that hues stay, and the result is coded for BT.1886. See also: decoding (``frames.py``).
"""

from fractions import Fraction
from functools import cache
from typing import Any, cast

import av
import av.filter
import numpy as np
from av.video.reformatter import ColorPrimaries, ColorTrc

from telltale.video.geometry import SQUARE, orientation_of, squared
from telltale.video.yuv import Picture, planes_of

WHITE = 203.0
"""cd/m² of diffuse white in HDR (BT.2408)."""
KNEE = 0.7
"""Share of white up to which light is kept as it is."""
SHALLOW = {f"{kind}p{bits}le": f"{kind}p" for kind in ("yuv420", "yuv422", "yuv444") for bits in (10, 12)}
"""Deep formats and those of 8 bit that they are brought to first, so that their colours are spread over the pixels in the same way: from
deep ones libswscale would smooth them, and a face would look otherwise to the classifier for its depth alone."""
TO_709 = np.array([[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]], np.float32)
"""Linear BT.2020 -> linear BT.709 (BT.2087)."""
HDR = (ColorTrc.SMPTE2084, ColorTrc.ARIB_STD_B67)


def to_picture(frame: "av.video.frame.VideoFrame", stretch: Fraction = SQUARE) -> Picture:
    """What ``upright`` gives, as planes where it can be made of them later."""
    orientation = orientation_of(frame)
    square = squared(frame, stretch)
    planes = None if frame.color_trc in HDR or orientation else planes_of(square)
    return orientation.apply(rgb_of_frame(square)) if planes is None else planes


def upright(frame: "av.video.frame.VideoFrame") -> np.ndarray:
    """RGB uint8 (H, W, 3), turned and mirrored as a player would show it; its pixels are square."""
    return orientation_of(frame).apply(rgb_of_frame(frame))


def rgb_of_frame(frame: "av.video.frame.VideoFrame") -> np.ndarray:
    """RGB uint8 (H, W, 3) of a picture as it is stored."""
    if frame.color_trc in HDR:
        return from_hdr(frame)
    return (shallow(frame) if frame.format.name in SHALLOW else frame).to_ndarray(format="rgb24")


def shallow(frame: "av.video.frame.VideoFrame") -> "av.video.frame.VideoFrame":
    """A picture of 10 or 12 bits, rounded to 8; libswscale would dither it, and that is noise that was not filmed."""
    picture = av.VideoFrame(frame.width, frame.height, SHALLOW[frame.format.name])
    picture.colorspace, picture.color_range = frame.colorspace, frame.color_range
    spare = frame.format.components[0].bits - 8
    for deep, plane in zip(frame.planes, picture.planes, strict=True):
        values = np.frombuffer(cast(Any, deep), np.uint16).reshape(deep.height, -1)[:, : deep.width]
        held = np.zeros((plane.height, plane.line_size), np.uint8)
        held[:, : plane.width] = np.minimum((values + (1 << (spare - 1))) >> spare, 255)
        plane.update(held.tobytes())
    return picture


def from_hdr(frame: "av.video.frame.VideoFrame") -> np.ndarray:
    """An HDR picture as a standard screen would show it, not turned yet: each colour is looked up between those of ``hald``."""
    wide = frame.color_primaries in (ColorPrimaries.BT2020, ColorPrimaries.UNSPECIFIED)
    coded = frame.reformat(format="rgb48le")
    table = av.VideoFrame.from_ndarray(hald(ColorTrc(frame.color_trc), wide), format="rgb48le")
    graph = av.filter.Graph()
    inputs = [graph.add_buffer(width=one.width, height=one.height, format=one.format, time_base=Fraction(1, 25)) for one in (coded, table)]
    look_up, sink = graph.add("haldclut", "interp=tetrahedral"), graph.add("buffersink")
    for place, each in enumerate(inputs):
        each.link_to(look_up, 0, place)
    look_up.link_to(sink)
    graph.configure()
    for each, picture in zip(inputs, (coded, table), strict=True):
        picture.pts, picture.time_base = 0, Fraction(1, 25)
        each.push(picture)
        each.push(None)
    return cast(av.VideoFrame, sink.pull()).to_ndarray(format="rgb24")


@cache
def hald(transfer: ColorTrc, wide: bool) -> np.ndarray:
    """uint16 (512, 512, 3): what becomes of every 64th part of red, of green and of blue, red fastest; FFmpeg's haldclut reads it so."""
    parts = (np.arange(64) * (65535 / 63)).round().astype(np.uint16)
    blue, green, red = np.meshgrid(parts, parts, parts, indexing="ij")
    linear = light_of(transfer)[np.stack([red, green, blue], axis=-1) >> 6].reshape(-1, 3)
    if wide:
        linear = np.maximum(linear @ TO_709.T, 0)
    brightest = linear.max(axis=1, keepdims=True)
    pressed = np.where(brightest > KNEE, 1 - (1 - KNEE) * np.exp(-(brightest - KNEE) / (1 - KNEE)), brightest)
    shown = (linear * pressed / np.maximum(brightest, 1e-6)) ** (1 / 2.4)
    return np.ascontiguousarray((shown * 65535).round().astype(np.uint16).reshape(512, 512, 3))


@cache
def light_of(transfer: ColorTrc) -> np.ndarray:
    """float32 (1024,): 10-bit code -> light as a share of diffuse white."""
    coded = np.arange(1024) / 1023
    if transfer == ColorTrc.SMPTE2084:
        root = coded ** (1 / 78.84375)
        nits = 10_000 * (np.maximum(root - 0.8359375, 0) / (18.8515625 - 18.6875 * root)) ** (1 / 0.1593017578125)
        return (nits / WHITE).astype(np.float32)
    scene = np.where(coded <= 0.5, coded**2 / 3, (np.exp((coded - 0.55991073) / 0.17883277) + 0.28466892) / 12)
    return (1000 * scene**1.2 / WHITE).astype(np.float32)  # by channel: a screen of 1000 cd/m², its gamma of 1.2


def within(rgb: np.ndarray, most: int) -> np.ndarray:
    """The same picture, made smaller where it takes more than ``most`` bytes."""
    if rgb.nbytes <= most:
        return rgb
    shrink = (most / rgb.nbytes) ** 0.5
    height, width = (max(1, int(side * shrink)) for side in rgb.shape[:2])
    smaller = av.VideoFrame.from_ndarray(np.ascontiguousarray(rgb), format="rgb24").reformat(width, height, interpolation="AREA")
    return smaller.to_ndarray()
