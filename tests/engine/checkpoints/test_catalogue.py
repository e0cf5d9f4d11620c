"""Models by name: a catalogue whose entries are pinned to commits, through the command line and a Hub."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.engine.cli.test_commands import Ended, telltale
from tests.support.tiny_classifiers import write_classifier
from tests.support.web.hub_server import Hub, Repository, running_hub

FIRST, SECOND = "1" * 40, "2" * 40


@dataclass(frozen=True)
class Desk:
    """Somebody's machine: a Hub, and a home of its own for each test."""

    hub: Hub
    home: Path

    def telltale(self, *arguments: str | Path) -> Ended:
        """Run a command there."""
        places = {"XDG_CONFIG_HOME": str(self.home / "config"), "HF_HOME": str(self.home / "cache")}
        return telltale(*arguments, HF_ENDPOINT=self.hub.url, COLUMNS="80", **places)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A Hub with one model, which later gets the other order of labels under the same name."""
    with running_hub() as hub:
        commits = []
        for commit, labels in ((FIRST, ("artificial", "human")), (SECOND, ("human", "artificial"))):
            folder = write_classifier("vit", tmp_path / commit[:1], labels)
            commits.append((commit, {path.name: path.read_bytes() for path in folder.iterdir()}))
        hub.repositories["owner/Art-Detector"] = Repository(commits[:1])
        hub.repositories["owner/later"] = Repository(commits)
        yield Desk(hub, tmp_path / "home")


def test_a_model_that_was_added_stays_the_same_net(desk: Desk, drawn_video: Path) -> None:
    added = desk.telltale("models", "add", "owner/Art-Detector", "--crop", "wide")
    assert added.exit == 0 and FIRST in added.out and "--model art-detector" in added.out, added.err
    checks = []
    for _ in range(2):
        done = desk.telltale("check", drawn_video, "--model", "art-detector", "--json")
        checks.append(done.lines()[0])
        desk.hub.repositories["owner/Art-Detector"] = desk.hub.repositories["owner/later"]
    first, second = checks
    assert first["model"]["id"] == "art-detector" and not first["model"]["calibrated"]
    assert (first["model"], first["fake_probability"]) == (second["model"], second["fake_probability"])
    assert desk.telltale("models", "pin", "art-detector").out.strip().endswith(f"{SECOND}.")
    third = desk.telltale("check", drawn_video, "--model", "art-detector", "--json").lines()[0]
    assert third["fake_probability"] == pytest.approx(1 - float(first["fake_probability"]), abs=1e-6)


def test_a_name_without_a_commit_is_not_used_unasked(desk: Desk, drawn_video: Path) -> None:
    done = desk.telltale("check", drawn_video, "--model", "dima806")
    assert done.exit == 3 and "model.not_pinned" in done.err and "telltale models pin dima806" in " ".join(done.err.split())
    assert not any("dima806" in path for path in desk.hub.asked)


def test_the_list_says_what_is_known_of_each(desk: Desk) -> None:
    shown = desk.telltale("models")
    assert shown.exit == 0 and max(map(len, shown.out.splitlines())) <= 80
    rows = {row["name"]: row for row in desk.telltale("models", "--json").lines()}
    assert str(rows["embedded"]["measured"]).startswith("AUC 0.") and rows["gend-clip-l"]["measured"] is None
    assert rows["sdxl-detector"]["licence"] == "CC-BY-NC-3.0" and all(row["licence"] and row["crop"] for row in rows.values())


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (("pin", "nothing"), "model.not_found"),
        (("add", "owner/absent"), "model.not_found"),
        (("add", "not an id"), "model.broken"),
        (("add", "owner/later", "--crop", "round"), "model.broken"),
    ],
)
def test_what_cannot_be_added_or_pinned_is_told(asked: tuple[str, ...], code: str, desk: Desk) -> None:
    done = desk.telltale("models", *asked)
    assert done.exit == 3 and code in done.err and "Traceback" not in done.err


def test_a_catalogue_that_cannot_be_read_is_told(desk: Desk) -> None:
    path = desk.home / "config" / "telltale" / "models.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps([{"name": "one", "id": "owner/name", "commit": "main"}]))
    done = desk.telltale("models")
    assert done.exit == 3 and "model.broken" in done.err and "Traceback" not in done.err


def test_pickled_weights_are_converted_when_told_to(tmp_path: Path, desk: Desk) -> None:
    import numpy as np
    import torch
    from safetensors.torch import load_file

    from telltale.model.classifier import load_model

    folder = write_classifier("vit", tmp_path / "vit")
    crop = np.random.default_rng(0).integers(0, 255, (1, 96, 96, 3)).astype(np.uint8)
    wanted = load_model(str(folder)).score(crop).logits
    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    done = desk.telltale("models", "convert", folder, "--into", tmp_path / "converted")
    assert done.exit == 0, done.err
    assert load_model(str(tmp_path / "converted")).score(crop).logits == pytest.approx(wanted)

    class Hostile:
        def __reduce__(self) -> tuple[object, ...]:
            return (Path.touch, (tmp_path / "ran",))

    torch.save({"weight": Hostile()}, folder / "pytorch_model.bin")
    refused = desk.telltale("models", "convert", folder, "--into", tmp_path / "other")
    assert refused.exit == 3 and "model.pickled" in refused.err and not (tmp_path / "ran").exists() and not (tmp_path / "other").exists()
