"""The outcomes of everything that ``telltale check`` was asked for: each found, printed, and written where that was asked for.

In one process where it is little, in several where it is much. See also: options (``main.py``), how one source is checked
(``telltale/pipeline.py``) and what a printed result looks like (``report_table.py``).
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from telltale.cli.console import Terminal
from telltale.cli.exit_codes import CheckResult
from telltale.cli.output_files import write_results, write_table
from telltale.cli.process_pool import CheckOptions, check_all
from telltale.cli.sources import CheckSource
from telltale.core.errors import TelltaleError
from telltale.pipeline import Engine, check, load_engine

FEWEST_FOR_SEVERAL = 6
"""Sources from which on several processes, which load a model each, are faster than one."""


def check_sources(
    asked: Sequence[CheckSource | CheckResult], manner: CheckOptions, workers: int, terminal: Terminal
) -> Iterator[CheckResult]:
    """The outcome of everything asked for, in order: in this process where it is little, else in several. Raises BadModel."""
    sources = [one for one in asked if isinstance(one, CheckSource)]
    if workers == 1 or len(sources) < FEWEST_FOR_SEVERAL:
        yield from check_each(asked, manner, terminal)
        return
    with terminal.counting(terminal.words("cli.checking"), len(sources)) as advance:
        results = check_all(manner, sources, min(workers, len(sources)), advance)
        for one in asked:
            yield one if isinstance(one, CheckResult) else next(results)


def check_each(asked: Sequence[CheckSource | CheckResult], manner: CheckOptions, terminal: Terminal) -> Iterator[CheckResult]:
    """The same in this process, by an engine that uses all cores, with a progress bar for each source. Raises BadModel."""
    engine: Engine | None = None
    for one in asked:
        if isinstance(one, CheckResult):
            yield one
            continue
        engine = engine or load_with_progress(manner, terminal)
        yield check_one(one, engine, manner, terminal)


def load_with_progress(manner: CheckOptions, terminal: Terminal) -> Engine:
    """The one engine for all sources. Raises BadModel."""
    with terminal.working(terminal.words("cli.loading")):
        return load_engine(
            manner.model,
            faces=manner.faces,
            insightface_root=manner.insightface_root,
            fake_labels=manner.fake_labels,
            crop=manner.crop,
        )


def check_one(given: CheckSource, engine: Engine, manner: CheckOptions, terminal: Terminal) -> CheckResult:
    """Check one source, with a progress bar."""
    name = given.name if isinstance(given.source, Path) else None  # an address is shown under its page's title
    with terminal.working(given.name) as listener:
        try:
            report = check(
                given.source, engine, frames=manner.frames, listener=listener, limits=manner.limits, name=name, trust=manner.trust
            )
        except TelltaleError as error:
            return CheckResult(given.name, error=error)
    return CheckResult(given.name, report)


def without_pictures(outcome: CheckResult) -> CheckResult:
    """What the table needs of an outcome: without its pictures, so that a long list takes little memory."""
    return replace(outcome, report=outcome.report.model_copy(update={"pictures": {}})) if outcome.report else outcome


def print_outcome(outcome: CheckResult, out: Path | None, taken: set[str], terminal: Terminal) -> CheckResult:
    """Print one outcome and write it where that was asked for; a result that cannot be written is an error of its own."""
    if outcome.report is not None:
        terminal.report(outcome.report)
        if out is not None:
            try:
                terminal.print_written(write_results(outcome.report, out, taken, terminal.words))
            except TelltaleError as error:
                outcome = replace(outcome, error=error)
    if outcome.error is not None:
        terminal.failure(outcome.name, outcome.error)
    return outcome


def print_table(outcomes: list[CheckResult], table: Path | None, terminal: Terminal) -> list[CheckResult]:
    """Show all outcomes at a glance and write them where that was asked for; the error where that failed."""
    terminal.summary(outcomes)
    try:
        if table is not None:
            terminal.print_written([write_table(outcomes, table)])
    except TelltaleError as error:
        terminal.failure(None, error)
        return [CheckResult(table.name if table else "", error=error)]
    return []
