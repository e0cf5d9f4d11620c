"""The Deepfake Detection Challenge (DFDC), full set and sample.

    …/dfdc_train_part_0/{*.mp4, metadata.json}      the zip's folder dfdc_train_part_00 may lie around it; train_sample_videos likewise
    test/{*.mp4, labels.csv, metadata.json}         labels.csv: filename,label with 1 = fake; also DFDC/videos/*.mp4 + DFDC/labels.csv

metadata.json names each file's label and, for a fake, its ``original``: fakes stay with their original, also where that file is not
there. Some fakes of this set change only the voice, and no label says which. The preview is another set (``dfdc_preview.py``).
"""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from telltale.core.errors import BadRequest
from trainer.data.manifest import Label, Row, Split
from trainer.data.reading import Place, Reading
from trainer.data.scan import Medium, Tree

NAME = "dfdc"
METADATA, LABELS = "metadata.json", "labels.csv"
NOTE = "DFDC: some of its fakes change only the voice, and no label says which."


def matches(root: Path, tree: Tree) -> bool:
    """Whether this set's labels lie in the folder. A folder of several parts is found part by part."""
    if tree.has(root / LABELS):
        with (root / LABELS).open(newline="") as file:
            return next(csv.reader(file), [])[:2] == ["filename", "label"]
    if not tree.has(root / METADATA):
        return False
    with (root / METADATA).open("rb") as beginning:
        return any(word in beginning.read(4096) for word in (b'"FAKE"', b'"REAL"'))


def read(place: Place) -> Reading:
    """All labelled rows, those of folders below with labels of their own among them."""
    homes = [folder for folder, _ in place.tree.walk(place.root) if matches(folder, place.tree)]
    rows: list[Row] = []
    for home in homes:
        nested = {other for other in homes if home in other.parents}
        media = [medium for medium in place.tree.media(home) if not nested or nested.isdisjoint(medium.file.parents)]
        rows += _rows(home, media, place)
    return Reading(tuple(rows), notes=(NOTE,))


def _rows(home: Path, media: list[Medium], place: Place) -> Iterator[Row]:
    """The rows of one folder with labels."""
    tested = place.tree.has(home / LABELS)
    entries = entries_of(home / METADATA) if place.tree.has(home / METADATA) else {}
    labels = dict(_csv(home / LABELS)) if tested else {}
    for medium in media:
        entry = entries.get(f"{medium.name}.mp4", {})
        label = labels.get(medium.name) or _label(entry)
        if label is None:
            place.tree.leave(medium.file, f"neither {METADATA} nor {LABELS} beside it says its label")
        else:
            yield _row(medium, label, entry, "test" if tested else _split(entry), place)


def _row(medium: Medium, label: Label, entry: dict[str, Any], split: Split | None, place: Place) -> Row:
    original = Path(str(entry.get("original") or medium.name)).stem
    return place.row(medium, label, NAME, original, method="dfdc", identities=[f"dfdc:{original}"], split=split)


def entries_of(path: Path) -> dict[str, dict[str, Any]]:
    """A metadata.json. Raises BadRequest for one that is none."""
    try:
        found = json.loads(path.read_text())
    except (ValueError, RecursionError) as error:
        raise BadRequest("request.invalid", text=f"{path} is not JSON: {error}.") from error
    if not isinstance(found, dict) or not all(isinstance(entry, dict) for entry in found.values()):
        raise BadRequest("request.invalid", text=f"{path} is not an object of file names with an object each.")
    return found


def _label(entry: dict[str, Any]) -> Label | None:
    return {"REAL": "real", "FAKE": "fake"}.get(str(entry.get("label")).upper())  # type: ignore[return-value]  # the values are Labels


def _split(entry: dict[str, Any]) -> Split | None:
    return {"train": "train", "test": "test"}.get(str(entry.get("split")))  # type: ignore[return-value]  # the values are Splits


def _csv(path: Path) -> Iterator[tuple[str, Label]]:
    """Name without ending -> label: 1 is fake here."""
    with path.open(newline="") as file:
        for line in csv.DictReader(file):
            yield Path(line["filename"]).stem, "fake" if line["label"].strip() == "1" else "real"
