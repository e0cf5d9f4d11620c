"""The drawing surface of the contact sheet: strips of picture with text, rounded shapes and photographs, stacked into a page.

Text is set in Pillow's own font; signs that it lacks (accents, other scripts, dashes) come from DejaVu Sans, which matplotlib brings along.
See also: what is drawn (``contact_sheet.py``), and the boxes and heat maps themselves (``telltale/verdict/evidence.py``).
"""

import io
from functools import lru_cache
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path
from typing import Literal

from PIL import Image, ImageDraw, ImageFont, ImageOps

WIDTH, MARGIN = 1200, 56
INNER = WIDTH - 2 * MARGIN
"""The page and its text area, in pixels."""

GROUND, INK, SOFT, FAINT, RULE, WELL = "#fcfcfa", "#1c2026", "#5c6570", "#8d959f", "#e3e4df", "#f0f1ed"

Weight = Literal["regular", "bold"]
Anchor = Literal["left", "middle", "right"]
SMOOTH = 4
"""Shapes and letters are drawn this much larger and shrunk: Pillow draws the ones jagged and sets the others on whole pixels."""
PAD = 4
"""Room in pixels around a line of text for what reaches over its ends."""
UNKNOWN = "\ufffd"


@lru_cache(maxsize=64)
def font(size: float, spare: bool = False) -> ImageFont.FreeTypeFont:
    """Pillow's own font at ``size`` pixels, or the spare one for the signs that it lacks."""
    if spare:
        return ImageFont.truetype(spare_font(), size * 0.92)
    own = ImageFont.load_default(size)
    assert isinstance(own, ImageFont.FreeTypeFont), "this Pillow was built without FreeType"
    return own


@lru_cache(maxsize=1)
def spare_font() -> Path:
    """DejaVu Sans out of matplotlib's folder, without importing matplotlib."""
    found = find_spec("matplotlib")
    assert found is not None and found.origin is not None, "matplotlib is one of Telltale's dependencies"
    return Path(found.origin).parent / "mpl-data" / "fonts" / "ttf" / "DejaVuSans.ttf"


@lru_cache(maxsize=4096)
def has(sign: str, spare: bool) -> bool:
    """Whether a font has a picture for ``sign``, told by comparing with its picture for no sign at all."""
    face = font(24.0, spare)
    return sign.isspace() or bytes(face.getmask(sign)) != bytes(face.getmask("\U0010ffff"))


def runs(text: str) -> list[tuple[str, bool]]:
    """``text`` in parts by font: (part, whether in the spare font). Signs that neither has become a replacement sign."""
    plain = (" " if sign.isspace() else sign for sign in text)  # narrow and no-break spaces are in neither font
    known = [sign if has(sign, False) or has(sign, True) else UNKNOWN for sign in plain]
    return [("".join(part), spare) for spare, part in groupby(known, key=lambda sign: not has(sign, False))]


def length(text: str, size: float, weight: Weight = "regular") -> float:
    """Width of ``text`` in pixels."""
    return sum(font(size * SMOOTH, spare).getlength(part) for part, spare in runs(text)) / SMOOTH + len(text) * tracking(size, weight)


def tracking(size: float, weight: Weight) -> float:
    """Pixels between the letters: bold is the regular face with a thicker stroke, which would close the gaps."""
    return 0.016 * size if weight == "bold" else 0.0


def write(
    image: Image.Image,
    at: tuple[float, float],
    text: str,
    size: float,
    colour: str = INK,
    *,
    weight: Weight = "regular",
    anchor: Anchor = "left",
    room: float | None = None,
) -> float:
    """Set one line with its baseline at ``at``, cut with an ellipsis to ``room`` pixels. Returns the width set."""
    line = text if room is None else shorten(text, size, room, weight)
    width = length(line, size, weight)
    left = at[0] - {"left": 0.0, "middle": width / 2, "right": width}[anchor]
    x, y = int(left) - PAD, round(at[1] - 1.1 * size)
    stroke = size * SMOOTH / 40 if weight == "bold" else 0
    mask = Image.new("L", ((int(width) + 2 * PAD + 2) * SMOOTH, round(1.5 * size) * SMOOTH))
    draw, pen = ImageDraw.Draw(mask), (left - x) * SMOOTH
    for part, spare in runs(line):
        face = font(size * SMOOTH, spare)
        for number, piece in enumerate(part if weight == "bold" and not spare else [part]):
            ahead = face.getlength(part[:number]) + number * tracking(size, weight) * SMOOTH
            draw.text((pen + ahead, (at[1] - y) * SMOOTH), piece, fill=255, font=face, anchor="ls", stroke_width=stroke)
        pen += face.getlength(part) + len(part) * tracking(size, weight) * SMOOTH
    mask = mask.reduce(SMOOTH)
    image.paste(Image.new("RGB", mask.size, colour), (x, y), mask)
    return width


