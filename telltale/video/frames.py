"""Timed frames of a local video or picture, through PyAV, the one decoder of this project (training too).

Short clips are read in sequence, of long ones only keyframes near the wanted times.

See also: opening a file (``container.py``), decoding keyframes (``keyframes.py``), colours (``color.py``), a process of its own for a
file of strangers (``telltale/sandbox/decode.py``).
"""

import hashlib
from collections.abc import Callable, Container, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

import av
import av.error
import numpy as np

from telltale.core.errors import BadMedia
from telltale.core.progress import Listener, Progress, silent
from telltale.core.rules import RULES
from telltale.net.limits import MAX_PIXELS
from telltale.video.color import to_picture
from telltale.video.container import PICTURES, is_readable, open_container, picture_stream, sampled_duration, seconds, start_of
from telltale.video.geometry import stretch_of
from telltale.video.keyframes import keyframes_near, runs_of_keyframes
from telltale.video.pictures import pictures_in, scaled_jpeg
from telltale.video.selective_decode import CODECS, choose_times, decode_needed, first_after, presentation_times
from telltale.video.tracks import place_of
from telltale.video.yuv import Picture, rgb_of

SEQUENTIAL_SECONDS = RULES.sampling.sequential_seconds
"""Clips up to this long are read in sequence; in longer ones keyframes are sought."""


@dataclass(frozen=True, eq=False)
class Frame:
    """One frame as it is shown: position among the sampled ones, seconds from the start, the picture."""

    index: int
    time: float
    picture: Picture

    @property
    def rgb(self) -> np.ndarray:
        """The whole picture, uint8 (H, W, 3); made anew each time where it was kept as planes."""
        return rgb_of(self.picture)


@dataclass(frozen=True, eq=False)
class Clip:
    """What was read of a file: a video's sampled frames, the one frame of a picture, or captured frames (``captured_frames.py``).

    ``duration`` in seconds; ``track`` is which of the file's ``tracks`` of pictures it is, from 1.
    """

    kind: Literal["video", "image", "frames"]
    width: int
    height: int
    duration: float | None
    codec: str
    frames: list[Frame]
    track: int = 1
    tracks: int = 1

    @property
    def scored_as(self) -> Literal["video", "image"]:
        """Captured frames are a video's."""
        return "image" if self.kind == "image" else "video"


@dataclass(frozen=True)
class ClipInfo:
    """What is known of a file before its frames are read: what it is, its length in seconds, its codec, which of its tracks it is."""

    kind: Literal["video", "image", "frames"]
    duration: float | None
    codec: str
    track: int = 1
    tracks: int = 1


def clip_of(told: ClipInfo, frames: list[Frame]) -> Clip:
    """All that was read of a file; ``frames`` are not empty."""
    height, width = frames[0].picture.shape[:2]
    return Clip(told.kind, width, height, told.duration, told.codec, frames, told.track, told.tracks)


def read_clip(path: Path, count: int = RULES.sampling.frames, *, listener: Listener = silent, max_pixels: int = MAX_PIXELS) -> Clip:
    """``count`` frames spread evenly over the whole length (fewer where the file has fewer). Raises BadMedia.

    Decoded in this process: right for media of one's own, such as those one trains on. What strangers sent is for
    ``telltale/sandbox/decode.py``.
    """
    with is_readable(path) as file, frames_in(file, path.name, count, listener, max_pixels) as (told, frames):
        return clip_of(told, list(frames))


@contextmanager
def frames_in(
    file: IO[bytes], name: str, count: int, listener: Listener = silent, max_pixels: int = MAX_PIXELS, choice: int = 0
) -> Iterator[tuple[ClipInfo, Iterator[Frame]]]:
    """An open file's frames as they are decoded, one after the other, at least one. Raises BadMedia, also from the iterator.

    Of several tracks, ``choice`` 0 is the one that players show, 1 the next likely, and so on.
    """
    apart = pictures_in(file, name, count, listener, max_pixels)
    if apart:
        yield ClipInfo(apart.kind, apart.duration, apart.codec), number_frames(apart.shown)
        return
    with ExitStack() as held:
        container = held.enter_context(open_container(file, name, max_pixels))
        try:
            stream = picture_stream(container, name, max_pixels, choice)
        except BadMedia as error:
            if error.code != "media.too_large" or container.format.name != "jpeg_pipe":
                raise
            apart = scaled_jpeg(file, name, max_pixels)
            yield ClipInfo(apart.kind, apart.duration, apart.codec), number_frames(apart.shown)
            return
        held.callback(stop_decoding, stream)
        whole = sampled_duration(container)
        duration = whole or seconds(container, stream)
        is_picture = container.format.name in PICTURES or (duration is None and stream.frames == 1)
        duration = None if is_picture else duration

        def again() -> "tuple[av.container.InputContainer, av.video.stream.VideoStream]":
            file.seek(0)
            anew = held.enter_context(open_container(file, name, max_pixels))
            stream = picture_stream(anew, name, max_pixels, choice)
            held.callback(stop_decoding, stream)
            return anew, stream

        if whole:
            found = number_frames(runs_of_keyframes(container, stream, count, listener))
        else:
            found = sample_frames(container, stream, duration, count, listener, again)
        track, tracks = place_of(container, stream)
        yield (
            ClipInfo("image" if is_picture else "video", duration, stream.codec_context.name, track, tracks),
            decodable(found, name, lambda: is_encrypted(*again())),
        )


