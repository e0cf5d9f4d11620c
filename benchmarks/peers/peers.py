"""Ours and its peers on one clip, from the file to a number, each in a process that keeps what it loaded.

    telltale         the product's own door, ``check()``: the whole Report with its pictures
    efficientnet-b4  the field's usual way: OpenCV reads every frame in sequence, a detector looks at every sampled one, EfficientNet-B4 at
                     380 pixels in eager torch judges the crops
    vit-b16          an image-classification pipeline of transformers, ViT-B/16 in eager torch, on whole frames that OpenCV read in sequence
    mesonet          OpenCV in sequence, the same detector, MesoNet (Meso4) on crops of 256 pixels

The peers look at 32 frames, Telltale at as many as its model wants. The peers' detector is InsightFace's SCRFD-500m at 640 pixels where
its pack lies, else our MTCNN: either is faster than what their users run. Weights are random where they cannot be had, which costs the
same time. Each is written as its users run it, with as many threads as torch takes by itself.
"""

import argparse
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.peers.persistent_worker import answering
from benchmarks.resource_meter import measure_cost

if TYPE_CHECKING:
    import numpy as np
    import torch

    from telltale.faces.detectors import FaceDetector

FRAMES = 32
B4_SIDE, MESO_SIDE = 380, 256
MARGIN = 1.3
"""A detector's box is enlarged by this before it is cut out, as the field does."""
Judge = Callable[[Path], float]


def main(argv: list[str] | None = None) -> int:
    """Load one of them, and answer."""
    made = argparse.ArgumentParser(prog="python -m benchmarks.peers.peers", description="One rival; asked on stdin, {path: CLIP}.")
    made.add_argument("name", choices=RIVALS)
    made.add_argument("--models", type=Path, required=True, help="folder of insightface/ and peers/mesonet/")
    given = made.parse_args(argv)
    judge, about = RIVALS[given.name](given.models)

    def answer(path: str) -> dict[str, Any]:
        with measure_cost() as cost:
            value = judge(Path(path))
        return asdict(cost) | {"value": value}

    answering({"about": about}, answer)
    return 0


def telltale(_: Path) -> tuple[Judge, str]:
    """Ours."""
    from telltale.pipeline import check, load_engine

    engine = load_engine(faces="mtcnn")
    return lambda path: check(path, engine).fake_probability or 0.0, f"{engine.finder.name}, {engine.model.engine}"


def efficientnet(models: Path) -> tuple[Judge, str]:
    """The field's usual way."""
    import torch
    from transformers import EfficientNetConfig, EfficientNetForImageClassification

    finder, detector = usual_detector(models)
    torch.manual_seed(0)
    b4 = EfficientNetConfig(image_size=B4_SIDE, width_coefficient=1.4, depth_coefficient=1.8, hidden_dim=1792, dropout_rate=0.4)
    net = EfficientNetForImageClassification(b4)
    initialize(net, B4_SIDE)

    def judge(path: Path) -> float:
        crops = [crop for frame in in_sequence(path) for crop in faces_of(frame, finder, B4_SIDE)]
        if not crops:
            return 0.0
        mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
        with torch.inference_mode():
            logits = [net(((torch.from_numpy(crop) / 255 - mean) / std).permute(2, 0, 1)[None]).logits for crop in crops]
        return float(torch.cat(logits).softmax(1)[:, 1].mean())

    return judge, f"{detector}, EfficientNet-B4 380 px, random weights, eager fp32"


def vit(_: Path) -> tuple[Judge, str]:
    """Transformers' pipeline on whole frames."""
    import torch
    from PIL import Image
    from transformers import ViTConfig, ViTForImageClassification, ViTImageProcessor, pipeline

    torch.manual_seed(0)
    classify = pipeline("image-classification", model=ViTForImageClassification(ViTConfig()).eval(), image_processor=ViTImageProcessor())

    def judge(path: Path) -> float:
        answers = classify([Image.fromarray(frame) for frame in in_sequence(path)], top_k=2)
        return float(sum(answer[0]["score"] for answer in answers) / len(answers))

    return judge, "whole frames, ViT-B/16 224 px, random weights, eager fp32"


