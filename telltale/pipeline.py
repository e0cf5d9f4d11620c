"""check(source) -> Report: the one function that walks the steps fetch, read, find faces, score, judge, draw.

Used alike by the command line, the Space and the benchmarks; training shares ``look``.

    import telltale
    report = telltale.check("clip.mp4")
"""

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import av

from telltale.checkpoints.catalogue import Crop
from telltale.core.errors import BadMedia, restored
from telltale.core.progress import Listener, Progress, silent
from telltale.core.report import ModelCard, Provenance, Report, Source, Timing, caveats
from telltale.core.text import harmless
from telltale.faces.detectors import Face, FaceDetector, FaceDetectorChoice, load_face_detector
from telltale.faces.frame_search import SMALLEST_USEFUL_FACE, FrameSearch, searching
from telltale.faces.tracking import group
from telltale.fetch.fetch import Fetched, fetch, is_address
from telltale.messages.catalogue import render
from telltale.model.classifier import EMBEDDED, Model, load_model
from telltale.model.observations import PersonTrack
from telltale.model.scoring import score
from telltale.net.limits import DECODE_SECONDS, USUAL, FetchLimits
from telltale.provenance.provenance import NO_FILE, of_parts, read_provenance
from telltale.provenance.trust_list import TrustList
from telltale.sandbox.decode import read_sandboxed
from telltale.sandbox.forkserver import prepare
from telltale.sandbox.temp_dir import temporary_folder
from telltale.verdict.evidence import draw_evidence, draw_people
from telltale.verdict.filmstrip import draw_filmstrip
from telltale.verdict.verdict import decide, open_by_score
from telltale.video.captured_frames import is_captured
from telltale.video.container import is_readable
from telltale.video.frames import Clip, sha256_of

DECODER = f"PyAV {av.__version__}, FFmpeg {av.ffmpeg_version_info}"
"""What reads every file, here and in training."""

MOST_TRACKS = 4
"""Video tracks of a file that are looked at for a face."""

Known = Callable[[str], Report | None]
"""The SHA-256 of what was read -> the Report on it that is there already."""


def no_earlier_report(_: str) -> None:
    """No earlier Report is looked for."""


@dataclass(frozen=True)
class Engine:
    """The two things that cost time to load: who finds faces and who looks at them; and how many threads one check may use, 0 = cores."""

    finder: FaceDetector
    model: Model
    threads: int = 0


def load_engine(
    model: str = EMBEDDED,
    *,
    faces: FaceDetectorChoice = "auto",
    insightface_root: Path | None = None,
    threads: int = 0,
    fake_labels: Sequence[str] = (),
    crop: Crop | None = None,
) -> Engine:
    """Load detector and classifier; ``threads`` = 0 gives a check one for each core. Raises BadModel.

    ``fake_labels`` and ``crop``: see ``load_model``.
    """
    classifier = load_model(model, threads=threads, fake_labels=fake_labels, crop=crop)
    return Engine(load_face_detector(faces, insightface_root=insightface_root), classifier, threads)


@cache
def embedded_engine() -> Engine:
    """The embedded model with the face detector at hand, loaded once in a process. Raises BadModel."""
    return load_engine()


