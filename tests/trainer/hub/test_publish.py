"""A published model is whole or not there; its card says what was measured; and what was published is what anybody gets."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from telltale.model.classifier import BROWSER, revision_of
from tests.support.evaluation_figures import measured, shown
from tests.support.web.hub_server import TOKEN, Hub, running_hub
from trainer import publish

ROOT = Path(__file__).resolve().parents[3]
REPO = "owner/small"


@pytest.fixture
def hub() -> Iterator[Hub]:
    with running_hub() as hub:
        yield hub


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """The small model in a run's folder, with an account of its training."""
    folder = shutil.copytree(BROWSER, tmp_path / "run" / "model", ignore=shutil.ignore_patterns("README.md", "metrics.json", "about.json"))
    (folder.parent / "trained.json").write_text(
        json.dumps({"recipe": {"model": "google/mobilenet_v2_1.0_224", "labelled": 0.5, "cross": 0.1}})
    )
    (folder.parent / "curves.png").write_bytes(b"drawn")
    return folder


@pytest.fixture
def evaluation(tmp_path: Path, model: Path) -> Path:
    """An evaluation as trainer.evaluate leaves it, with names of files in its figures."""
    folder = tmp_path / "evaluation"
    folder.mkdir()
    run = {"arguments": {"manifest": "/home/somebody/m.jsonl"}, "model_revision": revision_of(model / "model.safetensors")}
    named = {"without_face": ["a/b.mp4"], "unreadable": [{"path": "c.mp4", "reason": "no"}], "run": run}
    (folder / "metrics.json").write_text(json.dumps(measured() | named))
    for name in ("roc.png", "stills_roc.png", "another.png"):
        (folder / name).write_bytes(b"drawn")
    return folder


def asked(model: Path, evaluation: Path, *more: str) -> list[str]:
    """The command's arguments."""
    out = str(model.parent.parent / "card")
    return ["--model", str(model), "--metrics", str(evaluation), "--repo", REPO, "--out", out, *more]


def environment(hub: Hub, home: Path, token: str = TOKEN) -> dict[str, str]:
    """Of a process that knows no other Hub and nobody's token."""
    return os.environ | {"HF_ENDPOINT": hub.url, "HF_HOME": str(home), "HF_TOKEN": token, "HF_HUB_DISABLE_XET": "1", "HF_HUB_OFFLINE": "0"}


def run(code: list[str], hub: Hub, home: Path, token: str = TOKEN) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, *code], cwd=ROOT, env=environment(hub, home, token), capture_output=True, text=True, timeout=120, check=False
    )


def published(hub: Hub, model: Path, evaluation: Path, home: Path) -> None:
    done = run(["-m", "trainer.publish", *asked(model, evaluation)], hub, home)
    assert done.returncode == 0, done.stderr
    assert TOKEN not in done.stdout + done.stderr


def digests(folder: Path) -> dict[str, str]:
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.rglob("*") if path.is_file()}


