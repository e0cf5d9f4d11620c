"""WildDeepfake: sequences of face crops cut from videos of the web; there are no videos and no backgrounds.

    {real,fake}_{train,test}/N.tar.gz -> N/{real|fake}/<sequence>/<frame>.png      some .tar.gz are plain tars

Archives are read in place, each once from end to end to learn which sequences it holds; an unpacked tree is read as well. The pictures are
crops: no face detector looks at them. What comes from one archive stays together. The label is the outer folder's.
"""

import os
import tarfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from trainer.data.manifest import Label, Row, Split
from trainer.data.reading import Place, Reading
from trainer.data.scan import PICTURES, Tree

NAME = "wilddeepfake"
FOLDERS: dict[str, tuple[Label, Split]] = {
    "real_train": ("real", "train"),
    "fake_train": ("fake", "train"),
    "real_test": ("real", "test"),
    "fake_test": ("fake", "test"),
}
ENDINGS = (".tar.gz", ".tgz", ".tar")
MEMBERS = 500_000
"""The most files that an archive may hold."""


class Unsafe(Exception):
    """An archive that no honest author packs; the text says why. Never leaves this file."""


@dataclass(frozen=True)
class Sequence:
    """One face's crops: the folder or archive, the folder within the archive, and the outer folder's number."""

    file: Path
    member: str | None
    number: str


def matches(root: Path, tree: Tree) -> bool:
    """Whether the folder is laid out so."""
    return sum(tree.holds(root, name) is not None for name in FOLDERS) >= 2


def read(place: Place) -> Reading:
    """One row a sequence."""
    rows = []
    for name, (label, split) in FOLDERS.items():
        folder = place.tree.holds(place.root, name)
        for sequence in sequences(folder, place.tree) if folder else ():
            rows.append(_row(sequence, label, split, place))
    return Reading(tuple(rows))


def sequences(folder: Path, tree: Tree) -> Iterator[Sequence]:
    """The sequences of one outer folder, packed or not; an archive that lies unpacked beside itself counts once."""
    unpacked = set()
    for medium in tree.media(folder):
        if medium.kind == "frames":
            number = next((part for part in medium.key if part.lower() != "extracted"), medium.name)
            unpacked.add(number)
            yield Sequence(medium.file, None, number)
    for path, listing in tree.walk(folder):
        for name in listing.files:
            if not name.lower().endswith(ENDINGS) or (number := name.split(".")[0]) in unpacked:
                continue
            try:
                members = list(list_folders(path / name))
            except (tarfile.TarError, EOFError, zlib.error, OSError) as error:
                tree.leave(path / name, f"cannot be read as an archive ({type(error).__name__})")
            except Unsafe as problem:
                tree.leave(path / name, str(problem))
            else:
                yield from (Sequence(path / name, member, number) for member in members)


def list_folders(archive: Path) -> Iterator[str]:
    """The folders of an archive that directly hold pictures, in its order. Raises Unsafe, and what tarfile raises."""
    found: dict[str, None] = {}
    with tarfile.open(archive, "r:*") as tar:
        seen = 0
        while (member := tar.next()) is not None:
            tar.members = []  # type: ignore[attr-defined]  # tarfile would keep every header it has seen
            seen += 1
            if member.issym() or member.islnk() or member.isdev():
                raise Unsafe("the archive holds links or devices")
            if member.name.startswith("/") or ".." in PurePosixPath(member.name).parts:
                raise Unsafe("the archive holds paths that lead out of it")
            if seen > MEMBERS:
                raise Unsafe(f"the archive holds more than {MEMBERS:,} files")
            folder, _, name = member.name.removeprefix("./").rpartition("/")
            if member.isreg() and folder and not name.startswith(".") and os.path.splitext(name)[1].lower() in PICTURES:
                found[folder] = None
    yield from found


def _row(sequence: Sequence, label: Label, split: Split, place: Place) -> Row:
    inner = f"#{sequence.member}" if sequence.member else ""
    group = f"{split}/{sequence.number}"
    return Row(
        path=f"{place.root.name}/{sequence.file.relative_to(place.root).as_posix()}{inner}",
        file=sequence.file,
        label=label,
        kind="frames",
        source=NAME,
        group=group,
        method="pristine" if label == "real" else "in the wild",
        split=split,
        identities=(f"{NAME}:{group}",),
        cropped=True,
    )
