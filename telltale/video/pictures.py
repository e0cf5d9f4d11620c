"""Pictures that FFmpeg shows wrongly or in part: HEIC and AVIF, animated WebP, and JPEG of too many pixels at a smaller scale.

HEIC and AVIF are not one stream but items: tiles, which of all items is meant, how it is cropped, turned and mirrored. libheif and libavif
put them together. Their image sequences are tracks, which FFmpeg reads (``tracks.py``). What an item says stands above its EXIF.
See also: everything else (``frames.py``); the process of its own in which this is done for strangers' files (``telltale/sandbox``).
"""

import io
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from typing import IO, TYPE_CHECKING, Literal

import numpy as np

from telltale.core.errors import BadMedia
from telltale.core.progress import Listener, Progress

if TYPE_CHECKING:
    from PIL import Image

STILLS = frozenset({b"avif", b"heic", b"heim", b"heis", b"heix", b"miaf", b"mif1", b"mif2"})
"""Major brands of files that are one picture."""
ANIMATION = 0x02
"""The flag in the first byte of a WebP's VP8X chunk."""
SCALES = (2, 4, 8)
"""Parts of its size at which JPEG is decoded without making the whole."""
MOST_OVERSIZE = 4
"""How many times as many pixels as the bound a JPEG may have that is read at such a scale."""
MOST_META = 1 << 20
"""Bytes from the start of an AVIF in which its items are described."""
LONGEST_DELAY = 65.0
"""Seconds that one picture of an animation counts for at most."""


@dataclass(frozen=True)
class Pictures:
    """What lies in a file, length in seconds (None for one picture), and RGB uint8 (H, W, 3) at seconds from the start, in order."""

    kind: Literal["image", "video"]
    duration: float | None
    codec: str
    shown: Iterator[tuple[float, np.ndarray]]


def pictures_in(file: IO[bytes], name: str, count: int, listener: Listener, max_pixels: int) -> Pictures | None:
    """What an open file holds if it is one of these, else None; the file then stands at its start. Raises BadMedia."""
    head = file.read(512)
    file.seek(0)
    if head[4:8] == b"ftyp" and head[8:12] in STILLS:
        brands = head[8 : min(int.from_bytes(head[:4], "big"), 512)]
        avif = head[8:12] == b"avif" or b"avif" in (brands[at : at + 4] for at in range(8, len(brands), 4))
        with readable_picture(name):
            return avif_picture(file, name, max_pixels) if avif else heic_picture(file, name, max_pixels)
    if head[:4] == b"RIFF" and head[8:16] == b"WEBPVP8X" and head[20] & ANIMATION:
        with readable_picture(name):
            return animated_webp(file, name, count, listener, max_pixels)
    return None


@contextmanager
def readable_picture(name: str) -> Iterator[None]:
    """What these libraries raise for a damaged picture is said as BadMedia."""
    try:
        yield
    except MemoryError as error:
        raise BadMedia("media.too_large", "memory", name=name) from error
    except (OSError, ValueError, RuntimeError, EOFError, SyntaxError, LookupError, ArithmeticError, struct.error) as error:
        raise BadMedia("media.no_frames", name=name) from error


def within_bound(size: tuple[int, int], name: str, max_pixels: int) -> None:
    """Refuse a picture of more pixels than ``max_pixels``. Raises BadMedia."""
    width, height = size
    if width * height > max_pixels:
        raise too_large(width, height, name)


def too_large(width: int, height: int, name: str) -> BadMedia:
    """The refusal of a picture of this size."""
    return BadMedia("media.too_large", name=name, width=width, height=height)


def one_picture(codec: str, rgb: np.ndarray) -> Pictures:
    """A still."""
    return Pictures("image", None, codec, iter([(0.0, rgb)]))


