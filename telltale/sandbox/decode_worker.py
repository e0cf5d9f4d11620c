"""The decoding child: one process that is ready, and forks another for each file, which decodes it within bounds and ends.

The ready process has all modules loaded and opens nothing itself; it takes orders from its standard input (``forkserver.py``), each with
the file, open, with memory for the frames, and with a line to answer on. Each of its children is in a session of its own and is killed as a
group as soon as the line's other end is closed. A child reads that one file and can open no other: what it may hold, use and write is
bounded (``restrictions.py``), it is in a network of nobody, and it ends with the ready process, which ends with its parent.

What is said on the line is JSON, a message each: progress, the place of a frame in the memory, and the last word, of the ready process, how
the child ended. See also: what of that is believed (``decode.py``); decoding itself (``telltale/video/frames.py``,
``telltale/video/captured_frames.py``).
"""

import gc
import json
import math
import mmap
import os
import selectors
import signal
import socket
import traceback
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np

from telltale.core.errors import BadMedia
from telltale.core.progress import Progress
from telltale.sandbox.namespaces import end_with_parent, own_network
from telltale.sandbox.restrictions import set_decoder_rlimits
from telltale.video.captured_frames import open_captured
from telltale.video.color import within
from telltale.video.frames import ClipInfo, Frame, frames_in
from telltale.video.yuv import Planes

LONGEST_ORDER = 4096
ALIGNED = mmap.PAGESIZE


@dataclass(frozen=True)
class RunningChild:
    """A child at work: its process, what tells its end, and the line to whoever waits for it."""

    process: int
    ends: int
    line: socket.socket


def main() -> None:
    """Take orders until there is nobody left to give any."""
    listener = own_network()
    if listener:
        listener.close()
    gc.collect()
    gc.freeze()
    control = socket.socket(fileno=0)
    control.send(b"apart" if listener else b"beside")
    serve(control)
    os._exit(0)  # nothing is left to be done; the kernel ends the children with this process


def serve(control: socket.socket) -> None:
    """Start a child for each order, kill those that nobody waits for any more, and tell of each how it ended."""
    with selectors.DefaultSelector() as selector:
        selector.register(control, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                if key.data is None:
                    running = start_child(control, selector)
                    if running is None:
                        return  # the children end with this process
                    selector.register(running.ends, selectors.EVENT_READ, running)
                    selector.register(running.line, selectors.EVENT_READ, running)
                elif key.fileobj is key.data.line:  # nothing is ever said there: it was closed
                    selector.unregister(key.data.line)
                    kill(key.data)
                else:
                    with suppress(KeyError):
                        selector.unregister(key.data.line)
                    selector.unregister(key.data.ends)
                    reap_child(key.data)


def start_child(control: socket.socket, selector: selectors.BaseSelector) -> RunningChild | None:
    """A new child for the next order; None where there will be no more orders. In the child this does not return."""
    said, handed, _, _ = socket.recv_fds(control, LONGEST_ORDER, 3)
    if not said:
        return None
    file, memory, line = handed[0], handed[1], socket.socket(fileno=handed[2])
    above = os.getpid()
    process = os.fork()
    if process == 0:
        status = 1
        try:
            os.setsid()
            end_with_parent(above)
            control.close()
            for key in list(selector.get_map().values()):
                if isinstance(key.data, RunningChild):  # the others' lines and ends
                    with suppress(OSError):
                        os.close(key.data.ends if key.fileobj is key.data.ends else key.data.line.detach())
            decode(json.loads(said), file, memory, line)
            status = 0
        finally:
            os._exit(status)
    os.close(file)
    os.close(memory)
    return RunningChild(process, os.pidfd_open(process), line)


def kill(running: RunningChild) -> None:
    """End a child and whatever it may have started; it is not reaped yet, so its group is its own."""
    for end in (os.killpg, os.kill):
        with suppress(ProcessLookupError):
            end(running.process, signal.SIGKILL)


def reap_child(running: RunningChild) -> None:
    """A child is gone: nothing of its group is left, and who waits is told how it ended."""
    kill(running)
    _, status, used = os.wait4(running.process, 0)
    told = {"status": os.waitstatus_to_exitcode(status), "seconds": used.ru_utime + used.ru_stime, "peak": used.ru_maxrss * 1024}
    with suppress(OSError):
        running.line.send(json.dumps({"event": "ended"} | told).encode())
    running.line.close()
    os.close(running.ends)


def decode(order: dict[str, Any], handed: int, memory: int, line: socket.socket) -> None:
    """Decode one file within bounds, and say what came of it."""

    def say(**message: Any) -> None:
        line.send(json.dumps(message).encode())

    def send_progress(progress: Progress) -> None:
        say(event="progress", done=progress.done, total=progress.total)

    set_decoder_rlimits(order["bytes"], order["memory"], order["seconds"])
    try:
        with os.fdopen(handed, "rb") as file:
            opening = (
                open_captured(file, send_progress, order["max_pixels"])
                if order["captured"]
                else frames_in(file, order["name"], order["count"], send_progress, order["max_pixels"], order["choice"])
            )
            with opening as (told, frames):
                most = 1 if told.kind == "image" else order["count"]
                hand_over(told, frames, memory, order["bytes"] // most, say)
    except BadMedia as error:
        say(event="failed", **error.as_json())
    except MemoryError:
        say(event="failed", code="media.too_large", sentence=f"“{order['name']}” takes more memory to decode than Telltale gives it.")
    except Exception as error:
        where = "\n".join(f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)[-8:])
        say(event="bug", where=f"{where}\n{type(error).__name__}")


def hand_over(told: ClipInfo, frames: Iterable[Frame], memory: int, most: int, say: Callable[..., None]) -> None:
    """Write the frames to the memory as they come, each of ``most`` bytes at most, and say where each lies."""
    place = 0
    for frame in frames:
        picture, colours = frame.picture, None
        if math.prod(picture.shape) > most - ALIGNED:
            picture = within(frame.rgb, most - ALIGNED)
        if isinstance(picture, Planes):
            pixels, colours = picture.packed, [picture.kind, picture.matrix, picture.span]
        else:
            pixels = np.ascontiguousarray(picture)
        view, written = pixels.reshape(-1).data, 0
        while written < pixels.nbytes:
            written += os.pwrite(memory, view[written:], place + written)
        height, width = picture.shape[:2]
        say(event="frame", index=frame.index, time=frame.time, height=height, width=width, colours=colours, place=place)
        place += -(-pixels.nbytes // ALIGNED) * ALIGNED
    say(event="done", kind=told.kind, duration=told.duration, codec=told.codec, track=told.track, tracks=told.tracks)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    main()
