"""FaceForensics++ and, within it, the DeepFakeDetection set (DFD).

    original_sequences/{youtube,actors}/{raw|c0|c23|c40}/videos/…                 youtube 000.mp4 …; actors (DFD) 01__scene.mp4 …
    manipulated_sequences/<method>/{raw|c0|c23|c40}/videos/<target>_<source>.mp4  DFD: 01_02__scene__ABCDEFGH.mp4
    <method>/*.mp4, original/*.mp4                                                the flat re-upload, FaceForensics++_C23

``frames/<video>/*.png`` may stand for, or beside, ``videos/``. The official splits, train.json, val.json and test.json, are lists of
*pairs*: both originals and both swaps of a pair are in its split. They are looked for at the root, in splits/ and in dataset/splits/, here
and one level up; without them videos are divided by identity. DFD has no official split.

One compression is read: the one asked for, else c23 where every part has it. See also: masks, ``downloaded_videos`` and models.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from telltale.core.errors import BadRequest
from trainer.data.manifest import Row, Split
from trainer.data.reading import Place, Reading
from trainer.data.scan import Medium, Tree

NAME = "ffpp"
METHODS = ("Deepfakes", "Face2Face", "FaceSwap", "NeuralTextures", "FaceShifter", "DeepFakeDetection")
LEVELS = {"raw": "raw", "c0": "raw", "c23": "c23", "hq": "c23", "c40": "c40", "lq": "c40"}
PREFERRED = ("c23", "raw", "c40")
SPLITS: dict[str, Split] = {"train.json": "train", "val.json": "validation", "test.json": "test"}

_ORIGINAL = re.compile(r"(\d{3})$")
_SWAP = re.compile(r"(\d{3})_(\d{3})$")
_ACTOR = re.compile(r"(\d{2})__")
_ACTORS = re.compile(r"(\d{2})_(\d{2})__")


@dataclass(frozen=True)
class Part:
    """Videos of one kind, by compression: ``method`` is None for originals."""

    name: str
    method: str | None
    levels: dict[str | None, Path]


def matches(root: Path, tree: Tree) -> bool:
    """Whether the folder is laid out so."""
    return bool(parts_of(root, tree))


def read(place: Place) -> Reading:
    """All rows of the wanted compression. Raises BadRequest where no part has it."""
    parts = parts_of(place.root, place.tree)
    splits, notes = official(place.root, place.tree)
    chosen, told = chosen_levels(parts, place)
    rows = [row for part in parts if part.name in chosen for row in rows_of(part, chosen[part.name], place, splits)]
    return Reading(tuple(rows), notes=(*notes, *told))


def originals(place: Place, *, level: str = "c23", frames_first: bool = False) -> list[Row]:
    """The YouTube originals in one compression, which other sets take for their real class; in another where it is not there."""
    splits, _ = official(place.root, place.tree)
    found: list[Row] = []
    for part in parts_of(place.root, place.tree):
        if part.method is None:
            nearest = level if level in part.levels else next(iter(part.levels))
            found += [row for row in rows_of(part, nearest, place, splits, frames_first=frames_first) if row.source == NAME]
    return found


def parts_of(root: Path, tree: Tree) -> list[Part]:
    """The parts of the set that are there, in either layout."""
    nested = [*_nested_originals(root, tree), *_nested_fakes(root, tree)]
    return nested or _flat(root, tree)


def _nested_originals(root: Path, tree: Tree) -> Iterator[Part]:
    home = tree.holds(root, "original_sequences")
    if home is None:
        return
    for name in ("youtube", "actors"):
        if (folder := tree.holds(home, name)) and (levels := _levels(folder, tree)):
            yield Part(f"original_sequences/{name}", None, levels)
    if levels := _levels(home, tree):  # the first release had no youtube/ in between
        yield Part("original_sequences", None, levels)


def _nested_fakes(root: Path, tree: Tree) -> Iterator[Part]:
    home = tree.holds(root, "manipulated_sequences")
    for name in tree.listing(home).folders if home else ():
        assert home is not None
        method = parse_method(name)
        if method and (levels := _levels(home / name, tree)):
            yield Part(f"manipulated_sequences/{name}", method, levels)
        elif not method:
            tree.leave(home / name, "no method of FaceForensics++ is called so")


def _flat(root: Path, tree: Tree) -> list[Part]:
    """``<method>/*.mp4`` and ``original/*.mp4``, named as this set names them, so that no other folders are taken for it."""
    word = re.search(r"(?<![a-z])(c0|c23|c40|raw)(?![a-z0-9])", root.name.lower().replace("_", " "))
    level = LEVELS[word.group()] if word else None
    real = [name for name in tree.listing(root).folders if name.lower() in ("original", "originals", "real", "youtube")]
    fakes = [(name, method) for name in tree.listing(root).folders if (method := parse_method(name))]
    if not real or not any(_SWAP.match(each.name) or _ACTORS.match(each.name) for name, _ in fakes for each in tree.media(root / name)):
        return []
    return [Part(name, None, {level: root / name}) for name in real] + [Part(name, method, {level: root / name}) for name, method in fakes]


def _levels(folder: Path, tree: Tree) -> dict[str | None, Path]:
    """Compression -> its folder."""
    return {LEVELS[name.lower()]: folder / name for name in tree.listing(folder).folders if name.lower() in LEVELS}


def parse_method(name: str) -> str | None:
    """The method's own spelling, whatever the folder's capitals."""
    return next((method for method in METHODS if method.lower() == name.lower()), None)


def chosen_levels(parts: list[Part], place: Place) -> tuple[dict[str, str | None], list[str]]:
    """Part -> the compression to read of it, and what is worth telling."""
    there = sorted({level or "unnamed" for part in parts for level in part.levels})
    if place.compression is not None:
        wanted = LEVELS.get(place.compression.lower())
        having = [part for part in parts if wanted in part.levels]
        if wanted is None or not having:
            raise BadRequest("request.invalid", text=f"{place.root} has no compression {place.compression!r}; it has {', '.join(there)}.")
        for part in parts:
            if part not in having:
                place.tree.leave(place.root / part.name, f"not there as {wanted}")
        return {part.name: wanted for part in having}, []
    common = next((level for level in PREFERRED if all(level in part.levels for part in parts)), None)
    chosen = {part.name: common or next((level for level in PREFERRED if level in part.levels), next(iter(part.levels))) for part in parts}
    taken = sorted({level for level in chosen.values() if level})
    notes = []
    if len(taken) > 1:
        told = ", ".join(f"{name} {level}" for name, level in sorted(chosen.items()))
        notes.append(f"FaceForensics++ is not there in one compression, and a net may learn the compression for the label: {told}.")
    elif len(there) > 1:
        notes.append(f"FaceForensics++ is there as {', '.join(there)}: {taken[0]} is read, --compression picks another.")
    return chosen, notes


def rows_of(part: Part, level: str | None, place: Place, splits: dict[str, Split], *, frames_first: bool = False) -> Iterator[Row]:
    """The rows of one part."""
    for medium in place.tree.media(part.levels[level], frames_first=frames_first):
        row = _original(medium, level, place, splits) if part.method is None else _fake(medium, part.method, level, place, splits)
        if row is None:
            place.tree.leave(medium.file, "not named as FaceForensics++ names its videos")
        else:
            yield row


def _original(medium: Medium, level: str | None, place: Place, splits: dict[str, Split]) -> Row | None:
    if found := _ORIGINAL.match(medium.name):
        number = found.group(1)
        identities = [f"ffpp:{number}"]
        return place.row(medium, "real", NAME, number, method="", identities=identities, split=splits.get(identities[0]), compression=level)
    if found := _ACTOR.match(medium.name):
        actor = found.group(1)
        return place.row(medium, "real", "dfd", actor, method="", identities=[f"dfd:{actor}"], compression=level)
    return None


def _fake(medium: Medium, method: str, level: str | None, place: Place, splits: dict[str, Split]) -> Row | None:
    if found := _SWAP.match(medium.name):
        identities = [f"ffpp:{number}" for number in found.groups()]
        given = {splits.get(identity) for identity in identities}
        split = given.pop() if len(given) == 1 else None
        return place.row(medium, "fake", NAME, found.group(1), method=method, identities=identities, split=split, compression=level)
    if found := _ACTORS.match(medium.name):
        identities = [f"dfd:{actor}" for actor in found.groups()]
        return place.row(medium, "fake", "dfd", found.group(1), method=method, identities=identities, compression=level)
    return None


def official(root: Path, tree: Tree) -> tuple[dict[str, Split], list[str]]:
    """Identity -> official split, and a note where the lists are not there. Raises BadRequest for lists that are no pairs."""
    places = [home / below for home in (root, root.parent) for below in ("", "splits", "dataset/splits")]
    home = next((folder for folder in places if all(tree.has(folder / name) for name in SPLITS)), None)
    if home is None:
        return {}, ["FaceForensics++: no train.json, val.json and test.json were found, so its videos are divided by identity."]
    splits: dict[str, Split] = {}
    for name, split in SPLITS.items():
        for first, second in pairs_of(home / name):
            splits |= {f"ffpp:{first}": split, f"ffpp:{second}": split}
    sizes = Counter(splits.values())
    return splits, [f"FaceForensics++: the pairs of {home} ({', '.join(f'{count} {split}' for split, count in sizes.items())})."]


def pairs_of(path: Path) -> list[tuple[str, str]]:
    """The pairs of a split's list."""
    try:
        pairs = json.loads(path.read_text())
        return [(str(first), str(second)) for first, second in pairs]
    except (ValueError, TypeError) as error:
        raise BadRequest("request.invalid", text=f'{path} is not a list of pairs of videos, [["071", "054"], …]: {error}.') from error
