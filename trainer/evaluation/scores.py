"""Scores of files under one model, and the file that keeps them so that a run that was cut short goes on where it stopped.

A score comes from the very steps that serve a check: reading, ``look``, ``decide``; rows that are face crops already skip the detector.
Files that hold no face, and files that cannot be read, get 0.5, "cannot tell"; the latter carry the reason. See also: what the scores are
worth (``metrics.py``, ``evaluate.py``).

``scores.jsonl`` holds one JSON object a line. Its ``run`` names the model's weights and settings, the detector, the number of frames and,
where the frames were made worse on purpose, how; lines of another run are kept but not used. Changed detector *code* is not seen: give
such an evaluation a new folder.
"""

import hashlib
import json
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from telltale.core.errors import BadMedia
from telltale.core.report import Verdict
from trainer.data.manifest import Row
from trainer.evaluation.perturbations import Change

if TYPE_CHECKING:
    from telltale.core.report import FaceObservation
    from telltale.faces.detectors import Face, FaceDetectorChoice, FaceDetectorName
    from telltale.pipeline import Engine
    from telltale.video.yuv import Picture

UNDECIDED = 0.5
PEER = "mesonet:"
"""Stands before the path of a MesoNet weight file where a model is asked for."""


@dataclass(frozen=True)
class Scorer:
    """Everything that a score depends on besides the file. ``model`` is a folder, a Hub id, or ``mesonet:FILE.h5``."""

    model: str
    faces: "FaceDetectorChoice"
    insightface_root: Path | None
    frames: int
    threads: int
    perturbation: Change | None = None

    def engine(self) -> "Engine":
        """The loaded engine; each process loads it once, whatever is done to the frames."""
        return _engine(self.model, self.faces, self.insightface_root, self.threads)

    def run(self) -> str:
        """A short name of what the scores depend on."""
        engine = self.engine()
        settings = hashlib.sha256(repr(engine.model.settings).encode()).hexdigest()[:12]
        worse = f" {self.perturbation.name}" if self.perturbation else ""
        return f"{engine.model.revision} settings {settings} {engine.finder.name} {self.frames} frames{worse}"


@dataclass(frozen=True)
class LookScore:
    """One look at one face: whose (numbers as in the Report), seconds, logit, and the face's size in pixels, sharpness and compression."""

    person: int
    time: float
    logit: float
    face_px: float
    sharpness: float
    compression: float | None


@dataclass(frozen=True)
class Score:
    """One file's score.

    ``verdict`` and ``probability`` are what a check of this file would say (no verdict for an unreadable file), ``reasons`` the codes of
    what limits them; ``frames`` holds for each frame with a face the highest logit in it. Of the person who decides (the most suspicious
    one) are ``face_px``, the median size of the face in pixels, ``compression``, its median (``telltale.faces.compression``: 0 clean .. 1
    heavily compressed), ``logit``, the mean over all looks, uncalibrated, and ``tone``, how light their skin looks (``skin_tone.py``); None
    where there is no face. ``looks`` are all looks at everybody, person by person, in order of time, in ``sampled`` frames. Older files
    lack the later fields.
    """

    run: str
    path: str
    verdict: Verdict | None
    probability: float
    frames: tuple[float, ...]
    face_px: float | None
    seconds: float
    unreadable: str | None = None
    compression: float | None = None
    logit: float | None = None
    tone: float | None = None
    sampled: int = 0
    looks: tuple[LookScore, ...] = ()
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class WholePicture:
    """The finder of rows that are face crops already: the whole picture is the face, and no detector is asked."""

    name: "FaceDetectorName"

    def detect(self, picture: "Picture", min_face: float | None = None) -> list["Face"]:
        """See ``telltale.faces.detectors.FaceDetector``."""
        from trainer.data.crops import whole_face

        return [whole_face(picture)]

    def track(self, picture: "Picture", faces: list["Face"]) -> list["Face"]:
        """See ``telltale.faces.detectors.FaceDetector``."""
        return self.detect(picture)


def own_frames(model: str) -> int:
    """How many moments of a video a model wants to see. Raises BadModel."""
    from telltale.core.model_settings import ModelSettings, read_settings
    from telltale.model.classifier import locate

    return ModelSettings().frames if model.startswith(PEER) else read_settings(locate(model)).frames


@lru_cache(maxsize=2)
def _engine(model: str, faces: "FaceDetectorChoice", insightface_root: Path | None, threads: int) -> "Engine":
    from telltale.faces.detectors import load_face_detector
    from telltale.pipeline import Engine, load_engine

    if not model.startswith(PEER):
        return load_engine(model, faces=faces, insightface_root=insightface_root, threads=threads)
    from trainer.evaluation.mesonet import load_mesonet

    return Engine(load_face_detector(faces, insightface_root=insightface_root), load_mesonet(Path(model.removeprefix(PEER))))


