"""A Space is published whole, in one commit, and only by someone who may; publishing it again changes nothing."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from space import publish
from space.deploy.hub import FREE
from space.deploy.layout import ROOT, Choice, laid_out
from tests.support.web.hub_server import TOKEN, Hub, Repository, running_hub

REPO = "owner/space"


@pytest.fixture
def hub() -> Iterator[Hub]:
    with running_hub() as hub:
        yield hub


@pytest.fixture
def packs(tmp_path: Path) -> Path:
    """A folder of InsightFace's with a pack of two models in it; what is in them does not matter here."""
    folder = tmp_path / "insightface" / "models" / "buffalo_x"
    folder.mkdir(parents=True)
    for name in ("det_500m.onnx", "w600k_mbf.onnx"):
        (folder / name).write_bytes(name.encode())
    return tmp_path / "insightface"


def run(hub: Hub, home: Path, *more: str, token: str = TOKEN) -> "subprocess.CompletedProcess[str]":
    """The command, in a process that knows no other Hub and nobody's token."""
    own = {"HF_ENDPOINT": hub.url, "HF_HOME": str(home), "HF_TOKEN": token, "HF_HUB_DISABLE_XET": "1", "HF_HUB_OFFLINE": "0"}
    command = [sys.executable, "-m", "space.publish", "--repo", REPO, *more]
    return subprocess.run(command, cwd=ROOT, env=os.environ | own, capture_output=True, text=True, timeout=120, check=False)


def refused(done: "subprocess.CompletedProcess[str]", words: str) -> None:
    assert done.returncode == 2 and words in done.stderr and "Traceback" not in done.stderr, done.stderr


def test_everything_comes_in_one_commit_and_again_changes_nothing(hub: Hub, tmp_path: Path) -> None:
    """What lies on the Hub is byte for byte what was laid out; what an earlier publication sent and this one does not have is gone."""
    done = run(hub, tmp_path, "--private")
    assert done.returncode == 0, done.stderr
    assert TOKEN not in done.stdout + done.stderr
    space = hub.repositories[REPO]
    assert space.settings == {"type": "space", "sdk": "gradio", "hardware": FREE, "visibility": "private"}
    assert len(space.commits) == 2, "the empty one and ours"
    assert space.files == {file.place: file.read() for file in laid_out(Choice())}
    assert run(hub, tmp_path).returncode == 0
    assert len(space.commits) == 2, "the same files were committed again"
    space.commits.append(("0" * 40, space.files | {"telltale/old.py": b"old", "notes.md": b"the operator's own"}))
    assert run(hub, tmp_path, "--public", "--hardware", "cpu-basic").returncode == 0
    assert "telltale/old.py" not in space.files and space.files["notes.md"] == b"the operator's own"
    assert (space.settings["visibility"], space.settings["flavor"]) == ("public", "cpu-basic")


def test_another_model_is_named_where_the_space_needs_it(hub: Hub, tmp_path: Path) -> None:
    assert run(hub, tmp_path, "--model", "other/larger").returncode == 0
    space = hub.repositories[REPO]
    assert space.settings["variables"] == {"TELLTALE_MODEL": "other/larger"}
    card = yaml.safe_load(space.files["README.md"].decode().split("---\n")[1])
    assert card["models"] == card["preload_from_hub"] == ["other/larger"]
    assert b"\ntransformers==" in space.files["requirements.txt"] and b"\ntorch==2.11.0\n" in space.files["requirements.txt"]


def test_a_dry_run_lists_and_asks_nobody(capsys: pytest.CaptureFixture[str]) -> None:
    """The endpoint is nowhere: asking it would fail."""
    assert publish.main(["--repo", REPO, "--dry-run", "--endpoint", "http://127.0.0.1:9"]) == 0
    said = capsys.readouterr().out
    assert "9.080 MB  hub_card/browser/model.safetensors" in said and "nothing was" in said
    listed = [line.split("MB  ")[1] for line in said.splitlines()[:-1]]
    assert listed == [file.place for file in laid_out(Choice())]


def test_who_may_not_changes_nothing(hub: Hub, tmp_path: Path) -> None:
    refused(run(hub, tmp_path, token=""), "hf auth login")
    assert not hub.asked, "without a token nobody is asked"
    stranger = run(hub, tmp_path, token="hf_of_somebody_else")
    refused(stranger, "HF_TOKEN")
    assert "somebody" not in stranger.stdout + stranger.stderr and not hub.repositories
    refused(run(Hub("http://127.0.0.1:9"), tmp_path), "Publish again")


def test_another_program_is_not_overwritten(hub: Hub, tmp_path: Path) -> None:
    hub.repositories[REPO] = Repository(settings={"sdk": "docker"})
    refused(run(hub, tmp_path), "another kind (docker)")
    hub.repositories[REPO] = Repository([("0" * 40, {"app.py": b"print()"})], {"sdk": "gradio"})
    refused(run(hub, tmp_path), "another program")
    assert len(hub.repositories[REPO].commits) == 1


@pytest.mark.parametrize("name", ["space", "a/b/c", "owner/sp ace", "https://huggingface.co/spaces/owner/space"])
def test_what_is_no_name_is_refused(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert publish.main(["--repo", name, "--dry-run"]) == 2
    assert name in capsys.readouterr().err


def test_the_pack_goes_along_only_where_its_licence_was_accepted(packs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["--repo", REPO, "--dry-run", "--insightface", str(packs)]
    assert publish.main(asked) == 2
    assert "non-commercial" in capsys.readouterr().err
    assert publish.main([*asked, "--accept-insightface-licence"]) == 0
    said = capsys.readouterr().out
    assert "insightface/models/buffalo_x/det_500m.onnx" in said and "w600k" not in said, "of the pack only what is used"
    assert publish.main([*asked[:-1], str(packs / "absent"), "--accept-insightface-licence"]) == 2
    files = {
        file.place: file.read().decode() for file in laid_out(Choice(pack=packs / "models/buffalo_x/det_500m.onnx")) if file.size < 9000
    }
    assert "non-commercial" in files["insightface/LICENSE.md"] and "\ninsightface==" in files["requirements.txt"]
    assert "insightface" not in next(file.read().decode() for file in laid_out(Choice()) if file.place == "requirements.txt")
