"""How bad and odd media are made without the ffmpeg program: FFmpeg's own encoders, filters and muxers through PyAV, and edits of bytes.

See also: which media (``media_samples.py``).
"""

import math
import random
import struct
import zlib
from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import av.filter
from av.video.reformatter import ColorRange

from benchmarks.remote.long_videos import ordinary

TEST = "testsrc2=s=320x240:r=24"
RATE, SECONDS = 24, 2


def drawn(*chain: str) -> Iterator[av.VideoFrame]:
    """The pictures of a source ("color=red:s=2x2") through filters, without end."""
    graph, before = av.filter.Graph(), None
    for each in (*chain, "buffersink"):
        name, _, arguments = each.partition("=")
        node = graph.add(name, arguments or None)
        if before is not None:
            before.link_to(node)
        before = node
    graph.configure()
    while True:
        yield graph.pull()  # type: ignore[misc]  # a source of pictures


def encode(
    path: Path, *chain: str, codec: str = "libx264", kind: str = "yuv420p", frames: int = RATE * SECONDS, rate: int = RATE,
    sound: str = "", form: str | None = None, options: dict[str, str] | None = None, muxer: dict[str, str] | None = None,
    times: Callable[[int], int] | None = None, full: bool = False, colours: tuple[int, int, int] | None = None,
    shape: Fraction | None = None,
) -> Path:  # fmt: skip
    """``frames`` pictures of the chain in a container of the path's ending. ``times``: number -> time stamp in ms, or as they come."""
    with av.open(str(path), "w", format=form, options=muxer or {}) as container:
        pictures = drawn(*(chain or (TEST,)))
        first = next(pictures)
        stream = container.add_stream(codec, rate=rate, options=options or {})
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = first.width, first.height, kind
        if times:
            stream.codec_context.time_base = Fraction(1, 1000)
        if shape:
            stream.codec_context.sample_aspect_ratio = shape
        if full:
            stream.codec_context.color_range = ColorRange.JPEG
        if colours:
            context = stream.codec_context
            context.color_primaries, context.color_trc, context.colorspace = colours
        heard = container.add_stream(sound, rate=44_100, layout="mono") if sound else None
        for number in range(frames):
            picture = first if number == 0 else next(pictures)
            shown = picture if picture.format.name == kind else picture.reformat(format=kind)
            shown.pts, shown.time_base = (times(number), Fraction(1, 1000)) if times else (number, Fraction(1, rate))
            container.mux(stream.encode(shown))
        container.mux(stream.encode(None))
        if heard is not None:
            add_tone(container, heard)  # type: ignore[arg-type]
    ordinary()
    return path


def add_tone(container: "av.container.OutputContainer", stream: "av.AudioStream") -> None:
    """Two seconds of 440 Hz."""
    graph = av.filter.Graph()
    nodes = [graph.add("sine", "f=440:r=44100"), graph.add("aformat", f"sample_fmts={stream.format.name}:channel_layouts=mono")]
    nodes += [graph.add("asetnsamples", f"n={stream.codec_context.frame_size or 1024}"), graph.add("abuffersink")]
    for one, other in pairwise(nodes):
        one.link_to(other)
    graph.configure()
    for _ in range(RATE * SECONDS * 44_100 // RATE // (stream.codec_context.frame_size or 1024)):
        container.mux(stream.encode(graph.pull()))  # type: ignore[arg-type]
    container.mux(stream.encode(None))


def remux(
    source: Path, path: Path, kinds: str = "video audio", form: str | None = None, muxer: dict[str, str] | None = None,
    metadata: dict[str, str] | None = None, finish: "Callable[[av.container.OutputContainer], None] | None" = None,
) -> Path:  # fmt: skip
    """The same packets in another container."""
    with av.open(str(source)) as read, av.open(str(path), "w", format=form, options=muxer or {}) as written:
        written.metadata.update(metadata or {})
        tracks = {stream.index: written.add_stream_from_template(stream) for stream in read.streams if stream.type in kinds.split()}
        if finish:
            finish(written)
        for packet in read.demux([read.streams[index] for index in tracks]):
            if packet.dts is not None:
                packet.stream = tracks[packet.stream.index]
                written.mux(packet)
    return path


def cut(source: Path, path: Path, size: float) -> None:
    """So many bytes, or below 1 that part of them."""
    content = source.read_bytes()
    path.write_bytes(content[: int(len(content) * size) if size < 1 else int(size)])


def flip(source: Path, path: Path, per_mille: int, seed: int) -> None:
    """Bits turned over, but for the first 64 bytes."""
    content, dice = bytearray(source.read_bytes()), random.Random(seed)
    for _ in range(max(1, len(content) * per_mille // 1000)):
        content[dice.randrange(64, len(content))] ^= 1 << dice.randrange(8)
    path.write_bytes(content)


def number(source: Path, path: Path, tag: str, offset: int, value: int, *, all: bool = False) -> None:
    """A 32-bit field of the first box of that name, or of all, counted from the name's first letter."""
    content, at = bytearray(source.read_bytes()), -1
    while (at := content.find(tag.encode(), at + 1)) >= 0:
        content[at + offset : at + offset + 4] = struct.pack(">I", value)
        if not all:
            break
    path.write_bytes(content)


def emptied(source: Path, path: Path) -> None:
    """All picture data zero."""
    content = bytearray(source.read_bytes())
    at = content.index(b"mdat")
    (size,) = struct.unpack(">I", content[at - 4 : at])
    content[at + 4 : at - 4 + size] = bytes(size - 8)
    path.write_bytes(content)


def rotated(source: Path, path: Path, degrees: float) -> None:
    """The matrix of the first track header."""
    content = bytearray(source.read_bytes())
    at, angle = content.index(b"tkhd"), math.radians(degrees)
    one, other = round(math.cos(angle) * 65536), round(math.sin(angle) * 65536)
    content[at + 44 : at + 80] = struct.pack(">9i", one, other, 0, -other, one, 0, 0, 0, 0x40000000)
    path.write_bytes(content)


def nested(path: Path, depth: int) -> None:
    """Boxes one in the other."""
    head = struct.pack(">I", 20) + b"ftypisom\0\0\0\0isom"
    path.write_bytes(head + b"".join(struct.pack(">I", 8 * (depth - level)) + b"moov" for level in range(depth)))


def picture_bomb(path: Path, width: int, height: int) -> None:
    """A PNG of zeros, 1 bit grey."""
    row, packer = bytes(1 + (width + 7) // 8), zlib.compressobj(1)
    packed = b"".join(packer.compress(row * 100) for _ in range(height // 100)) + packer.flush()

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", packed) + chunk(b"IEND", b""))


def headless(source: Path, path: Path, part: float) -> None:
    """A transport stream's tables, then what lies behind a part of it: the first picture is no keyframe."""
    content = source.read_bytes()
    path.write_bytes(content[: 188 * 3] + content[int(len(content) * part) // 188 * 188 :])


def joined(path: Path, *sources: Path) -> None:
    """One behind the other."""
    path.write_bytes(b"".join(source.read_bytes() for source in sources))


def elsewhere(source: Path, path: Path) -> None:
    """Its data said to lie in another file."""
    content = bytearray(source.read_bytes())
    content[content.index(b"url \0\0\0\1") + 7] = 0
    path.write_bytes(content)