def heic_picture(file: IO[bytes], name: str, max_pixels: int) -> Pictures:
    """The primary item of a HEIC file as libheif puts it together. Raises BadMedia and what libheif raises."""
    try:
        return one_picture("hevc", primary_item(file, name, max_pixels))
    except RuntimeError as error:
        if "Security limit" not in str(error):
            raise
    file.seek(0)
    content = file.read()
    turns = [each for each in primary_properties(content) if each[0] in (b"irot", b"imir")]
    crop = next((body for kind, body in primary_properties(content) if kind == b"clap"), b"")
    whole = content.replace(b"clap" + crop, b"pasp" + struct.pack(">II24x", 1, 1))  # libheif bounds an item by what is shown of it
    rgb = primary_item(io.BytesIO(whole), name, max_pixels)
    for kind, body in reversed(turns):  # back to how it is stored
        rgb = transformed(rgb, kind, bytes([-body[0] % 4]) if kind == b"irot" else body)
    for kind, body in [(b"clap", crop), *turns]:
        rgb = transformed(rgb, kind, body)
    return one_picture("hevc", rgb)


def primary_item(file: IO[bytes], name: str, max_pixels: int) -> np.ndarray:
    """RGB of what a HEIC file is meant to show."""
    import pi_heif

    for extra in ("THUMBNAILS", "DEPTH_IMAGES", "AUX_IMAGES"):
        setattr(pi_heif.options, extra, False)
    opened = pi_heif.open_heif(file, convert_hdr_to_8bit=True)
    within_bound(opened.size, name, max_pixels)
    rgb = rgb_of_picture(opened[opened.primary_index].to_pillow())
    within_bound((rgb.shape[1], rgb.shape[0]), name, max_pixels)
    return rgb


def avif_picture(file: IO[bytes], name: str, max_pixels: int) -> Pictures:
    """The primary item of an AVIF file; libavif joins its tiles, and leaves all else undone. Raises BadMedia and what Pillow raises."""
    from PIL import AvifImagePlugin

    with AvifImagePlugin.AvifImageFile(file) as picture:
        within_bound(picture.size, name, max_pixels)
        rgb = rgb_of_picture(picture)
    file.seek(0)
    for kind, body in primary_properties(file.read(MOST_META)):
        rgb = transformed(rgb, kind, body)
    return one_picture("av1", rgb)


def transformed(rgb: np.ndarray, kind: bytes, body: bytes) -> np.ndarray:
    """A picture cropped (``clap``), turned (``irot``) or mirrored (``imir``) as a property says (ISO/IEC 23008-12, 6.5)."""
    if kind == b"irot" and body:
        return np.rot90(rgb, body[0] & 3)
    if kind == b"imir" and body:
        return rgb[:, ::-1] if body[0] & 1 else rgb[::-1]
    if kind != b"clap" or len(body) != 32:
        return rgb
    parts = struct.unpack(">8i", body)
    if not all(parts[1::2]):
        return rgb
    wide, high, right, down = (Fraction(*pair) for pair in zip(parts[::2], parts[1::2], strict=True))
    left, top = round((rgb.shape[1] - wide) / 2 + right), round((rgb.shape[0] - high) / 2 + down)
    cropped = rgb[max(top, 0) : top + round(high), max(left, 0) : left + round(wide)]
    return cropped if cropped.size else rgb


def primary_properties(content: bytes) -> list[tuple[bytes, bytes]]:
    """Kind and body of each property of the item that is meant, in the order in which they apply."""
    inner = dict(boxes(next((body for kind, body in boxes(content) if kind == b"meta"), b"")[4:]))
    listed = dict(boxes(inner.get(b"iprp", b"")))
    shared = list(boxes(listed.get(b"ipco", b"")))
    return [shared[at] for at in links_of(primary_of(inner), listed.get(b"ipma", b"")) if at < len(shared)]


