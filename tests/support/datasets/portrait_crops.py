"""Crops as ``trainer.prepare`` stores them, drawn here: real faces, and fakes that are the same faces blurred. For tests of training."""

import io
import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image


@lru_cache
def faces(count: int, seed: int) -> tuple[np.ndarray, ...]:
    """Drawn faces (288, 288, 3), uint8 RGB, eyes where aligned crops have them."""
    from tests.support.media.drawing import Pose, draw_frame
    from tests.support.media.portrait import CAST

    rng = np.random.default_rng(seed)
    drawn = []
    for number in range(count):
        pose = Pose(x=144, y=132, size=165, mouth=float(rng.random()), blink=float(rng.random() < 0.2), tilt=float(rng.normal(0, 3)))
        drawn.append(draw_frame([pose], (288, 288), (CAST[number % len(CAST)],), seed=number))
    return tuple(drawn)


def write_crops(root: Path, *, train: int = 8, validation: int = 8) -> Path:
    """A prepared folder: two sources (stills and clips of four frames), as many fakes as reals. Returns ``root``."""
    from datasets import Dataset, Features, Sequence, Value
    from datasets import Image as Picture

    plain = {key: Value("string") for key in ("label", "source", "group", "unit", "kind", "method")}
    features = Features({"image": Picture(), **plain, "face_px": Value("float32"), "outline": Sequence(Value("float32"))})
    for split, count, seed in (("train", train, 0), ("validation", validation, 1)):
        rows: list[dict[str, Any]] = []
        for number, face in enumerate(faces(count, seed)):
            video = number % 8 >= 4
            for label in ("real", "fake"):
                seen = face if label == "real" else cv2.GaussianBlur(face, (0, 0), 4)
                unit = f"{split}-{label}-{number // 8 if video else number}-{'video' if video else 'still'}"
                named = {"source": "clips" if video else "stills", "group": unit, "unit": unit, "kind": "video" if video else "image"}
                rows.append({"image": {"bytes": png(seen)}, "label": label, "method": "", "face_px": 160.0, "outline": None} | named)
        Dataset.from_list(rows, features=features).save_to_disk(root / split)
    (root / "prepared.json").write_text(json.dumps({"crops": {"train": 2 * train, "validation": 2 * validation}}))
    return root


def png(picture: np.ndarray) -> bytes:
    """The picture as it is stored."""
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "PNG", compress_level=1)
    return file.getvalue()
