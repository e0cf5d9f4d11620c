"""The crops that training reads: one stored picture per sampled face, wider than the net's input so that augmentation has room.

Stored losslessly: a second JPEG would wash out what generators leave behind. Pictures that are face crops already are kept whole, fitted
into the square, and no detector is asked. See also: which files (``manifest.py``), which split (``splits.py``), how the crops lie on disk
(``shards.py``).
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from telltale.core.errors import BadModel
from telltale.faces.align import align, similarity, template
from telltale.faces.detectors import Face, FaceDetector
from telltale.video.frames import Frame
from telltale.video.yuv import Picture
from trainer.data.manifest import Row
from trainer.data.media import open_media

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
    """68 face landmarks (PFLD, ONNX): RGB 112 x 112 of a square 1.15 x the face box. Used for training masks only.

    Raises BadModel where the file is none.
    """

    def __init__(self, weights: Path) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        try:
            self._net = onnxruntime.InferenceSession(str(weights), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime's own exceptions share no base class but this
            raise BadModel("model.broken", text=f"{weights} is not a landmark model that ONNX Runtime can load.") from error

    def find(self, rgb: np.ndarray, face: Face) -> np.ndarray:
        """Landmarks (68, 2) in frame pixels."""
        centre, half = (face.box[:2] + face.box[2:]) / 2, 1.15 * face.size / 2
        scale = 112 / (2 * half)
        matrix = np.array([[scale, 0, (half - centre[0]) * scale], [0, scale, (half - centre[1]) * scale]])
        square = cv2.warpAffine(rgb, matrix, (112, 112)).astype(np.float32) / 255
        (points,) = self._net.run(None, {"input": square.transpose(2, 0, 1)[None]})
        return points.reshape(68, 2) * 2 * half + centre - half


def crops_of(row: Row, finder: FaceDetector | None, landmarker: Landmarker | None, frames: int) -> Iterator[Crop]:
    """The largest face of every sampled frame of a file; ``finder`` may be None for a ``cropped`` row. Raises BadMedia."""
    for frame in open_media(row, frames).frames:
        if row.cropped:
            face = whole_face(frame.picture)
            if face.size >= SMALLEST:
                yield make_crop(frame, face, None)  # where the landmarks are is not known
            continue
        if finder is None:
            raise ValueError(f"{row.path} is not cropped: a face detector is needed")
        faces = finder.detect(frame.rgb) or finder.detect(frame.rgb, min_face=SMALLEST)
        if faces and faces[0].sure and faces[0].size >= SMALLEST:
            yield make_crop(frame, faces[0], landmarker)


def whole_face(picture: Picture) -> Face:
    """A picture that is a face crop, as a face whose crop with ``MARGIN`` is the whole picture, its longer side filling the square.

    The landmarks are those of the template, not the face's own, which nobody has looked for.
    """
    height, width = picture.shape[:2]
    side, centre = max(height, width), np.array([width - 1, height - 1]) / 2
    landmarks = centre + ((template(SIDE, MARGIN) + 0.5) / SIDE - 0.5) * side  # half a pixel: a picture of ``SIDE`` stays as it is
    half = (0.5 - MARGIN) * side
    return Face(np.concatenate([centre - half, centre + half]), landmarks, 1.0)


def make_crop(frame: Frame, face: Face, landmarker: Landmarker | None) -> Crop:
    """One face as it is kept."""
    file = io.BytesIO()
    Image.fromarray(align(frame.rgb, face.landmarks, SIDE, MARGIN)).save(file, "PNG", compress_level=1)
    outline = None
    if landmarker is not None:
        matrix = similarity(face.landmarks, template(SIDE, MARGIN))
        points = landmarker.find(frame.rgb, face) @ matrix[:, :2].T + matrix[:, 2]
        outline = points.astype(np.float32).ravel().tolist()
    return Crop(file.getvalue(), face.size, frame.index, outline)