def score_file(row: Row, looker: Scorer, run: str) -> Score:
    """Score one file as a check would. Raises BadModel; a file that cannot be read is a Score that says so."""
    from statistics import fmean, median

    from telltale.pipeline import look
    from telltale.verdict.verdict import decide
    from trainer.data.media import open_media
    from trainer.evaluation.skin_tone import tone_of

    engine = looker.engine()
    if row.cropped:
        engine = replace(engine, finder=WholePicture(engine.finder.name))
    started = time.monotonic()
    try:
        clip = open_media(row, looker.frames)
    except BadMedia as error:
        return Score(run, row.path, None, UNDECIDED, (), None, time.monotonic() - started, unreadable=error.sentence)
    if looker.perturbation is not None:
        clip = looker.perturbation.apply(clip, engine.finder)
    people = look(clip, engine)
    judgement = decide(people, frames=len(clip.frames), kind=clip.scored_as, settings=engine.model.settings)
    looks = [each for person in people for each in person.looks]
    moments = judgement.decided_by.observations if judgement.decided_by else []
    compressions = [moment.quality.compression for moment in moments if moment.quality.compression is not None]
    highest: dict[int, float] = {}
    for each in looks:
        highest[each.position] = max(each.logit, highest.get(each.position, each.logit))
    return Score(
        run=run,
        path=row.path,
        verdict=judgement.verdict,
        probability=UNDECIDED if judgement.fake_probability is None else judgement.fake_probability,
        frames=tuple(logit for _, logit in sorted(highest.items())),
        face_px=median(moment.quality.face_size_px for moment in moments) if moments else None,
        seconds=time.monotonic() - started,
        compression=median(compressions) if compressions else None,
        logit=fmean(moment.logit for moment in moments) if moments else None,
        tone=tone_of(
            next((each.looks for each in people if judgement.decided_by and each.id == judgement.decided_by.id), []),
            engine.model.settings,
        ),
        sampled=len(clip.frames),
        looks=tuple(look_score(person.id, moment) for person in judgement.people for moment in person.observations),
        reasons=tuple(reason.code for reason in judgement.reasons),
    )


def look_score(person: int, moment: "FaceObservation") -> LookScore:
    """What is kept of a look."""
    quality = moment.quality
    return LookScore(person, moment.time, round(moment.logit, 4), quality.face_size_px, quality.sharpness, quality.compression)


def score_files(rows: Sequence[Row], looker: Scorer, run: str, workers: int) -> Iterator[Score]:
    """Scores in the order in which they are ready, from this process or from ``workers`` others."""
    yield from score_tasks([(row, looker, run) for row in rows], workers)


def score_tasks(tasks: Sequence[tuple[Row, Scorer, str]], workers: int) -> Iterator[Score]:
    """Scores of files under one or several models, in the order in which they are ready; see ``score_files``."""
    if workers == 1:
        yield from (score_file(*task) for task in tasks)
        return
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor, as_completed

    # Spawned, not forked: the runtimes' threads do not survive a fork.
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        waiting = [pool.submit(score_file, *task) for task in tasks]
        try:
            yield from (done.result() for done in as_completed(waiting))
        finally:
            pool.shutdown(cancel_futures=True)


def score_or_read(rows: Sequence[Row], lookers: Sequence[Scorer], kept: Path, workers: int, what: str) -> list[list[Score]]:
    """Every file's score under every looker, in the given orders: read from ``kept`` where it is there, else made and added to it."""
    from tqdm import tqdm

    runs = [looker.run() for looker in lookers]
    found = {run: read_scores(kept, run) for run in runs}
    left = [(row, looker, run) for looker, run in zip(lookers, runs, strict=True) for row in rows if row.path not in found[run]]
    total = len(rows) * len(lookers)
    fresh = write_scores(kept, score_tasks(left, workers))
    for score in tqdm(fresh, total=total, initial=total - len(left), unit=" files", desc=what):
        found[score.run][score.path] = score
    return [[found[run][row.path] for row in rows] for run in runs]


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
    return {entry["path"]: score_of(entry) for entry in entries if entry["run"] == run}


def score_of(entry: dict[str, Any]) -> Score:
    """A line of ``scores.jsonl``; what an older one lacks stays as it is by default."""
    looks = tuple(LookScore(**look) for look in entry.get("looks", ()))
    return Score(**entry | {"frames": tuple(entry["frames"]), "looks": looks, "reasons": tuple(entry.get("reasons", ()))})


def write_scores(path: Path, scores: Iterable[Score]) -> Iterator[Score]:
    """Append each score as it comes and hand it on."""
    with path.open("a", encoding="utf-8") as file:
        for score in scores:
            file.write(json.dumps(asdict(score)) + "\n")
            file.flush()
            yield score
