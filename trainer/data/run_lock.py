"""What a run of ``trainer.prepare`` was asked to do, kept in its folder from the start: who comes back goes on, who asks for something
else is refused.

While a run is at work it holds a lock on ``plan.json``; the lock ends with the process, however that ends. Changed *content* of the files
that a manifest names is not seen. See also: the work (``shard_jobs.py``).
"""

import fcntl
import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from telltale.core.errors import BadRequest
from trainer.data.manifest import Row, entry_of
from trainer.data.shards import write_json


@dataclass(frozen=True)
class Plan:
    """``arguments`` that change what is stored, as text; the SHA-256 of the three manifests one after the other; the form of a crop."""

    arguments: dict[str, str]
    manifest_sha256: str
    crop: str


def digest(rows: Sequence[Row], out: Path) -> str:
    """SHA-256 of the rows as the manifests in ``out`` will say them."""
    whole = hashlib.sha256()
    for row in rows:
        whole.update((json.dumps(entry_of(row, out)) + "\n").encode())
    return whole.hexdigest()


@contextmanager
def working(out: Path, plan: Plan) -> Iterator[None]:
    """The folder for as long as this process works in it, free of what a killed run has left. Raises BadRequest where it holds another
    plan's crops, or another process is at work in it."""
    path = out / "plan.json"
    out.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        refuse_strangers(out)
        write_json(path, asdict(plan))
    with path.open() as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BadRequest("request.invalid", text=f"Another process is preparing crops in {out} at this moment.") from error
        compare(Plan(**json.load(held)), plan, out)
        sweep(out)
        try:
            yield
        finally:
            sweep(out)


def refuse_strangers(out: Path) -> None:
    """Raises BadRequest where the folder holds crops that no plan speaks of."""
    if (out / "prepared.json").exists() or any(out.glob("*/*.arrow")):
        raise BadRequest("request.invalid", text=f"{out} holds crops of an earlier version or of something else. Choose another folder.")


def compare(found: Plan, wanted: Plan, out: Path) -> None:
    """Raises BadRequest, naming the differences."""
    keys = sorted(found.arguments.keys() | wanted.arguments.keys())
    changed = [
        f"--{key.replace('_', '-')} was {found.arguments.get(key, 'absent')}, is {wanted.arguments.get(key, 'absent')}"
        for key in keys
        if found.arguments.get(key) != wanted.arguments.get(key)
    ]
    if not changed and found.manifest_sha256 != wanted.manifest_sha256:
        changed = ["the files or what is said of them have changed"]
    if not changed and found.crop != wanted.crop:
        changed = [f"crops were {found.crop}, are {wanted.crop}"]
    if changed:
        raise BadRequest(
            "request.invalid", text=f"{out} holds crops made with other arguments: {'; '.join(changed)}. Choose another folder."
        )


def sweep(out: Path) -> None:
    """Take away what killed processes have left half-written."""
    for path in [*out.glob("*.part"), *out.glob("*/*.part")]:
        path.unlink(missing_ok=True)
