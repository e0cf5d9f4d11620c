"""`trainer.prepare --engine ray`: a worker killed while it writes, a whole node lost; the same shards as without Ray."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.datasets.face_dataset import draw_faces
from tests.support.processes import alive, below, kill_one_at_work, until
from trainer import prepare

pytestmark = [pytest.mark.long, pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are found in /proc")]
ROOT = Path(__file__).parents[3]


def arguments(manifest: Path, out: Path) -> list[str]:
    return ["--manifest", str(manifest), "--out", str(out), "--chunk", "6", "--workers", "2"]


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw_faces(tmp_path_factory.mktemp("set"), 48)


@pytest.fixture(scope="module")
def local(manifest: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the local engine writes."""
    out = tmp_path_factory.mktemp("local") / "out"
    assert prepare.main(arguments(manifest, out)) == 0
    return out


def assert_same(ours: Path, theirs: Path) -> None:
    """Byte by byte, but for what names the folder."""
    names = sorted(path.relative_to(theirs) for path in theirs.glob("*/*"))
    assert sorted(path.relative_to(ours) for path in ours.glob("*/*")) == names
    for name in [*names, Path("left_out.jsonl")]:
        assert (ours / name).read_bytes() == (theirs / name).read_bytes(), name
    assert json.loads((ours / "prepared.json").read_text())["crops"] == json.loads((theirs / "prepared.json").read_text())["crops"]


def test_a_killed_worker_changes_nothing(manifest: Path, local: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-W", "error", "-m", "trainer.prepare", *arguments(manifest, tmp_path), "--engine", "ray"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as run:
        kill_one_at_work(tmp_path, run.pid)
        started = below(run.pid)
        said = run.communicate(timeout=120)[0].decode()
    assert run.returncode == 0, said
    until(lambda: not any(map(alive, started)), 20, "the end of Ray's processes")
    assert "Task one_chunk failed. There are 2 retries remaining" in said, "nothing was lost: the test shows nothing"
    assert_same(tmp_path, local)


CLUSTER = """
import os, signal, subprocess, sys
from contextlib import suppress
from pathlib import Path
from ray.cluster_utils import Cluster
from tests.support.processes import below, until

def stopped():
    "Whoever is writing, in the middle of it."
    for part in out.glob("train/*.part"):
        writer = int(part.name.split(".")[-2].rpartition("-")[2])
        with suppress(ProcessLookupError):
            os.kill(writer, signal.SIGSTOP)
            if part.exists():
                found.append((part, writer))
                return True
            os.kill(writer, signal.SIGCONT)
    return False

memory = {"object_store_memory": 100 << 20}
cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False, **memory})
try:
    nodes = [cluster.add_node(num_cpus=1, **memory) for _ in range(2)]
    cluster.wait_for_nodes()
    out, found = Path(sys.argv[1]), []
    command = [sys.executable, "-m", "trainer.prepare", *sys.argv[2:], "--engine", "ray", "--ray-address", cluster.address]
    with subprocess.Popen(command) as run:
        until(stopped, 90)
        part, writer = found[0]
        (node,) = [node for node in nodes if writer in below(node.all_processes["raylet"][0].process.pid)]
        cluster.remove_node(node, allow_graceful=False)
        with suppress(ProcessLookupError):
            os.kill(writer, signal.SIGKILL)
        print("lost while it wrote:", part.exists())
    sys.exit(run.returncode)
finally:
    cluster.shutdown()
"""


def test_a_lost_node_changes_nothing(manifest: Path, local: Path, tmp_path: Path) -> None:
    """A cluster of two nodes (here on one machine), one of which goes while both write."""
    command = [sys.executable, "-c", CLUSTER, str(tmp_path), *arguments(manifest, tmp_path)]
    environment = os.environ | {"RAY_USAGE_STATS_ENABLED": "0"}
    run = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=180, env=environment)
    assert run.returncode == 0, run.stderr[-3000:]
    assert "lost while it wrote: True" in run.stdout
    assert_same(tmp_path, local)


LOST = """
import functools, sys
from pathlib import Path
from telltale.core.errors import JobProblem
from tests.trainer.data.test_prepare_killed import deadly, rows
from trainer.data.shard_jobs import chunks_of
from telltale.parallel.executors import run_ray

work = functools.partial(deadly, ("1.mp4",), Path(sys.argv[1]))
try:
    for record in run_ray(work, chunks_of(rows(6), "train", 2), 2, lambda count: None, tries=1):
        print("done", record.files)
except JobProblem as error:
    print(error.sentence)
"""


def test_a_chunk_that_always_loses_its_worker_is_named_and_the_others_are_done(tmp_path: Path) -> None:
    command = [sys.executable, "-W", "error", "-c", LOST, str(tmp_path / "log")]
    run = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=120)
    said = [line for line in run.stdout.splitlines() if "(raylet)" not in line]
    assert said == [
        "done 2",
        "done 2",
        "1 of 3 chunks lost their workers, 1 times each; the first holds the files 0.mp4 to 1.mp4. The same command with --engine local "
        "goes on and finds the file.",
    ], run.stderr
