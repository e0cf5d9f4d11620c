"""Every video of a data set through ``check()``, and the time that a person waits for ``telltale check``.

Counts tracebacks (any error outside TelltaleError; none is allowed), verdicts, and the videos in which MTCNN or, where its pack lies there,
InsightFace's SCRFD sees a face of 60 pixels or more but the Report has no person. The time is the median of whole runs of the real command,
each in a fresh process with the model load, on a 10-second 1080p H.264 clip that is made for it from a real one. See also: whether the
verdicts are right (``trainer/evaluate.py``).

    python -m benchmarks.accuracy.all_videos --data ../shared/data --out runs/videos
"""

import argparse
import itertools
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from telltale.core.errors import TelltaleError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np

    from telltale.faces.detectors import FaceDetector
    from telltale.pipeline import Engine

SMALLEST = 60.0
"""Pixels of the frame: faces of this size and more must lead to a person."""
EVERY = 4
"""The detectors are asked about every fourth of the frames that the check looks at."""
WIDTH, HEIGHT, RATE, SECONDS = 1920, 1080, 25, 10
ANSWERS = (0, 10, 11, 12)
"""Exit codes of the command for an answer, whichever."""


@dataclass(frozen=True)
class Checked:
    """One video: the verdict, or the code of a TelltaleError, or "traceback"; people in the Report; whether a detector sees a face."""

    path: str
    outcome: str
    people: int
    face_seen: bool
    seconds: float


def main(argv: list[str] | None = None) -> int:
    """Check all videos and time the command; 1 where a check ended in a traceback."""
    arguments = parser().parse_args(argv)
    from tqdm import tqdm

    from telltale.pipeline import load_engine
    from trainer.data.manifest import read_manifest

    rows = [row for row in read_manifest(arguments.data / "manifest.jsonl").rows if row.kind == "video"][: arguments.limit]
    engine = load_engine(faces="mtcnn")
    finders = reference(arguments.insightface or arguments.data.parent / "models" / "insightface")
    checked = [check_video(row.path, row.file, engine, finders) for row in tqdm(rows, unit=" videos")]
    waits = command_waits(rows[0].file, arguments.runs) if arguments.runs else []
    text = table(checked, waits, [finder.name for finder in finders])
    print(text)
    if arguments.out:
        arguments.out.mkdir(parents=True, exist_ok=True)
        (arguments.out / "videos.jsonl").write_text("".join(json.dumps(asdict(each)) + "\n" for each in checked))
        (arguments.out / "videos.md").write_text(text + "\n")
    return int(any(each.outcome == "traceback" for each in checked))


def parser() -> argparse.ArgumentParser:
    """The arguments."""
    made = argparse.ArgumentParser(
        prog="python -m benchmarks.accuracy.all_videos", description="Check every video of a data set; time the command."
    )
    made.add_argument("--data", type=Path, required=True, help="folder with manifest.jsonl and the videos it names")
    made.add_argument("--out", type=Path, help="folder for videos.jsonl (a line a video) and videos.md")
    made.add_argument("--insightface", type=Path, help="folder with models/PACK/ of InsightFace (default: DATA/../models/insightface)")
    made.add_argument("--runs", type=int, default=5, help="timed runs of the command (default: %(default)s)")
    made.add_argument("--limit", type=int, help="only the first LIMIT videos")
    return made


def reference(root: Path) -> "list[FaceDetector]":
    """The detectors that say whether a face is there: MTCNN, and SCRFD where its pack lies."""
    from telltale.faces.detectors import insightface_pack, load_face_detector

    packs = [load_face_detector("insightface", insightface_root=root)] if insightface_pack(root) else []
    return [load_face_detector("mtcnn"), *packs]


def check_video(name: str, path: Path, engine: "Engine", finders: "list[FaceDetector]") -> Checked:
    """One check, and what the detectors see in the same frames."""
    from telltale.pipeline import check

    started = time.perf_counter()
    outcome, people = "traceback", 0
    try:
        report = check(path, engine)
        outcome, people = report.verdict, len(report.people)
    except TelltaleError as error:
        outcome = error.code
    except Exception:  # to count these is what this benchmark is for
        traceback.print_exc()
    seconds = time.perf_counter() - started
    return Checked(name, outcome, people, shows_face(path, finders), seconds)


