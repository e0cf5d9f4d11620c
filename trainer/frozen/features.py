"""Features of the faces of a manifest's files under a frozen encoder, kept on disk: what heads are fitted on.

A file's frames are read and its faces found and cut by the very steps that serve a check. Every look at the person who fills most of the
video gives statistics (``encoder.STATISTICS`` of the chosen blocks) of two crops: one with some surroundings, and a closer one. Videos
in 4:4:4 lose half of their colour resolution first: in the data at hand full chroma is a fake's more often than a real's, and would be
learnt instead of a face. There is one file of numbers for each row, written under a temporary name first, so a run that was cut
goes on. Features of compressed copies lie in folders of their own beside them (``FeatureStore``); the faces in
a copy are found anew. See also: ``copies.py`` for the copies, ``heads.py`` for what is fitted.
"""

import hashlib
import json
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from telltale.checkpoints.preprocessing import normalize
from telltale.core.errors import BadMedia, BadRequest
from telltale.core.model_settings import ModelSettings
from telltale.faces.align import crops_of
from trainer.data.manifest import Row
from trainer.frozen.copies import STREAM, Recompression, draw, recompress

if TYPE_CHECKING:
    from telltale.faces.detectors import Face, FaceDetector
    from telltale.video.frames import Clip

Encode = Callable[[np.ndarray], np.ndarray]
"""Looks, uint8 (N, size, size, 6), two RGB crops each -> features, float16 (N, 2, levels, 3, width)."""
MEAN, DEVIATION = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
"""CLIP's normalisation of RGB in 0..1."""
MARGIN, CLOSER = 0.18, 0.0
"""Border around the face as a share of an upright crop's side: the first crop is about 1.3 times as long as a detector's box, the second
0.8 times."""
ORIGINAL = 0
"""Number of the file as it is; compressed copies of it count from 1."""


@dataclass(frozen=True, eq=False)
class Features:
    """One file's looks at its main person.

    ``looks`` float16 (n, 2, levels, 3, width); ``time`` (n,) seconds; ``face_px`` (n,), ``sharpness`` (n,), ``compression`` (n,) as in
    ``telltale.core.report.Quality``. ``n`` is 0 where no face was found or the file cannot be read. ``copy`` is the number of the copy that
    was looked at.
    """

    row: Row
    looks: np.ndarray
    time: np.ndarray
    face_px: np.ndarray
    sharpness: np.ndarray
    compression: np.ndarray
    copy: int = ORIGINAL


def settings_of(size: int) -> ModelSettings:
    """How crops for a frozen encoder of ``size`` pixels are cut."""
    return ModelSettings(size=size, margin=MARGIN, further_margins=(CLOSER,), crop="upright")


def load_encoder(graph: Path, threads: int) -> Encode:
    """The encoder that ``encoder.write_encoder`` wrote without a head, one thread a call and ``threads`` calls at a time."""
    import openvino

    from telltale.model.cpu_runtimes import infer_once

    core = openvino.Core()
    shared = {"NUM_STREAMS": threads, "INFERENCE_NUM_THREADS": threads, "INFERENCE_PRECISION_HINT": "f32"}
    compiled = core.compile_model(core.read_model(str(graph)), "CPU", shared)
    own, mean, deviation = threading.local(), np.array(MEAN, np.float32), np.array(DEVIATION, np.float32)
    infer_once(compiled)

    def encode(looks: np.ndarray) -> np.ndarray:
        if not hasattr(own, "request"):
            own.request = compiled.create_infer_request()
        pixels = normalize(looks, mean, deviation).reshape(-1, 1, 3, *looks.shape[1:3])
        coded = np.concatenate([own.request.infer({0: crop})[0].astype(np.float16) for crop in pixels])
        return coded.reshape(len(looks), -1, *coded.shape[1:])

    return encode


def halve_chroma(clip: "Clip") -> "Clip":
    """The clip with colours at half of their resolution, as nearly every video on the web has them."""
    return replace(clip, frames=[replace(frame, picture=with_half_chroma(frame.rgb)) for frame in clip.frames])


def has_full_chroma(row: Row) -> bool:
    """Whether a video file holds colours at full resolution (4:4:4). Raises BadMedia."""
    from telltale.video.container import is_readable, open_container, picture_stream

    if row.kind != "video":
        return False
    with is_readable(row.file) as file, open_container(file, row.file.name) as container:
        return "444" in (picture_stream(container, row.file.name).codec_context.pix_fmt or "")


