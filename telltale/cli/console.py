"""The two streams of the command line: results go to stdout, progress and errors to stderr.

Libraries that print while they load or run are sent to stderr, so that stdout holds results and nothing else. See also: what a result
looks like (``report_table.py``).
"""

import io
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import get_args

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as ProgressBar

from telltale.cli.exit_codes import CheckResult
from telltale.cli.report_table import show, summary
from telltale.core.errors import TelltaleError
from telltale.core.progress import Listener, Progress
from telltale.core.report import Report, Verdict
from telltale.core.text import harmless
from telltale.messages.catalogue import ENGLISH
from telltale.render.formatting import Translator
from telltale.render.localize import localized

VERDICTS = get_args(Verdict)


class Terminal:
    """Where ``telltale check`` speaks: in tables for people, or with ``as_json`` in JSON Lines for programs.

    ``only_table`` leaves the single results out and shows all of them in one table in the end.
    """

    def __init__(self, as_json: bool, only_table: bool = False, language: str = ENGLISH, prior: float | None = None) -> None:
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):  # a terminal without typographic signs gets question marks for them, no traceback
                stream.reconfigure(errors="replace")
        self._as_json = as_json
        self._only_table = only_table
        self._prior = prior
        self.words = Translator(language)
        self._results = Console(file=sys.stdout, highlight=False)
        self._asides = Console(file=sys.stderr, highlight=False)

    @contextmanager
    def working(self, name: str) -> Iterator[Listener]:
        """A progress bar, where a person looks on, that a check's listener moves along."""
        columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), BarColumn(24))
        bar = ProgressBar(*columns, console=self._asides, transient=True, disable=not self._asides.is_terminal, redirect_stdout=False)
        with bar, redirect_stdout(sys.stderr):
            task = bar.add_task(name, total=None)

            def listener(progress: Progress) -> None:
                bar.update(
                    task,
                    description=f"{name}: {progress.in_words(self.words.language)}",
                    completed=progress.done,
                    total=progress.total or None,
                )

            yield listener

    @contextmanager
    def counting(self, name: str, total: int) -> Iterator[Callable[[int], None]]:
        """A progress bar over many sources, told by how many more are begun."""
        columns = (TextColumn("{task.description}"), BarColumn(24), MofNCompleteColumn(), TimeRemainingColumn())
        bar = ProgressBar(*columns, console=self._asides, transient=True, disable=not self._asides.is_terminal, redirect_stdout=False)
        with bar:
            task = bar.add_task(name, total=total)
            yield lambda more: bar.advance(task, more)

    def print_counts(self, counts: Mapping[str, int]) -> None:
        """How many ended how, on stdout."""
        if self._as_json:
            self._line(json.dumps(dict(counts)))
            return
        for name, count in sorted(counts.items(), key=lambda item: -item[1]):
            ended = self.words(f"verdict.headline.{name}") if name in VERDICTS else self.words("cli.not_checked", code=name)
            self._results.print(f"{count:>8,}  {ended}")

    def report(self, report: Report) -> None:
        """Print one result."""
        if self._as_json:
            self._line(localized(report, self.words).model_dump_json(ensure_ascii=True))
        elif not self._only_table:
            show(self._results, report, self.words, self._prior)

    def failure(self, name: str | None, error: TelltaleError) -> None:
        """One sentence with its code on stderr; the same as JSON on stdout where that was asked for. No name: all sources failed."""
        sentence = harmless(error.render(self.words.language))
        about = "" if name is None or name in sentence else f"{name}: "
        self._aside(f"telltale: {about}{sentence} [{error.code}]")
        if self._as_json:
            self._line(json.dumps({"source": name, "error": {"code": error.code, "message": sentence, "params": error.params}}))

    def print_written(self, files: Sequence[Path]) -> None:
        """Say which files were written."""
        self._aside(self.words("cli.written", files=", ".join(harmless(str(file)) for file in files)))

    def summary(self, outcomes: Sequence[CheckResult]) -> None:
        """All sources at a glance, where there were several or only that was asked for."""
        if (len(outcomes) > 1 or (self._only_table and outcomes)) and not self._as_json:
            summary(self._results, outcomes, self.words)

    def _line(self, text: str) -> None:
        """One line of JSON at once, so that a reader need not wait for the next source."""
        sys.stdout.write(text + "\n")
        sys.stdout.flush()

    def _aside(self, text: str) -> None:
        """One line on stderr, whatever its length and the terminal's encoding."""
        self._asides.print(text, markup=False, emoji=False, soft_wrap=True)
