"""Decoding in a process of its own: the same frames, and whatever becomes of that process is told and leaves nothing behind."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from telltale.core.errors import BadMedia
from telltale.core.progress import Progress
from telltale.net.limits import DECODE_BYTES
from telltale.sandbox.decode import SharedFrames, check_result, read_sandboxed, shared_memory
from telltale.sandbox.forkserver import close, prepare
from telltale.video.frames import Clip, Frame, read_clip
from tests.engine.video.test_frames import numbered
from tests.support.processes import below, until

ROOT = Path(__file__).parents[3]


def same(one: Clip, other: Clip) -> None:
    assert (one.kind, one.width, one.height, one.duration, one.codec) == (
        other.kind,
        other.width,
        other.height,
        other.duration,
        other.codec,
    )
    assert [frame.time for frame in one.frames] == [frame.time for frame in other.frames]
    assert all(np.array_equal(a.rgb, b.rgb) for a, b in zip(one.frames, other.frames, strict=True))


@pytest.fixture(scope="module")
def long_video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Takes seconds to decode: it has one keyframe, so all of it is read."""
    return numbered(tmp_path_factory.mktemp("long") / "long.mp4", 100, fps=25, gop=100_000, size=(640, 480))


def children() -> set[int]:
    """The children of the ready process: those that decode."""
    ready = prepare().process
    return set(below(ready))


def running(process: int) -> bool:
    """Whether there is such a process, and it has not ended."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def met(action: Callable[[int], None]) -> None:
    """Do something to the next decoding child as soon as there is one."""

    def meet() -> None:
        until(lambda: bool(children()), 20)
        time.sleep(0.03)
        for child in children():
            action(child)

    threading.Thread(target=meet, daemon=True).start()


@pytest.mark.parametrize("name", ["h264.mp4", "vp9.webm", "av1.mp4"])
def test_the_same_frames_as_in_this_process(media: Path, name: str) -> None:
    same(read_sandboxed(media / name, 8), read_clip(media / name, 8))


def test_a_crash_is_no_crash_of_ours(long_video: Path) -> None:
    met(lambda child: os.kill(child, signal.SIGSEGV))
    with pytest.raises(BadMedia) as caught:
        read_sandboxed(long_video)
    assert caught.value.code == "media.crashed"
    assert not children() and read_sandboxed(long_video, 2, seconds=60).frames, "the next file is not decoded"


def test_a_hang_ends(long_video: Path) -> None:
    met(lambda child: os.kill(child, signal.SIGSTOP))
    started = time.monotonic()
    with pytest.raises(BadMedia) as caught:
        read_sandboxed(long_video, seconds=1.5)
    assert caught.value.code == "media.timeout" and time.monotonic() - started < 10
    until(lambda: not children(), 2, "the end of the child that hung")


@pytest.mark.parametrize(
    ("ended", "code"),
    [(signal.SIGXCPU, "media.timeout"), (signal.SIGKILL, "media.timeout"), (signal.SIGSEGV, "media.crashed"), (-1, "media.crashed")],
)
def test_how_a_child_ended(ended: int, code: str) -> None:
    with pytest.raises(BadMedia, match="clip") as caught:
        check_result({}, -ended, "clip")
    assert caught.value.code == code


@pytest.mark.parametrize("codec", ["h264\x1b[2J", "<b>", "x" * 99])
def test_words_of_the_child_are_not_believed(codec: str) -> None:
    with pytest.raises(BadMedia):
        check_result({"event": "done", "kind": "video", "duration": 1.0, "codec": codec}, 0, "clip")
    with pytest.raises(BadMedia) as caught:
        check_result({"event": "failed", "code": "model.broken", "variant": "no_number", "params": {}}, 0, "clip")
    assert caught.value.code == "media.crashed"


def test_frames_are_seen_as_they_come(media: Path) -> None:
    seen: list[Frame] = []
    clip = read_sandboxed(media / "h264.mp4", 4, seen=seen.append)
    assert len(seen) == 4 and all(early is late for early, late in zip(seen, clip.frames, strict=True))


PLANES = ("yuv420p", 1, 1)


@pytest.mark.parametrize(
    "wrong",
    [
        *({"place": -4096}, {"place": 2**30}, {"height": 0}, {"height": 2**20, "width": 2**20}, {"place": 2**30 - 100}),
        *({"colours": PLANES, "height": 47}, {"colours": PLANES, "width": 63}, {"colours": PLANES, "place": 2**30 - 4000}),
        *({"colours": ("yuv444p", 1, 1)}, {"colours": ("yuv420p", 99, 1)}, {"colours": ("yuv420p", 1, -1)}),
    ],
)
def test_a_frame_must_lie_in_the_memory(wrong: dict[str, Any]) -> None:
    said = {"place": 0, "height": 48, "width": 64, "time": 0.0, "colours": None}
    with shared_memory(DECODE_BYTES) as shared:
        shown = SharedFrames(shared, 10_000)
        assert shown.frame(said, 0).rgb.shape == shown.frame(said | {"colours": PLANES}, 0).rgb.shape == (48, 64, 3)
        with pytest.raises(BadMedia):
            shown.frame(said | wrong, 1)


def test_who_listens_may_end_it(long_video: Path) -> None:
    def cancel(progress: Progress) -> None:
        if progress.total:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read_sandboxed(long_video, listener=cancel)
    until(lambda: not children(), 2, "the end of a child that nobody waits for")


def test_a_ready_process_that_is_killed_is_started_again(media: Path) -> None:
    first = prepare().process
    os.kill(first, signal.SIGKILL)
    assert read_sandboxed(media / "h264.mp4", 2).frames and prepare().process != first


def test_nothing_outlives_a_parent_that_is_killed(long_video: Path) -> None:
    told = f"from pathlib import Path; from telltale.sandbox.decode import read_sandboxed; read_sandboxed(Path({str(long_video)!r}))"
    with subprocess.Popen([sys.executable, "-c", told], cwd=ROOT) as parent:
        until(lambda: len(below(parent.pid)) == 2, 30, "the ready process and its child")
        left = below(parent.pid)
        parent.kill()
    until(lambda: not any(running(child) for child in left), 2, "their end")


def test_a_child_is_bounded_and_alone(long_video: Path) -> None:
    seen: dict[str, str] = {}

    def look(child: int) -> None:
        seen["limits"] = Path(f"/proc/{child}/limits").read_text()
        seen["session"] = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[3]
        seen["child"] = str(child)
        seen["files"] = " ".join(os.readlink(entry) for entry in Path(f"/proc/{child}/fd").iterdir())

    met(look)
    read_sandboxed(long_video, 4, seconds=60)
    assert re.search(r"Max address space +2147483648 ", seen["limits"]) and re.search(r"Max open files +16 ", seen["limits"])
    assert re.search(r"Max cpu time +61 ", seen["limits"]) and re.search(r"Max file size +1073741824 ", seen["limits"])
    assert seen["session"] == seen["child"], "it shares a session"
    assert [name for name in seen["files"].split() if name.startswith(str(long_video.parent.parent))] == [str(long_video)]


def test_the_memory_of_the_frames_keeps_its_size() -> None:
    with shared_memory(4096) as descriptor, pytest.raises(PermissionError):
        os.ftruncate(descriptor, 0)


def test_the_ready_process_ends_when_it_is_told() -> None:
    ready = prepare().process
    close()
    assert not Path(f"/proc/{ready}").exists()