def test_what_is_published_is_what_anybody_gets(hub: Hub, model: Path, evaluation: Path, tmp_path: Path) -> None:
    """Through the client itself: publish, snapshot, from_pretrained, pipeline, load_model; then a second publication with less in it."""
    before = digests(model)
    published(hub, model, evaluation, tmp_path / "home")
    assert digests(model) == before
    files = hub.repositories[REPO].files
    assert {"README.md", "LICENSE.md", "config.json", "model.safetensors", "telltale.json", "onnx/model.onnx", "figures/roc.png"} <= set(
        files
    )
    assert files["model.safetensors"] == (model / "model.safetensors").read_bytes()
    assert not {name for name in files if Path(name).suffix not in (".md", ".json", ".safetensors", ".onnx", ".png")} - {"SHA256SUMS"}
    assert b"somebody" not in files["metrics.json"] and json.loads(files["metrics.json"])["without_face"] == 1
    measured_videos = json.loads(files["metrics.json"])["videos"]
    tested = json.loads(files["telltale.json"])["tested"]
    assert [tested["reals_called_fake"], tested["fakes_found"]] == measured_videos["verdicts"]["likely_fake"]
    assert (tested["reals"], tested["fakes"]) == (measured_videos["reals"], measured_videos["fakes"])
    assert len(hub.repositories[REPO].commits) == 2, "the empty one and ours: everything came in one"

    script = f"""
import json, numpy as np
from PIL import Image
from huggingface_hub import snapshot_download
from transformers import AutoModelForImageClassification, pipeline
from telltale.model.classifier import load_model
picture = np.random.default_rng(0).integers(0, 255, (1, 224, 224, 3)).astype(np.uint8)
mine = load_model("{REPO}")
answer = pipeline("image-classification", model="{REPO}")(Image.fromarray(picture[0]))
net = AutoModelForImageClassification.from_pretrained("{REPO}")
logit = float(mine.score(picture).logits[0])
print(json.dumps([mine.engine, mine.revision, logit, answer, net.config.id2label[1], snapshot_download("{REPO}")]))
"""
    done = run(["-c", script], hub, tmp_path / "elsewhere", token="")
    assert done.returncode == 0, done.stderr
    engine, revision, logit, answer, label, snapshot = json.loads(done.stdout.splitlines()[-1])
    import numpy as np

    from telltale.model.classifier import load_model

    picture = np.random.default_rng(0).integers(0, 255, (1, 224, 224, 3)).astype(np.uint8)
    assert (engine, revision, label) == ("onnxruntime", revision_of(model / "model.safetensors"), "fake")
    assert logit == pytest.approx(float(load_model(BROWSER).score(picture).logits[0]), abs=1e-3)
    fake = next(each["score"] for each in answer if each["label"] == "fake")
    assert fake == pytest.approx(1 / (1 + np.exp(-logit)), abs=1e-3)
    assert Path(snapshot, "onnx", "model.onnx").read_bytes() == (model / "onnx" / "model.onnx").read_bytes()

    (evaluation / "another.png").unlink()
    published(hub, model, evaluation, tmp_path / "home")
    assert "figures/another.png" in files and "figures/another.png" not in hub.repositories[REPO].files
    assert len(hub.repositories[REPO].commits) == 3


