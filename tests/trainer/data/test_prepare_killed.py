"""`trainer.prepare` killed, wholly or one worker of it: nothing half-written stays, nothing finished is done again, nothing hangs."""

import functools
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from telltale.core.errors import JobProblem
from telltale.parallel.executors import TRIES, run_local
from tests.support.datasets.face_dataset import draw_faces
from tests.support.processes import alive, below, kill, kill_one_at_work, until
from trainer import prepare
from trainer.data.manifest import Row
from trainer.data.scan import LeftOut
from trainer.data.shard_jobs import Chunk, chunks_of
from trainer.data.shards import Record, open_split

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are found in /proc")
ROOT = Path(__file__).parents[3]
FILES = 42


def arguments(manifest: Path, out: Path) -> list[str]:
    return ["--manifest", str(manifest), "--out", str(out), "--chunk", "3", "--workers", "2"]


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw_faces(tmp_path_factory.mktemp("set"), FILES)


@pytest.fixture(scope="module")
def whole(manifest: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What an uninterrupted run writes."""
    out = tmp_path_factory.mktemp("whole") / "out"
    assert prepare.main(arguments(manifest, out)) == 0
    return out


def started(manifest: Path, out: Path) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "trainer.prepare", *arguments(manifest, out)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def shards(out: Path) -> list[Path]:
    return sorted(out.glob("*/*.arrow"))


def contents(out: Path) -> dict[str, bytes]:
    """Every file below ``out`` but those that name it or the time."""
    return {str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*") if path.is_file()}


def test_a_killed_run_goes_on_where_it_was(manifest: Path, whole: Path, tmp_path: Path) -> None:
    out = tmp_path / "whole" / "out"
    out.parent.mkdir()
    with started(manifest, out) as run:
        until(lambda: len(shards(out)) >= 3, what="the third shard")
        workers = below(run.pid)
        kill(run.pid)
        run.communicate()
    until(lambda: not any(map(alive, workers)), 10, "the end of the workers")
    done = {path: path.stat().st_mtime_ns for path in shards(out)}
    assert 3 <= len(done) < FILES / 3, "it was to be killed midway"
    assert not (out / "prepared.json").exists()
    for path in done:
        open_one = path.with_suffix(".json")
        assert open_one.exists(), "a shard without its record"
    (out / "train" / "00013.arrow.another-machine-17.part").write_bytes(b"half")

    assert prepare.main(arguments(manifest, out)) == 0
    assert {path: path.stat().st_mtime_ns for path in done} == done, "finished shards were made again"
    assert not list(out.rglob("*.part"))
    ours, theirs = contents(out), contents(whole)
    assert ours.keys() == theirs.keys()
    assert {name for name in ours if ours[name] != theirs[name]} <= {"train.jsonl", "validation.jsonl", "plan.json", "prepared.json"}
    for split in ("train", "validation"):
        assert open_split(out / split).to_list() == open_split(whole / split).to_list()


def test_a_killed_worker_costs_its_chunk_only(manifest: Path, whole: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with started(manifest, out) as run:
        until(lambda: len(shards(out)) >= 2, what="the second shard")
        done = {path: path.stat().st_mtime_ns for path in shards(out)}
        number = kill_one_at_work(out, run.pid)
        said = run.communicate(timeout=60)[0].decode()
    assert run.returncode == 0, said
    assert "ended by SIGKILL" in said and f"{FILES}/{FILES}" in said
    assert out / "train" / f"{number:05d}.arrow" not in done
    assert {path: path.stat().st_mtime_ns for path in done} == done
    assert not list(out.rglob("*.part"))
    for path in shards(whole):
        assert (out / path.relative_to(whole)).read_bytes() == path.read_bytes()


def rows(count: int) -> list[Row]:
    return [Row(f"{number}.mp4", Path("x"), "real", "video", "own", str(number)) for number in range(count)]


def deadly(poison: tuple[str, ...], log: Path, chunk: Chunk, skip: Mapping[str, str], tell: Callable[[str], None]) -> Record:
    """Work that kills its process at the files ``poison``; keeps a list of what it has read."""
    left_out = []
    for item in chunk.items:
        tell(item.row.path)
        if item.row.path in skip:
            left_out.append(LeftOut(item.row.path, skip[item.row.path]))
            continue
        with log.open("a") as file:
            file.write(item.row.path + "\n")
        if item.row.path in poison:
            os.kill(os.getpid(), signal.SIGKILL)
    return Record(len(chunk.items), {}, tuple(left_out))


def test_a_file_that_kills_its_worker_is_left_out_and_named(tmp_path: Path) -> None:
    chunks = chunks_of(rows(8), "train", 4)
    counted: list[int] = []
    records = list(run_local(functools.partial(deadly, ("2.mp4", "3.mp4"), tmp_path / "log"), chunks, 2, counted.append))
    left_out = [item for record in records for item in record.left_out]
    assert [item.path for item in left_out] == ["2.mp4", "3.mp4"]
    assert left_out[0].why == f"a worker process was ended by SIGKILL each of the {TRIES} times that it was read"
    assert sum(counted) == 8, "the bar went past its end"
    log = (tmp_path / "log").read_text().split()
    assert log.count("2.mp4") == log.count("3.mp4") == TRIES
    assert log.count("5.mp4") == 1, "the other worker's chunk was done again"


def killed_at_once(chunk: Chunk, skip: Mapping[str, str], tell: Callable[[str], None]) -> Record:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def buggy(chunk: Chunk, skip: Mapping[str, str], tell: Callable[[str], None]) -> Record:
    raise ZeroDivisionError


def test_workers_that_die_before_they_read_end_the_run(tmp_path: Path) -> None:
    with pytest.raises(JobProblem, match="before they read a file"):
        list(run_local(killed_at_once, chunks_of(rows(2), "train", 2), 1, lambda count: None))


def test_a_bug_is_a_bug(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(RuntimeError, match="its own traceback is above"):
        list(run_local(buggy, chunks_of(rows(4), "train", 2), 1, lambda count: None))
    assert "ZeroDivisionError" in capfd.readouterr().err
