"""The JSON of the HTTP API: what goes over the wire about a check and about the server. The Report itself is ``detector.report``'s."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from detector.progress import Step
from detector.report import Report
from space.job import Job, State
from space.problems import Problem, problem_of

PREFIX = "/api/v1/checks"


class UrlIn(BaseModel):
    """A check asked for by address."""

    model_config = ConfigDict(extra="forbid")

    url: str = Field(min_length=1, max_length=2048, description="http(s) address of a video, of a picture, or of a page that shows one")


class Links(BaseModel):
    """Where the rest of a check is found, relative to this server."""

    self: str
    events: str
    page: str
    pictures: str


class Accepted(BaseModel):
    """The answer to a new check; ``state`` is ``done`` at once where the same input was checked before."""

    id: str
    state: State
    links: Links


class ProgressOut(BaseModel):
    """``done`` of ``total`` units of a step; ``total`` is 0 where it is not known. ``text`` and ``count`` say the same to a person."""

    step: Step
    text: str
    count: str
    done: int
    total: int


class CheckOut(BaseModel):
    """One check. ``report`` is there when it is done, ``error`` when it failed or was cancelled."""

    id: str
    state: State
    progress: ProgressOut | None
    report: Report | None
    error: Problem | None
    links: Links


class QueueOut(BaseModel):
    """How busy the server is."""

    queued: int
    running: int
    bound: int


class StoreOut(BaseModel):
    """What the server remembers."""

    done: int
    failed: int
    cancelled: int


class Health(BaseModel):
    """Whether checks can run, and on what. ``model`` and the rest are absent until the engine is loaded."""

    status: Literal["loading", "ready", "failed"]
    model: str | None = None
    revision: str | None = None
    engine: str | None = None
    detector: str | None = None
    error: Problem | None = None
    queue: QueueOut
    store: StoreOut


def links_of(id: str) -> Links:
    """The links of one check."""
    here = f"{PREFIX}/{id}"
    return Links(self=here, events=f"{here}/events", page=f"/?check={id}", pictures=f"{here}/evidence/")


def check_of(job: Job) -> CheckOut:
    """A job as the API tells it."""
    now = job.progress
    return CheckOut(
        id=job.id,
        state=job.state,
        progress=ProgressOut(step=now.step, text=now.text, count=now.count, done=now.done, total=now.total) if now else None,
        report=Report.model_validate_json(job.report) if job.report else None,
        error=problem_of(job.fault) if job.fault else None,
        links=links_of(job.id),
    )
