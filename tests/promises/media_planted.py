"""A decoder with holes: files that begin with a word make it crash, hang, take memory or leave a process behind, as a hostile file might.

It stands in for ``telltale.video.frames.frames_in`` in the decoding child; every other file is decoded as ever. And the guard turned off:
the same decoder without a child around it. See also: what must come of it (``media.py``).
"""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import IO, Any, cast

from telltale.sandbox import decode, forkserver
from telltale.video.frames import Clip, ClipInfo, Frame, clip_of, frames_in

Opening = AbstractContextManager[tuple[ClipInfo, Iterator[Frame]]]
TRUE: dict[str, Callable[..., Any]] = {"frames_in": frames_in, "read_apart": decode.read_sandboxed}
"""Within a container, so that they stay what they are when the names are replaced."""
SURROUNDINGS = forkserver.SURROUNDINGS | {name: os.environ[name] for name in ("PYTHONPATH", "PROMISES_DISARMED") if name in os.environ}
"""So that the decoding process gets the holes too."""
HOLES = (b"crash", b"takes", b"forks", b"hangs")


def planted(file: IO[bytes], *arguments: Any, **more: Any) -> Opening:
    """Like ``frames_in``, but for the holes."""
    word = file.read(5)
    file.seek(0)
    if word == b"crash":
        os.kill(os.getpid(), signal.SIGSEGV)
    elif word == b"takes":
        bytearray(3 * 2**30)
    elif word == b"forks" and os.fork() == 0:
        time.sleep(60)
        os._exit(0)
    elif word == b"hangs":
        while True:
            pass
    return cast(Opening, TRUE["frames_in"](file, *arguments, **more))


def together(path: Path, count: int = 32, **more: Any) -> Clip:
    """Like ``read_sandboxed``, in this process."""
    with path.open("rb") as file, planted(file, path.name, count) as (told, frames):
        return clip_of(told, list(frames))


def anysize(path: Path, count: int = 32, **more: Any) -> Clip:
    """Like ``read_sandboxed``, for pictures of any size."""
    return cast(Clip, TRUE["read_apart"](path, count, **more | {"max_pixels": 2**30}))


@contextmanager
def lasting(parent: Path, prefix: str) -> Iterator[Path]:
    """Like ``temporary_folder``, but it stays."""
    yield Path(mkdtemp(prefix=prefix, dir=parent))


HOLED = {"telltale.video.frames:frames_in": f"{__name__}:planted", "telltale.sandbox.forkserver:SURROUNDINGS": f"{__name__}:SURROUNDINGS"}
TOGETHER = {"telltale.sandbox.decode:read_sandboxed": f"{__name__}:together"}
LASTING = {"telltale.sandbox.temp_dir:temporary_folder": f"{__name__}:lasting"}
ANYSIZE = {"telltale.sandbox.decode:read_sandboxed": f"{__name__}:anysize"}
