"""How the measure of compression rises with compression, on real faces encoded anew at known strengths, at two sizes of face; and its fit.

Frames of the data set are halved and quartered first, which removes most of what compression they had; then each goes through JPEG, or as a
short pan through H.264 and H.265. Prints a Markdown table of medians and quartiles by codec and strength, and the time a face takes.
``--fit`` also prints the weights of ``telltale/faces/compression.py`` afresh: least squares onto the strengths in ``LADDER``, which are a
matter of choice. See also: what compression does to the verdict (``trainer/evaluate.py --robustness``).

    python -m benchmarks.accuracy.compression_fit --data ../shared/data
"""

import argparse
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

LADDER = {
    ("none", 0): 0.0,
    **{("jpeg", quality): target for quality, target in ((95, 0.05), (90, 0.15), (75, 0.35), (50, 0.5), (30, 0.65), (20, 0.8), (10, 1.0))},
    **{("h264", crf): target for crf, target in ((18, 0.1), (23, 0.3), (28, 0.5), (34, 0.75), (40, 1.0))},
    **{("h265", crf): target for crf, target in ((28, 0.5), (40, 1.0))},
}
"""(codec, strength) -> how heavily compressed that is called."""
SHRUNK = (0.5, 0.25)
PAN = 8
"""Frames of a pan; the sixth is measured, so that it was predicted from others."""


@dataclass(frozen=True, eq=False)
class Measured:
    """One face at one strength: the share its frame was shrunk to, its traces and the measure, seconds."""

    codec: str
    strength: int
    shrunk: float
    traces: "np.ndarray"
    compression: float
    seconds: float


def main(argv: list[str] | None = None) -> None:
    """Measure, and print the table."""
    made = argparse.ArgumentParser(
        prog="python -m benchmarks.accuracy.compression_fit", description="How the measure of compression rises."
    )
    made.add_argument("--data", type=Path, required=True, help="folder with manifest.jsonl and the files it names")
    made.add_argument("--per-source", type=int, default=3, help="files of each source and label (default: %(default)s)")
    made.add_argument("--fit", action="store_true", help="print fresh weights, too")
    arguments = made.parse_args(argv)
    from tqdm import tqdm

    rows = list(tqdm(measure(arguments.data / "manifest.jsonl", arguments.per_source), unit=" faces"))
    print(table(rows))
    if arguments.fit:
        print(fit_weights(rows))


def measure(manifest: Path, per_source: int) -> Iterator[Measured]:
    """Every face at every strength and size."""
    import cv2
    import numpy as np

    from telltale.faces.compression import estimate_compression, middle, traces
    from telltale.faces.detectors import load_face_detector

    finder = load_face_detector("mtcnn")
    for frame in frames(manifest, per_source):
        for face in finder.detect(frame)[:1]:
            for shrunk in SHRUNK:
                small = cv2.resize(frame, None, fx=shrunk, fy=shrunk, interpolation=cv2.INTER_AREA)
                if face.size * shrunk < 24 or min(small.shape[:2]) < 48:
                    continue
                for codec, strength in LADDER:
                    worse, moved = encode(small, codec, strength)
                    box = np.asarray(face.box) * shrunk - moved
                    started = time.perf_counter()
                    value = estimate_compression(worse, box)
                    seconds = time.perf_counter() - started
                    yield Measured(codec, strength, shrunk, traces(middle(worse, box)), value, seconds)


def frames(manifest: Path, per_source: int) -> "Iterator[np.ndarray]":
    """One frame of the first files of each source and label, at most 1300 pixels long."""
    from collections import Counter

    from telltale.video.frames import read_clip
    from trainer.data.manifest import read_manifest

    taken: Counter[tuple[str, str]] = Counter()
    for row in read_manifest(manifest).rows:
        if row.kind == "frames" or taken[row.source, row.label] >= per_source:
            continue
        taken[row.source, row.label] += 1
        clip = read_clip(row.file, 2)
        if max(clip.width, clip.height) <= 1300:
            yield clip.frames[-1].rgb


def encode(frame: "np.ndarray", codec: str, strength: int) -> "tuple[np.ndarray, int]":
    """The frame, compressed, and by how many pixels it was moved on the way."""
    import numpy as np

    from trainer.synthesis.codecs import through_jpeg, through_video

    if codec == "none":
        return frame, 0
    if codec == "jpeg":
        return through_jpeg(frame, strength), 0
    high, wide = frame.shape[0] - PAN, frame.shape[1] - PAN
    pan = [np.ascontiguousarray(frame[at : at + high, at : at + wide]) for at in range(PAN)]
    return through_video(pan, "h264" if codec == "h264" else "h265", strength)[5], 5


def table(rows: Sequence[Measured]) -> str:
    """Quartiles by strength and size."""
    import numpy as np

    lines = ["| encoded | " + " | ".join(f"frames at {shrunk:.0%}" for shrunk in SHRUNK) + " |", "|---|" + "---|" * len(SHRUNK)]
    for codec, strength in LADDER:
        cells = []
        for shrunk in SHRUNK:
            values = [row.compression for row in rows if (row.codec, row.strength, row.shrunk) == (codec, strength, shrunk)]
            low, median, high = np.quantile(values, (0.25, 0.5, 0.75))
            cells.append(f"{median:.2f} ({low:.2f}-{high:.2f})")
        lines.append(f"| {codec} {strength or ''} | " + " | ".join(cells) + " |")
    faces = len(rows) // len(LADDER)
    return "\n".join([*lines, "", f"{faces} faces; {np.median([row.seconds for row in rows]) * 1e3:.2f} ms a face."])


def fit_weights(rows: Sequence[Measured]) -> str:
    """Weights of the traces and the constant that best give the strengths of LADDER."""
    import numpy as np

    columns = np.array([[*row.traces, 1.0] for row in rows])
    wanted = np.array([LADDER[row.codec, row.strength] for row in rows])
    weights = np.linalg.lstsq(columns, wanted, rcond=None)[0]
    return f"weights {np.round(weights[:-1], 2).tolist()}, constant {weights[-1]:.2f}"


if __name__ == "__main__":
    main()