def check(
    source: str | Path,
    engine: Engine | None = None,
    *,
    frames: int | None = None,
    listener: Listener = silent,
    limits: FetchLimits = USUAL,
    name: str | None = None,
    known: Known = no_earlier_report,
    trust: TrustList | None = None,
) -> Report:
    """Check one video or picture: an http(s) address or the path of a file. Raises TelltaleError.

    Without an ``engine`` the embedded model is used, loaded at the first check and kept.

    ``name`` is shown instead of the file's own name; ``frames`` is how many moments of a video are looked at, by default as many as the
    model wants. Where ``known`` has a Report on the same bytes by the same engine, that one is given, under this source's name. ``trust``
    says whose Content Credentials are believed; they change no verdict.
    """
    started = time.monotonic()
    engine = engine or embedded_engine()
    frames = frames or engine.model.settings.frames
    prepare()  # gets ready while the file is fetched
    with temporary_folder(Path(tempfile.gettempdir()), "telltale-") as folder:
        fetched = None
        path = Path(source)
        if is_address(str(source)):
            fetched = fetch(str(source), folder, limits=limits, listener=listener, frames=frames)
            path = fetched.path
        clock = Clock(fetch=time.monotonic() - started)
        shown = None if fetched else harmless(name) if name else path.name
        with calling(shown):
            is_readable(path).close()  # raises, where there is nothing to read
        sha256 = sha256_of(path)
        provenance = provenance_of(path, fetched, trust)
        clock.lap("provenance")
        earlier = known(sha256)
        if earlier is not None:
            timing = clock.timing(total=time.monotonic() - started)
            anew = {"source": rename_source(earlier.source, path, fetched, name), "timing": timing, "provenance": provenance}
            return earlier.model_copy(update=anew)
        with calling(shown):
            clip, tracks = read_and_find(path, frames, engine, listener, limits.max_pixels, clock)
        described = describe(path, clip, fetched, name, sha256)
    return report_on(clip, tracks, described, engine, listener, clock, started, provenance)


def read_and_find(
    path: Path, frames: int, engine: Engine, listener: Listener, max_pixels: int, clock: "Clock"
) -> tuple[Clip, list[list[tuple[int, Face]]]]:
    """The track that players show and the faces in it; where it has none, the next track with one. Raises BadMedia."""
    ends = time.monotonic() + DECODE_SECONDS

    def look_at(choice: int, seconds: float) -> tuple[Clip, list[list[tuple[int, Face]]]]:
        with searching(engine.finder, engine.threads) as search:
            clip = read_sandboxed(path, frames, listener=listener, max_pixels=max_pixels, seconds=seconds, seen=search.begin, choice=choice)
            clock.lap("decode")
            tracks = find_faces(clip, search, listener)
            clock.lap("faces")
            return clip, tracks

    clip, tracks = look_at(0, DECODE_SECONDS)
    for choice in range(1, 1 if tracks else min(clip.tracks, MOST_TRACKS)):
        try:
            other, found = look_at(choice, max(ends - time.monotonic(), 1.0))
        except BadMedia:  # that track is broken, or there is no time left for it
            break
        if found:
            return other, found
    return clip, tracks


@contextmanager
def calling(shown: str | None) -> Iterator[None]:
    """What is wrong with a file is told of it as its sender knows it, not under the name that it has here; None: it lies at a link."""
    try:
        yield
    except BadMedia as error:
        if "name" not in error.params:
            raise
        known = {"where": "link"} if shown is None else {"name": shown}
        raise restored(BadMedia, error.code, error.variant, error.params | known, None) from error


def report_on(
    clip: Clip,
    tracks: list[list[tuple[int, Face]]],
    described: Source,
    engine: Engine,
    listener: Listener,
    clock: "Clock",
    started: float,
    provenance: Provenance = NO_FILE,
) -> Report:
    """From people's faces to the Report."""
    people = score_people(clip, tracks, engine, listener)
    clock.lap("score")
    judgement = decide(people, frames=len(clip.frames), kind=clip.scored_as, settings=engine.model.settings)
    listener(Progress("render", 0, 1))
    pictures = draw_people(clip, people)
    evidence, drawn = draw_evidence(clip, people, engine.model.settings, engine.threads)
    illustrated, strip = draw_filmstrip(clip, people, judgement.people, engine.model.settings, engine.threads)
    listener(Progress("render", 1, 1))
    clock.lap("render")
    return Report(
        verdict=judgement.verdict,
        headline=render(f"verdict.headline.{judgement.verdict}"),
        explanation=render(f"verdict.explanation.{judgement.verdict}"),
        fake_probability=judgement.fake_probability,
        interval=judgement.interval,
        ratio=judgement.decided_by.ratio if judgement.decided_by else None,
        kinds=judgement.decided_by.kinds if judgement.decided_by else [],
        people=illustrated,
        evidence=evidence,
        reasons=judgement.reasons,
        provenance=provenance,
        source=described,
        model=ModelCard(
            id=engine.model.id,
            revision=engine.model.revision,
            calibrated=engine.model.settings.calibrated,
            runtime=engine.model.engine,
            detector=engine.finder.name,
            tested=engine.model.settings.tested,
            decoder=DECODER,
        ),
        timing=clock.timing(total=time.monotonic() - started),
        caveats=caveats(),
        pictures=pictures | drawn | strip,
    )