@pytest.mark.long
def test_a_publication_that_is_killed_leaves_nothing_and_the_next_completes(
    hub: Hub, model: Path, evaluation: Path, tmp_path: Path
) -> None:
    hub.open.clear()
    before = digests(model) | digests(evaluation)
    command = [sys.executable, "-m", "trainer.publish", *asked(model, evaluation)]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment(hub, tmp_path / "home"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            assert hub.half_way.wait(60), "no upload began"
        finally:
            process.kill()
    hub.open.set()
    time.sleep(0.2)
    assert hub.repositories[REPO].files == {} and len(hub.repositories[REPO].commits) == 1
    assert digests(model) | digests(evaluation) == before
    published(hub, model, evaluation, tmp_path / "home")
    assert hub.repositories[REPO].files["model.safetensors"] == (model / "model.safetensors").read_bytes()
    assert len(hub.repositories[REPO].commits) == 2


def test_without_leave_to_write_nothing_is_sent_and_no_token_is_shown(hub: Hub, model: Path, evaluation: Path, tmp_path: Path) -> None:
    done = run(["-m", "trainer.publish", *asked(model, evaluation)], hub, tmp_path / "home", token="hf_of_somebody_else")
    assert done.returncode == 2 and "HF_TOKEN" in done.stderr and "Traceback" not in done.stderr
    assert "somebody" not in done.stdout + done.stderr
    assert hub.repositories == {}


def test_a_dry_run_lists_and_renders_and_sends_nothing(model: Path, evaluation: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The endpoint is nowhere: asking it would fail."""
    assert publish.main(asked(model, evaluation, "--dry-run", "--endpoint", "http://127.0.0.1:9")) == 0
    said = capsys.readouterr().out
    assert "9.080 MB  model.safetensors" in said and "nothing was" in said and "figures/curves.png" in said
    assert (model.parent.parent / "card" / "README.md").is_file()


def test_the_card_quotes_the_figures_and_the_hub_can_read_it(model: Path, evaluation: Path) -> None:
    from huggingface_hub import ModelCard

    about = {
        "title": "A title",
        "sources": {"dfd": "swaps"},
        "limits": ["It errs."],
        "media": [{"name": "Set", "licence": "research only"}],
    }
    (model / "about.json").write_text(json.dumps(about))
    assert publish.main(asked(model, evaluation, "--dry-run")) == 0
    text = (model.parent.parent / "card" / "README.md").read_text()
    metrics = json.loads((evaluation / "metrics.json").read_text())
    card = ModelCard(text, ignore_metadata_errors=False)
    found = {(each.dataset_type, each.metric_name): each.metric_value for each in card.data.eval_results}
    assert found["pooled videos", "AUC by video"] == pytest.approx(metrics["video_auc"]["value"], abs=1e-6)
    assert found["pooled videos", "AUC by frame"] == pytest.approx(metrics["frame_auc"]["value"], abs=1e-6)
    assert found["pooled stills", "AUC by still"] == pytest.approx(metrics["stills"]["ranking"]["auc"]["value"], abs=1e-6)
    assert found["dfd", "AUC by video"] == pytest.approx(metrics["videos"]["sources"][0]["auc"]["value"], abs=1e-6)
    assert ("intel", "AUC by video") not in found, "a source of one class has no AUC"
    assert (card.data.license, card.data.license_name, card.data.license_link) == ("other", "non-commercial-research", "LICENSE.md")
    assert card.data.base_model == "google/mobilenet_v2_1.0_224" and card.data.pipeline_tag == "image-classification"
    assert {"onnx", "transformers.js"} <= set(card.data.tags) and card.data.library_name == "transformers"
    for quoted in (
        "# A title",
        "AUC (12 real, 11 fake) | " + shown(metrics["video_auc"]),
        "0 of 12",
        "| dfd | swaps | 8, 6 |",
        "- It errs.",
    ):
        assert quoted in text
    for quoted in ("| Set |  | research only |", "from 0.650 up", "50% of the pairs", f'"{REPO}"', "353 files", "figures/curves.png"):
        assert quoted in text
    for line in text.splitlines():
        if line.startswith("!["):
            assert (model.parent.parent / "card" / line.split("(")[-1].rstrip(")")).is_file(), line


def test_figures_of_an_earlier_version_are_refused_in_a_sentence(model: Path, evaluation: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """They pooled stills with videos, and said no version."""
    metrics = measured()
    for earlier in ({key: value for key, value in metrics.items() if key != "schema_version"}, metrics | {"schema_version": 1}, [1]):
        (evaluation / "metrics.json").write_text(json.dumps(earlier))
        assert publish.main(asked(model, evaluation, "--dry-run")) == 2
        said = capsys.readouterr().err
        assert "counted stills among videos: evaluate the model again" in said and said.count("\n") == 1


def test_a_model_that_was_never_measured_says_so(model: Path, tmp_path: Path) -> None:
    (model / "telltale.json").unlink()
    assert publish.main(["--model", str(model), "--repo", REPO, "--dry-run", "--out", str(tmp_path / "card")]) == 0
    text = (tmp_path / "card" / "README.md").read_text()
    assert "has not been evaluated yet" in text and "Not calibrated" in text and "model-index" not in text


def test_what_must_not_be_published(model: Path, evaluation: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Figures of other weights, ONNX files of other weights, a name that is none, a folder that is no model."""

    def refused(arguments: list[str], sentence: str) -> None:
        assert publish.main([*arguments, "--dry-run"]) in (2, 3)
        assert sentence in capsys.readouterr().err

    refused(["--model", str(model), "--metrics", str(tmp_path), "--repo", REPO], "holds no metrics.json")
    refused(["--model", str(tmp_path / "absent"), "--repo", REPO], "There is no model folder")
    for name in ("small", "a/b/c", "owner/sm all"):
        refused(["--model", str(model), "--repo", name], name)
    (model / "about.json").write_text('{"titel": "x"}')
    refused(asked(model, evaluation), "titel")
    (model / "about.json").unlink()
    files = {"fp32": {"file": "onnx/model.onnx", "sha256": "0" * 64}}
    (model / "onnx" / "export.json").write_text(json.dumps({"weights_sha256": "0" * 64, "files": files}))
    refused(asked(model, evaluation), "trainer.export")
    (model / "onnx" / "export.json").unlink()
    with (model / "model.safetensors").open("r+b") as file:
        file.seek(-1, os.SEEK_END)
        file.write(b"\1")
    refused(asked(model, evaluation), "of other weights")