def shorten(text: str, size: float, room: float, weight: Weight = "regular") -> str:
    """``text`` with its middle left out where it is wider than ``room``: the end of a file's name matters too."""
    if length(text, size, weight) <= room:
        return text
    for kept in range(min(len(text) - 1, 400), 1, -1):
        tail = kept // 3
        line = text[: kept - tail].rstrip() + "…" + text[len(text) - tail :]
        if length(line, size, weight) <= room:
            return line
    return "…"


def wrap(text: str, size: float, room: float) -> list[str]:
    """``text`` in lines no wider than ``room``; a word that is wider by itself is cut."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and length(longer, size) <= room:
            lines[-1] = longer
        else:
            lines.append(shorten(word, size, room))
    return lines


def paragraph(text: str, size: float, colour: str = INK, *, width: int = INNER, leading: float = 1.45) -> Image.Image:
    """A strip with ``text`` in as many lines as it needs."""
    lines = wrap(text, size, width)
    strip = blank(round(len(lines) * size * leading), width)
    for number, line in enumerate(lines):
        write(strip, (0, (number + 0.5) * size * leading + 0.36 * size), line, size, colour)
    return strip


def blank(height: int, width: int = INNER) -> Image.Image:
    """An empty strip."""
    return Image.new("RGB", (width, max(1, height)), GROUND)


def rounded_mask(width: int, height: int, radius: float) -> Image.Image:
    """A smooth-edged mask of a rounded rectangle."""
    large = Image.new("L", (width * SMOOTH, height * SMOOTH))
    ImageDraw.Draw(large).rounded_rectangle((0, 0, width * SMOOTH - 1, height * SMOOTH - 1), radius * SMOOTH, fill=255)
    return large.resize((width, height), Image.Resampling.BOX)


def shape(image: Image.Image, at: tuple[float, float], size: tuple[float, float], colour: str, radius: float = 0) -> None:
    """A filled rectangle with rounded corners, its upper left corner at ``at``; a radius of half its side makes a disc."""
    width, height = max(1, round(size[0])), max(1, round(size[1]))
    mask = rounded_mask(width, height, min(radius, width / 2, height / 2))
    image.paste(Image.new("RGB", (width, height), colour), (round(at[0]), round(at[1])), mask)


def photograph(
    image: Image.Image, at: tuple[int, int], size: tuple[int, int], jpeg: bytes, *, radius: float = 10, crop: bool = False
) -> None:
    """A JPEG fitted into ``size`` on a quiet ground, or cropped to fill it, with rounded corners."""
    with Image.open(io.BytesIO(jpeg)) as opened:
        picture = opened.convert("RGB")
    if crop:
        fitted = ImageOps.fit(picture, size, Image.Resampling.LANCZOS)
    else:
        fitted = ImageOps.pad(picture, size, Image.Resampling.LANCZOS, color=WELL)
    image.paste(fitted, at, rounded_mask(*size, radius))


def stack(strips: list[Image.Image], gaps: list[int]) -> Image.Image:
    """The page: strips under each other inside the margins, each with its gap above."""
    height = sum(strip.height for strip in strips) + sum(gaps) + 2 * MARGIN
    page = blank(height, WIDTH)
    y = MARGIN
    for strip, gap in zip(strips, gaps, strict=True):
        y += gap
        page.paste(strip, (MARGIN, y))
        y += strip.height
    return page


def jpeg_of(page: Image.Image) -> bytes:
    """The page as JPEG bytes, without any metadata."""
    written = io.BytesIO()
    page.save(written, "JPEG", quality=90, optimize=True, subsampling=0)
    return written.getvalue()
