"""The notebook, run from its first cell to its last on a data set drawn for it, up to a model on a (loopback) Hub."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import nbclient
import nbformat
import pytest

from tests.support.datasets.demo_dataset import draw_demo_set
from tests.support.web.hub_server import TOKEN, running_hub

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOK = ROOT / "trainer" / "train.ipynb"
NET = {"model_type": "resnet", "embedding_size": 8, "hidden_sizes": [16, 32], "depths": [1, 1], "layer_type": "basic"}
TINY = "--size 64 --pairs 24 --batch 4 --evaluate-every 3 --per-unit 2 --workers 0 --threads 1 --precision fp32 --cpu"


def kernel(folder: Path) -> None:
    """A kernel of this very Python, where Jupyter looks first."""
    spec = folder / "kernels" / "python3"
    spec.mkdir(parents=True)
    entry = {
        "argv": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        "display_name": "Python 3",
        "language": "python",
    }
    (spec / "kernel.json").write_text(json.dumps(entry))


def outputs(notebook: Any) -> str:
    """Everything that the cells printed."""
    return "".join(output.get("text", "") for cell in notebook.cells for output in cell.get("outputs", ()))


def pictures(notebook: Any) -> int:
    """How many pictures the cells show."""
    return sum("image/png" in output.get("data", {}) for cell in notebook.cells for output in cell.get("outputs", ()))


def test_it_is_kept_without_outputs_and_has_one_cell_of_parameters() -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(notebook)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(not cell.outputs and cell.execution_count is None for cell in cells)
    assert len([cell for cell in cells if "parameters" in cell.metadata.get("tags", ())]) == 1


@pytest.mark.slow
def test_it_walks_from_videos_to_a_published_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data, out = draw_demo_set(tmp_path / "data", train=2, validation=2, test=2, frames=4), tmp_path / "out"
    kernel(tmp_path / "jupyter")
    with running_hub() as hub:
        settings = {
            "TELLTALE_DATA": str(data),
            "TELLTALE_OUT": str(out),
            "TELLTALE_REPO": "owner/walked",
            "TELLTALE_PUBLISH": "yes",
            "TELLTALE_RECIPE": str(ROOT / "trainer" / "recipes" / "cnn-256.json"),
            "TELLTALE_PREPARE_FLAGS": "--frames 2 --workers 1",
            "TELLTALE_TRAIN_FLAGS": f"{TINY} --architecture '{json.dumps(NET)}'",
            "TELLTALE_EVALUATE_FLAGS": "--frames 2",
            "JUPYTER_PATH": str(tmp_path / "jupyter"),
            "JUPYTER_PLATFORM_DIRS": "1",
            "IPYTHONDIR": str(tmp_path / "ipython"),
            "HF_ENDPOINT": hub.url,
            "HF_TOKEN": TOKEN,
            "HF_HOME": str(tmp_path / "home"),
            "HF_HUB_DISABLE_XET": "1",
            "OMP_NUM_THREADS": "1",
        }
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        notebook = nbformat.read(NOTEBOOK, as_version=4)
        client = nbclient.NotebookClient(notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(ROOT)}})
        client.execute(env=dict(os.environ))
        files = hub.repositories["owner/walked"].files
    said = outputs(notebook)
    assert "would be sent to owner/walked; nothing was" in said and TOKEN not in said
    assert pictures(notebook) >= 5, "two contact sheets, the curves, and the evaluation's plots"
    assert {"README.md", "LICENSE.md", "model.safetensors", "onnx/model.onnx", "figures/curves.png", "figures/roc.png"} <= set(files)
    assert files["model.safetensors"] == (out / "run" / "model" / "model.safetensors").read_bytes()
    card = files["README.md"].decode()
    assert "# walked" in card and "model-index" in card and "(4 real, 4 fake)" in card
