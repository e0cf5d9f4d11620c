"""How the embedded face detector (MTCNN) compares with InsightFace's SCRFD-500m, the reference, on frames of real videos.

Measures the share of SCRFD's faces of 60 pixels and more that MTCNN finds too, what MTCNN finds besides, how far apart the two put the
landmarks, and the time each takes for a frame on one core. SCRFD is the yardstick here, not the truth: it misses faces and invents some.
Frames are first reduced to a long side of 640 pixels, the size that both search at. See also: whether a face is found at all in every
video (``all_videos.py``), and how well the classifier does (``trainer/evaluate.py``).

    python -m benchmarks.accuracy.face_detectors --data ../shared/data
"""

import argparse
import os
import statistics
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.remote.thresholds import Demand
from benchmarks.remote.thresholds import table as demanded

if TYPE_CHECKING:
    import numpy as np

    from telltale.faces.detectors import Face, FaceDetector

LONG_SIDE = 640
SMALLEST = 60.0
"""Pixels; smaller faces are counted on neither side."""
LEAST_SHARE, MOST_MS = 0.95, 15.0
OVERLAP = 0.4
"""Intersection over union from which two boxes are the same face."""


@dataclass(frozen=True)
class Compared:
    """One frame: SCRFD's faces and how many MTCNN found, MTCNN's others, landmark distances in eye distances, seconds."""

    expected: int
    found: int
    extra: int
    distances: tuple[float, ...]
    scrfd_seconds: float
    mtcnn_seconds: float


def main(argv: list[str] | None = None) -> int:
    """Compare the two detectors and print Markdown tables; 1 where a demand is missed."""
    arguments = parser().parse_args(argv)
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    from tqdm import tqdm

    from telltale.faces.detectors import load_face_detector

    packs = arguments.insightface or arguments.data.parent / "models" / "insightface"
    mtcnn, mtcnn_cores = load_face_detector("mtcnn"), cores_used()
    scrfd, scrfd_cores = load_face_detector("insightface", insightface_root=packs), cores_used()
    rows: list[Compared] = []
    for frame in tqdm(frames(arguments.data / "manifest.jsonl", arguments.per_video, arguments.limit), unit=" frames"):
        if not rows:
            compare(frame, scrfd, mtcnn)  # the first run of a net is slower: not counted
        rows.append(compare(frame, scrfd, mtcnn))
    demands = demands_on(rows)
    print(table(rows, scrfd_cores, mtcnn_cores), demanded(demands), sep="\n\n")
    return int(not all(demand.holds for demand in demands))


def parser() -> argparse.ArgumentParser:
    """The arguments."""
    made = argparse.ArgumentParser(
        prog="python -m benchmarks.accuracy.face_detectors", description="Compare MTCNN with SCRFD on frames of real videos."
    )
    made.add_argument("--data", type=Path, required=True, help="folder with manifest.jsonl and the videos it names")
    made.add_argument("--insightface", type=Path, help="folder with models/PACK/ of InsightFace (default: DATA/../models/insightface)")
    made.add_argument("--per-video", type=int, default=3, help="frames taken of each video (default: %(default)s)")
    made.add_argument("--limit", type=int, help="only the first LIMIT videos")
    return made


def frames(manifest: Path, per_video: int, limit: int | None) -> "Iterator[np.ndarray]":
    """RGB frames spread over each video of the manifest, reduced to the long side."""
    from telltale.video.frames import read_clip
    from telltale.video.yuv import shrink
    from trainer.data.manifest import read_manifest

    videos = [row.file for row in read_manifest(manifest).rows if row.kind == "video"]
    for path in videos[:limit]:
        for frame in read_clip(path, per_video).frames:
            yield shrink(frame.rgb, min(1.0, LONG_SIDE / max(frame.rgb.shape[:2])))


