"""Small sets of drawn faces on disk, with their manifest, for the tests of the trainer."""

import json
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np


@lru_cache(maxsize=1)
def face(side: int = 320) -> np.ndarray:
    """One drawn face, BGR uint8."""
    from tests.support.media.drawing import draw_frame, poses_at

    return np.ascontiguousarray(draw_frame(poses_at(0.55, 1, (side, side)), (side, side))[:, :, ::-1])


def draw_faces(root: Path, count: int, *, per_group: int = 2) -> Path:
    """``count`` pictures of that face, each a little brighter, real and fake by turns; returns the manifest."""
    rows = []
    for number in range(count):
        name, label = f"{number:03d}.png", "fake" if number % 2 else "real"
        root.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(root / name), np.clip(face().astype(np.int16) + number, 0, 255).astype(np.uint8))
        rows.append({"path": name, "label": label, "kind": "image", "source": "own", "group": str(number // per_group)})
    manifest = root / "manifest.jsonl"
    manifest.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return manifest
