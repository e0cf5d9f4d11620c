"""What a reader hands on: the rows of a data set, what it left out, and what a person should know before training on it.

See also: how a set lies on disk (one file a set) and which rows train (``trainer/data/splits.py``).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from trainer.data.manifest import Label, Row, Split
from trainer.data.scan import LeftOut, Medium, Tree


@dataclass(frozen=True)
class Reading:
    """One set, or several merged. Every row's ``file`` is absolute."""

    rows: tuple[Row, ...]
    left_out: tuple[LeftOut, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Place:
    """Where a set was found: the folder that its reader understands, the tree it is read through, and the compression asked for."""

    root: Path
    tree: Tree
    compression: str | None = None

    def row(
        self,
        medium: Medium,
        label: Label,
        source: str,
        group: str,
        *,
        method: str,
        identities: Iterable[str],
        split: Split | None = None,
        compression: str | None = None,
        cropped: bool | None = None,
    ) -> Row:
        """A medium as a row. Its path begins with the root's own name, so that it reads alike on every machine."""
        return Row(
            path=f"{self.root.name}{str(medium.file)[len(str(self.root)) :]}",
            file=medium.file,
            label=label,
            kind=medium.kind,
            source=source,
            group=group,
            method="pristine" if label == "real" else method,
            split=split,
            compression=compression,
            identities=tuple(dict.fromkeys(identities)),
            cropped=self.tree.is_cropped(medium) if cropped is None else cropped and medium.kind != "video",
        )


def summarize_left_out(left_out: Iterable[LeftOut]) -> list[str]:
    """One sentence a reason, the commonest first, with an example: what a command prints of thousands of files."""
    by_reason: dict[str, list[str]] = {}
    for item in left_out:
        by_reason.setdefault(item.why, []).append(item.path)
    ordered = sorted(by_reason.items(), key=lambda pair: -len(pair[1]))
    return [f"{len(paths):,} left out, such as {paths[0]}: {why}." if len(paths) > 1 else f"{paths[0]}: {why}." for why, paths in ordered]
