"""Scores of files under one model, and the file that keeps them so that a run that was cut short goes on where it stopped.

A score comes from the very steps that serve a check: ``read_clip``, ``look``, ``judge``. Files that hold no face, and files that cannot be
read, get 0.5, "cannot tell"; the latter carry the reason. Not here: what the scores are worth (``metrics.py``, ``evaluate.py``).

``scores.jsonl`` holds one JSON object a line. Its ``run`` names the model's weights and settings, the detector and the number of frames;
lines of another run are kept but not used. Changed detector *code* is not seen: give such an evaluation a new folder.
"""

import hashlib
import json
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from detector.errors import BadMedia
from detector.report import Verdict
from trainer.manifest import Row

if TYPE_CHECKING:
    from detector.check import Engine
    from detector.faces import FinderChoice

UNDECIDED = 0.5


@dataclass(frozen=True)
class Looker:
    """Everything that a score depends on besides the file."""

    model: str
    faces: "FinderChoice"
    insightface_root: Path | None
    frames: int
    threads: int

    def engine(self) -> "Engine":
        """The loaded engine; each process loads it once."""
        return _engine(self)

    def run(self) -> str:
        """A short name of what the scores depend on."""
        engine = self.engine()
        settings = hashlib.sha256(repr(engine.model.settings).encode()).hexdigest()[:12]
        return f"{engine.model.revision} settings {settings} {engine.finder.name} {self.frames} frames"


@dataclass(frozen=True)
class Score:
    """One file's score.

    ``verdict`` and ``probability`` are what a check of this file would say (no verdict for an unreadable file); ``frames`` holds for each
    frame with a face the highest logit in it; ``face_px`` is the median size of the faces in pixels.
    """

    run: str
    path: str
    verdict: Verdict | None
    probability: float
    frames: tuple[float, ...]
    face_px: float | None
    seconds: float
    unreadable: str | None = None


@cache
def _engine(looker: Looker) -> "Engine":
    from detector.check import load_engine

    return load_engine(looker.model, faces=looker.faces, insightface_root=looker.insightface_root, threads=looker.threads)


def score_file(row: Row, looker: Looker, run: str) -> Score:
    """Score one file as a check would. Raises BadModel; a file that cannot be read is a Score that says so."""
    from statistics import median

    from detector.check import look
    from detector.frames import read_clip
    from detector.verdict import judge

    engine = looker.engine()
    started = time.monotonic()
    try:
        clip = read_clip(row.file, looker.frames)
    except BadMedia as error:
        return Score(run, row.path, None, UNDECIDED, (), None, time.monotonic() - started, error.sentence)
    people = look(clip, engine)
    judgement = judge(people, frames=len(clip.frames), kind=clip.kind, settings=engine.model.settings)
    looks = [each for person in people for each in person.looks]
    highest: dict[int, float] = {}
    for each in looks:
        highest[each.position] = max(each.logit, highest.get(each.position, each.logit))
    return Score(
        run=run,
        path=row.path,
        verdict=judgement.verdict,
        probability=UNDECIDED if judgement.fake_probability is None else judgement.fake_probability,
        frames=tuple(logit for _, logit in sorted(highest.items())),
        face_px=median(each.face.size for each in looks) if looks else None,
        seconds=time.monotonic() - started,
    )


def score_files(rows: list[Row], looker: Looker, run: str, workers: int) -> Iterator[Score]:
    """Scores in the order in which they are ready, from this process or from ``workers`` others."""
    if workers == 1:
        yield from (score_file(row, looker, run) for row in rows)
        return
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor, as_completed

    # Spawned, not forked: the runtimes' threads do not survive a fork.
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        waiting = [pool.submit(score_file, row, looker, run) for row in rows]
        try:
            yield from (done.result() for done in as_completed(waiting))
        finally:
            pool.shutdown(cancel_futures=True)


def read_scores(path: Path, run: str) -> dict[str, Score]:
    """The scores of this run by path. A last line that was cut short is taken off the file."""
    if not path.exists():
        return {}
    content = path.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    if len(whole) < len(content):
        with path.open("r+b") as file:
            file.truncate(len(whole))
    entries = [json.loads(line) for line in whole.splitlines()]
    return {entry["path"]: Score(**entry | {"frames": tuple(entry["frames"])}) for entry in entries if entry["run"] == run}


def write_scores(path: Path, scores: Iterable[Score]) -> Iterator[Score]:
    """Append each score as it comes and hand it on."""
    with path.open("a", encoding="utf-8") as file:
        for score in scores:
            file.write(json.dumps(asdict(score)) + "\n")
            file.flush()
            yield score
