"""An archive: thousands of files and addresses named by a manifest -> one row each in a Parquet file, over hours and over machines.

    telltale check --input-list big.csv --output results.parquet

The manifest is a CSV or TSV whose heading names the column (``path``, ``file``, ``url`` …), JSON Lines with such a key, or a text with one
on a line; paths are relative to it. Rows are written in parts as they come, under ``results.parquet.parts``; a run that was stopped, by
whatever means, goes on from there when the same command is given again. See also: who does the work (``telltale/parallel/executors.py``)
and how one source is checked (``process_pool.py``).
"""

import fcntl
import hashlib
import json
import os
import shutil
import socket
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from telltale.cli.exit_codes import CheckResult
from telltale.cli.output_files import row
from telltale.cli.process_pool import CheckOptions, check_one
from telltale.cli.sources import CheckSource
from telltale.cli.url_lists import ListEntry, read_list
from telltale.core.errors import BadMedia, BadModel, BadRequest, TelltaleError
from telltale.core.extras import need
from telltale.core.report import ManipulationKind
from telltale.core.text import harmless
from telltale.fetch.fetch import is_address
from telltale.parallel.executors import run_local, run_ray

if TYPE_CHECKING:
    import pyarrow

PER_PART = 16
"""Sources in a part: what a killed run loses of each worker, at most."""
KEYS = ("path", "file", "filename", "filepath")
"""Headings under which a manifest may keep paths, besides those of addresses."""


@dataclass(frozen=True)
class Part:
    """Sources whose rows are written together."""

    number: int
    sources: tuple[CheckSource, ...]

    @property
    def name(self) -> str:
        """Its number."""
        return f"{self.number:06d}"

    @property
    def files(self) -> tuple[str, ...]:
        """The sources' names."""
        return tuple(given.name for given in self.sources)

    def path(self, folder: Path) -> Path:
        """Where its rows lie, once all of them are there."""
        return folder / f"{self.name}.parquet"


@dataclass(frozen=True)
class ExecutorConfig:
    """Who works: so many processes here, or those of a Ray cluster."""

    workers: int
    engine: Literal["local", "ray"] = "local"
    ray_address: str | None = None


def check_archive(manifest: Path, out: Path, manner: CheckOptions, crew: ExecutorConfig, advance: Callable[[int], None]) -> Counter[str]:
    """Check everything in the manifest that is not checked yet, and write ``out``. -> how many of each verdict and error code.

    ``advance`` is told by how many more sources are done. Raises BadRequest, BadMedia for a manifest that cannot be read, BadModel.
    """
    need("parquet", "An archive in Parquet")
    if out.exists():
        raise BadRequest("request.invalid", "output_exists", name=str(out))
    sources = manifest_sources(manifest)
    parts = [Part(number, tuple(sources[at : at + PER_PART])) for number, at in enumerate(range(0, len(sources), PER_PART))]
    with working(out.with_name(f"{out.name}.parts"), plan_of(sources, manner)) as folder:
        todo = [part for part in parts if not part.path(folder).exists()]
        advance(len(sources) - sum(len(part.sources) for part in todo))
        work = partial(check_part, manner, folder)
        if crew.engine == "ray":
            results = run_ray(work, todo, crew.workers, advance, address=crew.ray_address)
        else:
            results = run_local(work, todo, crew.workers, advance)
        with closing(results):
            for _ in results:
                pass
        counts = join_parts([part.path(folder) for part in parts], out)
    shutil.rmtree(folder)
    return counts


def manifest_sources(path: Path) -> list[CheckSource]:
    """Every source of a manifest, once, in order. Raises BadMedia and BadRequest."""
    entries = parse_lines(path) if path.suffix.lower() in (".jsonl", ".ndjson") else read_list(path, more=KEYS)
    return [CheckSource(entry.text if is_address(entry.text) else path.parent / entry.text, harmless(entry.text)) for entry in entries]


def parse_lines(path: Path) -> list[ListEntry]:
    """The entries of JSON Lines: a text on each line, or an object with one under a known key. Raises BadMedia and BadRequest."""
    from telltale.cli.url_lists import COLUMNS, text_of

    found: dict[str, ListEntry] = {}
    for number, line in enumerate(text_of(path).splitlines(), 1):
        if not line.strip():
            continue
        try:
            entry = json.loads(line)
        except ValueError as error:
            raise BadRequest("request.invalid", "line_not_json", line=number, name=harmless(path.name)) from error
        held = entry if isinstance(entry, str) else next((entry[key] for key in (*KEYS, *COLUMNS) if key in entry), None)
        if not isinstance(held, str) or not held.strip():
            raise BadRequest("request.invalid", "line_without_source", line=number, name=harmless(path.name))
        found.setdefault(held, ListEntry(held, number))
    if not found:
        raise BadRequest("request.invalid", "no_sources", name=harmless(path.name))
    return list(found.values())


