"""The command line: ``telltale check SOURCE…`` and ``telltale serve``.

Only options and the order of work are here; what is printed is in ``terminal.py`` and ``table.py``, what is written in ``results.py``,
exit codes in ``outcome.py``. Nothing heavy is imported before a command runs, so that ``--help`` answers at once.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from typer.core import TyperCommand

from detector.errors import TelltaleError
from detector.outcome import Outcome, most_serious

if TYPE_CHECKING:
    from detector.check import Engine
    from detector.limits import FetchLimits
    from detector.sources import Given
    from detector.terminal import Terminal
    from detector.trust import TrustList

EXIT_CODES = (
    "Exit codes: 0 no sign of manipulation found, 10 likely manipulated, 11 cannot tell, 12 no face found, 2 a source or an option that"
    " cannot be used, 3 a model that cannot be used. Of several sources, the first of 10, 11, 12, 3, 2 that occurred."
)

app = typer.Typer(
    help="Tells whether a face in a web video was manipulated, shows where and for whom, and says so when it cannot tell.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # a user's mistake is one sentence; anything else is a bug, whose traceback should be whole
)

Faces = Literal["auto", "mtcnn", "insightface"]
ModelOption = Annotated[
    str | None,
    typer.Option(envvar="TELLTALE_MODEL", metavar="PATH_OR_ID", help="Folder or Hub id of a classifier; the embedded one by default."),
]
RootOption = Annotated[Path | None, typer.Option(metavar="DIR", help="Folder of InsightFace's packs; ~/.insightface by default.")]
SOURCES_HELP = "Videos, pictures, folders of them, http(s) addresses, or lists of addresses (.txt with one a line, .csv with a heading)."
ONLY_HELP = "Fetch from these sites and all below them only, such as example.org,example.com."
NEVER_HELP = "Never fetch from these sites and all below them."
TRUST_HELP = "Certificates (PEM) of signers of Content Credentials whom you trust; none by default. They change no verdict."
FACES_HELP = "Face detector; auto takes InsightFace's where its pack lies on disk, else MTCNN."


def version(wanted: bool) -> None:
    """Print the version and leave."""
    if wanted:
        from importlib.metadata import version as installed

        typer.echo(f"telltale {installed('telltale')}")
        raise typer.Exit


@app.callback()
def main(
    show: Annotated[bool, typer.Option("--version", callback=version, is_eager=True, help="Show the version and exit.")] = False,
) -> None:
    """What may stand before a command."""


@app.command(epilog=EXIT_CODES, no_args_is_help=True)
def check(
    sources: Annotated[list[str], typer.Argument(metavar="SOURCE", help=SOURCES_HELP)],
    json: Annotated[bool, typer.Option("--json", help="Print each Report, and each error, as one line of JSON.")] = False,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Also write NAME.json and NAME.jpg, the contact sheet.")] = None,
    table: Annotated[Path | None, typer.Option(metavar="FILE", help="Also write one row for each source as CSV.")] = None,
    frames: Annotated[int, typer.Option(min=1, max=256, help="Moments of a video that are looked at.")] = 32,
    model: ModelOption = None,
    faces: Annotated[Faces, typer.Option(help=FACES_HELP)] = "auto",
    insightface_root: RootOption = None,
    max_megabytes: Annotated[float, typer.Option(envvar="TELLTALE_MAX_MEGABYTES", help="The most that is read of one address.")] = 200,
    max_seconds: Annotated[float, typer.Option(envvar="TELLTALE_MAX_SECONDS", help="The longest that fetching one may take.")] = 120,
    max_minutes: Annotated[float, typer.Option(envvar="TELLTALE_MAX_MINUTES", help="The longest video that is fetched.")] = 240,
    only_hosts: Annotated[str, typer.Option(envvar="TELLTALE_ONLY_HOSTS", metavar="NAMES", help=ONLY_HELP)] = "",
    never_hosts: Annotated[str, typer.Option(envvar="TELLTALE_NEVER_HOSTS", metavar="NAMES", help=NEVER_HELP)] = "",
    trust_list: Annotated[Path | None, typer.Option(envvar="TELLTALE_TRUST_LIST", metavar="FILE", help=TRUST_HELP)] = None,
    allow_hosts: Annotated[str, typer.Option("--test-allow-hosts", envvar="TELLTALE_TEST_ALLOW_HOSTS", hidden=True)] = "",
) -> None:
    """Check videos and pictures for manipulated faces. Of a list of addresses, one table is printed instead of each result."""
    from detector.batch import is_list
    from detector.limits import limits_of
    from detector.results import prepare, prepare_file
    from detector.sources import Given
    from detector.terminal import Terminal
    from detector.trust import read_trust_list

    terminal = Terminal(as_json=json, only_table=any(is_list(source) for source in sources))
    asked = [one for source in sources for one in gathered(source)]
    try:
        limits = limits_of(
            max_megabytes=max_megabytes,
            max_seconds=max_seconds,
            max_minutes=max_minutes,
            only_hosts=only_hosts,
            never_hosts=never_hosts,
            allow_hosts=allow_hosts,
        )
        trust = read_trust_list(trust_list) if trust_list else None
        if out is not None:
            prepare(out)
        if table is not None:
            prepare_file(table)
        engine = loaded(model, faces, insightface_root, terminal) if any(isinstance(one, Given) for one in asked) else None
    except TelltaleError as error:
        terminal.failure(None, error)
        raise typer.Exit(error.exit) from error
    taken = set[str]()
    outcomes: list[Outcome] = []
    try:
        for one in asked:
            outcome = one if isinstance(one, Outcome) else examined(one, engine, frames, limits, trust, terminal)
            outcomes.append(told(outcome, out, taken, terminal))
    finally:  # a long list that is interrupted shows what was found so far
        outcomes += tabled(outcomes, table, terminal)
    raise typer.Exit(most_serious(outcome.exit for outcome in outcomes))


def gathered(source: str) -> "list[Given | Outcome]":
    """The single things that ``source`` stands for, or the error that it is."""
    from detector.batch import is_list
    from detector.sources import expand, expand_list
    from detector.wording import harmless

    try:
        return expand_list(Path(source)) if is_list(source) else [*expand(source)]
    except TelltaleError as error:
        return [Outcome(harmless(source), error=error)]


def loaded(model: str | None, faces: Faces, insightface_root: Path | None, terminal: "Terminal") -> "Engine":
    """The one engine for all sources. Raises BadModel."""
    with terminal.working("Loading the model"):
        from detector.check import EMBEDDED, load_engine

        return load_engine(model or EMBEDDED, faces=faces, insightface_root=insightface_root)


def examined(
    given: "Given", engine: "Engine | None", frames: int, limits: "FetchLimits", trust: "TrustList | None", terminal: "Terminal"
) -> Outcome:
    """Check one source, with a progress bar."""
    from detector import check as pipeline

    assert engine is not None, "loaded above, where there is anything to check"
    name = given.name if isinstance(given.source, Path) else None  # an address is shown under its page's title
    with terminal.working(given.name) as listener:
        try:
            report = pipeline.check(given.source, engine, frames=frames, listener=listener, limits=limits, name=name, trust=trust)
        except TelltaleError as error:
            return Outcome(given.name, error=error)
    return Outcome(given.name, report)


def told(outcome: Outcome, out: Path | None, taken: set[str], terminal: "Terminal") -> Outcome:
    """Print one outcome and write it where that was asked for; a result that cannot be written is an error of its own."""
    if outcome.report is not None:
        terminal.report(outcome.report)
        if out is not None:
            from detector.results import write_results

            try:
                terminal.written(write_results(outcome.report, out, taken))
            except TelltaleError as error:
                outcome = replace(outcome, error=error)
    if outcome.error is not None:
        terminal.failure(outcome.name, outcome.error)
    return outcome


def tabled(outcomes: list[Outcome], table: Path | None, terminal: "Terminal") -> list[Outcome]:
    """Show all outcomes at a glance and write them where that was asked for; the error where that failed."""
    from detector.results import write_table

    terminal.summary(outcomes)
    try:
        if table is not None:
            terminal.written([write_table(outcomes, table)])
    except TelltaleError as error:
        terminal.failure(None, error)
        return [Outcome(table.name if table else "", error=error)]
    return []


class WithVariables(TyperCommand):
    """A command whose help ends with the server's variables, read from where they are defined and only when they are shown."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Help as ever, and the variables."""
        from space.settings import described

        self.epilog = "\n\n".join(["Variables of the environment, with what holds where they are not set:", *described()])
        super().format_help(ctx, formatter)


