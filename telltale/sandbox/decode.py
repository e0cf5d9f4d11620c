"""A file of strangers -> its frames, decoded in a process of its own that is bounded in memory, time, files and what it can reach.

The child (``decode_worker.py``) gets the file, open, and memory of a fixed size; it writes the frames there and says where each lies. What
it says is believed only as far as it can be checked, and the memory is looked at when the child is gone. A child that crashes or hangs is a
BadMedia as any other. Where the system has no such means (it is not Linux), the file is decoded in this process.

See also: decoding (``telltale/video/frames.py``, ``telltale/video/captured_frames.py``); how a child is started and ended
(``forkserver.py``).

    from telltale.sandbox.decode import read_sandboxed
    clip = read_sandboxed(Path("clip.mp4"), 32)
"""

import fcntl
import json
import logging
import math
import mmap
import os
import re
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import numpy as np

from telltale.core.errors import BadMedia, told_error
from telltale.core.progress import Listener, Progress, silent
from telltale.net.limits import DECODE_BYTES, DECODE_SECONDS, MAX_PIXELS
from telltale.sandbox.forkserver import ForkServerDied, connect_child
from telltale.sandbox.restrictions import MEMORY
from telltale.video.captured_frames import MOST_FRAMES, is_captured, read_captured
from telltale.video.container import is_readable
from telltale.video.frames import Clip, ClipInfo, Frame, clip_of, read_clip
from telltale.video.yuv import Planes, are_planes

log = logging.getLogger(__name__)

LOOK_EVERY = 0.1
"""Seconds between two looks at the clock; whoever listens may end the reading then."""
LONGEST_MESSAGE = 64 * 1024
MOST_TRACKS = 10_000
"""Of one file; more are not believed."""
NAME = re.compile(r"[a-z0-9_.-]{1,40}", re.ASCII)
CODES = frozenset({"media.not_media", "media.no_picture", "media.no_frames", "media.encrypted", "media.too_large"})


def unseen(_: Frame) -> None:
    """Nobody looks at frames before all are there."""


def read_sandboxed(
    path: Path,
    count: int = 32,
    *,
    listener: Listener = silent,
    max_pixels: int = MAX_PIXELS,
    seconds: float = DECODE_SECONDS,
    memory: int = MEMORY,
    seen: Callable[[Frame], None] = unseen,
    choice: int = 0,
) -> Clip:
    """What ``read_clip`` or, for captured frames, ``read_captured`` gives. Raises BadMedia; an exception of the listener comes through.

    The child may use ``seconds`` and ``memory`` bytes of address space. ``seen`` is told each frame as soon as it is there; whether it is
    one of the clip's is known at the end. Of several video tracks ``choice`` is 0 for the one that players show, 1 for the next likely.
    """
    captured = is_captured(path)
    if sys.platform != "linux":
        log.info("decoding in this process: this system has no bounds for another")
        if captured:
            return read_captured(path, listener=listener, max_pixels=max_pixels)
        return read_clip(path, count, listener=listener, max_pixels=max_pixels)
    order = {
        "name": path.name,
        "captured": captured,
        "count": MOST_FRAMES if captured else count,
        "max_pixels": max_pixels,
        "choice": choice,
        "seconds": seconds,
        "memory": memory,
        "bytes": DECODE_BYTES,
    }
    with is_readable(path) as file, shared_memory(DECODE_BYTES) as shared:
        handed = json.dumps(order).encode(), [file.fileno(), shared]
        shown = SharedFrames(shared, max_pixels)
        try:
            with connect_child(*handed) as line:
                return clip_of(*receive_frames(line, path.name, listener, time.monotonic() + seconds, shown, seen))
        except ForkServerDied:  # no file can end it; whatever did, the next one is another
            with connect_child(*handed) as line:
                return clip_of(*receive_frames(line, path.name, listener, time.monotonic() + seconds, shown, seen))


@contextmanager
def shared_memory(size: int) -> Iterator[int]:
    """Memory without a name that another process may be handed; it takes room only where something is written, and keeps its size."""
    descriptor = os.memfd_create("frames", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        os.ftruncate(descriptor, size)
        fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL)
        yield descriptor
    finally:
        os.close(descriptor)