def boxes(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Kind and body of each box; an end that is cut off is left out."""
    place = 0
    while place + 8 <= len(content):
        size, kind = struct.unpack_from(">I4s", content, place)
        if size < 8 or place + size > len(content):
            return
        yield kind, content[place + 8 : place + size]
        place += size


def primary_of(meta: dict[bytes, bytes]) -> int:
    """The number of the item that is meant."""
    body = meta.get(b"pitm", b"")
    return int.from_bytes(body[4:8] if body[:1] == b"\x01" else body[4:6], "big")


def links_of(item: int, body: bytes) -> list[int]:
    """Places, from 0, of an item's properties among all properties (``ipma``)."""
    wide, long, place = body[:1] != b"\0", bool(body[3:4] and body[3] & 1), 8
    while place < len(body):
        number = int.from_bytes(body[place : place + (4 if wide else 2)], "big")
        place += 4 if wide else 2
        count, step = body[place] if place < len(body) else 0, 2 if long else 1
        place += 1
        if number == item:
            links = [int.from_bytes(body[at : at + step], "big") for at in range(place, place + count * step, step)]
            return [(link & (0x7FFF if long else 0x7F)) - 1 for link in links if link & (0x7FFF if long else 0x7F)]
        place += count * step
    return []


def animated_webp(file: IO[bytes], name: str, count: int, listener: Listener, max_pixels: int) -> Pictures:
    """``count`` pictures of an animated WebP, evenly spread over its length. Raises BadMedia and what Pillow raises."""
    from PIL import WebPImagePlugin

    ends = np.cumsum([min(delay / 1000, LONGEST_DELAY) for delay in webp_delays(file)])
    file.seek(0)
    animation = WebPImagePlugin.WebPImageFile(file)
    within_bound(animation.size, name, max_pixels)
    if not len(ends):
        raise ValueError("an animation without pictures")
    duration = float(ends[-1])
    wanted = (np.arange(count) + 0.5) * duration / count
    chosen = np.unique(np.minimum(np.searchsorted(ends, wanted, side="right"), len(ends) - 1)) if duration else np.array([0])

    def shown() -> Iterator[tuple[float, np.ndarray]]:
        with readable_picture(name):
            for number, place in enumerate(chosen.tolist()):
                listener(Progress("decode", number, len(chosen)))
                animation.seek(place)
                yield float(ends[place - 1]) if place else 0.0, rgb_of_picture(animation)

    return Pictures("video", duration, "webp", shown()) if len(ends) > 1 else one_picture("webp", rgb_of_picture(animation))


def webp_delays(file: IO[bytes]) -> Iterator[int]:
    """For how many milliseconds each picture of an animated WebP is shown, by its chunks' headers alone."""
    place = 12
    while len(chunk := at(file, place, 24)) >= 8:
        if chunk[:4] == b"ANMF" and len(chunk) == 24:
            yield int.from_bytes(chunk[20:23], "little")
        size = int.from_bytes(chunk[4:8], "little")
        place += 8 + size + size % 2


def at(file: IO[bytes], place: int, length: int) -> bytes:
    """Bytes of a file."""
    file.seek(place)
    return file.read(length)


def scaled_jpeg(file: IO[bytes], name: str, max_pixels: int) -> Pictures:
    """A JPEG of more than ``max_pixels`` at the largest part of its size that has fewer. Raises BadMedia, also where it is far larger."""
    from PIL import ImageOps, JpegImagePlugin

    file.seek(0)
    with readable_picture(name), JpegImagePlugin.JpegImageFile(file) as picture:
        width, height = picture.size
        if width * height > MOST_OVERSIZE * max_pixels:
            raise too_large(width, height, name)
        scale = next(part for part in SCALES if -(-width // part) * -(-height // part) <= max_pixels)
        picture.draft("RGB", (-(-width // scale), -(-height // scale)))
        return one_picture("mjpeg", rgb_of_picture(ImageOps.exif_transpose(picture)))


def rgb_of_picture(picture: "Image.Image") -> np.ndarray:
    """RGB uint8 (H, W, 3) of a picture of any mode; what is transparent has the colour beneath."""
    return np.array(picture if picture.mode == "RGB" else picture.convert("RGB"))