def mesonet(models: Path) -> tuple[Judge, str]:
    """MesoNet with its published weights."""
    import numpy as np
    import torch

    from trainer.evaluation.mesonet import build, load_mesonet, runner

    finder, detector = usual_detector(models)
    held = models / "peers" / "mesonet" / "Meso4_DF.h5"
    torch.manual_seed(0)
    run = load_mesonet(held).run if held.is_file() else runner(build("Meso4").eval())

    def judge(path: Path) -> float:
        crops = [crop for frame in in_sequence(path) for crop in faces_of(frame, finder, MESO_SIDE)]
        if not crops:
            return 0.0
        logits, _ = run(np.ascontiguousarray(np.stack(crops).transpose(0, 3, 1, 2), np.float32) / 255)
        return float((1 / (1 + np.exp(logits[:, 0] - logits[:, 1]))).mean())

    return judge, f"{detector}, Meso4 256 px, {'published' if held.is_file() else 'random'} weights"


RIVALS: dict[str, Callable[[Path], tuple[Judge, str]]] = {
    "telltale": telltale,
    "efficientnet-b4": efficientnet,
    "vit-b16": vit,
    "mesonet": mesonet,
}


def usual_detector(models: Path) -> "tuple[FaceDetector, str]":
    """The peers' detector, and what it is."""
    from telltale.faces.detectors import insightface_pack, load_face_detector

    if insightface_pack(models / "insightface"):
        return load_face_detector("insightface", insightface_root=models / "insightface"), "SCRFD-500m"
    return load_face_detector("mtcnn"), "MTCNN"


def in_sequence(path: Path) -> "list[np.ndarray]":
    """32 frames spread over the clip, as RGB: OpenCV reads all and keeps those; PyAV does where this build of OpenCV knows no decoder."""
    from benchmarks.remote.full_download import by_opencv, by_pyav

    kept = spread(path, by_opencv) or spread(path, by_pyav)
    return [frame[:, :, ::-1].copy() for frame in kept]


def spread(path: Path, reader: Callable[[Path], Any]) -> "list[np.ndarray]":
    """The frames at the middle of 32 equal parts; those of a clip without a stated length are its first."""
    import cv2

    capture = cv2.VideoCapture(str(path))
    total = int(capture.get(cv2.CAP_PROP_FRAME_COUNT))
    capture.release()
    wanted = {int((number + 0.5) * total / FRAMES) for number in range(FRAMES)} if total > FRAMES else set(range(FRAMES))
    return [frame for number, frame in enumerate(reader(path)) if number in wanted]


def faces_of(frame: "np.ndarray", finder: "FaceDetector", side: int) -> "list[np.ndarray]":
    """The largest face of a frame, cut out and resized; none where there is none."""
    import cv2

    found = finder.detect(frame)[:1]
    crops = []
    for face in found:
        x0, y0, x1, y1 = face.box
        reach, x, y = max(x1 - x0, y1 - y0) * MARGIN / 2, (x0 + x1) / 2, (y0 + y1) / 2
        left, top = max(0, round(x - reach)), max(0, round(y - reach))
        cut = frame[top : round(y + reach), left : round(x + reach)]
        if cut.size:
            crops.append(cv2.resize(cut, (side, side)))
    return crops


def initialize(net: "torch.nn.Module", side: int) -> None:
    """Weights scaled (He et al.), batch statistics taken of noise: activations become as large as a trained net's; then evaluation.

    Without it they shrink from layer to layer until the processor slows down over denormal numbers.
    """
    import torch

    for module in net.modules():
        if isinstance(module, torch.nn.Conv2d):
            torch.nn.init.kaiming_normal_(module.weight)
    norms = [module for module in net.modules() if isinstance(module, torch.nn.BatchNorm2d)]
    for norm in norms:
        norm.reset_parameters()  # transformers begins with weights about 0.02, which nothing trained has
        norm.momentum = 1.0
    net.train()
    with torch.inference_mode():
        net(torch.randn(4, 3, side, side))
    net.eval()


if __name__ == "__main__":
    sys.exit(main())