@app.command(cls=WithVariables)
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on; 127.0.0.1 by default.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port to listen on; 7860 by default.")] = None,
    store: Annotated[Path | None, typer.Option(metavar="DIR", help="Folder of checks and their pictures; ~/.telltale by default.")] = None,
    model: ModelOption = None,
    faces: Annotated[Faces | None, typer.Option(help=FACES_HELP)] = None,
    insightface_root: RootOption = None,
    workers: Annotated[int | None, typer.Option(min=0, help="Checks run at the same time; 1 by default, others need PostgreSQL.")] = None,
    no_work: Annotated[bool, typer.Option("--no-work", help="Answer requests only: the checks are run by `telltale work`.")] = False,
) -> None:
    """Serve the page and the HTTP API. What is not given here comes from TELLTALE_… variables."""
    from space import app as server
    from space.settings import read_settings

    given = {"host": host, "port": port, "store": store, "model": model, "faces": faces, "insightface_root": insightface_root}
    with refusals():
        server.serve(read_settings(**given, workers=0 if no_work else workers))


@app.command(cls=WithVariables)
def work(
    store: Annotated[Path | None, typer.Option(metavar="DIR", help="Folder of passing files; ~/.telltale by default.")] = None,
    model: ModelOption = None,
    faces: Annotated[Faces | None, typer.Option(help=FACES_HELP)] = None,
    insightface_root: RootOption = None,
    parent: Annotated[int | None, typer.Option(hidden=True)] = None,
) -> None:
    """Run checks for servers that share a PostgreSQL (TELLTALE_DATABASE_URL), without serving anything. End it with Ctrl+C."""
    from space import workshop
    from space.settings import read_settings

    with refusals():
        workshop.work(read_settings(store=store, model=model, faces=faces, insightface_root=insightface_root), parent)


@contextmanager
def refusals() -> Iterator[None]:
    """What cannot be done is told in one sentence."""
    try:
        yield
    except TelltaleError as error:
        typer.echo(f"telltale: {error.sentence} [{error.code}]", err=True)
        raise typer.Exit(error.exit) from error


if __name__ == "__main__":
    app()
