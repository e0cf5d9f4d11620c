"""Drawn people: heads and shoulders made with numpy and OpenCV, so that no test and no screenshot needs a real person.

A head is a height field under a lamp (so nose, lips and eye sockets shade themselves), painted over with eyes, brows, lips and hair.
Half the width of a face is one unit; the origin lies between the eyes and the tip of the nose, y points down.
See also: placing people in a picture or a video (``drawing.py``); a likeness of anybody; anything to train on.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import cv2
import numpy as np

from tests.support.media.shading import UNIT, Canvas, Colour, Points, Region, grain, inflated, lit, mirrored

HEAD = Region(-1.75, -2.05, 1.75, 2.05)
BUST = Region(-2.9, 0.5, 2.9, 4.0)
EYES = Region(-0.8, -0.55, 0.8, 0.2)
MOUTH = Region(-0.6, 0.6, 0.6, 1.3)


@dataclass(frozen=True)
class Person:
    """What somebody looks like: colours in RGB, and one of two haircuts."""

    skin: Colour = (226, 178, 148)
    hair: Colour = (74, 50, 36)
    iris: Colour = (92, 116, 92)
    lips: Colour = (190, 98, 96)
    shirt: Colour = (58, 84, 120)
    haircut: Literal["short", "long"] = "short"


ANNA = Person(skin=(233, 188, 162), hair=(104, 66, 40), iris=(74, 108, 134), lips=(196, 92, 98), shirt=(128, 62, 74), haircut="long")
BEN = Person()
CARA = Person(skin=(150, 100, 72), hair=(30, 24, 24), iris=(70, 44, 28), lips=(140, 70, 68), shirt=(206, 158, 76), haircut="long")
DEV = Person(skin=(178, 126, 92), hair=(24, 22, 24), iris=(58, 38, 26), lips=(150, 84, 78), shirt=(70, 104, 88))
CAST = (BEN, ANNA, DEV, CARA)


SKULL = mirrored(
    [(0, -1.36), (0.45, -1.27), (0.78, -1.0), (0.95, -0.6), (1.0, -0.1), (0.95, 0.4), (0.82, 0.86), (0.58, 1.2), (0.3, 1.4), (0, 1.46)]
)
EYE_X, EYE_Y = 0.42, -0.08
MOUTH_Y = 0.8


def relief(canvas: Canvas, skull: np.ndarray) -> np.ndarray:
    """The height field of a face."""
    bump = canvas.bump
    height = inflated(skull, 0.95) * 0.9
    ridge = np.clip((canvas.y + 0.25) / 0.72, 0, 1) * np.exp(-((canvas.x / (0.085 + 0.05 * np.clip(canvas.y + 0.2, 0, 1))) ** 2) / 2)
    height += 0.24 * ridge * np.exp(-((np.clip(canvas.y - 0.42, 0, None) / 0.07) ** 2) / 2) + 0.05 * bump(0, 0.4, 0.09, 0.09)
    height += 0.05 * bump(0, -0.36, 0.6, 0.09) + 0.05 * bump(0, 1.2, 0.2, 0.13) - 0.035 * bump(0, 1.04, 0.25, 0.05)
    height += 0.05 * bump(0, MOUTH_Y, 0.32, 0.16) - 0.012 * bump(0, 0.64, 0.045, 0.08)
    for side in (-1, 1):
        height -= 0.075 * bump(side * EYE_X, EYE_Y - 0.02, 0.2, 0.12)
        height += 0.05 * bump(side * EYE_X, EYE_Y, 0.13, 0.08)
        height += 0.06 * bump(side * 0.6, 0.3, 0.2, 0.16) + 0.055 * bump(side * 0.13, 0.46, 0.055, 0.06)
        height -= 0.02 * bump(side * 0.42, 0.72, 0.06, 0.2)
    return height


def complexion(canvas: Canvas, person: Person) -> np.ndarray:
    """The colour of the skin: rosier cheeks and nose, darker under the eyes, pores."""
    albedo = np.broadcast_to(np.array(person.skin, np.float32) / 255, canvas.rgb.shape).copy()
    rosy = sum(canvas.bump(x, y, w, h) for x, y, w, h in ((-0.56, 0.4, 0.2, 0.18), (0.56, 0.4, 0.2, 0.18), (0, 0.42, 0.12, 0.1)))
    albedo *= 1 - np.clip(rosy, 0, 1)[..., None] * np.array([0.0, 0.12, 0.1], np.float32)
    tired = canvas.bump(-EYE_X, EYE_Y, 0.2, 0.12) + canvas.bump(EYE_X, EYE_Y, 0.2, 0.12)
    albedo *= 1 - tired[..., None] * np.array([0.09, 0.13, 0.11], np.float32)
    texture = 0.011 * grain(canvas.cover.shape, 3, 1.4, 1.4) + 0.012 * grain(canvas.cover.shape, 4, 9, 9)
    return np.clip(albedo * (1 + texture[..., None]), 0, 1)


def draw_ears(canvas: Canvas, person: Person) -> None:
    """Two ears, behind the face."""
    for side in (-1, 1):
        shell = canvas.mask(
            [(side * x, y) for x, y in [(0.9, -0.2), (1.06, -0.2), (1.14, -0.02), (1.08, 0.25), (0.99, 0.42), (0.88, 0.36)]]
        )
        height = inflated(shell, 0.1) * 1.1 - 0.06 * canvas.bump(side * 1.02, 0.06, 0.045, 0.13)
        canvas.paint(shell, lit(height, person.skin, 0.04) * np.array([0.97, 0.88, 0.86], np.float32))


def draw_hair(canvas: Canvas, person: Person, outline: Points, depth: float, seed: int) -> None:
    """A mass of hair: a pillow with strands running down it."""
    mask = canvas.mask(outline, soft=0.02)
    strands = grain(canvas.cover.shape, seed, 1.1, 26) * 0.6 + grain(canvas.cover.shape, seed + 1, 3.5, 50) * 0.6
    sheen = 0.35 * np.exp(-(((canvas.y + 1.0 - 0.35 * canvas.x**2) / 0.16) ** 2))
    colour = np.array(person.hair, np.float32) / 255 * (1 + 0.17 * strands + sheen)[..., None]
    canvas.paint(mask, lit(inflated(mask, depth), np.clip(colour, 0, 1), 0.07))


HAIR_BACK: dict[str, Points] = {
    "short": mirrored([(0, -1.62), (0.6, -1.5), (1.0, -1.12), (1.13, -0.6), (1.1, -0.1), (0.9, 0.1), (0, 0.1)]),
    "long": mirrored([(0, -1.64), (0.66, -1.52), (1.1, -1.1), (1.27, -0.4), (1.3, 0.5), (1.36, 1.3), (1.2, 1.85), (0.8, 1.75), (0, 1.6)]),
}
FRINGE: dict[str, Points] = {
    "short": [
        *(
            *((-1.05, -0.12), (-1.1, -0.7), (-0.95, -1.2), (-0.5, -1.56), (0.1, -1.62), (0.66, -1.46), (1.02, -1.05), (1.1, -0.6)),
            (1.05, -0.12),
        ),
        *((0.98, -0.34), (0.93, -0.66), (0.72, -0.86), (0.3, -0.95), (-0.2, -0.86), (-0.6, -0.78), (-0.9, -0.62), (-0.98, -0.34)),
    ],
    "long": [
        *(
            *((-1.12, 0.5), (-1.24, -0.2), (-1.12, -0.95), (-0.66, -1.52), (0.0, -1.63), (0.66, -1.52), (1.12, -0.95)),
            *((1.24, -0.2), (1.12, 0.5)),
        ),
        *((1.0, 0.1), (0.94, -0.5), (0.66, -0.9), (0.2, -1.12), (-0.12, -1.16), (-0.45, -0.98), (-0.84, -0.58), (-1.0, 0.1)),
    ],
}


def draw_brow(canvas: Canvas, person: Person, side: int) -> None:
    """One eyebrow."""
    above = [(0.17, -0.38), (0.3, -0.43), (0.5, -0.45), (0.66, -0.39), (0.74, -0.3)]
    shape = [*above, (0.6, -0.35), (0.45, -0.36), (0.28, -0.325), (0.18, -0.295)]
    mask = canvas.mask([(side * x, y) for x, y in shape], soft=0.017)
    hairs = np.clip(0.95 + 0.14 * grain(canvas.cover.shape, 11, 2.2, 0.9), 0.2, 1.1)
    canvas.paint(np.clip(mask * hairs, 0, 1), tuple(int(c * 0.7) for c in person.hair), 0.85)  # type: ignore[arg-type]


def draw_eye(canvas: Canvas, person: Person, side: int, blink: float, gaze: float) -> None:
    """One eye: white, iris, pupil, the lamp in it, lids and lashes."""
    cx, wide, fold = side * EYE_X, 0.22, 0.085 * blink
    top, bottom = 0.118 * (1 - blink), 0.075 * (1 - 0.9 * blink)
    upper: Points = [(cx + wide * np.cos(a), EYE_Y + fold * np.sin(a) - top * np.sin(a)) for a in np.linspace(np.pi, 0, 15)]
    lower: Points = [(cx + wide * np.cos(a), EYE_Y + bottom * np.sin(a) * (1 if blink < 0.95 else 1.1)) for a in np.linspace(0, np.pi, 15)]
    crease: Points = [(x, y - 0.05 - 0.012 * blink) for x, y in upper]
    canvas.tint(canvas.mask(crease + [(x, y - 0.02) for x, y in reversed(crease)], 0.014, smooth=False), (120, 76, 64), 0.75)
    if blink < 0.9:
        inside = canvas.mask(upper + lower[1:-1], 0.006, smooth=False)
        draw_eyeball(canvas, person, cx + 0.05 * gaze, inside, top)
    line: Points = [(x, y + 0.012) for x, y in upper] + [
        (x + side * 0.012 * abs(i - 7) / 7, y - 0.024) for i, (x, y) in enumerate(reversed(upper))
    ]
    canvas.paint(canvas.mask(line, 0.007, smooth=False), (34, 22, 20), 0.92)
    rim: Points = [(x, y) for x, y in lower] + [(x, y + 0.014) for x, y in reversed(lower)]
    canvas.tint(canvas.mask(rim, 0.008, smooth=False), (140, 88, 80), 0.7)


def draw_eyeball(canvas: Canvas, person: Person, x: float, inside: np.ndarray, top: float) -> None:
    """What shows between the lids."""
    y = EYE_Y - 0.012
    distance = np.hypot(canvas.x - x, canvas.y - y)
    ball = np.stack([np.full_like(distance, value) for value in (0.93, 0.91, 0.89)], axis=-1)
    ball *= (0.74 + 0.26 * np.clip((canvas.y - (EYE_Y - top)) / 0.1, 0, 1))[..., None]
    rays = 1 + 0.13 * np.sin(np.arctan2(canvas.y - y, canvas.x - x) * 23)
    iris = (np.array(person.iris, np.float32) / 255)[None, None] * (rays * (0.75 + 5.2 * np.clip(distance - 0.02, 0, 0.06)))[..., None]
    iris *= np.where(distance > 0.092, 0.5, 1.0)[..., None]
    canvas.paint(inside, ball)
    for radius, layer in ((0.108, iris), (0.046, np.full_like(iris, 0.03))):
        canvas.paint(inside * np.clip((radius - distance) * UNIT + 0.5, 0, 1), np.clip(layer, 0, 1))
    lid_shade = np.clip(1 - (canvas.y - (EYE_Y - top)) / 0.07, 0, 1)
    canvas.tint(inside * lid_shade, (70, 50, 50), 0.6)
    glint = np.clip((0.026 - np.hypot(canvas.x - x + 0.035, canvas.y - y + 0.035)) * UNIT + 0.5, 0, 1)
    canvas.paint(inside * glint, (255, 255, 255), 0.95)


def draw_mouth(canvas: Canvas, person: Person, opening: float) -> None:
    """Lips, and teeth and dark between them when open."""
    gap, half = 0.21 * opening, 0.355 - 0.05 * opening
    seam = [
        (-half, MOUTH_Y - 0.034),
        (-half * 0.5, MOUTH_Y + 0.012),
        (0, MOUTH_Y + 0.004),
        (half * 0.5, MOUTH_Y + 0.012),
        (half, MOUTH_Y - 0.034),
    ]
    floor = [(x, y + gap * (1 - (x / half) ** 2)) for x, y in seam]
    upper = [(-half, MOUTH_Y - 0.034), (-half * 0.45, MOUTH_Y - 0.075), (-0.07, MOUTH_Y - 0.1), (0, MOUTH_Y - 0.082), (0.07, MOUTH_Y - 0.1),
             (half * 0.45, MOUTH_Y - 0.075), (half, MOUTH_Y - 0.034), *reversed(seam[1:-1])]  # fmt: skip
    under = [(x, y + (0.13 + 0.02 * opening) * (1 - (x / half) ** 2) ** 0.7) for x, y in floor]
    lower = floor + list(reversed(under[1:-1]))
    canvas.tint(canvas.mask([(x, y + 0.07) for x, y in lower], 0.03), (120, 76, 66), 0.5)
    lips = canvas.mask(upper, 0.009), canvas.mask(lower, 0.009)
    for mask, shine in zip(lips, (0.06, 0.26), strict=True):
        wrinkles = 1 + 0.045 * grain(canvas.cover.shape, 21, 1.3, 5)
        canvas.paint(mask, np.clip(lit(inflated(mask, 0.07) * 0.55, person.lips, shine) * wrinkles[..., None], 0, 1), 0.9)
    if opening > 0.06:
        inner = canvas.mask(seam + list(reversed(floor[1:-1])), 0.006)
        canvas.paint(inner, (58, 20, 22))
        teeth = (
            inner
            * np.clip((MOUTH_Y + 0.02 + min(0.075, gap * 0.5) - canvas.y) * UNIT / 2, 0, 1)
            * np.clip((0.24 - abs(canvas.x)) * 14, 0, 1)
        )
        gaps = 1 - 0.12 * np.exp(-((np.mod(canvas.x + 0.045, 0.09) - 0.045) ** 2) / 0.00006)
        canvas.paint(teeth, np.stack([0.9 * gaps, 0.87 * gaps, 0.82 * gaps], axis=-1))
    seam_line = [(x, y - 0.008) for x, y in seam] + [(x, y + 0.01) for x, y in reversed(seam)]
    canvas.tint(canvas.mask(seam_line, 0.008, smooth=False), (90, 36, 38), 0.85 if opening < 0.06 else 0.5)


@lru_cache(maxsize=8)
def bare_head(person: Person) -> Canvas:
    """The head without what moves in it and without the hair before it."""
    canvas = Canvas(HEAD)
    draw_ears(canvas, person)
    skull = canvas.mask(SKULL, 0.01)
    canvas.paint(skull, lit(relief(canvas, skull), complexion(canvas, person), 0.07))
    for side in (-1, 1):
        nostril = canvas.mask([(side * x, y) for x, y in [(0.05, 0.5), (0.1, 0.475), (0.15, 0.5), (0.1, 0.525)]], 0.014)
        canvas.tint(nostril, (70, 30, 26), 0.85)
    canvas.tint(canvas.bump(0.03, 0.57, 0.15, 0.04), (170, 120, 106), 0.7)
    return canvas


@lru_cache(maxsize=64)
def eyes(person: Person, blink: float, gaze: float) -> np.ndarray:
    """The band with eyes and brows."""
    canvas = bare_head(person).part(EYES)
    for side in (-1, 1):
        draw_eye(canvas, person, side, blink, gaze)
        draw_brow(canvas, person, side)
    return canvas.pixels


@lru_cache(maxsize=64)
def mouth(person: Person, opening: float) -> np.ndarray:
    """The part with the mouth."""
    canvas = bare_head(person).part(MOUTH)
    draw_mouth(canvas, person, opening)
    return canvas.pixels


@lru_cache(maxsize=16)
def hair(person: Person, before: bool) -> np.ndarray:
    """The hair before the face, or that behind head and neck, over the region of the head."""
    canvas = Canvas(HEAD)
    if before:
        draw_hair(canvas, person, FRINGE[person.haircut], 0.3, 41)
    else:
        draw_hair(canvas, person, HAIR_BACK[person.haircut], 0.5, 31)
        canvas.rgb *= 0.66
    return canvas.pixels


def head(person: Person, opening: float, blink: float, gaze: float) -> np.ndarray:
    """The head: RGB times cover, and cover, float32 (H, W, 4). Openings are rounded, so that few heads are drawn and many reused."""
    pixels = bare_head(person).pixels
    pixels[EYES.within(HEAD)] = eyes(person, round(blink * 4) / 4, round(gaze * 4) / 4)
    pixels[MOUTH.within(HEAD)] = mouth(person, round(opening * 8) / 8)
    fringe = hair(person, before=True)
    return pixels * (1 - fringe[..., 3:]) + fringe


@lru_cache(maxsize=8)
def bust(person: Person) -> np.ndarray:
    """Neck and shoulders, over the region of the bust."""
    canvas = Canvas(BUST)
    shoulders: Points = [(0, 1.75), (0.5, 1.8), (1.1, 2.12), (1.85, 2.42), (2.35, 2.95), (2.6, 3.9), (2.6, 4.6), (0, 4.6)]
    body = canvas.mask(mirrored(shoulders), 0.01, smooth=False)
    body = np.clip(cv2.GaussianBlur(body, (0, 0), 0.09 * UNIT) * 3 - 1, 0, 1)
    weave = 0.03 * grain(canvas.cover.shape, 51, 0.8, 0.8) + 0.05 * grain(canvas.cover.shape, 52, 30, 60)
    cloth = np.clip(np.array(person.shirt, np.float32) / 255 * (1 + weave)[..., None], 0, 1)
    canvas.paint(body, lit(inflated(body, 1.3) * 0.5, cloth, 0.02))
    collar: Points = [(0, 0.7), (0.64, 0.7), (0.62, 1.3), (0.66, 1.75), (0.82, 2.0), (0.48, 2.38), (0, 2.52)]
    canvas.tint(canvas.mask(mirrored(collar), 0.03), (120, 120, 120), 0.8)
    neck = canvas.mask(mirrored([(0, 0.7), (0.56, 0.7), (0.55, 1.3), (0.58, 1.75), (0.72, 2.0), (0.42, 2.3), (0, 2.42)]), 0.012)
    canvas.paint(neck, lit(inflated(neck, 0.55), person.skin, 0.03))
    canvas.tint(neck * canvas.bump(0.06, 1.2, 0.62, 0.36), (118, 70, 58), 0.95)
    return canvas.pixels