def receive_frames(
    line: socket.socket, name: str, listener: Listener, deadline: float, shown: "SharedFrames", seen: Callable[[Frame], None]
) -> tuple[ClipInfo, list[Frame]]:
    """What the child found, and the frames; by then it is gone. Raises BadMedia."""
    frames: list[Frame] = []
    last: dict[str, Any] = {}
    progress = Progress("decode", 0, 0)
    for message in messages(line):
        listener(progress)
        if is_expired(deadline):
            raise BadMedia("media.timeout", name=name)
        match message.get("event"):
            case "progress":
                progress = Progress("decode", int(message["done"]), int(message["total"]))
            case "frame":
                frames.append(shown.frame(message, len(frames)))
                if len(frames) <= MOST_FRAMES:
                    seen(frames[-1])
            case "done" | "failed" | "bug":
                last = message
            case "ended":
                log.info("decoded in %.2f s of the processor, %.0f MB at most", message["seconds"], message["peak"] / 1e6)
                return check_result(last, int(message["status"]), name), frames
    raise ForkServerDied("the decoding process ended before its child did")


def is_expired(deadline: float) -> bool:
    """Whether it is later than that."""
    return time.monotonic() > deadline


def messages(line: socket.socket) -> Iterator[dict[str, Any]]:
    """What is said on the line, and an empty message whenever it was silent for a moment."""
    line.settimeout(LOOK_EVERY)
    while True:
        try:
            heard = line.recv(LONGEST_MESSAGE)
        except TimeoutError:
            yield {}
            continue
        except ConnectionResetError:
            return
        if not heard:
            return
        yield json.loads(heard)


def check_result(last: dict[str, Any], status: int, name: str) -> ClipInfo:
    """The child's last word, as far as it is believed. Raises BadMedia."""
    if last.get("event") == "failed" and last["code"] in CODES:
        try:
            failure = told_error(BadMedia, last)
        except ValueError:
            failure = BadMedia("media.crashed", name=name)
        raise failure
    if last.get("event") == "bug":
        raise RuntimeError(f"the decoding child met a bug:\n{str(last['where'])[:4000]}")
    if last.get("event") != "done" or status != 0:
        if -status in (signal.SIGXCPU, signal.SIGKILL):
            raise BadMedia("media.timeout", name=name)
        log.warning("the decoder crashed (%s)", status)
        raise BadMedia("media.crashed", name=name)
    kind, duration, codec = last["kind"], last["duration"], str(last["codec"])
    if kind not in ("video", "image", "frames") or not NAME.fullmatch(codec):
        raise BadMedia("media.crashed", name=name)
    good = isinstance(duration, int | float) and math.isfinite(duration) and duration > 0
    track, tracks = int(last.get("track", 1)), int(last.get("tracks", 1))
    placed = 1 <= track <= tracks <= MOST_TRACKS
    return ClipInfo(kind, float(duration) if good else None, codec, *((track, tracks) if placed else (1, 1)))


class SharedFrames:
    """The memory in which the child writes frames. What it writes there is pixels to us, whatever it is, and whenever it is written."""

    def __init__(self, shared: int, max_pixels: int) -> None:
        self._max_pixels = max_pixels
        self._whole = mmap.mmap(shared, DECODE_BYTES, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ | mmap.PROT_WRITE)

    def frame(self, said: dict[str, Any], index: int) -> Frame:
        """The frame where the child says that it lies; what does not lie there is no frame. Raises BadMedia."""
        place, height, width = int(said["place"]), int(said["height"]), int(said["width"])
        colours = said["colours"]
        size = height * width * 3 // (2 if colours else 1)
        lies = min(height, width) >= 1 and height * width <= self._max_pixels and place >= 0 and place + size <= DECODE_BYTES
        if not lies or (colours and not are_planes(height, width, *colours)):
            raise BadMedia("media.crashed", "unnamed")
        pixels = np.frombuffer(cast(Any, self._whole), np.uint8, size, place)
        picture = Planes(pixels, height, width, *colours) if colours else pixels.reshape(height, width, 3)
        return Frame(index, float(said["time"]), picture)