def shows_face(path: Path, finders: "list[FaceDetector]") -> bool:
    """Whether any detector sees a large face in any of some frames."""
    from telltale.video.frames import read_clip

    try:
        frames = read_clip(path).frames[::EVERY]
    except TelltaleError:
        return False
    return any(face.size >= SMALLEST for frame in frames for finder in finders for face in finder.detect(frame.rgb))


@dataclass(frozen=True)
class Wait:
    """One run of the command: seconds on the clock, and seconds of processor time, which other work on the machine leaves alone."""

    wall: float
    processor: float


def command_waits(source: Path, runs: int) -> list[Wait]:
    """The time of ``telltale check`` in fresh processes on the 1080p clip. The first run, which warms the disk, is not counted."""
    command = Path(sys.executable).with_name("telltale")
    waits = []
    with tempfile.TemporaryDirectory(prefix="telltale-benchmark-") as folder:
        clip = Path(folder) / "clip.mp4"
        make_clip(source, clip)
        for _ in range(runs + 1):
            started, before = time.perf_counter(), processor_seconds_of_children()
            done = subprocess.run([command, "check", "--json", "--faces", "mtcnn", clip], capture_output=True, text=True, check=False)
            waits.append(Wait(time.perf_counter() - started, processor_seconds_of_children() - before))
            if done.returncode not in ANSWERS:
                raise RuntimeError(f"telltale check ended with {done.returncode}:\n{done.stderr}")
    return waits[1:]


def processor_seconds_of_children() -> float:
    """Of the processes that have ended, user and system."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def make_clip(source: Path, target: Path) -> None:
    """A 10-second 1080p H.264 clip: the source's frames, enlarged between black bars, from the start again as often as needed."""
    import av
    import cv2
    import numpy as np

    with av.open(str(target), "w") as container:
        stream = container.add_stream("libx264", rate=RATE, options={"preset": "veryfast", "crf": "23"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for rgb in itertools.islice(endless(source), RATE * SECONDS):
            scale = min(WIDTH / rgb.shape[1], HEIGHT / rgb.shape[0])
            width, height = round(rgb.shape[1] * scale), round(rgb.shape[0] * scale)
            left, top = (WIDTH - width) // 2, (HEIGHT - height) // 2
            canvas = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
            canvas[top : top + height, left : left + width] = cv2.resize(rgb, (width, height), interpolation=cv2.INTER_CUBIC)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(canvas, format="rgb24")))
        container.mux(stream.encode(None))


def endless(source: Path) -> "Iterator[np.ndarray]":
    """The frames of a video as RGB, again and again."""
    import av

    while True:
        with av.open(str(source)) as container:
            yield from (frame.to_ndarray(format="rgb24") for frame in container.decode(video=0))


def table(checked: list[Checked], waits: list[Wait], finders: list[str]) -> str:
    """The figures as Markdown, and the videos that need a look."""
    outcomes = Counter(each.outcome for each in checked)
    seen = [each for each in checked if each.face_seen]
    missed = [each for each in seen if not each.people]
    lines = [
        f"| {len(checked)} videos, {os.cpu_count()} cores, {platform.machine()} | |",
        "|---|---:|",
        f"| tracebacks | {outcomes.pop('traceback', 0)} |",
        *(f"| {outcome.replace('_', ' ')} | {count} |" for outcome, count in sorted(outcomes.items())),
        f"| videos in which {' or '.join(finders)} sees a face of {SMALLEST:.0f} px | {len(seen)} |",
        f"| of these, with a person in the Report | {len(seen) - len(missed)} |",
        f"| median seconds of a check in a loaded process | {statistics.median(each.seconds for each in checked):.2f} |",
    ]
    if waits:
        what = "of `telltale check`, 10 s of 1080p H.264, model load included"
        for name, seconds in (("seconds", [wait.wall for wait in waits]), ("processor seconds", [wait.processor for wait in waits])):
            spread = f"{min(seconds):.2f} to {max(seconds):.2f}, {len(seconds)} runs"
            lines.append(f"| {name} {what}: median | {statistics.median(seconds):.2f} ({spread}) |")
    return "\n".join([*lines, *(f"\nA face is seen but no person reported: {each.path} ({each.outcome})" for each in missed)])


if __name__ == "__main__":
    sys.exit(main())