def look(clip: Clip, engine: Engine, listener: Listener = silent) -> list[PersonTrack]:
    """Find and score every face of the sampled frames, grouped by person. Shared with evaluation and calibration."""
    with searching(engine.finder, engine.threads) as search:
        return score_people(clip, find_faces(clip, search, listener), engine, listener)


def score_people(clip: Clip, tracks: list[list[tuple[int, Face]]], engine: Engine, listener: Listener = silent) -> list[PersonTrack]:
    """Everybody's looks: some first where the model's settings say so, the others where these leave the verdict open by the score."""

    def undecided(people: list[PersonTrack]) -> bool:
        return open_by_score(decide(people, frames=len(clip.frames), kind=clip.scored_as, settings=engine.model.settings))

    return score(clip, tracks, engine.model, listener, engine.threads, undecided)


def find_faces(clip: Clip, search: FrameSearch, listener: Listener) -> list[list[tuple[int, Face]]]:
    """Faces by person, each as (frame position, face)."""
    found = search.faces_of_frames(clip, listener)
    useful = [[face for face in faces if face.size >= SMALLEST_USEFUL_FACE] for faces in found]
    return group(useful)


def describe(path: Path, clip: Clip, fetched: Fetched | None, name: str | None, sha256: str) -> Source:
    """What was checked and how much of it was read."""
    size = path.stat().st_size
    return Source(
        kind=clip.kind,
        name=name or (fetched.title if fetched and fetched.title else path.name),
        url=fetched.url if fetched else None,
        title=fetched.title if fetched else None,
        duration=None if clip.kind == "image" else (fetched.duration if fetched else None) or clip.duration,
        width=clip.width,
        height=clip.height,
        codec=clip.codec,
        size=size,
        bytes_read=fetched.bytes_read if fetched else size,
        requests=fetched.requests if fetched else 0,
        sampled=bool(fetched and fetched.sampled),
        sha256=sha256,
        frames_read=len(clip.frames),
        track=clip.track,
        tracks=clip.tracks,
    )


def provenance_of(path: Path, fetched: Fetched | None, trust: TrustList | None) -> Provenance:
    """What a whole file says of itself; of a video that was fetched in parts nothing is asked."""
    if fetched and (fetched.sampled or fetched.joined):
        return of_parts(joined=not fetched.sampled)
    if is_captured(path):
        return NO_FILE
    return read_provenance(path, trust)


def rename_source(source: Source, path: Path, fetched: Fetched | None, name: str | None) -> Source:
    """What was checked before, as it was given this time."""
    return source.model_copy(
        update={
            "name": name or (fetched.title if fetched and fetched.title else path.name),
            "url": fetched.url if fetched else None,
            "title": fetched.title if fetched else None,
            "bytes_read": fetched.bytes_read if fetched else source.size,
            "requests": fetched.requests if fetched else 0,
        }
    )


class Clock:
    """Wall seconds by step."""

    def __init__(self, fetch: float = 0.0) -> None:
        self._laps: dict[str, float] = {"fetch": fetch}
        self._last = time.monotonic()

    def lap(self, step: str) -> None:
        """The time since the last lap belongs to ``step``, with what it took before."""
        now = time.monotonic()
        self._laps[step] = self._laps.get(step, 0.0) + now - self._last
        self._last = now

    def timing(self, total: float) -> Timing:
        """All laps, rounded to the millisecond."""
        return Timing(total=round(total, 3), **{step: round(seconds, 3) for step, seconds in self._laps.items()})
