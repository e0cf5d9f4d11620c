"""Archives: a manifest in, one Parquet file out, whatever is killed on the way."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pyarrow import parquet

from telltale.cli.output_files import COLUMNS
from telltale.cli.parquet_run import PER_PART, CheckSource, Part, manifest_sources, working
from telltale.core.errors import BadRequest

FILES = 2 * PER_PART + 3


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Drawn faces, one of them no picture and one not there, and manifests of them."""
    from tests.support.media.drawing import draw_face_picture

    folder = tmp_path_factory.mktemp("archive")
    first = draw_face_picture(folder / "0.jpg")
    for number in range(1, FILES):
        shutil.copy2(first, folder / f"{number}.jpg")
    (folder / "3.jpg").write_text("no picture")
    (folder / "5.jpg").unlink()
    names = [f"{number}.jpg" for number in range(FILES)]
    (folder / "big.csv").write_text("number,path\n" + "".join(f"{number},{name}\n" for number, name in enumerate(names)))
    (folder / "big.jsonl").write_text("".join(json.dumps({"path": name, "label": "real"}) + "\n" for name in names))
    return folder


def command(manifest: Path, out: Path, *more: str) -> list[str]:
    return [
        sys.executable,
        "-m",
        "telltale",
        "check",
        "--input-list",
        str(manifest),
        "--output",
        str(out),
        "--face-detector",
        "mtcnn",
        *more,
    ]


def rows(path: Path) -> list[dict[str, Any]]:
    """The rows without what differs from run to run."""
    return [{key: value for key, value in row.items() if key != "seconds"} for row in parquet.read_table(path).to_pylist()]


@pytest.fixture(scope="module")
def whole(pictures: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """The result of a run that nothing disturbed, and what it said."""
    out = tmp_path_factory.mktemp("whole") / "results.parquet"
    done = subprocess.run(command(pictures / "big.csv", out, "--workers", "2"), capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    yield out, done.stdout


def test_every_source_has_one_row_in_order(whole: tuple[Path, str], pictures: Path) -> None:
    out, said = whole
    found = rows(out)
    assert [row["source"] for row in found] == [f"{number}.jpg" for number in range(FILES)]
    assert set(found[0]) == set(COLUMNS) - {"seconds"}
    assert found[3]["error"] == "media.not_media" and found[5]["error"] == "media.not_found"
    assert all(row["verdict"] and row["sha256"] for number, row in enumerate(found) if number not in (3, 5))
    assert "media.not_media" in said and not out.with_name("results.parquet.parts").exists()


def test_a_killed_run_goes_on_and_ends_alike(whole: tuple[Path, str], pictures: Path, tmp_path: Path) -> None:
    out = tmp_path / "results.parquet"
    parts = out.with_name("results.parquet.parts")
    running = subprocess.Popen(
        command(pictures / "big.csv", out, "--workers", "1"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    deadline = time.monotonic() + 60
    while not list(parts.glob("*.parquet")) and time.monotonic() < deadline:
        time.sleep(0.02)
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    kept = {path: path.stat().st_mtime_ns for path in parts.glob("*.parquet")}
    assert kept and not out.exists(), "killed in the middle"
    before = {path: path.read_bytes() for path in kept}

    done = subprocess.run(command(pictures / "big.csv", out, "--workers", "2"), capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert rows(out) == rows(whole[0]) and before


def test_another_question_is_refused(pictures: Path, tmp_path: Path) -> None:
    asked = {"sources": "a", "frames": 32}
    with working(tmp_path / "parts", asked), pytest.raises(BadRequest, match="Another process"), working(tmp_path / "parts", asked):
        pass
    with pytest.raises(BadRequest, match="frames"), working(tmp_path / "parts", {"sources": "a", "frames": 8}):
        pass


def test_a_result_that_is_there_is_not_overwritten(whole: tuple[Path, str], pictures: Path) -> None:
    before = whole[0].read_bytes()
    done = subprocess.run(command(pictures / "big.csv", whole[0]), capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2 and "already exists" in done.stderr and whole[0].read_bytes() == before


def test_manifests_of_all_kinds_name_the_same(pictures: Path, tmp_path: Path) -> None:
    from_csv, from_lines = manifest_sources(pictures / "big.csv"), manifest_sources(pictures / "big.jsonl")
    assert from_csv == from_lines and from_csv[0] == CheckSource(pictures / "0.jpg", "0.jpg")
    mixed = tmp_path / "mixed.txt"
    mixed.write_text("a.mp4\nhttps://example.org/b.mp4\n")
    assert [given.source for given in manifest_sources(mixed)] == [tmp_path / "a.mp4", "https://example.org/b.mp4"]
    (tmp_path / "bad.jsonl").write_text('{"label": 1}\n')
    with pytest.raises(BadRequest, match="Line 1"):
        manifest_sources(tmp_path / "bad.jsonl")


def test_a_source_that_kills_its_worker_is_told_and_the_rest_goes_on(tmp_path: Path) -> None:
    """Through the very engine, with work that kills itself at one source."""
    from telltale.parallel.executors import run_local

    parts = [Part(number, (CheckSource(Path(f"{number}.mp4"), f"{number}.mp4"),)) for number in range(4)]
    results = sorted(run_local(kill_at_two, parts, 2, lambda more: None))
    assert [name for name, _ in results] == ["0.mp4", "1.mp4", "2.mp4", "3.mp4"]
    assert "SIGKILL" in dict(results)["2.mp4"] and not dict(results)["1.mp4"]


def kill_at_two(part: Part, skip: dict[str, str], tell: Any) -> tuple[str, str]:
    """Work on one part: the second's process is killed, as by the kernel when memory runs out."""
    name = part.files[0]
    tell(name)
    if name == "2.mp4" and name not in skip:
        os.kill(os.getpid(), signal.SIGKILL)
    return name, skip.get(name, "")
