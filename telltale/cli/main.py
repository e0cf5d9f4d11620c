"""The command line: ``telltale check SOURCE…`` and ``telltale serve``.

Only options and the order of work are here; what is printed is in ``console.py`` and ``report_table.py``, what is written in
``output_files.py``, exit codes in ``exit_codes.py``. Nothing heavy is imported before a command runs, so that ``--help`` answers at once.
"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from typer.core import TyperCommand

from telltale.cli import models
from telltale.cli.exit_codes import CheckResult, exit_on_error, most_serious
from telltale.core.errors import BadModel, BadRequest, TelltaleError
from telltale.core.extras import need
from telltale.core.renamed import adopt_options, adopt_variables

if TYPE_CHECKING:
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
Crops = Literal["aligned", "loose", "wide", "picture"]
ModelOption = Annotated[
    str | None,
    typer.Option(
        envvar="TELLTALE_MODEL",
        metavar="MODEL",
        help="Folder, Hub id or name (see `telltale models`) of a classifier; the embedded one by default.",
    ),
]
FAKE_LABEL_HELP = "Classes of the model that mean a fake, with commas between, where their names do not say so."
CROP_HELP = (
    "What a model without settings of its own looks at: the face turned upright (aligned), 1.3 or 1.6 times the face (loose, wide), the"
    " whole picture (picture)."
)
RootOption = Annotated[Path | None, typer.Option(metavar="DIR", help="Folder of InsightFace's packs; ~/.insightface by default.")]
SOURCES_HELP = "Videos, pictures, folders of them, http(s) addresses, or lists of addresses (.txt with one a line, .csv with a heading)."
INPUT_LIST_HELP = (
    "Check everything that this CSV, JSON Lines or text names, and write one row each to --output, a Parquet file; a run that was stopped"
    " goes on when it is started again."
)
ONLY_HELP = "Fetch from these sites and all below them only, such as example.org,example.com."
NEVER_HELP = "Never fetch from these sites and all below them."
TRUST_HELP = "Certificates (PEM) of signers of Content Credentials whom you trust; none by default. They change no verdict."
LANGUAGE_HELP = "Language of what is printed and drawn: a code such as de or fr."
PRIOR_HELP = "Your own probability of a manipulation from before the check; what the evidence makes of it is printed."
FRAMES_HELP = "Moments of a video that are looked at; as many as the model wants by default."
FACES_HELP = "Face detector; auto takes InsightFace's where its pack lies on disk, else MTCNN."


app.add_typer(models.app, name="models")


class WithOldNames(TyperCommand):
    """A command that still knows its options by their old names."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """The new names, parsed as ever."""
        return super().parse_args(ctx, adopt_options(args, sys.stderr))


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
    """Global options."""
    adopt_variables(sys.stderr)


@app.command(cls=WithOldNames, epilog=EXIT_CODES, no_args_is_help=True)
def check(
    sources: Annotated[list[str] | None, typer.Argument(metavar="SOURCE", help=SOURCES_HELP)] = None,
    json: Annotated[bool, typer.Option("--json", help="Print each Report, and each error, as one line of JSON.")] = False,
    output: Annotated[Path | None, typer.Option(metavar="DIR", help="Also write NAME.json and NAME.jpg, the contact sheet.")] = None,
    input_list: Annotated[Path | None, typer.Option(metavar="FILE", help=INPUT_LIST_HELP)] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Checks at once, each in a process; one a core by default.")] = None,
    executor: Annotated[Literal["local", "ray"], typer.Option(help="Of --input-list: ray spreads the work over machines.")] = "local",
    ray_address: Annotated[str | None, typer.Option(help="The Ray cluster to use, such as auto; none: one is started here.")] = None,
    csv: Annotated[Path | None, typer.Option(metavar="FILE", help="Also write one row for each source as CSV.")] = None,
    num_frames: Annotated[int | None, typer.Option(min=1, max=256, help=FRAMES_HELP)] = None,
    model: ModelOption = None,
    fake_label: Annotated[str, typer.Option(envvar="TELLTALE_FAKE_LABELS", metavar="NAMES", help=FAKE_LABEL_HELP)] = "",
    crop: Annotated[Crops | None, typer.Option(envvar="TELLTALE_CROP", help=CROP_HELP)] = None,
    face_detector: Annotated[Faces, typer.Option(help=FACES_HELP)] = "auto",
    insightface_root: RootOption = None,
    max_download_mb: Annotated[float, typer.Option(envvar="TELLTALE_MAX_DOWNLOAD_MB", help="The most that is read of one address.")] = 200,
    fetch_timeout: Annotated[float, typer.Option(envvar="TELLTALE_FETCH_TIMEOUT", help="The longest that fetching one may take.")] = 120,
    max_duration_minutes: Annotated[
        float, typer.Option(envvar="TELLTALE_MAX_DURATION_MINUTES", help="The longest video that is fetched.")
    ] = 240,
    allow_hosts: Annotated[str, typer.Option(envvar="TELLTALE_FETCH_ALLOW_HOSTS", metavar="NAMES", help=ONLY_HELP)] = "",
    deny_hosts: Annotated[str, typer.Option(envvar="TELLTALE_FETCH_DENY_HOSTS", metavar="NAMES", help=NEVER_HELP)] = "",
    trust_list: Annotated[Path | None, typer.Option(envvar="TELLTALE_TRUST_LIST", metavar="FILE", help=TRUST_HELP)] = None,
    language: Annotated[str, typer.Option(envvar="TELLTALE_LANGUAGE", help=LANGUAGE_HELP)] = "en",
    prior: Annotated[float | None, typer.Option(min=0.0001, max=0.9999, help=PRIOR_HELP)] = None,
    test_hosts: Annotated[str, typer.Option("--test-allow-hosts", envvar="TELLTALE_TEST_ALLOW_HOSTS", hidden=True)] = "",
) -> None:
    """Check videos and pictures for manipulated faces. Of a list of addresses, one table is printed instead of each result."""
    from telltale.cli.console import Terminal
    from telltale.cli.models import settle
    from telltale.cli.output_files import prepare, prepare_file
    from telltale.cli.process_pool import CheckOptions
    from telltale.cli.run import check_sources, print_outcome, print_table, without_pictures
    from telltale.cli.url_lists import is_list
    from telltale.net.limits import limits_of
    from telltale.parallel.threads import cores
    from telltale.provenance.trust_list import read_trust_list

    terminal = Terminal(as_json=json, only_table=any(is_list(source) for source in sources or ()), language=language, prior=prior)
    asked = [one for source in sources or () for one in expand_source(source)]
    try:
        check_usage(sources, input_list, output)
        check_language(language)
        limits = limits_of(
            max_megabytes=max_download_mb,
            max_seconds=fetch_timeout,
            max_minutes=max_duration_minutes,
            only_hosts=allow_hosts,
            never_hosts=deny_hosts,
            allow_hosts=test_hosts,
        )
        trust = read_trust_list(trust_list) if trust_list else None
        if model:
            settle(model)
        labels = tuple(name.strip() for name in fake_label.split(",") if name.strip())
        manner = CheckOptions(model or embedded_model_folder(), num_frames, face_detector, insightface_root, limits, trust, labels, crop)
        if input_list is not None and output is not None:
            check_input_list(input_list, output, manner, workers or cores(), executor, ray_address, terminal)
            raise typer.Exit
        if output is not None:
            prepare(output)
        if csv is not None:
            prepare_file(csv)
    except TelltaleError as error:
        terminal.failure(None, error)
        raise typer.Exit(error.exit) from error
    taken = set[str]()
    outcomes: list[CheckResult] = []
    try:
        for outcome in check_sources(asked, manner, workers or cores(), terminal):
            outcomes.append(without_pictures(print_outcome(outcome, output, taken, terminal)))
    except BadModel as error:
        terminal.failure(None, error)
        raise typer.Exit(error.exit) from error
    finally:  # a long list that is interrupted shows what was found so far
        outcomes += print_table(outcomes, csv, terminal)
    raise typer.Exit(most_serious(outcome.exit for outcome in outcomes))


def expand_source(source: str) -> "list[CheckSource | CheckResult]":
    """The single things that ``source`` stands for, or the error that it is."""
    from telltale.cli.sources import expand, expand_list
    from telltale.cli.url_lists import is_list
    from telltale.core.text import harmless

    try:
        return expand_list(Path(source)) if is_list(source) else [*expand(source)]
    except TelltaleError as error:
        return [CheckResult(harmless(source), error=error)]


def embedded_model_folder() -> str:
    """The model that comes with Telltale."""
    from telltale.model.classifier import EMBEDDED

    return EMBEDDED


def check_usage(sources: list[str] | None, input_list: Path | None, output: Path | None) -> None:
    """Raises BadRequest for sources and a manifest at once, for neither, and for a manifest without a place for its results."""
    if bool(sources) == (input_list is not None):
        raise BadRequest("request.invalid", "sources")
    if input_list is not None and (output is None or output.suffix.lower() != ".parquet"):
        raise BadRequest("request.invalid", "parquet_name")


def check_language(language: str) -> None:
    """Raises BadRequest for a language that the catalogue does not have."""
    from telltale.messages.catalogue import languages

    if language not in languages():
        raise BadRequest("request.invalid", "language", language=language, languages=", ".join(languages()))


def check_input_list(
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

    with terminal.counting(terminal.words("cli.checking"), len(manifest_sources(manifest))) as advance:
        counts = check_archive(manifest, out, manner, ExecutorConfig(workers, engine, address), advance)
    terminal.print_written([out])
    terminal.print_counts(counts)


class WithVariables(WithOldNames):
    """A command whose help ends with the server's variables, read from where they are defined and only when they are shown."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Help as ever, and the variables."""
        try:
            need("serve", "Serving")
        except BadRequest as error:
            self.epilog = error.sentence.replace("[", "\\[")  # no markup
        else:
            from space.core.settings import describe_settings

            self.epilog = "\n\n".join(["Variables of the environment, with what holds where they are not set:", *describe_settings()])
        super().format_help(ctx, formatter)


