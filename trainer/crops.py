"""The crops that training reads: one stored picture per sampled face, wider than the net's input so that augmentation has room.

Stored losslessly: a second JPEG would wash out what generators leave behind. Not here: which files (``manifest.py``) and which
split (``splits.py``).
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from detector.align import align, similarity, template
from detector.faces import Face, Finder
from detector.frames import Frame, read_clip
from trainer.manifest import Row

SIDE = 288
"""Pixels of a stored crop."""
MARGIN = 0.20
"""Border around the face as a share of the stored crop; the net sees less (see ``telltale.json``)."""
SMALLEST = 48.0
"""Pixels; smaller faces teach little."""


@dataclass(frozen=True, eq=False)
class Crop:
    """A stored face: PNG bytes, and its 68 landmarks in crop pixels where a landmark model was given."""

    png: bytes
    face_px: float
    frame: int
    outline: list[float] | None


class Landmarker:
    """68 face landmarks (PFLD, ONNX): RGB 112 x 112 of a square 1.15 x the face box. Used for training masks only."""

    def __init__(self, weights: Path) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self._net = onnxruntime.InferenceSession(str(weights), options, providers=["CPUExecutionProvider"])

    def find(self, rgb: np.ndarray, face: Face) -> np.ndarray:
        """Landmarks (68, 2) in frame pixels."""
        centre, half = (face.box[:2] + face.box[2:]) / 2, 1.15 * face.size / 2
        scale = 112 / (2 * half)
        matrix = np.array([[scale, 0, (half - centre[0]) * scale], [0, scale, (half - centre[1]) * scale]])
        square = cv2.warpAffine(rgb, matrix, (112, 112)).astype(np.float32) / 255
        (points,) = self._net.run(None, {"input": square.transpose(2, 0, 1)[None]})
        return points.reshape(68, 2) * 2 * half + centre - half


def crops_of(row: Row, finder: Finder, landmarker: Landmarker | None, frames: int) -> Iterator[Crop]:
    """The largest face of every sampled frame of a file. Raises BadMedia."""
    clip = read_clip(row.file, frames)
    for frame in clip.frames:
        faces = finder.find(frame.rgb) or finder.find(frame.rgb, min_face=SMALLEST)
        if faces and faces[0].sure and faces[0].size >= SMALLEST:
            yield stored(frame, faces[0], landmarker)


def stored(frame: Frame, face: Face, landmarker: Landmarker | None) -> Crop:
    """One face as it is kept."""
    file = io.BytesIO()
    Image.fromarray(align(frame.rgb, face.landmarks, SIDE, MARGIN)).save(file, "PNG", compress_level=1)
    outline = None
    if landmarker is not None:
        matrix = similarity(face.landmarks, template(SIDE, MARGIN))
        points = landmarker.find(frame.rgb, face) @ matrix[:, :2].T + matrix[:, 2]
        outline = points.astype(np.float32).ravel().tolist()
    return Crop(file.getvalue(), face.size, frame.index, outline)