def with_half_chroma(rgb: np.ndarray) -> np.ndarray:
    """RGB uint8 (H, W, 3) with colours averaged over squares of two pixels."""
    height, width = rgb.shape[:2]
    parts = cv2.cvtColor(rgb, cv2.COLOR_RGB2YCrCb)
    small = cv2.resize(parts[..., 1:], ((width + 1) // 2, (height + 1) // 2), interpolation=cv2.INTER_AREA)
    parts[..., 1:] = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
    return cv2.cvtColor(parts, cv2.COLOR_YCrCb2RGB)


def main_person(tracks: "Iterable[list[tuple[int, Face]]]") -> "list[tuple[int, Face]]":
    """The track that fills most of the video: looks times the face's mean size. Empty where there is none."""
    return max(tracks, key=lambda track: sum(face.size for _, face in track), default=[])


def look_at(row: Row, frames: int, finder: "FaceDetector", how: Recompression | None = None) -> "tuple[Clip, list[tuple[int, Face]]]":
    """The frames of a file, or of its copy made by ``how``, and the looks at its main person. Raises BadMedia."""
    from telltale.core.progress import silent
    from telltale.faces.frame_search import searching
    from telltale.pipeline import find_faces
    from trainer.data.media import open_media
    from trainer.evaluation.scores import WholePicture

    if how is not None:
        clip = recompress(open_media(row, STREAM), how, frames)
    else:
        clip = open_media(row, frames)
        if has_full_chroma(row):
            clip = halve_chroma(clip)
    with searching(WholePicture("mtcnn") if row.cropped else finder, 1) as search:
        return clip, main_person(find_faces(clip, search, silent))


def store_folder(features: Path, copy: int) -> Path:
    """Where features of copies with this number lie."""
    return features if copy == ORIGINAL else features / f"copy-{copy}"


def read_made_with(features: Path, copy: int = ORIGINAL) -> dict[str, Any]:
    """What a folder of features was made with. Raises BadRequest for any other folder."""
    try:
        content: dict[str, Any] = json.loads((store_folder(features, copy) / "encoder.json").read_text())
    except (OSError, ValueError) as error:
        raise BadRequest("request.invalid", text=f"{features} holds no features: run trainer.features first.") from error
    return content


class FeatureStore:
    """A folder of ``Features``. ``encoder.json`` says what they were made with; a folder made otherwise is refused. Those of copies with
    the number n lie in its folder ``copy-n``."""

    def __init__(self, folder: Path, made_with: dict[str, object], copy: int = ORIGINAL) -> None:
        self.copy = copy
        folder = store_folder(folder, copy)
        self._rows = folder / "rows"
        self._rows.mkdir(parents=True, exist_ok=True)
        note = folder / "encoder.json"
        if note.is_file() and json.loads(note.read_text()) != made_with:
            raise BadRequest(
                "request.invalid", text=f"{folder} holds features that were made otherwise ({note.read_text()}); name another folder."
            )
        note.write_text(json.dumps(made_with))

    def path(self, row: Row) -> Path:
        """Where a row's features lie."""
        return self._rows / f"{hashlib.sha256(row.path.encode()).hexdigest()[:24]}.npz"

    def write(self, features: Features) -> None:
        """Keep one file's features."""
        path = self.path(features.row)
        part = path.with_suffix(".part.npz")
        names = ("looks", "time", "face_px", "sharpness", "compression")
        np.savez(part, **{name: getattr(features, name) for name in names})
        part.rename(path)

    def read(self, rows: Iterable[Row]) -> Iterator[Features]:
        """The features of rows, in their order. Raises BadRequest where one has none yet."""
        for row in rows:
            if not self.path(row).is_file():
                raise BadRequest("request.invalid", text=f"There are no features of {row.path} yet: run trainer.features first.")
            with np.load(self.path(row)) as held:
                yield Features(row, copy=self.copy, **{name: held[name] for name in held.files})


def stores_of(folder: Path, encoder: str) -> "list[FeatureStore]":
    """The stores of a folder: of the files as they are, then of their copies. Raises BadRequest where another encoder filled them."""
    copies = sorted(int(found.name.removeprefix("copy-")) for found in folder.glob("copy-*"))
    return [FeatureStore(folder, {**read_made_with(folder, copy), "encoder": encoder}, copy) for copy in (ORIGINAL, *copies)]


def features_of(row: Row, frames: int, finder: "FaceDetector", encode: Encode, size: int, copy: int = ORIGINAL) -> Features:
    """The features of one file, or of its copy with this number."""
    from telltale.faces.compression import estimate_compression
    from telltale.faces.quality import quality_of

    settings = settings_of(size)
    try:
        clip, track = look_at(row, frames, finder, draw(row.path, copy) if copy else None)
    except BadMedia:
        track = []
    if not track:
        none = np.zeros(0, np.float32)
        return Features(row, np.zeros((0, 1), np.float16), none, none, none, none, copy)
    pictures = [clip.frames[place].picture for place, _ in track]
    looks = np.stack([crops_of(picture, face.landmarks, size, settings) for picture, (_, face) in zip(pictures, track, strict=True)])
    found = [
        quality_of(face, look[..., :3], estimate_compression(picture, face.box))
        for picture, look, (_, face) in zip(pictures, looks, track, strict=True)
    ]
    return Features(
        row=row,
        looks=encode(looks),
        time=np.array([clip.frames[place].time for place, _ in track], np.float32),
        face_px=np.array([quality.face_size_px for quality in found], np.float32),
        sharpness=np.array([quality.sharpness for quality in found], np.float32),
        compression=np.array([quality.compression for quality in found], np.float32),
        copy=copy,
    )
