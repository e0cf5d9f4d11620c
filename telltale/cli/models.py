"""``telltale models``: what can be used as ``--model``, and what is known of it; entries of one's own, pinned to commits.

See also: the catalogue itself (``telltale/checkpoints/catalogue.py``).
"""

import json as json_format
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from telltale.cli.exit_codes import exit_on_error
from telltale.core.errors import BadModel

app = typer.Typer(help="Models that can be used by name, with their licences and what we measured of them.", no_args_is_help=False)
UNMEASURED = "not measured by us"


@app.callback(invoke_without_command=True)
def listing(
    context: typer.Context, json: Annotated[bool, typer.Option("--json", help="Print each model as one line of JSON.")] = False
) -> None:
    """List what `--model` takes by name."""
    if context.invoked_subcommand is not None:
        return
    with exit_on_error():
        rows = [*embedded_rows(), *catalogue_rows()]
    if json:
        for row in rows:
            typer.echo(json_format.dumps(row, ensure_ascii=False))
        return
    from rich.console import Console
    from rich.table import Table

    console = Console(file=sys.stdout, highlight=False)
    table = Table(box=None, pad_edge=False)
    for head in ("name", "pinned", "looks at"):
        table.add_column(head, no_wrap=True)
    table.add_column("licence")
    table.add_column("our own measurement")
    for row in rows:
        pinned = "comes along" if row["id"] is None else (row["commit"] or "not yet")[:11]
        table.add_row(row["name"], pinned, row["crop"], row["licence"], row["measured"] or UNMEASURED)
    console.print(table)


@app.command()
def pin(
    name: Annotated[str, typer.Argument(help="A name of the catalogue.")],
    revision: Annotated[str | None, typer.Option(metavar="REVISION", help="Branch, tag or commit; the Hub's main by default.")] = None,
) -> None:
    """Pin a model of the catalogue to the commit that its id stands for now, so that it stays the same net."""
    from telltale.checkpoints.catalogue import pin as pin_entry

    with exit_on_error():
        pinned = pin_entry(entry_called(name), revision)
    typer.echo(f"{pinned.name} is {pinned.id} at {pinned.commit}.")


@app.command()
def add(
    model_id: Annotated[str, typer.Argument(metavar="OWNER/NAME", help="The model's id on the Hub.")],
    name: Annotated[str | None, typer.Option(help="What to call it here; the last part of the id by default.")] = None,
    revision: Annotated[str | None, typer.Option(help="Branch, tag or commit; the Hub's main by default.")] = None,
    fake_label: Annotated[str, typer.Option(metavar="NAMES", help="Its classes that mean a fake, with commas between.")] = "",
    crop: Annotated[str, typer.Option(help="What it looks at: aligned, loose (1.3 times the face), wide (1.6 times), picture.")] = "loose",
) -> None:
    """Add a model of the Hub to your own catalogue, pinned to what it is now."""
    from pydantic import ValidationError

    from telltale.checkpoints.catalogue import CatalogueEntry
    from telltale.checkpoints.catalogue import pin as pin_entry

    with exit_on_error():
        try:
            labels = tuple(part.strip() for part in fake_label.split(",") if part.strip())
            given: dict[str, Any] = {
                "name": name or model_id.rpartition("/")[2].lower(),
                "id": model_id,
                "fake_labels": labels,
                "crop": crop,
            }
            entry = CatalogueEntry(**given)
        except ValidationError as error:
            first = error.errors()[0]
            raise BadModel("model.broken", "entry", field=str(first["loc"][0]), value=str(first["input"]), why=first["msg"]) from error
        pinned = pin_entry(entry, revision)
    typer.echo(f"{pinned.name} is {pinned.id} at {pinned.commit}. Use it with --model {pinned.name}.")


@app.command()
def convert(
    folder: Annotated[Path, typer.Argument(help="Folder of a model whose weights are pickled (pytorch_model.bin, .pth, .pt).")],
    into: Annotated[Path, typer.Option(help="New folder for the model with model.safetensors.")],
) -> None:
    """Convert pickled weights to safetensors, without running anything that the file holds."""
    from telltale.checkpoints.conversion import convert as convert_folder

    with exit_on_error():
        typer.echo(f"Written: {convert_folder(folder, into)}")


def settle(model: str) -> None:
    """Ask whoever sits at a terminal to pin a catalogue's model before its first use. Raises BadModel where nobody can be asked."""
    from telltale.checkpoints.catalogue import find_entry
    from telltale.checkpoints.catalogue import pin as pin_entry

    entry = find_entry(model)
    if entry is None or entry.commit or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return
    if typer.confirm(f"{entry.name} is {entry.id} on the Hub ({entry.licence}). Pin it to what it is now, and fetch it?", err=True):
        typer.echo(f"Pinned to {pin_entry(entry).commit}.", err=True)


def entry_called(name: str) -> Any:
    """The catalogue's entry. Raises BadModel."""
    from telltale.checkpoints.catalogue import find_entry

    if (entry := find_entry(name)) is None:
        raise BadModel("model.not_found", "catalogue", name=name)
    return entry


def catalogue_rows() -> list[dict[str, Any]]:
    """The catalogue's entries, a user's own first."""
    from telltale.checkpoints.catalogue import read_catalogue

    entries = sorted(read_catalogue().values(), key=lambda entry: not entry.own)
    return [entry.model_dump(mode="json") for entry in entries]


def embedded_rows() -> list[dict[str, Any]]:
    """The models that come along, with the figures of their cards."""
    from telltale.model.classifier import BROWSER, EMBEDDED, LICENCE

    shared = {"id": None, "commit": None, "kinds": ["swaps", "animated", "generated", "stills"], "licence": LICENCE}
    looks = {"embedded": "loose and closer", "browser": "aligned"}
    return [
        {**shared, "name": name, "crop": looks[name], "trained_on": "research media of public sources", "measured": measured(Path(folder))}
        for name, folder in (("embedded", EMBEDDED), ("browser", BROWSER))
    ]


def measured(folder: Path) -> str | None:
    """A model's AUC on sources that it never saw, as its metrics.json has it; None where it has none."""
    try:
        figures = json_format.loads((folder / "metrics.json").read_text())["videos"]
        count, area = figures["reals"] + figures["fakes"], figures["ranking"]["auc"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return f"AUC {area['value']:.2f} ({area['low']:.2f} to {area['high']:.2f}), {count} videos of unseen sources"
