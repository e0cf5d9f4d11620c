"""The command line: ``telltale check SOURCE…`` and ``telltale serve``.

Only options and the order of work are here; what is printed is in ``console.py`` and ``report_table.py``, what is written in
``output_files.py``, exit codes in ``exit_codes.py``. Nothing heavy is imported before a command runs, so that ``--help`` answers at once.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from typer.core import TyperCommand

from telltale.cli.exit_codes import CheckResult, most_serious
from telltale.core.errors import BadModel, BadRequest, TelltaleError
from telltale.core.extras import need

if TYPE_CHECKING:
    from collections.abc import Iterator

    from telltale.cli.console import Terminal
    from telltale.cli.process_pool import CheckOptions
    from telltale.cli.sources import CheckSource

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
MANIFEST_HELP = (
    "Check everything that this CSV, JSON Lines or text names, and write one row each to --out, a Parquet file; a run that was stopped goes"
    " on when it is started again."
)
ONLY_HELP = "Fetch from these sites and all below them only, such as example.org,example.com."
NEVER_HELP = "Never fetch from these sites and all below them."
TRUST_HELP = "Certificates (PEM) of signers of Content Credentials whom you trust; none by default. They change no verdict."
FRAMES_HELP = "Moments of a video that are looked at; as many as the model wants by default."
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
    sources: Annotated[list[str] | None, typer.Argument(metavar="SOURCE", help=SOURCES_HELP)] = None,
    json: Annotated[bool, typer.Option("--json", help="Print each Report, and each error, as one line of JSON.")] = False,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Also write NAME.json and NAME.jpg, the contact sheet.")] = None,
    manifest: Annotated[Path | None, typer.Option(metavar="FILE", help=MANIFEST_HELP)] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Checks at once, each in a process; one a core by default.")] = None,
    spread: Annotated[
        Literal["local", "ray"], typer.Option("--engine", help="Of --manifest: ray spreads the work over machines.")
    ] = "local",
    ray_address: Annotated[str | None, typer.Option(help="The Ray cluster to use, such as auto; none: one is started here.")] = None,
    table: Annotated[Path | None, typer.Option(metavar="FILE", help="Also write one row for each source as CSV.")] = None,
    frames: Annotated[int | None, typer.Option(min=1, max=256, help=FRAMES_HELP)] = None,
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
    from telltale.cli.console import Terminal
    from telltale.cli.output_files import prepare, prepare_file
    from telltale.cli.process_pool import CheckOptions
    from telltale.cli.run import light, outcomes_of, tabled, told
    from telltale.cli.url_lists import is_list
    from telltale.net.limits import limits_of
    from telltale.parallel.threads import cores
    from telltale.provenance.trust_list import read_trust_list

    terminal = Terminal(as_json=json, only_table=any(is_list(source) for source in sources or ()))
    asked = [one for source in sources or () for one in gathered(source)]
    try:
        check_usage(sources, manifest, out)
        limits = limits_of(
            max_megabytes=max_megabytes,
            max_seconds=max_seconds,
            max_minutes=max_minutes,
            only_hosts=only_hosts,
            never_hosts=never_hosts,
            allow_hosts=allow_hosts,
        )
        trust = read_trust_list(trust_list) if trust_list else None
        manner = CheckOptions(model or embedded(), frames, faces, insightface_root, limits, trust)
        if manifest is not None and out is not None:
            archived(manifest, out, manner, workers or cores(), spread, ray_address, terminal)
            raise typer.Exit
        if out is not None:
            prepare(out)
        if table is not None:
            prepare_file(table)
    except TelltaleError as error:
        terminal.failure(None, error)
        raise typer.Exit(error.exit) from error
    taken = set[str]()
    outcomes: list[CheckResult] = []
    try:
        for outcome in outcomes_of(asked, manner, workers or cores(), terminal):
            outcomes.append(light(told(outcome, out, taken, terminal)))
    except BadModel as error:
        terminal.failure(None, error)
        raise typer.Exit(error.exit) from error
    finally:  # a long list that is interrupted shows what was found so far
        outcomes += tabled(outcomes, table, terminal)
    raise typer.Exit(most_serious(outcome.exit for outcome in outcomes))


def gathered(source: str) -> "list[CheckSource | CheckResult]":
    """The single things that ``source`` stands for, or the error that it is."""
    from telltale.cli.sources import expand, expand_list
    from telltale.cli.url_lists import is_list
    from telltale.core.text import harmless

    try:
        return expand_list(Path(source)) if is_list(source) else [*expand(source)]
    except TelltaleError as error:
        return [CheckResult(harmless(source), error=error)]


def embedded() -> str:
    """The model that comes with Telltale."""
    from telltale.model.classifier import EMBEDDED

    return EMBEDDED


def check_usage(sources: list[str] | None, manifest: Path | None, out: Path | None) -> None:
    """Raises BadRequest for sources and a manifest at once, for neither, and for a manifest without a place for its results."""
    if bool(sources) == (manifest is not None):
        raise BadRequest("request.invalid", "Give either sources, or a --manifest of them.")
    if manifest is not None and (out is None or out.suffix.lower() != ".parquet"):
        raise BadRequest("request.invalid", "With --manifest, --out names the Parquet file to write, such as results.parquet.")


def archived(
    manifest: Path,
    out: Path,
    manner: "CheckOptions",
    workers: int,
    engine: Literal["local", "ray"],
    address: str | None,
    terminal: "Terminal",
) -> None:
    """Check a whole manifest, with a progress bar. Raises TelltaleError."""
    from telltale.cli.parquet_run import ExecutorConfig, check_archive, manifest_sources

    with terminal.counting("Checking", len(manifest_sources(manifest))) as advance:
        counts = check_archive(manifest, out, manner, ExecutorConfig(workers, engine, address), advance)
    terminal.written([out])
    terminal.counted(counts)


class WithVariables(TyperCommand):
    """A command whose help ends with the server's variables, read from where they are defined and only when they are shown."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Help as ever, and the variables."""
        try:
            need("serve", "Serving")
        except BadRequest as error:
            self.epilog = error.sentence.replace("[", "\\[")  # no markup
        else:
            from space.core.settings import described

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
    serving()
    from space import app as server
    from space.core.settings import read_settings

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
    serving()
    from space.core.settings import read_settings
    from space.runtime import runtime

    with refusals():
        runtime.work(read_settings(store=store, model=model, faces=faces, insightface_root=insightface_root), parent)


def serving() -> None:
    """End the process with a sentence where what serving needs is not installed."""
    with refusals():
        need("serve", "Serving")


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
