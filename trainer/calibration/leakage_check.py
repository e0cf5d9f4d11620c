"""What a model's training saw, as far as its folders tell: a calibration must use none of it.

Read from the crops that ``trained.json`` beside the model names: ``train.jsonl`` there, or where an older preparation wrote none, the
crops' own columns. A model from elsewhere says nothing, and then nothing can be checked. See also: who must stay in one split
(``splits.py``).
"""

import json
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from telltale.core.errors import BadRequest
from trainer.data.manifest import Row

SHOWN = 5
"""People named in a message at most."""


@dataclass(frozen=True)
class TrainingMedia:
    """Sources and people (``Row.split_keys``) of training."""

    sources: frozenset[str]
    people: frozenset[str]


def read_training_media(model: Path) -> TrainingMedia | None:
    """What the model's training saw; None where that is not known."""
    record = next((path for path in (model / "trained.json", model.parent / "trained.json") if path.is_file()), None)
    crops = Path(json.loads(record.read_text()).get("recipe", {}).get("crops") or "") if record else None
    if crops is None or not (crops / "prepared.json").is_file():
        return None
    listed = crops / "train.jsonl"
    return read_manifest_media(listed) if listed.is_file() else read_crop_media(crops / "train")


def read_manifest_media(path: Path) -> TrainingMedia:
    """Of the files that training's crops were cut from; they need not lie there any more."""
    entries = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    people = (entry.get("identities") or [f"{entry['source']}:{entry['group']}"] for entry in entries)
    return TrainingMedia(frozenset(entry["source"] for entry in entries), frozenset(name for each in people for name in each))


def read_crop_media(folder: Path) -> TrainingMedia:
    """Of the crops themselves."""
    from trainer.data.shards import open_split

    rows = open_split(folder).select_columns(["source", "group"])
    pairs = set(zip(rows["source"], rows["group"], strict=True))
    return TrainingMedia(frozenset(source for source, _ in pairs), frozenset(f"{source}:{group}" for source, group in pairs))


def check_unseen(rows: Collection[Row], seen: TrainingMedia | None) -> tuple[str, ...]:
    """Sources that training had too, with other people. Raises BadRequest where it had the very people."""
    if seen is None:
        return ()
    known = sorted({name for row in rows for name in row.split_keys} & seen.people)
    if known:
        more = f" and {len(known) - SHOWN} more" if len(known) > SHOWN else ""
        raise BadRequest(
            "request.invalid",
            text=f"This model was trained on {', '.join(known[:SHOWN])}{more}, who are in this manifest, too: a fit on them is too sure."
            " Name --sources that training never saw.",
        )
    return tuple(sorted({row.source for row in rows} & seen.sources))
