"""How checking one source ended, and the exit code that this means for a process. See also: the errors themselves
(``telltale/core/errors.py``).
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import typer

from telltale.core.errors import TelltaleError

if TYPE_CHECKING:
    from telltale.core.report import Report, Verdict

VERDICT_EXITS: dict["Verdict", int] = {"no_sign_of_manipulation": 0, "likely_fake": 10, "cannot_tell": 11, "no_face": 12}
GRAVITY = (10, 11, 12, 3, 2, 0)
"""Of several sources, the code that comes first here is the process's: a finding before a doubt, a doubt before a failure."""


@dataclass(frozen=True)
class CheckResult:
    """A Report, or an error, or both where the Report could not be written to disk."""

    name: str
    report: "Report | None" = None
    error: TelltaleError | None = None

    @property
    def exit(self) -> int:
        """The exit code of this source alone."""
        found = [VERDICT_EXITS[self.report.verdict]] if self.report else []
        failed = [self.error.exit] if self.error else []
        return most_serious(found + failed)


def most_serious(exits: Iterable[int]) -> int:
    """The one exit code of several."""
    return min(exits, key=GRAVITY.index)


@contextmanager
def exit_on_error() -> Iterator[None]:
    """What cannot be done is told in one sentence, and ends the process with its code."""
    try:
        yield
    except TelltaleError as error:
        typer.echo(f"telltale: {error.sentence} [{error.code}]", err=True)
        raise typer.Exit(error.exit) from error
