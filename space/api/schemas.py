"""The JSON of the HTTP API: what goes over the wire about a check and about the server. The Report itself is ``telltale.core.report``'s."""

from datetime import UTC, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from space.api.batches import LONGEST_ADDRESS, MOST, Batch
from space.core.job import Job, State
from space.core.links import BATCHES, Links, links_of
from space.core.ownership import is_owner, seen_by
from space.core.problem_details import Problem, problem_of
from space.storage.reuse import is_reused
from telltale.core.progress import Step
from telltale.core.report import Report
from telltale.core.report_upgrade import read_report

ADDRESS = r"^[Hh][Tt][Tt][Pp][Ss]?://[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,4})?([/?#][!-~]*)?$"
"""What is surely taken for an address. Said in the schema; what is refused is decided by the queue, with a sentence of its own."""


class UrlIn(BaseModel):
    """A check asked for by address."""

    model_config = ConfigDict(extra="forbid")

    url: str = Field(
        min_length=1,
        max_length=LONGEST_ADDRESS,
        description="http(s) address of a video, of a picture, or of a page that shows one",
        json_schema_extra={"pattern": ADDRESS},
    )


SECRET = "Shows that it is yours, as Telltale-Owner; told once, and null where the request brought one or repeats an earlier one"


class Accepted(BaseModel):
    """The answer to a new check; ``state`` is ``done`` at once where the same input was checked before."""

    id: str
    state: State
    links: Links
    owner_secret: str | None = Field(default=None, description=SECRET)


class ProgressOut(BaseModel):
    """``done`` of ``total`` units of a step; ``total`` is 0 where it is not known. ``text`` and ``count`` say the same to a person."""

    step: Step
    text: str
    count: str
    done: int
    total: int


class CheckOut(BaseModel):
    """One check. ``report`` is there when it is done, ``error`` when it failed or was cancelled.

    ``owned``: whether the request showed the secret of its owner. To others the name of an uploaded file is empty.
    """

    id: str
    state: State
    owned: bool = False
    checked_at: str | None = Field(default=None, description="When it ended, in ISO 8601 and UTC")
    from_store: bool = Field(default=False, description="Nothing was computed: the same input, or the same bytes, had been checked before")
    progress: ProgressOut | None = None
    report: Report | None = None
    error: Problem | None = None
    links: Links


class BatchIn(BaseModel):
    """Checks asked for by their addresses."""

    model_config = ConfigDict(extra="forbid")

    urls: list[str] = Field(min_length=1, max_length=MOST, description="http(s) addresses, each as for a single check")


class BatchItem(BaseModel):
    """One address of a batch: its check (``id``), or why there is none (``error``) and when to ask again, where that helps."""

    place: int = Field(description="Its place in what was asked for, from 0")
    url: str | None = Field(default=None, description="Absent for refused addresses, which are not kept, in later answers")
    id: str | None = None
    state: State | None = None
    links: Links | None = None
    error: Problem | None = None
    retry_after: int | None = Field(default=None, description="Seconds, in the first answer only")


class BatchLinks(BaseModel):
    """Where a batch is followed, relative to this server."""

    self: str
    events: str


class BatchOut(BaseModel):
    """A batch; ``done`` is whether each of its checks has ended. Checks that were forgotten are no longer among the items."""

    id: str
    done: bool
    items: list[BatchItem]
    links: BatchLinks
    owner_secret: str | None = Field(default=None, description=SECRET)


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


def check_of(job: Job, owner: str | None = None) -> CheckOut:
    """A job as the API tells it to ``owner``, or to anybody else."""
    owned = is_owner(job, owner)
    job = seen_by(job, owner)
    now = job.progress
    report = read_report(job.report) if job.report else None
    return CheckOut(
        id=job.id,
        state=job.state,
        owned=owned,
        checked_at=datetime.fromtimestamp(job.finished, UTC).isoformat(timespec="seconds") if job.finished else None,
        from_store=report is not None and is_reused(report),
        progress=ProgressOut(step=now.step, text=now.text(), count=now.count(), done=now.done, total=now.total) if now else None,
        report=report,
        error=problem_of(job.fault) if job.fault else None,
        links=links_of(job.id),
    )


def batch_of(batch: Batch, secret: str | None = None) -> BatchOut:
    """A batch as the API tells it; with the ``secret`` of a new one where the caller brought none."""
    here = f"{BATCHES}/{batch.id}"
    items = [
        BatchItem(
            place=item.place,
            url=item.url,
            id=item.job.id if item.job else None,
            state=item.job.state if item.job else None,
            links=links_of(item.job.id) if item.job else None,
            error=problem_of(fault) if (fault := item.fault or (item.job.fault if item.job else None)) else None,
            retry_after=item.wait,
        )
        for item in batch.items
    ]
    return BatchOut(id=batch.id, done=batch.ended, items=items, links=BatchLinks(self=here, events=f"{here}/events"), owner_secret=secret)
