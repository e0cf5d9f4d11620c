"""What ``telltale check --output DIR`` leaves behind: ``<name>.jpg``, the contact sheet, and ``<name>.json``, the Report, written last.

``<name>`` is the whole name of the source (``clip.mp4`` gives ``clip.mp4.json``), so that no file that was checked is ever overwritten.
``--csv FILE`` leaves one row of CSV for each source.
"""

import csv
import io
import os
from collections.abc import Iterable
from pathlib import Path
from typing import get_args

from telltale.cli.exit_codes import CheckResult
from telltale.core.errors import BadRequest
from telltale.core.report import ManipulationKind, Report
from telltale.render.contact_sheet import contact_sheet
from telltale.render.formatting import Translator
from telltale.render.localize import localized

LONGEST_NAME = 180
"""Bytes; file systems end at 255, and endings and numbers are added."""

COLUMNS = (
    *(
        "source",
        "verdict",
        "fake_probability",
        "low",
        "high",
        "ratio",
        *get_args(ManipulationKind),
        "people",
        "title",
        "duration",
        "frames_read",
    ),
    *("bytes_read", "requests", "seconds", "sha256", "model", "error", "message"),
)
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""Beginnings that make spreadsheets calculate what a stranger wrote; a quotation mark before them keeps it text."""


def prepare(folder: Path) -> None:
    """Make the folder, and see before any work is done that it can be written to. Raises BadRequest."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise BadRequest("request.invalid", "folder_not_made", name=str(folder), why=str(problem.strerror)) from problem
    if not os.access(folder, os.W_OK):
        raise BadRequest("request.invalid", "folder_not_writable", name=str(folder))


def prepare_file(path: Path) -> None:
    """Make the folder of a file that will be written, and see that it can be. Raises BadRequest."""
    prepare(path.parent)
    if path.is_dir():
        raise BadRequest("request.invalid", "table_is_folder", name=str(path))


def write_table(outcomes: Iterable[CheckResult], path: Path) -> Path:
    """One row for each source, under ``COLUMNS``; figures are empty where there was no Report. Raises BadRequest."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS)
    writer.writeheader()
    for one in outcomes:
        writer.writerow({name: escape_formula(value) for name, value in row(one).items()})
    try:
        write_whole(path, text.getvalue().encode("utf-8", "replace"))
    except OSError as problem:
        raise BadRequest("request.invalid", "table", why=str(problem.strerror)) from problem
    return path


def row(one: CheckResult) -> dict[str, object]:
    """One outcome under the names of its columns."""
    cells: dict[str, object] = {"source": one.name}
    if one.report is not None:
        report, source, interval = one.report, one.report.source, one.report.interval
        cells |= {"verdict": report.verdict, "fake_probability": report.fake_probability, "people": len(report.people)}
        cells |= {"low": interval.low, "high": interval.high} if interval else {}
        cells |= {"ratio": report.ratio.value} if report.ratio else {}
        cells |= {each.kind: each.ratio.value for each in report.kinds}
        cells |= {"title": source.title, "duration": source.duration, "frames_read": source.frames_read, "bytes_read": source.bytes_read}
        cells |= {"requests": source.requests, "seconds": report.timing.total, "sha256": source.sha256}
        cells |= {"model": f"{report.model.id}@{report.model.revision}"}
    if one.error is not None:
        cells |= {"error": one.error.code, "message": one.error.sentence}
    return cells


def escape_formula(value: object) -> object:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def write_results(report: Report, folder: Path, taken: set[str], words: Translator) -> list[Path]:
    """Write both files; ``taken`` holds the names already used by this run, and gets this one. Raises BadRequest."""
    name = free_name(file_name(report.source.name), taken)
    report = localized(report, words)
    files = {folder / f"{name}.jpg": contact_sheet(report, words=words), folder / f"{name}.json": report.model_dump_json(indent=2).encode()}
    try:
        for path, content in files.items():
            write_whole(path, content)
    except OSError as problem:
        raise BadRequest("request.invalid", "result", name=name, why=str(problem.strerror)) from problem
    return list(files)


def write_whole(path: Path, content: bytes) -> None:
    """Write under a temporary name, then rename, so that a file under its own name is always whole."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        unfinished.write_bytes(content)
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)


def file_name(name: str) -> str:
    """A source's name as a file's name: letters and digits of any script, blanks, and a few signs."""
    kept = "".join(sign if sign.isalnum() or sign in " ._-()" else "_" for sign in name).strip(" .")
    return kept.encode()[:LONGEST_NAME].decode(errors="ignore") or "source"


def free_name(name: str, taken: set[str]) -> str:
    """``name``, or ``name-2`` and so on where this run used it before (also where only the case differs)."""
    number, free = 1, name
    while free.casefold() in taken:
        number += 1
        free = f"{name}-{number}"
    taken.add(free.casefold())
    return free
