"""Faces of a frame with their five landmarks, from the embedded MTCNN or from InsightFace's SCRFD where its pack is present.

Frames are searched at a long side of 640 pixels (fast, and enough for faces of about 60 pixels there); callers who find nothing ask
again with a smaller ``min_face``, and the frame is then searched at up to its native size. See also: cropping (``align.py``),
people (``tracking.py``).
"""

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, get_args

import numpy as np

from telltale.core.errors import BadModel, BadRequest
from telltale.core.extras import need
from telltale.core.rules import RULES
from telltale.video.yuv import Picture, rgb_of, shrink

log = logging.getLogger(__name__)

FaceDetectorName = Literal["mtcnn", "insightface"]
FaceDetectorChoice = Literal["auto", "mtcnn", "insightface"]

SEARCH_SIDE, SEARCH_FACE = RULES.detector.search_side, RULES.detector.search_face
"""Long side of the picture that is searched first, and the smallest face looked for in it, in its pixels."""


@dataclass(frozen=True, eq=False)
class Face:
    """One face: box (4,) x0 y0 x1 y1, landmarks (5, 2) eyes, nose, mouth corners (the viewer's left first), score 0..1."""

    box: np.ndarray
    landmarks: np.ndarray
    score: float
    sure: bool = True
    """False for a face found only by MTCNN's second, eager look: it is listed and never judged."""

    @property
    def size(self) -> float:
        """The longer side of the box in pixels."""
        return float(max(self.box[2] - self.box[0], self.box[3] - self.box[1]))


class FaceDetector(Protocol):
    """Finds the faces of a picture."""

    @property
    def name(self) -> FaceDetectorName:
        """Which detector this is."""

    def detect(self, picture: Picture, min_face: float | None = None) -> list[Face]:
        """Faces, largest first; ``min_face`` in frame pixels, None = whatever the fast search sees."""

    def track(self, picture: Picture, faces: list[Face]) -> list[Face]:
        """The ``faces`` of a frame shortly before, where they are now, largest first; none where they are not all found again."""


def load_face_detector(choice: FaceDetectorChoice = "auto", *, insightface_root: Path | None = None) -> FaceDetector:
    """The detector asked for; ``auto`` takes InsightFace's where its pack lies on disk, else MTCNN. Raises BadModel, BadRequest."""
    if choice not in get_args(FaceDetectorChoice):
        raise BadRequest("request.invalid", "detector", name=str(choice))
    root = (insightface_root or Path.home() / ".insightface").expanduser()
    pack = insightface_pack(root) if choice != "mtcnn" else None
    if choice == "insightface" and pack is None:
        raise BadModel("model.no_detector", "no_pack", folder=str(root / "models"))
    if pack is not None:
        log.info("face detector: InsightFace (%s lies on disk)", pack)
        return InsightFaceDetector(pack)
    log.info("face detector: MTCNN (%s)", "asked for" if choice == "mtcnn" else "no InsightFace pack found")
    return MtcnnDetector()


def insightface_pack(root: Path) -> Path | None:
    """The first detection model of an InsightFace pack below ``root``/models, or None."""
    models = sorted(root.glob("models/*/*.onnx"))
    return next((path for path in models if path.name.startswith(("scrfd_", "det_"))), None)


def search_scale(picture: Picture, min_face: float | None) -> float:
    """By how much a frame is shrunk before it is searched: never enlarged, never so small that ``min_face`` vanishes."""
    scale = min(1.0, SEARCH_SIDE / max(picture.shape[:2]))
    return scale if min_face is None else min(1.0, max(scale, SEARCH_FACE / min_face))


class MtcnnDetector:
    """The embedded MTCNN."""

    name: FaceDetectorName = "mtcnn"

    def __init__(self) -> None:
        from telltale.faces.mtcnn import Cascade

        self._cascade = Cascade()

    def detect(self, picture: Picture, min_face: float | None = None) -> list[Face]:
        """See ``FaceDetector.detect``."""
        from telltale.faces.mtcnn import EAGER_THRESHOLDS

        scale = search_scale(picture, min_face)
        small, smallest = shrink(picture, scale), SEARCH_FACE if min_face is None else max(RULES.detector.least_face, min_face * scale)
        found = self._cascade.detect(small, smallest)
        sure = len(found.boxes) > 0 or min_face is None
        if not sure:
            found = self._cascade.detect(small, smallest, EAGER_THRESHOLDS)
        return faces_of(found.boxes / scale, found.landmarks / scale, found.scores, sure=sure)

    def track(self, picture: Picture, faces: list[Face]) -> list[Face]:
        """See ``FaceDetector.track``."""
        if not faces or not all(face.sure for face in faces):
            return []
        scale = search_scale(picture, None)
        boxes = np.stack([np.append(face.box * scale, face.score) for face in faces]).astype(np.float32)
        found = self._cascade.track(shrink(picture, scale), boxes)
        return faces_of(found.boxes / scale, found.landmarks / scale, found.scores) if len(found.boxes) == len(faces) else []


class InsightFaceDetector:
    """A detection model of InsightFace (SCRFD), run by its own library. Its packs are for non-commercial use."""

    name: FaceDetectorName = "insightface"

    def __init__(self, weights: Path, threshold: float = 0.5) -> None:
        need("insightface", "The face detector of an InsightFace pack")
        import onnxruntime
        from insightface.model_zoo import get_model

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # as many jobs as cores, not as many threads
        options.log_severity_level = 3
        self._net = get_model(str(weights), providers=["CPUExecutionProvider"], sess_options=options)
        if self._net is None or self._net.taskname != "detection":
            raise BadModel("model.no_detector", "unknown", file=weights.name)
        self._net.prepare(ctx_id=-1, input_size=(SEARCH_SIDE, SEARCH_SIDE), det_thresh=threshold)

    def detect(self, picture: Picture, min_face: float | None = None) -> list[Face]:
        """See ``FaceDetector.detect``; the net's input is fixed, so ``min_face`` changes nothing here."""
        boxes, landmarks = self._net.detect(rgb_of(picture)[:, :, ::-1])
        if landmarks is None:
            raise BadModel("model.no_detector", "no_landmarks")
        return faces_of(boxes[:, :4], landmarks, boxes[:, 4])

    def track(self, picture: Picture, faces: list[Face]) -> list[Face]:
        """None: the net costs the same wherever it looks."""
        return []


def faces_of(boxes: np.ndarray, landmarks: np.ndarray, scores: np.ndarray, *, sure: bool = True) -> list[Face]:
    """Arrays -> faces, largest first."""
    faces = [Face(box, points, float(value), sure) for box, points, value in zip(boxes, landmarks, scores, strict=True)]
    return sorted(faces, key=lambda face: -face.size)
