"""A ZeroGPU Space is told what it wants to hear, a larger model takes its GPU in one call a job, and the CPU scores where none is lent.

The module ``spaces`` is a stand-in with the names that the real one has; no GPU is here.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import gradio as gr
import numpy as np
import pytest

from space.runtime import zerogpu
from telltale.model.classifier import Model, load_model
from telltale.model.torch_runtime import TorchRunner
from tests.engine.model.test_classifier import tiny


class Lender(ModuleType):
    """Stands for ``spaces``; ``told`` is what it was told, ``used_up`` lends no more."""

    def __init__(self, zero_gpu: bool) -> None:
        super().__init__("spaces")
        self.told: list[Any] = []
        self.used_up = False
        self.zero = ModuleType("spaces.zero")
        if zero_gpu:
            self.zero.startup = lambda: self.told.append("started")  # type: ignore[attr-defined]

    def GPU(self, task: Callable | None = None, *, duration: Callable | None = None) -> Callable:
        """The decorator, with and without arguments."""
        if task is None:
            return lambda each: self.GPU(each, duration=duration)
        self.told.append(task.__name__)

        def lent(*given: Any) -> Any:
            if self.used_up:
                raise gr.Error("ZeroGPU quota exceeded")
            self.told.append(duration(*given) if duration else 60)
            return task(*given)

        return lent


@pytest.fixture
def lender(monkeypatch: pytest.MonkeyPatch) -> Lender:
    return given(monkeypatch, Lender(zero_gpu=True))


def given(monkeypatch: pytest.MonkeyPatch, module: Lender) -> Lender:
    """Let it be importable."""
    monkeypatch.setitem(sys.modules, "spaces", module)
    monkeypatch.setitem(sys.modules, "spaces.zero", module.zero)
    monkeypatch.setattr(zerogpu, "find_spec", lambda name: object() if name == "spaces" else None)
    return module


@pytest.fixture
def larger(tmp_path: Path) -> Model:
    """A model that torch runs."""
    return load_model(str(tiny(tmp_path / "larger", {0: "real", 1: "fake"})))


def crops(model: Model, count: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 255, (count, model.size, model.size, 3)).astype(np.uint8)


def test_a_zerogpu_space_is_told_before_anything_else(lender: Lender) -> None:
    zerogpu.announce()
    assert lender.told == ["placeholder", "started"]


def test_other_machines_are_left_alone(monkeypatch: pytest.MonkeyPatch, larger: Model) -> None:
    zerogpu.announce()
    assert zerogpu.borrowing(larger) is larger
    other = given(monkeypatch, Lender(zero_gpu=False))
    zerogpu.announce()
    assert zerogpu.borrowing(larger) is larger and other.told == []


def test_the_embedded_model_borrows_nothing(lender: Lender) -> None:
    embedded = load_model()
    assert zerogpu.borrowing(embedded) is embedded and lender.told == []


def test_a_larger_model_borrows_once_a_job(lender: Lender, larger: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    devices = []
    real = TorchRunner._run

    def without_gpu(self: TorchRunner, device: str, pixels: np.ndarray, bf16: bool) -> tuple[np.ndarray, np.ndarray]:
        devices.append(device)
        return real(self, "cpu", pixels, False)

    monkeypatch.setattr(TorchRunner, "_run", without_gpu)
    monkeypatch.setattr(TorchRunner, "HALVING", frozenset())
    lent, pictures = zerogpu.borrowing(larger), crops(larger, 40)
    assert lent.at_once >= 256, "all crops of a job"
    wanted = larger.score(pictures).logits
    np.testing.assert_allclose(lent.score(pictures).logits, wanted)
    assert devices == ["cpu", "cuda"] and lender.told == ["on_gpu", 11]
    lender.used_up = True
    np.testing.assert_allclose(lent.score(pictures).logits, wanted)
    assert devices == ["cpu", "cuda", "cpu"], "where no GPU is lent the CPU scores"