def plan_of(sources: Sequence[CheckSource], manner: CheckOptions) -> dict[str, Any]:
    """What must be the same for a run to go on: the sources, and what judges them."""
    from telltale.core.model_settings import read_settings
    from telltale.model.classifier import locate, revision_of, weights_of

    named = hashlib.sha256("\n".join(str(given.source) for given in sources).encode("utf-8", "surrogatepass")).hexdigest()
    folder = locate(manner.model)
    weights = weights_of(folder, manner.model)
    revision = revision_of(*weights) if weights else ""
    frames = manner.frames or read_settings(folder).frames
    return {"sources": named, "model": manner.model, "revision": revision, "frames": frames, "faces": manner.faces} | (
        {"fake_labels": list(manner.fake_labels), "crop": manner.crop} if manner.fake_labels or manner.crop else {}
    )


@contextmanager
def working(folder: Path, plan: Mapping[str, Any]) -> Iterator[Path]:
    """The folder of parts for as long as this process works in it. Raises BadRequest where it holds another plan's, or is in use."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        held = (folder / "plan.json").open("a+")
    except OSError as problem:
        raise BadRequest("request.invalid", "folder_not_written", name=str(folder), why=str(problem.strerror)) from problem
    with held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BadRequest("request.invalid", "folder_in_use", name=str(folder)) from error
        held.seek(0)
        if before := held.read():
            changed = [key for key, value in json.loads(before).items() if plan.get(key) != value]
            if changed:
                raise BadRequest("request.invalid", "other_run", name=str(folder), what=", ".join(changed))
        else:
            held.write(json.dumps(dict(plan)))
            held.flush()
        for left in folder.glob("*.part"):
            left.unlink()
        yield folder


def check_part(manner: CheckOptions, folder: Path, part: Part, skip: Mapping[str, str], tell: Callable[[str], None]) -> int | TelltaleError:
    """Check a part's sources and write their rows. Runs in a worker. -> how many."""
    rows = []
    for given in part.sources:
        tell(given.name)
        if given.name in skip:
            outcome = CheckResult(given.name, error=BadMedia("media.no_frames", "unread", name=given.name, why=skip[given.name]))
        else:
            try:
                outcome = check_one(manner, given)
            except BadModel as error:
                return error
        rows.append(row(replace(outcome, name=given.name)))
    write_rows(part.path(folder), rows)
    return len(rows)


def write_rows(path: Path, rows: list[dict[str, object]]) -> None:
    """One part, whole or absent, on the disk before it gets its name."""
    import pyarrow
    from pyarrow import parquet

    part = path.with_name(f"{path.name}.{socket.gethostname()}-{os.getpid()}.part")
    with part.open("wb") as file:
        parquet.write_table(pyarrow.Table.from_pylist(rows, schema=schema()), file)
        file.flush()
        os.fsync(file.fileno())
    part.rename(path)


def join_parts(parts: Sequence[Path], out: Path) -> Counter[str]:
    """All parts as one file, a part in memory at a time. -> how many of each verdict and error code."""
    from pyarrow import parquet

    counts: Counter[str] = Counter()
    unfinished = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        with parquet.ParquetWriter(unfinished, schema(), compression="zstd") as writer:
            for part in parts:
                table = parquet.read_table(part)
                errors, verdicts = (table[key].to_pylist() for key in ("error", "verdict"))
                counts.update(error or verdict for error, verdict in zip(errors, verdicts, strict=True))
                writer.write_table(table)
        unfinished.rename(out)
    finally:
        unfinished.unlink(missing_ok=True)
    return counts


def schema() -> "pyarrow.Schema":
    """The columns of ``results.COLUMNS``, with their types."""
    import pyarrow

    text, number, whole = pyarrow.string(), pyarrow.float64(), pyarrow.int64()
    figures = ("fake_probability", "low", "high", "ratio", *get_args(ManipulationKind), "duration", "seconds")
    wholes = ("people", "frames_read", "bytes_read", "requests")
    from telltale.cli.output_files import COLUMNS

    return pyarrow.schema([(name, number if name in figures else whole if name in wholes else text) for name in COLUMNS])
