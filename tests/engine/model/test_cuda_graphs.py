"""telltale/model/cuda_graphs.py: batches are filled up, cut and put together again; a recording that cannot be made or differs is not used.

Here a recording is the net itself, which the processor can run; the one of CUDA needs a GPU.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from telltale.model import cuda_graphs
from telltale.model.classifier import Model, load_model
from telltale.model.cuda_graphs import Graphs
from telltale.model.torch_runtime import TorchRunner
from tests.engine.model.test_classifier import crops, tiny

Net = Callable[[torch.Tensor], tuple[torch.Tensor, torch.Tensor]]


def kept(net: Net, entry: torch.Tensor) -> Net:
    """As a recording: it looks at all of its entry, and answers in the same place each time."""
    answer = net(entry)

    def replay(pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        entry[: len(pixels)] = pixels
        for place, made in zip(answer, net(entry), strict=True):
            place.copy_(made)
        return answer

    return replay


def test_batches_of_any_size_get_their_own_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cuda_graphs, "SIZES", (1, 4, 8))
    seen: list[int] = []

    def net(pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        seen.append(len(pixels))
        return pixels.mean((1, 2, 3))[:, None].repeat(1, 2), pixels[:, :2]

    held = Graphs(net, kept)
    first = None
    for count in (3, 1, 8, 21):
        pixels = torch.arange(count).float()[:, None, None, None].repeat(1, 3, 5, 5)
        logits, maps = held(pixels)
        assert logits[:, 0].tolist() == list(range(count)) and maps.shape == (count, 2, 5, 5)
        first = first or (logits, list(range(count)))
    assert first and first[0][:, 0].tolist() == first[1], "later batches do not overwrite what was answered"
    assert set(seen) == {1, 4, 8}


def test_a_runner_replays_what_agrees(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model, made = here(tmp_path, monkeypatch, kept)
    pictures = crops(7, model.size)
    first, again = model.score(pictures), model.score(pictures)
    assert made == [16] and np.abs(first.logits - again.logits).max() < 1e-4
    assert np.abs(model.score(pictures[:1]).logits - first.logits[:1]).max() < 1e-4 and made == [16, 1]


def test_what_cannot_be_recorded_or_differs_is_run_as_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(net: Net, entry: torch.Tensor) -> Net:
        raise RuntimeError("operation not permitted when stream is capturing")

    def other(net: Net, entry: torch.Tensor) -> Net:
        return lambda pixels: (torch.full((16, 2), 7.0) * torch.tensor([1.0, -1.0]), net(entry)[1])

    for number, record in enumerate((refused, other)):
        model, made = here(tmp_path / str(number), monkeypatch, record)
        pictures = crops(5, model.size)
        first = model.score(pictures).logits
        np.testing.assert_array_equal(model.score(pictures).logits, first)
        assert made == [16], "it is tried once"


def test_a_recording_that_fails_later_costs_no_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def small_only(net: Net, entry: torch.Tensor) -> Net:
        if len(entry) > 4:
            raise RuntimeError("CUDA out of memory")
        return kept(net, entry)

    model, made = here(tmp_path, monkeypatch, small_only)
    pictures = crops(9, model.size)
    few, many, again = model.score(pictures[:3]).logits, model.score(pictures).logits, model.score(pictures[:3]).logits
    assert made == [4, 16] and np.abs(many[:3] - few).max() < 1e-4 and np.abs(again - few).max() < 1e-4


def here(folder: Path, monkeypatch: pytest.MonkeyPatch, record: Callable[[Net, torch.Tensor], Net]) -> tuple[Model, list[int]]:
    """A small net on torch whose work is recorded thus, and the sizes that were."""
    made: list[int] = []

    def noted(net: Net, entry: torch.Tensor) -> Net:
        made.append(len(entry))
        return record(net, entry)

    monkeypatch.setattr(TorchRunner, "RECORDING", {"cpu": noted})
    return load_model(str(tiny(folder / "tiny", {0: "real", 1: "fake"}))), made
