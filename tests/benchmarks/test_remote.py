"""The benchmark of remote reading runs through in little: short small sources of every kind, all demands held, and missed ones told."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks.remote import run
from benchmarks.remote.index_bytes import index_bytes, index_of
from benchmarks.remote.latency_server import Sent
from benchmarks.remote.long_videos import KINDS, made
from benchmarks.remote.single_fetch import children_watched, equal
from benchmarks.resource_meter import high_water
from telltale.video.frames import Frame, read_clip

IN_LITTLE = ("--minutes", "0.3333", "--size", "320x180", "--latency", "0", "--repeat", "1", "--frames", "8")
MADE = "20s-320x180"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("sources")
    for kind in KINDS:
        made(kind, place, 20.0, (320, 180), lambda _: None)
    return place


def missed(printed: str) -> list[str]:
    """The demands that were missed, but for the seconds, in which a busy machine may fail."""
    lines = [line for line in printed.splitlines() if line.startswith("missed: ")]
    assert len(lines) == printed.count("**no**")
    return [line for line in lines if ": seconds:" not in line]


@pytest.mark.long
def test_every_kind_of_source_is_looked_at_and_holds(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status = run.main(["--folder", str(folder), *IN_LITTLE])
    printed = capsys.readouterr().out
    assert missed(printed) == [] and status == int("missed: " in printed)
    for kind in KINDS:
        (row,) = [line for line in printed.splitlines() if line.startswith(f"| {kind.name} | 0.3333 |")]
        megabytes, pictures, requests, _, _, parent, child, frames, same, _ = (cell.split()[0] for cell in row.split("|")[3:-1])
        assert 0 < float(pictures) <= float(megabytes) < 1 and int(requests) > 0
        assert (frames, same) == ("8", "8")
        assert 20 < float(parent) < 400 and 20 < float(child) < 400


def test_what_is_missed_is_told_and_fails(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A short small file is read whole: it costs as many bytes as the download does, and twice as many when it is twice as long."""
    order = ["--only", "front.mp4", "--whole", "full", "--lengths", "0.3333,0.6667"]
    assert run.main(["--folder", str(folder), *IN_LITTLE, *order]) == 1
    printed = capsys.readouterr().out
    told = "\n".join(missed(printed))
    assert "times fewer bytes than all: " in told and ", asked at least 100" in told
    assert "MB without index at 0.3333, 0.6667 minutes" in told and told.endswith(", asked at most 1.2")
    assert "500 frames by OpenCV |" in printed


def test_a_share_of_the_decoding_is_called_extrapolated(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run.main(["--folder", str(folder), *IN_LITTLE, "--only", "front.mp4", "--whole", "0.1"])
    assert "50 frames by OpenCV, extrapolated |" in capsys.readouterr().out


@pytest.mark.parametrize(("file", "marks"), [("front.mp4", b"moov"), ("fragmented.mp4", b"moovsidx"), ("vp9.webm", b"\x1c\x53\xbb\x6b")])
def test_the_index_is_found(folder: Path, file: str, marks: bytes) -> None:
    path = folder / MADE / file
    data, spans = path.read_bytes(), list(index_of(path))
    shift = 0 if path.suffix == ".webm" else 4
    assert b"".join(data[start + shift : start + shift + 4] for start, _ in spans) == marks
    assert sum(stop - start for start, stop in spans) == index_bytes([Sent(path, 0, len(data))]) < len(data)
    start, stop = spans[0]
    assert index_bytes([Sent(path, start - 10, start + 7), Sent(path, stop - 1, stop), Sent(path, stop, stop)]) == 8


def test_a_frame_that_differs_is_seen(folder: Path) -> None:
    path = folder / MADE / "front.mp4"
    frames = read_clip(path, 4).frames
    assert equal(frames, path) == 4
    other = np.array(frames[2].rgb)
    other[90, 160, 1] ^= 1
    assert equal([*frames[:2], Frame(2, frames[2].time, other)], path) == 2
    assert equal([Frame(0, frames[0].time + 1, frames[0].rgb)], path) == 0


def test_the_peak_of_a_child_is_its_own() -> None:
    """Whatever the process that started it held before."""
    held = np.ones(60_000_000, np.uint8)
    order = "held = b'1' * 30_000_000; print(flush=True); input()"
    with (
        children_watched() as peak,
        subprocess.Popen([sys.executable, "-c", order], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child,
    ):
        assert child.stdout is not None
        child.stdout.readline()
        own = high_water(child.pid)
        child.communicate(b"\n")
    assert 30 < own < 60 < high_water(os.getpid()) and held[0]
    assert peak[0] <= own and high_water(child.pid) == 0
