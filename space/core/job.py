"""Job: one accepted check, from the moment it is queued to its end. Immutable; the store hands out a new one for every change."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from telltale.core.errors import BadRequest, TelltaleError, message_of
from telltale.core.progress import Progress
from telltale.core.report import Params
from telltale.messages.catalogue import ENGLISH

Kind = Literal["file", "url"]
State = Literal["queued", "running", "done", "failed", "cancelled"]
ENDED: frozenset[State] = frozenset({"done", "failed", "cancelled"})


@dataclass(frozen=True)
class Work:
    """What is to be checked. ``key`` is equal for equal input: the bytes' SHA-256 or the address."""

    kind: Kind
    source: str
    """The address, or the path of the uploaded file."""
    name: str
    """What the input is called on the page: its address or its file name. A stranger's text."""
    key: str


@dataclass(frozen=True)
class JobError:
    """Why a job failed, or a request was refused: a stable code with its variant and parameters, as a ``TelltaleError`` has them.

    ``text`` is the English sentence of what an older version stored, which kept no more.
    """

    code: str
    variant: str = ""
    params: Params = field(default_factory=dict)
    text: str | None = None

    @classmethod
    def of(cls, error: TelltaleError) -> "JobError":
        """The same as a value."""
        return cls(error.code, error.variant, error.params, error.text)

    def as_error(self) -> TelltaleError:
        """The same to be raised."""
        return TelltaleError(self.code, self.variant, text=self.text, **self.params)

    def render(self, language: str = ENGLISH) -> str:
        """The message in that language."""
        return message_of(self.code, self.variant, self.params, self.text, language)


BUG = JobError("internal")


@dataclass(frozen=True)
class Job:
    """One row of the store. ``version`` grows with every change; ``report`` is the Report's JSON; times are Unix seconds.

    ``attempts`` grows with every worker that takes it, and tells their hands apart; ``crashes`` counts the workers that died with it.
    ``owner``: whose it is (``ownership.py``); None for checks of older versions.
    """

    id: str
    state: State
    work: Work
    version: int
    attempts: int
    progress: Progress | None
    report: str | None
    fault: JobError | None
    created: float
    started: float | None
    finished: float | None
    crashes: int = 0
    owner: str | None = None

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.state in ENDED


@dataclass(frozen=True)
class Upload:
    """A whole file on disk. ``name`` is what its sender calls it: a stranger's text, never a path."""

    path: Path
    name: str
    sha256: str
    size: int


class RateLimited(BadRequest):
    """A caller asks for more than their share; ``wait`` is in how many seconds the same request would be taken."""

    def __init__(self, wait: int) -> None:
        super().__init__("request.too_many", seconds=wait)
        self.wait = wait

    def __reduce__(self) -> tuple[type["RateLimited"], tuple[int]]:
        """It is made of one number."""
        return RateLimited, (self.wait,)
