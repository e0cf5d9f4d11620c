"""Many sources at once: as many checks as there are cores, each in a process with an engine of its own.

Outcomes come in the order of the sources. A source whose worker is killed three times over (a decoder that crashes, memory that runs out)
is an error of that source alone. See also: who the workers are (``telltale/parallel/executors.py``), archives that outlast a run
(``parquet_run.py``).
"""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, redirect_stdout
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from telltale.checkpoints.catalogue import Crop
from telltale.cli.exit_codes import CheckResult
from telltale.cli.sources import CheckSource
from telltale.core.errors import BadMedia, BadModel, TelltaleError
from telltale.faces.detectors import FaceDetectorChoice
from telltale.net.limits import FetchLimits
from telltale.parallel.executors import run_local
from telltale.provenance.trust_list import TrustList

if TYPE_CHECKING:
    from telltale.pipeline import Engine


@dataclass(frozen=True)
class CheckOptions:
    """How every one of the sources is checked; see ``check.check`` and ``check.load_engine``."""

    model: str
    frames: int | None
    faces: FaceDetectorChoice
    insightface_root: Path | None
    limits: FetchLimits
    trust: TrustList | None
    fake_labels: tuple[str, ...] = ()
    crop: Crop | None = None


@dataclass(frozen=True)
class Task:
    """One source, and its place among all."""

    number: int
    given: CheckSource

    @property
    def name(self) -> str:
        """As logs call it."""
        return str(self.number)

    @property
    def files(self) -> tuple[str, ...]:
        """The source itself."""
        return (self.given.name,)


def check_all(manner: CheckOptions, sources: Sequence[CheckSource], workers: int, advance: Callable[[int], None]) -> Iterator[CheckResult]:
    """The outcome of each source, in their order; ``advance`` is told by how many more have been begun. Raises BadModel."""
    tasks = [Task(number, given) for number, given in enumerate(sources)]
    ready: dict[int, CheckResult] = {}
    due = 0
    with closing(run_local(partial(examine, manner), tasks, workers, advance)) as results:
        for number, outcome in results:
            ready[number] = outcome
            while due in ready:
                yield ready.pop(due)
                due += 1


def examine(
    manner: CheckOptions, task: Task, skip: Mapping[str, str], tell: Callable[[str], None]
) -> tuple[int, CheckResult] | TelltaleError:
    """One source, in a worker. A model that cannot be used concerns all of them."""
    name = task.given.name
    tell(name)
    if name in skip:
        return task.number, CheckResult(name, error=BadMedia("media.no_frames", "unread", name=name, why=skip[name]))
    try:
        return task.number, check_one(manner, task.given)
    except BadModel as error:
        return error


def check_one(manner: CheckOptions, given: CheckSource) -> CheckResult:
    """Check one source by this process's engine. Raises BadModel."""
    from telltale.pipeline import check

    name = given.name if isinstance(given.source, Path) else None  # an address is shown under its page's title
    with redirect_stdout(sys.stderr):
        engine = engine_of(manner.model, manner.faces, manner.insightface_root, manner.fake_labels, manner.crop)
        try:
            report = check(given.source, engine, frames=manner.frames, limits=manner.limits, name=name, trust=manner.trust)
        except TelltaleError as error:
            return CheckResult(given.name, error=error)
    return CheckResult(given.name, report)


@cache
def engine_of(
    model: str, faces: FaceDetectorChoice, insightface_root: Path | None, fake_labels: tuple[str, ...], crop: Crop | None
) -> "Engine":
    """The engine, loaded once a process: as many processes as cores, so one thread in each. Raises BadModel."""
    import cv2

    from telltale.pipeline import load_engine

    cv2.setNumThreads(1)
    return load_engine(model, faces=faces, insightface_root=insightface_root, threads=1, fake_labels=fake_labels, crop=crop)