@app.command(cls=WithVariables)
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on; 127.0.0.1 by default.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port to listen on; 7860 by default.")] = None,
    data_dir: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder of checks and their pictures; ~/.telltale by default.")
    ] = None,
    model: ModelOption = None,
    face_detector: Annotated[Faces | None, typer.Option(help=FACES_HELP)] = None,
    insightface_root: RootOption = None,
    workers: Annotated[int | None, typer.Option(min=0, help="Checks run at the same time; 1 by default, others need PostgreSQL.")] = None,
    no_work: Annotated[bool, typer.Option("--no-work", help="Answer requests only: the checks are run by `telltale work`.")] = False,
) -> None:
    """Serve the page and the HTTP API. What is not given here comes from TELLTALE_… variables."""
    require_serve_extra()
    from space import app as server
    from space.core.settings import read_settings

    given = {
        "host": host,
        "port": port,
        "data_dir": data_dir,
        "model": model,
        "face_detector": face_detector,
        "insightface_root": insightface_root,
    }
    with exit_on_error():
        server.serve(read_settings(**given, worker_processes=0 if no_work else workers))


@app.command(cls=WithVariables)
def work(
    data_dir: Annotated[Path | None, typer.Option(metavar="DIR", help="Folder of passing files; ~/.telltale by default.")] = None,
    model: ModelOption = None,
    face_detector: Annotated[Faces | None, typer.Option(help=FACES_HELP)] = None,
    insightface_root: RootOption = None,
    parent: Annotated[int | None, typer.Option(hidden=True)] = None,
) -> None:
    """Run checks for servers that share a PostgreSQL (TELLTALE_DATABASE_URL), without serving anything. End it with Ctrl+C."""
    require_serve_extra()
    from space.core.settings import read_settings
    from space.runtime import runtime

    with exit_on_error():
        runtime.work(read_settings(data_dir=data_dir, model=model, face_detector=face_detector, insightface_root=insightface_root), parent)


def require_serve_extra() -> None:
    """End the process with a sentence where what serving needs is not installed."""
    with exit_on_error():
        need("serve", "Serving")


if __name__ == "__main__":
    app()
