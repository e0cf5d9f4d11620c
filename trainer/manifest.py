"""A manifest: which files make up a data set, and what is known of each. One JSON object a line.

    {"path": "loopy/fake/01.mp4", "label": "fake", "kind": "video", "source": "loopy", "group": "01", "method": "loopy"}

``path`` is relative to the manifest's folder. ``source`` is the collection a file comes from; ``group`` is what its files share there (the
clip, the picture or the person they were made from): splits and intervals never cut through one. ``method`` may be absent. Other keys are
allowed and ignored. Not here: how a manifest is made, and what lies in the files.

    manifest = read_manifest(Path("data/manifest.jsonl"), sources={"loopy"})
"""

import hashlib
import json
import os
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from detector.errors import BadRequest

Label = Literal["real", "fake"]
Kind = Literal["image", "video"]

_NEEDED = ("path", "label", "kind", "source", "group")


@dataclass(frozen=True)
class Row:
    """One file. ``path`` is as the manifest has it, ``file`` where it lies."""

    path: str
    file: Path
    label: Label
    kind: Kind
    source: str
    group: str
    method: str | None = None

    @property
    def unit(self) -> str:
        """The "video" this file belongs to: itself, or all stills of one source, label and group (stills of one clip or picture)."""
        if self.kind == "video":
            return self.path
        return f"{self.source}/{self.label}/{self.group}"


@dataclass(frozen=True)
class Manifest:
    """The rows asked for, in the file's order, and the SHA-256 of the whole file."""

    path: Path
    sha256: str
    rows: tuple[Row, ...]


def read_manifest(path: Path, *, sources: Collection[str] | None = None) -> Manifest:
    """Read and check a manifest, wholly or only the given sources. Raises BadRequest, naming the line that is wrong."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BadRequest("request.invalid", f"The manifest {path} cannot be read: {error.strerror}.") from error
    rows: dict[str, Row] = {}
    for number, line in enumerate(content.decode(errors="replace").split("\n"), start=1):
        if not line.strip():
            continue
        row = _row(line, path.parent, f"Line {number} of {path}")
        if row.path in rows:
            raise BadRequest("request.invalid", f"Line {number} of {path} names {row.path!r} a second time.")
        rows[row.path] = row
    chosen = _choose(list(rows.values()), sources, path)
    for row in chosen:
        if not row.file.is_file():
            raise BadRequest("request.invalid", f"{path} names {row.path!r}, but there is no such file beside it.")
    return Manifest(path, hashlib.sha256(content).hexdigest(), tuple(chosen))


def write_manifest(path: Path, rows: Collection[Row]) -> None:
    """Write rows as a manifest of its own, their paths relative to it. Nothing is written for no rows."""
    if not rows:
        return
    lines = []
    for row in rows:
        entry = {
            "path": os.path.relpath(row.file, path.parent),
            "label": row.label,
            "kind": row.kind,
            "source": row.source,
            "group": row.group,
        }
        lines.append(json.dumps(entry | ({"method": row.method} if row.method else {})))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _choose(rows: list[Row], sources: Collection[str] | None, path: Path) -> list[Row]:
    """The rows of the given sources, each of which must exist."""
    if sources is not None:
        known = {row.source for row in rows}
        for source in sources:
            if source not in known:
                raise BadRequest("request.invalid", f"{path} has no source {source!r}; it has {', '.join(sorted(known)) or 'none'}.")
        rows = [row for row in rows if row.source in sources]
    if not rows:
        raise BadRequest("request.invalid", f"{path} names no files.")
    return rows


def _row(line: str, folder: Path, where: str) -> Row:
    """One line as a Row."""
    try:
        entry = json.loads(line)
    except ValueError as error:
        raise BadRequest("request.invalid", f"{where} is not JSON: {error}.") from error
    if not isinstance(entry, dict):
        raise BadRequest("request.invalid", f"{where} is not a JSON object.")
    for key in _NEEDED:
        if not isinstance(entry.get(key), str) or not entry[key]:
            raise BadRequest("request.invalid", f"{where} needs {key!r} as a text that is not empty.")
    method = entry.get("method")
    if method is not None and not isinstance(method, str):
        raise BadRequest("request.invalid", f"{where} has a 'method' that is not a text.")
    _one_of(entry["label"], get_args(Label), "label", where)
    _one_of(entry["kind"], get_args(Kind), "kind", where)
    return Row(entry["path"], folder / entry["path"], entry["label"], entry["kind"], entry["source"], entry["group"], method)


def _one_of(value: str, allowed: tuple[str, ...], key: str, where: str) -> None:
    if value not in allowed:
        raise BadRequest("request.invalid", f"{where} has the {key} {value!r}; it must be {' or '.join(map(repr, allowed))}.")
