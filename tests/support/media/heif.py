"""HEIC and AVIF files written item by item, as cameras write them: tiles, thumbnails, which item is meant, turned, mirrored, cropped.

write_heif(Path("a.heic"), rgb, tile=512, turn=1)
"""

import io
import struct
from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import numpy as np


def box(kind: bytes, *parts: bytes) -> bytes:
    """A box of ISO/IEC 14496-12."""
    body = b"".join(parts)
    return struct.pack(">I4s", len(body) + 8, kind) + body


def full(kind: bytes, version: int, flags: int, *parts: bytes) -> bytes:
    """The same with a version and flags."""
    return box(kind, struct.pack(">I", version << 24 | flags), *parts)


DEPTH = full(b"pixi", 0, 0, bytes([3, 8, 8, 8]))
"""The property that says that an item has three channels of 8 bits."""


@dataclass
class Item:
    """One item: its type, its bytes, whether they lie in ``idat``, its properties (box, essential), and what it refers to."""

    kind: bytes
    data: bytes
    inside: bool = False
    hidden: bool = False
    properties: list[tuple[bytes, bool]] = field(default_factory=list)
    refers: list[tuple[bytes, list[int]]] = field(default_factory=list)


def coded(rgb: np.ndarray, form: str) -> tuple[bytes, bytes]:
    """A picture of even sides, encoded: (its decoder's configuration box, its bytes)."""
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(rgb), format="rgb24").reformat(format="yuv420p")
    if form == "heic":
        encoder = av.CodecContext.create("libx265", "w")
        encoder.options = {"x265-params": "log-level=none:info=0", "crf": "8"}
        encoder.width, encoder.height, encoder.pix_fmt, encoder.time_base = frame.width, frame.height, "yuv420p", Fraction(1)
        units = b"".join(map(bytes, [*encoder.encode(frame), *encoder.encode(None)])).replace(b"\0\0\0\1", b"\0\0\1").split(b"\0\0\1")[1:]
        sets = {unit[0] >> 1: unit for unit in units if unit[0] >> 1 in (32, 33, 34)}
        return configuration_of(sets), b"".join(sized(unit) for unit in units if unit not in sets.values())
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("libsvtav1", rate=1, options={"crf": "8"})
        stream.width, stream.height, stream.pix_fmt = frame.width, frame.height, "yuv420p"
        container.mux([*stream.encode(frame), *stream.encode(None)])
    raw = file.getvalue()
    return bounds(raw, b"av1C"), bounds(raw, b"mdat")[8:]


def sized(unit: bytes) -> bytes:
    """A NAL unit behind its length."""
    return struct.pack(">I", len(unit)) + unit


def configuration_of(sets: dict[int, bytes]) -> bytes:
    """The ``hvcC`` box of these parameter sets (ISO/IEC 14496-15, 8.3.3.1)."""
    profile = sets[33][3:15]
    arrays = b"".join(struct.pack(">BHH", 0x80 | kind, 1, len(sets[kind])) + sets[kind] for kind in sorted(sets))
    return box(b"hvcC", b"\1", profile, bytes([0xF0, 0, 0xFC, 0xFD, 0xF8, 0xF8, 0, 0, 0x0F, len(sets)]), arrays)


def bounds(raw: bytes, kind: bytes) -> bytes:
    """The whole box of a kind, the first that there is."""
    start = raw.index(kind) - 4
    return raw[start : start + struct.unpack_from(">I", raw, start)[0]]


def size_of(width: int, height: int) -> bytes:
    """The property that says how large an item is."""
    return full(b"ispe", 0, 0, struct.pack(">II", width, height))


def coded_item(rgb: np.ndarray, form: str, hidden: bool = False) -> Item:
    """A picture as one item."""
    configuration, data = coded(rgb, form)
    kind = b"hvc1" if form == "heic" else b"av01"
    return Item(kind, data, hidden=hidden, properties=[(size_of(rgb.shape[1], rgb.shape[0]), False), (DEPTH, False), (configuration, True)])


