"""Checkpoints of the shapes that people publish: each is run as transformers' own pipeline runs it, whatever its size and its labels."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from telltale.core.errors import BadModel
from telltale.model.classifier import load_model
from tests.support.tiny_classifiers import SHAPES, write_classifier, write_gend

CUT = {"deit": 72, "convnext": 64, "dinov2": 64, "mobilevit": 72}
"""Sides of the crops of nets that cut out the middle."""


def picture(side: int) -> np.ndarray:
    return np.random.default_rng(3).integers(0, 255, (side, side, 3)).astype(np.uint8)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_checkpoint_says_what_its_own_pipeline_says_in_both_orders_of_labels(shape: str, tmp_path: Path) -> None:
    from PIL import Image
    from transformers import pipeline

    folder = write_classifier(shape, tmp_path / shape)
    odds = []
    for number, labels in enumerate((("Real", "Fake"), ("artificial", "human"))):
        other = shutil.copytree(folder, tmp_path / str(number))
        config = json.loads((other / "config.json").read_text())
        names = {"id2label": dict(enumerate(labels)), "label2id": {name: place for place, name in enumerate(labels)}}
        (other / "config.json").write_text(json.dumps({**config, **names}))
        model = load_model(str(other))
        crop = picture(model.size)
        logit = float(model.score(crop[None]).logits[0])
        said = {entry["label"]: entry["score"] for entry in pipeline("image-classification", model=str(other))(Image.fromarray(crop))}
        fake, real = (said["Fake"], said["Real"]) if number == 0 else (said["artificial"], said["human"])
        assert abs(logit - np.log(fake / real)) < 1e-4 * max(1, abs(logit)), shape
        assert model.size == CUT.get(shape, model.size)
        odds.append(logit)
    assert odds[0] == pytest.approx(-odds[1], abs=1e-5) and abs(odds[0]) > 1e-3


def test_several_classes_that_mean_a_fake_add_up(tmp_path: Path) -> None:
    from PIL import Image
    from transformers import pipeline

    folder = write_classifier("vit", tmp_path / "three", ("AI", "Deepfake", "Real"))
    model = load_model(str(folder))
    crop = picture(model.size)
    said = {
        entry["label"]: entry["score"] for entry in pipeline("image-classification", model=str(folder), top_k=None)(Image.fromarray(crop))
    }
    logit = float(model.score(crop[None]).logits[0])
    assert logit == pytest.approx(np.log((said["AI"] + said["Deepfake"]) / said["Real"]), abs=1e-4)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_gend_is_run_without_its_authors_code(dtype: str, tmp_path: Path) -> None:
    import torch
    from safetensors.torch import load_file

    model = load_model(str(write_gend(tmp_path / "gend", dtype=dtype)))
    assert model.size == 224
    crop = picture(224)
    got = float(model.score(crop[None]).logits[0])
    net = model.run._net.net  # type: ignore[attr-defined]
    pixels = torch.from_numpy(model.preprocessing.prepare(crop[None]))
    held = {name: value.float() for name, value in load_file(tmp_path / "gend" / "model.safetensors").items()}
    with torch.no_grad():
        pooled = net.base_model(pixel_values=pixels).pooler_output[0]
        logits = held["model.linear.weight"] @ (pooled / pooled.norm()) + held["model.linear.bias"]
    assert got == pytest.approx(float(logits[1] - logits[0]), abs=1e-4)
    first = next(value for name, value in net.base_model.state_dict().items() if name.endswith("patch_embedding.weight"))
    assert torch.equal(first, held["feature_extractor.vision_model.embeddings.patch_embedding.weight"])


def rewritten(folder: Path, name: str, **changes: object) -> None:
    path = folder / name
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def halved(folder: Path) -> None:
    from safetensors.torch import load_file, save_file

    held = load_file(folder / "model.safetensors")
    save_file(dict(list(held.items())[::2]), folder / "model.safetensors")


def in_parts(folder: Path) -> None:
    from safetensors.torch import load_file

    names = list(load_file(folder / "model.safetensors"))
    (folder / "model.safetensors").unlink()
    content = {"weight_map": dict.fromkeys(names, "model-00001-of-00002.safetensors")}
    (folder / "model.safetensors.index.json").write_text(json.dumps(content))


def config(**changes: object) -> Callable[[Path], None]:
    return lambda folder: rewritten(folder, "config.json", **changes)


def processor(**changes: object) -> Callable[[Path], None]:
    return lambda folder: rewritten(folder, "preprocessor_config.json", **changes)


BROKEN: dict[str, tuple[Callable[[Path], object], str]] = {
    "no labels": (config(id2label=None), "model.unknown_labels"),
    "labels that say nothing": (config(id2label={"0": "LABEL_0", "1": "LABEL_1"}), "model.unknown_labels"),
    "no real class": (config(id2label={"0": "ai", "1": "fake"}), "model.unknown_labels"),
    "a gap in the classes": (config(id2label={"0": "real", "2": "fake"}), "model.unknown_labels"),
    "no processor": (lambda folder: (folder / "preprocessor_config.json").unlink(), "model.unsupported"),
    "an unknown processor": (processor(image_processor_type="Nothing"), "model.unsupported"),
    "no size": (processor(size={"height": 0, "width": 0}), "model.unsupported"),
    "a huge size": (processor(size={"height": 9000, "width": 9000}), "model.unsupported"),
    "pickles only": (lambda folder: (folder / "model.safetensors").rename(folder / "pytorch_model.bin"), "model.pickled"),
    "missing tensors": (halved, "model.broken"),
    "missing parts": (in_parts, "model.broken"),
    "an unknown net": (config(model_type="nothing", architectures=["Nothing"]), "model.broken"),
    "a net of timm's": (config(model_type="timm_wrapper", architecture="vit_tiny"), "model.unsupported"),
    "GenD on another backbone": (config(model_type="GenD", backbone="facebook/dinov3"), "model.unsupported"),
    "GenD without its tensors": (config(model_type="GenD", backbone="openai/clip"), "model.broken"),
}


@pytest.mark.parametrize("why", BROKEN)
def test_a_checkpoint_that_cannot_be_used_gets_one_sentence(why: str, tmp_path: Path) -> None:
    spoil, code = BROKEN[why]
    folder = write_classifier("vit", tmp_path / "vit")
    spoil(folder)
    with pytest.raises(BadModel) as caught:
        load_model(str(folder))
    assert caught.value.code == code, caught.value
    assert "\n" not in caught.value.sentence and caught.value.sentence.count(".") <= 6


def test_half_precision_and_weights_in_parts_are_taken(tmp_path: Path) -> None:
    import torch
    from transformers import ViTForImageClassification

    folder = write_classifier("vit", tmp_path / "whole")
    parts = shutil.copytree(folder, tmp_path / "parts")
    net = ViTForImageClassification.from_pretrained(folder)
    (parts / "model.safetensors").unlink()
    net.save_pretrained(parts, max_shard_size="60KB")
    assert (parts / "model.safetensors.index.json").is_file()
    half = shutil.copytree(folder, tmp_path / "half")
    net.to(torch.float16).save_pretrained(half)
    whole, of_parts, halved = (load_model(str(each)) for each in (folder, parts, half))
    crop = picture(whole.size)[None]
    assert of_parts.score(crop).logits == pytest.approx(whole.score(crop).logits, abs=1e-6)
    assert halved.score(crop).logits == pytest.approx(whole.score(crop).logits, abs=0.05)
    assert len({whole.revision, of_parts.revision, halved.revision}) == 3


def test_labels_that_say_nothing_are_named_by_their_owner(tmp_path: Path) -> None:
    folder = write_classifier("vit", tmp_path / "vit", ("LABEL_0", "LABEL_1"))
    crop = picture(96)[None]
    first, second = (load_model(str(folder), fake_labels=(name,)).score(crop).logits for name in ("label_0", "LABEL_1"))
    assert first == pytest.approx(-second)
    (folder / "telltale.json").write_text(json.dumps({"size": 96, "fake_labels": ["LABEL_1"]}))
    assert load_model(str(folder)).score(crop).logits == pytest.approx(second)
    with pytest.raises(BadModel, match="no class called “fraud”"):
        load_model(str(folder), fake_labels=("fraud",))