def stop_decoding(stream: "av.video.stream.VideoStream") -> None:
    """Let the decoder's threads end what they are at. Closing waits for them, too, but holding Python's lock, on which others then wait."""
    context = stream.codec_context
    if context is not None and context.is_open:
        context.flush_buffers()


def is_encrypted(container: "av.container.InputContainer", stream: "av.video.stream.VideoStream") -> bool:
    """Whether the first packet of a file says that it needs a key."""
    try:
        first = next(container.demux(stream), None)
    except av.error.FFmpegError:
        return False
    return first is not None and first.has_sidedata("encryption_info")


def decodable(frames: Iterator[Frame], name: str, encrypted: Callable[[], bool]) -> Iterator[Frame]:
    """The same frames; what the decoder says of a damaged file is said as BadMedia, and so is that there is not one frame."""
    number = -1
    try:
        for number, frame in enumerate(frames):  # noqa: B007
            yield frame
    except MemoryError as error:
        raise BadMedia("media.too_large", "memory", name=name) from error
    except av.error.FFmpegError as error:
        if encrypted():
            raise BadMedia("media.encrypted", name=name) from error
        raise BadMedia("media.no_frames", name=name) from error
    if number < 0:
        raise BadMedia("media.no_frames", "none", name=name)


def number_frames(pictures: Iterable[tuple[float, Picture]]) -> Iterator[Frame]:
    """Frames of what is shown when (seconds)."""
    return (Frame(index, at, picture) for index, (at, picture) in enumerate(pictures))


Again = Callable[[], "tuple[av.container.InputContainer, av.video.stream.VideoStream]"]
"""Opens the same file once more, from its start, with a decoder that has seen nothing yet."""


def sample_frames(
    container: "av.container.InputContainer",
    stream: "av.video.stream.VideoStream",
    duration: float | None,
    count: int,
    listener: Listener,
    again: Again,
) -> Iterator[Frame]:
    """The frames asked for, in order."""
    listener(Progress("decode", 0, count))
    if duration is not None and duration > SEQUENTIAL_SECONDS:
        found = list(keyframes_near(container, stream, spread(duration, count).tolist(), listener))
        if len(found) >= min(count, RULES.sampling.fewest_keyframes):
            yield from number_frames(found)
            return
        container, stream = again()  # a decoder that was elsewhere keeps what it heard there, such as the colours of a later part
    if duration is not None:
        times = None
        if stream.codec_context.name in CODECS:
            times = presentation_times(container, stream)
            container, stream = again()
        any_found = False
        for frame in in_sequence(container, stream, duration, count, listener, times):
            any_found = True
            yield frame
        if any_found:
            return
        container, stream = again()  # no frame bears a time of this length: they are counted instead
    yield from thin_frames(container, stream, count, listener)


def spread(duration: float, count: int) -> np.ndarray:
    """``count`` times in the middle of equal parts of the length."""
    return (np.arange(count) + 0.5) * duration / count


def in_sequence(
    container: "av.container.InputContainer",
    stream: "av.video.stream.VideoStream",
    duration: float,
    count: int,
    listener: Listener,
    times: list[int] | None,
) -> Iterator[Frame]:
    """Decode in order and keep the frames nearest after the wanted times; ``times`` are those of all pictures, where they are known."""
    wanted, slack, stretch = spread(duration, count).tolist(), half_frame(stream), stretch_of(stream)
    needed = None if times is None else choose_times(times, stream, start_of(stream), wanted, slack)
    found = first_after(decode_timed(container, stream, needed), wanted, slack)
    for index, (at, frame, done) in enumerate(found):
        yield Frame(index, at, to_picture(frame, stretch))
        listener(Progress("decode", done, count))


def thin_frames(
    container: "av.container.InputContainer", stream: "av.video.stream.VideoStream", count: int, listener: Listener
) -> Iterator[Frame]:
    """Evenly spread frames of a stream whose length is unknown: keep every n-th and double n whenever twice too many are held."""
    kept: list[tuple[float, av.video.frame.VideoFrame]] = []
    step, stretch = 1, stretch_of(stream)
    for number, (at, frame) in enumerate(decode_timed(container, stream)):
        if number % step:
            continue
        kept.append((at, frame))
        if len(kept) >= 2 * count:
            kept, step = kept[::2], step * 2
        listener(Progress("decode", min(len(kept), count), count))
    chosen = np.unique(np.linspace(0, max(len(kept) - 1, 0), min(count, len(kept))).round().astype(int))
    yield from (Frame(index, kept[place][0], to_picture(kept[place][1], stretch)) for index, place in enumerate(chosen))


def decode_timed(
    container: "av.container.InputContainer", stream: "av.video.stream.VideoStream", needed: Container[int] | None = None
) -> Iterator[tuple[float, "av.video.frame.VideoFrame"]]:
    """Decoded frames, those needed at least, with seconds from the start. Damage after a good frame ends the stream, nothing is lost."""
    origin, last = start_of(stream), -1.0
    frames = decode_needed(container, stream, needed)
    while True:
        try:
            frame = next(frames, None)
        except av.error.FFmpegError:
            if last < 0:
                raise
            return
        if frame is None:
            return
        last = frame.time - origin if frame.time is not None else last + 2 * half_frame(stream)
        yield max(last, 0.0), frame


def half_frame(stream: "av.video.stream.VideoStream") -> float:
    """Half the time between two frames, in seconds."""
    return 0.5 / float(stream.average_rate or RULES.sampling.usual_frame_rate)


def sha256_of(path: Path) -> str:
    """Hex SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