def grid_items(rgb: np.ndarray, form: str, tile: int) -> list[Item]:
    """A picture as a grid of square tiles, the grid last; the tiles reach beyond its right and lower edges."""
    height, width = rgb.shape[:2]
    rows, columns = -(-height // tile), -(-width // tile)
    padded = np.pad(rgb, ((0, rows * tile - height), (0, columns * tile - width), (0, 0)), mode="edge")
    tiles = [
        coded_item(padded[y * tile : (y + 1) * tile, x * tile : (x + 1) * tile], form, True) for y in range(rows) for x in range(columns)
    ]
    grid = Item(b"grid", struct.pack(">BBBBHH", 0, 0, rows - 1, columns - 1, width, height), inside=True)
    grid.properties += [(size_of(width, height), False), (DEPTH, False)]
    grid.refers.append((b"dimg", list(range(1, len(tiles) + 1))))
    return [*tiles, grid]


def clean_aperture(width: int, height: int, right: int, down: int) -> bytes:
    """The property that crops to this size, its centre moved so far from the picture's."""
    return box(b"clap", struct.pack(">IIIIiIiI", width, 1, height, 1, right, 1, down, 1))


def write_heif(
    path: Path,
    rgb: np.ndarray,
    *,
    tile: int = 0,
    crop: bytes = b"",
    turn: int = 0,
    mirror: int | None = None,
    thumbnail: np.ndarray | None = None,
    before: Iterable[np.ndarray] = (),
) -> Path:
    """A picture as a ``.heic`` or ``.avif``: in tiles of this side; cropped, turned by quarters anticlockwise and mirrored (0: upside
    down, 1: left for right) when shown. ``thumbnail`` belongs to it; the pictures ``before`` it are items of their own, not meant."""
    form = path.suffix[1:]
    items = grid_items(rgb, form, tile) if tile else [coded_item(rgb, form)]
    primary = len(items)
    shown = items[-1].properties
    shown += [(crop, True)] if crop else []
    shown += [(box(b"irot", bytes([turn])), True)] if turn else []
    shown += [(box(b"imir", bytes([mirror])), True)] if mirror is not None else []
    others = [coded_item(other, form) for other in before]
    if thumbnail is not None:
        small = coded_item(thumbnail, form)
        small.refers.append((b"thmb", [primary]))
        others.append(small)
    path.write_bytes(file_of([*items, *others], primary, form, range(primary + 1, primary + len(others) + 1)))
    return path


def file_of(items: list[Item], primary: int, form: str, first: Iterable[int] = ()) -> bytes:
    """The file of these items, numbered from 1, those of ``first`` listed before the others."""
    order = [*first, *(number for number in range(1, len(items) + 1) if number not in set(first))]
    properties = list(dict.fromkeys(each for item in items for each, _ in item.properties))
    entries = [full(b"infe", 2, items[n - 1].hidden, struct.pack(">HH4s", n, 0, items[n - 1].kind), b"\0") for n in order]
    linked = [
        struct.pack(">HB", number, len(item.properties))
        + bytes(properties.index(each) + 1 | essential << 7 for each, essential in item.properties)
        for number, item in enumerate(items, 1)
    ]
    references = [box(kind, struct.pack(f">HH{len(to)}H", n, len(to), *to)) for n, item in enumerate(items, 1) for kind, to in item.refers]
    inside = b"".join(item.data for item in items if item.inside)
    start = box(b"ftyp", form.encode(), struct.pack(">I", 0), b"mif1", form.encode())

    def meta(offset: int) -> bytes:
        located, within = b"", 0
        for number, item in enumerate(items, 1):
            place = within if item.inside else offset
            located += struct.pack(">HHHHII", number, item.inside, 0, 1, place, len(item.data))
            within, offset = (within + len(item.data), offset) if item.inside else (within, offset + len(item.data))
        return full(
            b"meta", 0, 0,
            full(b"hdlr", 0, 0, struct.pack(">I4s", 0, b"pict"), bytes(13)),
            full(b"pitm", 0, 0, struct.pack(">H", primary)),
            full(b"iloc", 1, 0, struct.pack(">BBH", 0x44, 0, len(items)), located),
            full(b"iinf", 0, 0, struct.pack(">H", len(items)), *entries),
            full(b"iref", 0, 0, *references) if references else b"",
            box(b"iprp", box(b"ipco", *properties), full(b"ipma", 0, 0, struct.pack(">I", len(items)), *linked)),
            box(b"idat", inside) if inside else b"",
        )  # fmt: skip

    length = len(start) + len(meta(0)) + 8
    return start + meta(length) + box(b"mdat", *(item.data for item in items if not item.inside))
