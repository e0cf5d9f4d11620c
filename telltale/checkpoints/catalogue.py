"""The catalogue: short names for models, each with the commit it is pinned to and what is known of it.

``models.json`` beside this file is Telltale's own; a user's entries lie in ``models.json`` of the folder ``telltale`` below
``$XDG_CONFIG_HOME`` (``~/.config``) and win over it. A name on the Hub may get another net, even another order of labels, overnight: an
entry is used only once it has a commit (``pin``). See also: the command (``telltale/cli/models.py``).
"""

import json
import os
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from telltale.core.errors import BadModel

OWN = Path(__file__).with_name("models.json")
NAME = r"^[a-z0-9][a-z0-9._-]{0,63}$"
COMMIT = r"^[0-9a-f]{40}$"
HUB_ID = r"^[\w.-]+/[\w.-]+$"
Crop = Literal["aligned", "loose", "wide", "picture"]
"""What a model looks at: the face turned upright; the picture's own pixels around it, 1.3 or 1.6 times the face; the whole picture."""
CROPS: dict[Crop, dict[str, Any]] = {
    "aligned": {"crop": "aligned"},
    "loose": {"crop": "upright", "margin": 0.19},
    "wide": {"crop": "upright", "margin": 0.25},
    "picture": {"crop": "picture", "margin": 0.0},
}
"""As settings of a model: an upright crop with margin m is 0.8 / (1 - 2 m) times as long as a detector's box."""


class CatalogueEntry(BaseModel):
    """One model: where it is, what it looks at, and what is known of it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=NAME)
    id: str = Field(pattern=HUB_ID, description="The Hub's owner/name")
    commit: str | None = Field(default=None, pattern=COMMIT, description="What the name stood for when it was pinned")
    architecture: str = ""
    size: int | None = Field(default=None, ge=16, le=1024, description="Pixels of the net's picture")
    labels: tuple[str, ...] = Field(default=(), description="The classes' names in their order, as its config gave them")
    fake_labels: tuple[str, ...] = Field(default=(), description="Those that mean a fake, where their names do not say so")
    crop: Crop = "aligned"
    licence: str = "not stated"
    trained_on: str = ""
    kinds: tuple[str, ...] = Field(default=(), description="Of manipulation it was trained on: swaps, animated, generated, stills")
    measured: str | None = Field(default=None, description="Our own measurement in one line; absent: not measured by us")
    own: bool = Field(default=False, description="A user's entry", exclude=True)

    @property
    def address(self) -> str:
        """``owner/name@commit``. Raises BadModel for an entry without a commit."""
        if self.commit is None:
            raise BadModel("model.not_pinned", "pin", name=self.name, model=self.id)
        return f"{self.id}@{self.commit}"

    def settings(self) -> dict[str, Any]:
        """What the entry says of a model's settings."""
        return {**CROPS[self.crop], "fake_labels": self.fake_labels}


def find_entry(name: str) -> CatalogueEntry | None:
    """The entry of this name; None for anything else, such as a folder or a Hub id. Raises BadModel for a broken catalogue."""
    return None if os.sep in name or "@" in name else read_catalogue().get(name)


def read_catalogue() -> dict[str, CatalogueEntry]:
    """All entries by name, a user's own before Telltale's. Raises BadModel for a file that is not sound."""
    return {**own_entries(), **user_entries()}


@cache
def own_entries() -> dict[str, CatalogueEntry]:
    """Telltale's."""
    return read_entries(OWN, own=False)


def user_file() -> Path:
    """Where a user's entries lie."""
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "telltale" / "models.json"


def user_entries() -> dict[str, CatalogueEntry]:
    """A user's; none where there is no file."""
    return read_entries(user_file(), own=True) if user_file().is_file() else {}


def read_entries(path: Path, *, own: bool) -> dict[str, CatalogueEntry]:
    """A catalogue file: a list of entries. Raises BadModel."""
    try:
        entries = [CatalogueEntry(**entry, own=own) for entry in json.loads(path.read_text(encoding="utf-8"))]
    except (OSError, ValueError, TypeError, ValidationError, RecursionError) as error:
        raise BadModel("model.broken", "catalogue", path=str(path), why=str(error).splitlines()[0]) from error
    return {entry.name: entry for entry in entries}


def write_user_entries(entries: Sequence[CatalogueEntry]) -> None:
    """Write a user's entries, whole or not at all. Raises BadModel where the folder cannot be written to."""
    path = user_file()
    part = path.with_suffix(".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(json.dumps([entry.model_dump(mode="json", exclude_defaults=True) for entry in entries], indent=2) + "\n")
        part.rename(path)
    except OSError as error:
        raise BadModel("model.broken", "catalogue", path=str(path), why=str(error.strerror)) from error


def keep(entry: CatalogueEntry) -> None:
    """Add an entry to a user's, or put it in the place of theirs with the same name. Raises BadModel."""
    write_user_entries([*(other for other in user_entries().values() if other.name != entry.name), entry])


def pin(entry: CatalogueEntry, revision: str | None = None) -> CatalogueEntry:
    """The entry with the commit that its id stands for on the Hub now, or that ``revision`` stands for. Raises BadModel."""
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError

    try:
        found = HfApi().model_info(entry.id, revision=revision)
    except (HfHubHTTPError, HFValidationError, OSError) as error:
        raise BadModel("model.not_found", "hub_silent", model=entry.id) from error
    if not found.sha:
        raise BadModel("model.not_found", "hub_silent", model=entry.id)
    pinned = entry.model_copy(update={"commit": found.sha})
    keep(pinned)
    return pinned
