"""Which engine runs the exported net: a record is believed only where it holds, engines give the same answer, crops keep their order."""

import json
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from benchmarks.speed.runtimes import cuts
from telltale.checkpoints.preprocessing import normalize
from telltale.core.errors import BadModel
from telltale.model.checksums import digest_of
from telltale.model.classifier import BROWSER
from telltale.model.cpu_runtimes import (
    AGREEMENT,
    RECORD,
    ThreadedSession,
    choose_runtime,
    draw_sample,
    multiplies_bf16,
    onnx_net,
    openvino_net,
    probabilities,
    select_runtime,
)

SIZE = 224


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small net's file, without a record beside it."""
    place = tmp_path_factory.mktemp("onnx")
    return Path(shutil.copy(Path(BROWSER) / "onnx" / "model.onnx", place / "model.onnx"))


@pytest.fixture(scope="module")
def said(net: Path) -> float:
    """What the net says of the drawn picture."""
    return float(probabilities(onnx_net(net)(draw_sample(SIZE))[0])[0])


def recorded(net: Path, **entry: object) -> Path:
    """Put a record beside the net."""
    (net.parent / RECORD).write_text(json.dumps(entry))
    return net


def test_without_a_record_onnx_runtime_runs_it(net: Path) -> None:
    (net.parent / RECORD).unlink(missing_ok=True)
    assert choose_runtime(net).engine == "onnxruntime"


def test_the_engine_that_was_recorded_runs_and_agrees(net: Path, said: float) -> None:
    recorded(net, engine="openvino", cut=None, onnx_sha256=digest_of(net), size=SIZE, drawn=said)
    engine, run = select_runtime(net, 1)
    assert engine == "openvino"
    pictures = draw_sample(SIZE).repeat(3, axis=0)
    ours, theirs = run(pictures), onnx_net(net)(pictures)
    assert np.abs(ours[0] - theirs[0]).max() < 1e-3 and np.abs(ours[1] - theirs[1]).max() < 1e-2


def test_a_record_of_another_answer_is_not_believed(net: Path, said: float, caplog: pytest.LogCaptureFixture) -> None:
    recorded(net, engine="openvino", cut=None, onnx_sha256=digest_of(net), size=SIZE, drawn=said + 2 * AGREEMENT)
    with caplog.at_level("INFO"):
        assert select_runtime(net, 1)[0] == "onnxruntime"
    assert "another answer" in caplog.text


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "cannot be read"),
        ("[]", "cannot be read"),
        ('{"engine": "openvino", "cut": null}', "cannot be read"),
        ('{"engine": "openvino", "cut": null, "onnx_sha256": "00"}', "another file"),
        ('{"engine": "abacus", "cut": null, "onnx_sha256": "00"}', "another file"),
    ],
)
def test_a_record_that_does_not_fit_is_not_believed(net: Path, text: str, reason: str) -> None:
    (net.parent / RECORD).write_text(text)
    assert choose_runtime(net).engine == "onnxruntime" and reason in choose_runtime(net).reason


def test_bf16_only_on_a_processor_that_has_it(net: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recorded(net, engine="openvino-mixed", cut="any", onnx_sha256=digest_of(net), size=SIZE, drawn=0.5)
    monkeypatch.setattr("telltale.model.cpu_runtimes.multiplies_bf16", lambda: False)
    assert choose_runtime(net).engine == "onnxruntime" and "bf16" in choose_runtime(net).reason
    monkeypatch.setattr("telltale.model.cpu_runtimes.multiplies_bf16", lambda: True)
    assert choose_runtime(net).engine == "openvino-mixed"


def test_a_net_in_two_precisions_gives_the_same_probability(net: Path, said: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.speed.runtimes.DEPTHS", (0.7,))
    (name,) = cuts(net)
    mixed = openvino_net(net, 1, cut=name)
    assert float(probabilities(mixed(draw_sample(SIZE))[0])[0]) == pytest.approx(said, abs=AGREEMENT)
    assert isinstance(multiplies_bf16(), bool)
    with pytest.raises(BadModel):
        openvino_net(net, 1, cut="no such tensor")


def test_crops_keep_their_order_whoever_asks() -> None:
    """Many callers, parts that end at different times, one pool."""
    busy, most, lock = 0, 0, threading.Lock()

    def slow(pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        nonlocal busy, most
        with lock:
            busy += 1
            most = max(most, busy)
        threading.Event().wait(0.001 * (1 + float(pixels[0, 0, 0, 0]) % 3))
        with lock:
            busy -= 1
        return pixels[:, 0, 0, :2], pixels[:, :2]

    run = ThreadedSession(slow, 2)
    given = [np.arange(n, dtype=np.float32)[:, None, None, None].repeat(3, 1).repeat(2, 2).repeat(2, 3) for n in (1, 4, 5, 23)]
    with ThreadPoolExecutor(4) as callers:
        for pixels, (logits, maps) in zip(given, callers.map(run, given), strict=True):
            assert np.array_equal(logits[:, 0], pixels[:, 0, 0, 0]) and np.array_equal(maps, pixels[:, :2])
    assert most == 2, "two threads for all callers together"


def test_normalising_by_table_is_exact() -> None:
    crops = np.random.default_rng(0).integers(0, 256, (3, 20, 20, 3)).astype(np.uint8)
    mean, std = np.array([0.485, 0.456, 0.406], np.float32), np.array([0.229, 0.224, 0.225], np.float32)
    plainly = ((crops.astype(np.float32) / 255 - mean) / std).transpose(0, 3, 1, 2)
    assert np.array_equal(normalize(crops, mean, std), plainly)