def compare(rgb: "np.ndarray", scrfd: "FaceDetector", mtcnn: "FaceDetector") -> Compared:
    """Both detectors on one frame."""
    started = time.perf_counter()
    reference = scrfd.detect(rgb)
    between = time.perf_counter()
    faces = mtcnn.detect(rgb)
    ended = time.perf_counter()
    pairs = match_faces(reference, faces)
    taken = {id(face) for _, face in pairs}
    large = [(expected, face) for expected, face in pairs if expected.size >= SMALLEST]
    return Compared(
        expected=sum(face.size >= SMALLEST for face in reference),
        found=len(large),
        extra=sum(face.size >= SMALLEST and id(face) not in taken for face in faces),
        distances=tuple(landmark_distance(expected, face) for expected, face in large),
        scrfd_seconds=between - started,
        mtcnn_seconds=ended - between,
    )


def match_faces(reference: "list[Face]", faces: "list[Face]") -> "list[tuple[Face, Face]]":
    """One-to-one pairs of the greatest total overlap, each of at least OVERLAP."""
    import numpy as np

    from telltale.faces.tracking import assign

    if not reference or not faces:
        return []
    overlaps = np.array([[overlap(one, other) for other in faces] for one in reference])
    return [(reference[row], faces[column]) for row, column in assign(-overlaps) if overlaps[row, column] >= OVERLAP]


def overlap(one: "Face", other: "Face") -> float:
    """Intersection over union of two boxes."""
    x0, y0, x1, y1 = one.box
    u0, v0, u1, v1 = other.box
    shared = max(0.0, min(x1, u1) - max(x0, u0)) * max(0.0, min(y1, v1) - max(y0, v0))
    return float(shared / ((x1 - x0) * (y1 - y0) + (u1 - u0) * (v1 - v0) - shared))


def landmark_distance(reference: "Face", face: "Face") -> float:
    """Mean distance of the five landmarks, in distances between the reference's eyes."""
    import numpy as np

    eyes = np.linalg.norm(reference.landmarks[0] - reference.landmarks[1])
    return float(np.linalg.norm(reference.landmarks - face.landmarks, axis=1).mean() / eyes)


def cores_used() -> int:
    """On how many cores the threads of this process may run: ONNX Runtime, left to itself, places one on each core, whatever was asked."""
    return len({core for task in os.listdir("/proc/self/task") for core in os.sched_getaffinity(int(task))})


def demands_on(rows: list[Compared]) -> list[Demand]:
    """What is asked of the embedded detector."""
    share = sum(row.found for row in rows) / max(sum(row.expected for row in rows), 1)
    pace = 1000 * statistics.median(row.mtcnn_seconds for row in rows)
    return [
        Demand("MTCNN", "share of SCRFD-500m's faces", share, LEAST_SHARE, at_least=True),
        Demand("MTCNN", f"median ms a frame at {LONG_SIDE} px, one core", pace, MOST_MS),
    ]


def table(rows: list[Compared], scrfd_cores: int, mtcnn_cores: int) -> str:
    """The figures as Markdown."""
    import numpy as np

    expected, found = sum(row.expected for row in rows), sum(row.found for row in rows)
    distances = np.array([distance for row in rows for distance in row.distances])
    lines = [
        f"| {len(rows)} frames, long side {LONG_SIDE} px, faces of {SMALLEST:.0f} px and more | |",
        "|---|---:|",
        f"| faces SCRFD-500m finds | {expected} |",
        f"| of these, MTCNN finds too (IoU >= {OVERLAP}) | {found} ({found / max(expected, 1):.1%}) |",
        f"| faces only MTCNN finds | {sum(row.extra for row in rows)} |",
    ]
    if len(distances):
        median, far = np.percentile(distances, [50, 95])
        lines.append(f"| landmark distance, share of the eye distance: median, 95th percentile | {median:.3f}, {far:.3f} |")
    for name, cores, seconds in (
        ("SCRFD-500m", scrfd_cores, [row.scrfd_seconds for row in rows]),
        ("MTCNN", mtcnn_cores, [row.mtcnn_seconds for row in rows]),
    ):
        lines.append(f"| {name}, {cores} core{'s' * (cores > 1)}: median ms a frame | {1000 * float(np.median(seconds)):.0f} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
