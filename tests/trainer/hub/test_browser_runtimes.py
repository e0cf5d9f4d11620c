"""A published model in a real browser: transformers.js fetches it from a Hub and says what torch says; onnxruntime-web runs its file."""

import io
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, sync_playwright

from telltale.model.classifier import BROWSER
from tests.support.browser.npm_packages import web_packages
from tests.support.datasets.portrait_crops import faces
from tests.support.web.hub_server import Hub, Repository, running_hub
from tests.support.web.static_server import Web

pytestmark = [pytest.mark.browser, pytest.mark.long]

CLASSIFY = """async ([site, hub, dtype]) => {
  const { pipeline, env } = await import(site + "/transformers.js/dist/transformers.min.js");
  Object.assign(env, { remoteHost: hub + "/", allowLocalModels: false, useBrowserCache: false });
  Object.assign(env.backends.onnx.wasm, { wasmPaths: site + "/onnxruntime-web/dist/", numThreads: 1 });
  const classify = await pipeline("image-classification", "owner/small", { dtype, device: "wasm" });
  return classify(site + "/face.png", { top_k: 2 });
}"""
RUN = """async ([site, hub, pixels, side]) => {
  const ort = await import(site + "/onnxruntime-web/dist/ort.wasm.min.mjs");
  Object.assign(ort.env.wasm, { wasmPaths: site + "/onnxruntime-web/dist/", numThreads: 1 });
  const session = await ort.InferenceSession.create(hub + "/owner/small/resolve/main/onnx/model.onnx", { executionProviders: ["wasm"] });
  const given = await session.run({ pixel_values: new ort.Tensor("float32", Float32Array.from(pixels), [1, 3, side, side]) });
  return { logits: Array.from(given.logits.data), maps: Array.from(given.maps.data), inputs: session.inputNames };
}"""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small model with an int8 file beside its fp32 one."""
    from trainer.hub.quantize import to_int8

    folder = Path(shutil.copytree(BROWSER, tmp_path_factory.mktemp("web") / "model"))
    samples = [pixels_of(np.asarray(Image.fromarray(face).resize((224, 224)))) for face in faces(4, 0)]
    to_int8(folder / "onnx" / "model.onnx", folder / "onnx" / "model_quantized.onnx", samples, kept=20)
    return folder


@pytest.fixture(scope="module")
def hub(model: Path) -> Iterator[Hub]:
    """A Hub that has it."""
    with running_hub() as hub:
        files = {path.relative_to(model).as_posix(): path.read_bytes() for path in model.rglob("*") if path.is_file()}
        hub.repositories["owner/small"] = Repository([("0" * 40, files)])
        yield hub


@pytest.fixture(scope="module")
def face() -> np.ndarray:
    """A drawn face as large as the net's input."""
    return np.asarray(Image.fromarray(faces(3, 5)[2]).resize((224, 224)))


@pytest.fixture(scope="module")
def page(chromium: str, web: Web, face: np.ndarray) -> Iterator[Page]:
    """An empty page of a site that has both libraries and the picture."""
    packages = web_packages()
    for name, folder in (
        ("transformers.js", packages / "@huggingface" / "transformers"),
        ("onnxruntime-web", packages / "onnxruntime-web"),
    ):
        (web.folder / name).symlink_to(folder)
    file = io.BytesIO()
    Image.fromarray(face).save(file, "PNG")
    (web.folder / "face.png").write_bytes(file.getvalue())
    (web.folder / "empty.html").write_text("<!doctype html><title>empty</title>")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        page.goto(f"{web.url}/empty.html")
        yield page
        browser.close()


def pixels_of(picture: np.ndarray) -> np.ndarray:
    """uint8 (S, S, 3) -> what the small model wants, (1, 3, S, S)."""
    return np.ascontiguousarray((picture.astype(np.float32) / 127.5 - 1).transpose(2, 0, 1)[None])


def logits_of(path: Path, picture: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """ONNX Runtime's."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    logits, maps = session.run(["logits", "maps"], {"pixel_values": pixels_of(picture)})
    return logits, maps


@pytest.mark.parametrize(("dtype", "file", "close"), [("fp32", "model.onnx", 1e-3), ("q8", "model_quantized.onnx", 2e-2)])
def test_transformers_js_fetches_it_from_the_hub(
    page: Page, web: Web, hub: Hub, model: Path, face: np.ndarray, dtype: str, file: str, close: float
) -> None:
    answer = page.evaluate(CLASSIFY, [web.url, hub.url, dtype])
    logits, _ = logits_of(model / "onnx" / file, face)
    expected = 1 / (1 + np.exp(logits[0, 0] - logits[0, 1]))
    assert {each["label"]: each["score"] for each in answer}["fake"] == pytest.approx(expected, abs=close)
    assert f"GET /owner/small/resolve/main/onnx/{file}" in hub.asked


def test_onnxruntime_web_gives_the_same_logits_and_maps(page: Page, web: Web, hub: Hub, model: Path, face: np.ndarray) -> None:
    given = page.evaluate(RUN, [web.url, hub.url, pixels_of(face).ravel().tolist(), 224])
    logits, maps = logits_of(model / "onnx" / "model.onnx", face)
    assert given["inputs"] == ["pixel_values"]
    assert np.abs(np.array(given["logits"]) - logits.ravel()).max() < 1e-3
    assert np.abs(np.array(given["maps"]) - maps.ravel()).max() < 1e-2
