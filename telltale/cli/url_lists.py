"""A list of web addresses in a file -> the addresses: one on a line, or a CSV with a header that names their column.

See also: what is done with them (``main.py``). A list holds addresses only; paths of files are given on the command line.
"""

import csv
from dataclasses import dataclass
from pathlib import Path

from telltale.core.errors import BadMedia, BadRequest
from telltale.core.text import harmless
from telltale.fetch.fetch import is_address

LIST_NAMES = (".csv", ".list", ".tsv", ".txt")
"""Endings of files that are taken for lists of addresses, not for media."""
COLUMNS = ("url", "address", "link", "video", "video_url", "href")
"""Headings under which a CSV may keep its addresses, in any case."""
MOST_BYTES = 10_000_000
DELIMITERS = ",;\t"


@dataclass(frozen=True)
class ListEntry:
    """One entry of a list: its text, and the line of the file that it began on."""

    text: str
    line: int


def is_list(source: str) -> bool:
    """Whether ``source`` is the path of a list of addresses."""
    return not is_address(source) and source.lower().endswith(LIST_NAMES)


def read_list(path: Path, more: tuple[str, ...] = ()) -> list[ListEntry]:
    """Every entry once, in order; blank lines and those that begin with # are left out. Raises BadMedia and BadRequest.

    ``more`` names columns that are taken before those of addresses.
    """
    lines = text_of(path).splitlines()
    delimiter = delimiter_of(lines[0]) if lines else None
    columns = (*more, *COLUMNS)
    entries = rows(lines, delimiter, path.name, columns) if lines and has_heading(lines[0], delimiter, columns) else plain(lines)
    once = {entry.text: entry for entry in reversed(entries)}
    kept = [entry for entry in entries if once[entry.text] is entry]
    if not kept:
        raise BadRequest("request.invalid", f"“{harmless(path.name)}” holds no addresses.")
    return kept


def text_of(path: Path) -> str:
    """The file as text. Raises BadMedia where it cannot be opened, BadRequest where it is no text, or too much of it."""
    try:
        with path.open("rb") as file:
            held = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise BadMedia("media.not_found", f"“{harmless(path.name[:80])}” cannot be opened: {error.strerror}.") from error
    if len(held) > MOST_BYTES:
        raise BadRequest("request.too_large", f"“{harmless(path.name)}” is too long for a list of addresses.")
    try:
        return held.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadRequest("request.invalid", f"“{harmless(path.name)}” is not a list of addresses: it is no text.") from error


def delimiter_of(heading: str) -> str | None:
    """What stands between the columns of a heading, where there is more than one."""
    found = max(DELIMITERS, key=heading.count)
    return found if found in heading else None


def has_heading(first: str, delimiter: str | None, columns: tuple[str, ...]) -> bool:
    """Whether the first line names columns: it has several, or is the name of the only one; an address names nothing."""
    names = cells(first, delimiter)
    return not any(is_address(name) for name in names) and (delimiter is not None or names[0].lower() in columns)


def cells(line: str, delimiter: str | None) -> list[str]:
    """The cells of one line, without blanks round them."""
    return [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter or ","), [])] or [""]


def rows(lines: list[str], delimiter: str | None, name: str, columns: tuple[str, ...]) -> list[ListEntry]:
    """The column of addresses of a CSV: the one of a known name, else the first that holds an address in its first row."""
    reader = csv.reader(lines, delimiter=delimiter or ",")
    names = [cell.strip().lower() for cell in next(reader)]
    body = [(reader.line_num, [cell.strip() for cell in row]) for row in reader if any(cell.strip() for cell in row)]
    column = next((names.index(known) for known in columns if known in names), None)
    if column is None and body:
        column = next((place for place, cell in enumerate(body[0][1]) if is_address(cell)), None)
    if column is None:
        raise BadRequest("request.invalid", f"“{harmless(name)}” has no column of addresses; name it “url” in the first line.")
    return [ListEntry(row[column], line) for line, row in body if len(row) > column and row[column]]


def plain(lines: list[str]) -> list[ListEntry]:
    """One entry on each line."""
    stripped = [(number, line.strip()) for number, line in enumerate(lines, 1)]
    return [ListEntry(line, number) for number, line in stripped if line and not line.startswith("#")]
