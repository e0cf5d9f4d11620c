"""A file of a video or picture, opened: only formats of an allow-list, as a file object, its one track of pictures, its length.

So a playlist or script cannot make the decoder open something else. Nothing is decoded here (``frames.py``).
"""

import os
from pathlib import Path
from typing import IO

import av
import av.error
import av.logging
import av.subtitles.stream  # PyAV loads it with the first file: by then a decoding child has no memory to load anything

from telltale.core.errors import BadMedia
from telltale.net.limits import MAX_PIXELS
from telltale.video.tracks import shown_tracks

av.logging.set_level(None)

CONTAINERS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,mpegts,mpeg,avi,asf,flv,ogg,mxf,dv,ivf,yuv4mpegpipe,h264,hevc,gif,apng,image2,"
    "jpeg_pipe,png_pipe,webp_pipe,bmp_pipe,tiff_pipe"
)
PICTURES = ("jpeg_pipe", "png_pipe", "webp_pipe", "bmp_pipe", "tiff_pipe", "image2")
LONGEST_SECONDS = 7 * 24 * 3600.0
SAMPLED_FROM = "TELLTALE_SAMPLED_FROM"
"""In the metadata of a file of single keyframes (``telltale/streaming/remux.py``): the seconds of the video that they were taken from."""
SMALL, LARGE = 480 * 360, 4096 * 2304
"""Pixels of a picture below which one thread decodes, and above which no more than 4 do."""
MOST_THREADS = 8
MOST_BYTES = 64 * 10**9
"""Of a file: the largest that anybody would have looked at; hashing more takes minutes."""
MOST_KINDS = 16
"""Kinds of boxes at the top of an MP4 that are looked at."""
RUN_LENGTH = "TELLTALE_RUN"
"""In the same place: how many pictures are meant of each keyframe and what follows it."""


def is_readable(path: Path) -> IO[bytes]:
    """The file, open. Raises BadMedia where there is none, it may not be read, or it holds nothing."""
    try:
        if path.exists() and not (path.is_file() or path.is_dir()):
            raise BadMedia("media.not_media", "no_file", name=path.name[:80])
        file = path.open("rb")
    except FileNotFoundError as error:
        raise BadMedia("media.not_found", name=path.name) from error
    except OSError as error:
        why = (error.strerror or "unknown").lower()
        raise BadMedia("media.not_found", "unopened", name=path.name[:80], why=why) from error
    size = path.stat().st_size
    if size > MOST_BYTES:
        file.close()
        raise BadMedia("media.too_large", "bytes", name=path.name[:80], gigabytes=round(MOST_BYTES / 1e9))
    if size == 0:
        file.close()
        raise BadMedia("media.empty", name=path.name)
    return file


def open_container(file: IO[bytes], name: str, max_pixels: int = MAX_PIXELS) -> "av.container.InputContainer":
    """A container from a file object, of an allowed format; looking for its tracks decodes no larger picture. Raises BadMedia."""
    options = {"format_whitelist": CONTAINERS, "protocol_whitelist": "file", "max_pixels": str(max_pixels)}
    try:
        return av.open(file, "r", options=options)
    except (av.error.FFmpegError, ValueError) as error:
        if lacks_index(file):
            raise BadMedia("media.not_media", "no_index", name=name) from error
        raise BadMedia("media.not_media", name=name) from error


def lacks_index(file: IO[bytes]) -> bool:
    """Whether this is an MP4 whose pictures begin and whose index (``moov``) is nowhere: a recording or a download that was cut off."""
    place, kinds = 0, set[bytes]()
    while len(kinds) < MOST_KINDS:
        file.seek(place)
        head = file.read(16)
        size, kind = int.from_bytes(head[:4], "big"), head[4:8]
        if len(head) < 8 or (not kinds and kind != b"ftyp"):
            break
        kinds.add(kind)
        if size == 1:
            size = int.from_bytes(head[8:16], "big")
        if size < 8:
            break
        place += size
    return b"mdat" in kinds and not kinds & {b"moov", b"moof"}


def picture_stream(
    container: "av.container.InputContainer", name: str, max_pixels: int = MAX_PIXELS, choice: int = 0
) -> "av.video.stream.VideoStream":
    """The video track that is looked at, or the next likely ones (``tracks.py``), ready to be decoded. Raises BadMedia."""
    streams = shown_tracks(container)[choice:]
    if not streams:
        holds = "sound" if container.streams.audio else "nothing"
        raise BadMedia("media.no_picture", name=name, holds=holds)
    context = streams[0].codec_context
    if context is None:
        raise BadMedia("media.no_frames", "format", name=name)
    width, height = (context.width, context.height) if context.width else header_size(container, name)
    if width * height > max_pixels:
        raise BadMedia("media.too_large", name=name, width=width, height=height)
    context.options = {"max_pixels": str(max_pixels)}  # for pictures that are not what the header says
    context.thread_type, context.thread_count = "AUTO", threads_for(width * height)
    return streams[0]


def threads_for(pixels: int) -> int:
    """Decoding threads: one where a picture is done sooner than a thread is woken, fewer where each holds pictures of many megabytes."""
    if pixels <= SMALL:
        return 1
    return min(os.cpu_count() or 1, 4 if pixels > LARGE else MOST_THREADS)


def header_size(container: "av.container.InputContainer", name: str) -> tuple[int, int]:
    """Width and height by the header alone, of what could not be looked into; (0, 0) where it does not say. Raises BadMedia."""
    file = container.file.file
    place = file.tell()
    try:
        file.seek(0)
        if container.format.name in PICTURES:
            return picture_size(file, name)
        options = {"format_whitelist": CONTAINERS, "protocol_whitelist": "file", "codec_whitelist": "none"}
        with av.open(file, "r", options=options) as unread:
            sizes = [(stream.codec_context.width, stream.codec_context.height) for stream in unread.streams.video if stream.codec_context]
        return max(sizes, key=lambda size: size[0] * size[1], default=(0, 0))
    except (av.error.FFmpegError, ValueError):
        return 0, 0
    finally:
        file.seek(place)


def picture_size(file: IO[bytes], name: str) -> tuple[int, int]:
    """The same of a picture that is a file of its own."""
    import warnings

    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(file) as picture:
                return picture.size
    except Image.DecompressionBombError as error:
        raise BadMedia("media.too_large", "picture", name=name) from error
    except (UnidentifiedImageError, OSError, SyntaxError):
        return 0, 0


def seconds(container: "av.container.InputContainer", stream: "av.video.stream.VideoStream") -> float | None:
    """Length in seconds as the file states it, or None."""
    matroska = "matroska" in container.format.name  # which states when the last frame ends
    if stream.duration and stream.time_base and not matroska:
        return float(stream.duration * stream.time_base)
    before = max(container.start_time or 0, 0) if matroska else 0
    return max((container.duration or 0) - before, 0) / av.time_base or None


def start_of(stream: "av.video.stream.VideoStream") -> float:
    """The first presentation time in seconds, so that times count from 0."""
    return float(stream.start_time * stream.time_base) if stream.start_time and stream.time_base else 0.0


def sampled_duration(container: "av.container.InputContainer") -> float | None:
    """Seconds of the video that a file of single keyframes was sampled from; None for every other file."""
    try:
        duration = float(container.metadata.get(SAMPLED_FROM, "0"))
    except ValueError:
        return None
    return duration if 0 < duration < LONGEST_SECONDS else None
