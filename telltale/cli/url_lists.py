"""A list of web addresses in a file -> the addresses: one on a line, or a table (CSV, TSV, Excel) with a heading that names their column.

See also: what is done with them (``main.py``), addresses within other text (``telltale/net/pasted_text.py``). A list holds addresses only;
paths of files are given on the command line.
"""

import codecs
import csv
import io
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path

from telltale.core.errors import BadMedia, BadRequest
from telltale.core.text import harmless
from telltale.fetch.fetch import is_address
from telltale.net.pasted_text import address_in

LIST_NAMES = (".csv", ".list", ".tsv", ".txt", ".xlsx")
"""Endings of files that are taken for lists of addresses, not for media."""
TABLE_NAMES = (".csv", ".tsv", ".xlsx")
"""Of these, those whose lines are rows of cells, with or without a heading."""
COLUMNS = ("url", "address", "link", "video", "video_url", "href")
"""Headings under which a table may keep its addresses, in any case."""
MOST_BYTES = 10_000_000
MOST_UNPACKED = 200_000_000
"""Bytes of an Excel file, unpacked."""
DELIMITERS = ",;\t"
WIDE = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
"""How texts with these marks at their start are read; Excel's "Unicode text" is one."""
FIRST_ROW = re.compile(r'(?:"(?:[^"]|"")*"|[^"\r\n])*(?=[\r\n]|\Z)')
QUOTED = re.compile(r'"(?:[^"]|"")*"')

Row = tuple[int, list[str]]
"""The line that a row ends on, and its cells without blanks round them."""


@dataclass(frozen=True)
class ListEntry:
    """One entry of a list: its text, and the line of the file that it ended on."""

    text: str
    line: int


def is_list(source: str) -> bool:
    """Whether ``source`` is the path of a list of addresses."""
    return not is_address(source) and source.lower().endswith(LIST_NAMES)


def read_list(path: Path, more: tuple[str, ...] = ()) -> list[ListEntry]:
    """Every entry once, in order; blank lines and those that begin with # are left out. Raises BadMedia and BadRequest.

    ``more`` names columns that are taken before those of addresses.
    """
    columns = (*more, *COLUMNS)
    table = path.suffix.lower() in TABLE_NAMES
    if path.suffix.lower() == ".xlsx":
        rows = excel_rows(path)
        lines: list[str] = []
        several = True
    else:
        text = text_of(path)
        lines = text.splitlines()
        delimiter, rows = rows_of(text)
        several = delimiter is not None
    if rows and has_heading(rows[0][1], several, columns):
        entries = column_of(rows, path.name, columns)
    else:
        entries = [entry for entry in map(first_address, rows) if entry] if table and several else plain(lines)
    once = {entry.text: entry for entry in reversed(entries)}
    kept = [entry for entry in entries if once[entry.text] is entry]
    if not kept:
        raise BadRequest("request.invalid", "no_addresses", name=harmless(path.name))
    return kept


def bytes_of(path: Path) -> bytes:
    """The whole file. Raises BadMedia where it cannot be opened, BadRequest where it is too long."""
    try:
        with path.open("rb") as file:
            held = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise BadMedia("media.not_found", "unopened", name=harmless(path.name[:80]), why=str(error.strerror)) from error
    if len(held) > MOST_BYTES:
        raise BadRequest("request.too_large", "list", name=harmless(path.name))
    return held


def text_of(path: Path) -> str:
    """The file as text: UTF-8, UTF-16 or, where it is neither, Windows' western code page. Raises BadMedia and BadRequest."""
    held = bytes_of(path)
    encoding = next((name for mark, name in WIDE.items() if held.startswith(mark)), None)
    if encoding is None and held[:64].count(0) >= len(held[:64]) // 3 > 0:
        encoding = "utf-16-le" if held[1:2] == b"\0" else "utf-16-be"
    try:
        text = held.decode(encoding or "utf-8-sig")
    except UnicodeDecodeError:
        text = held.decode("cp1252", errors="replace")
    if any(letter < " " and letter not in "\t\n\r\f\v" for letter in text[:MOST_BYTES]):
        raise BadRequest("request.invalid", "not_text", name=harmless(path.name))
    return text


def rows_of(text: str) -> tuple[str | None, list[Row]]:
    """What stands between the columns, None where there is one, and all rows; a cell in quotation marks may go over several lines."""
    first, _, rest = text.partition("\n")
    said = first.strip().lower()
    if said.startswith("sep=") and said[4:] in tuple(DELIMITERS):  # Excel's own way to say it
        delimiter, text = said[4:], rest
    else:
        whole = FIRST_ROW.match(text)
        marks = QUOTED.sub("", whole[0] if whole else first)
        marks = marks.replace(address_in(marks), "") if is_address(marks.strip()) else marks
        delimiter = max(DELIMITERS, key=marks.count)
        delimiter = delimiter if delimiter in marks else ""
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter or "\x1f")
        rows = [(reader.line_num, [cell.strip() for cell in row]) for row in reader]
    except csv.Error:  # quotation marks that do not close, a cell of a hundred thousand letters
        rows = [(number, [line.strip()]) for number, line in enumerate(text.splitlines(), 1)]
    return delimiter or None, [(line, cells) for line, cells in rows if any(cells)]


def excel_rows(path: Path) -> list[Row]:
    """The rows of the first sheet of an Excel file. Raises BadMedia and BadRequest."""
    held = bytes_of(path)
    try:
        import openpyxl
    except ImportError as error:
        raise BadRequest("request.invalid", "openpyxl", name=harmless(path.name)) from error
    try:
        with zipfile.ZipFile(io.BytesIO(held)) as archive:
            if sum(each.file_size for each in archive.infolist()) > MOST_UNPACKED:
                raise BadRequest("request.too_large", "list", name=harmless(path.name))
        book = openpyxl.load_workbook(io.BytesIO(held), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        rows = [["" if cell is None else str(cell).strip() for cell in row] for row in sheet.iter_rows(values_only=True)]
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError, IndexError, OSError, SyntaxError) as error:
        raise BadRequest("request.invalid", "excel", name=harmless(path.name)) from error
    return [(number, cells) for number, cells in enumerate(rows, 1) if any(cells)]


def has_heading(names: list[str], several: bool, columns: tuple[str, ...]) -> bool:
    """Whether the first row names columns: it has several, or is the name of the only one; an address names nothing."""
    return not any(address_in(name) for name in names) and (several or names[0].lower() in columns)


def column_of(rows: list[Row], name: str, columns: tuple[str, ...]) -> list[ListEntry]:
    """The column of addresses: the one of a known name, else the first that holds an address in its first row."""
    names, body = [cell.lower() for cell in rows[0][1]], rows[1:]
    column = next((names.index(known) for known in columns if known in names), None)
    if column is None and body:
        column = next((place for place, cell in enumerate(body[0][1]) if address_in(cell)), None)
    if column is None:
        raise BadRequest("request.invalid", "no_column", name=harmless(name))
    return [ListEntry(row[column], line) for line, row in body if len(row) > column and row[column]]


def first_address(row: Row) -> ListEntry | None:
    """The first cell with an address in it, else the whole row, so that it is told of; None for a remark."""
    line, cells = row
    if cells[0].startswith("#"):
        return None
    return ListEntry(next((cell for cell in cells if address_in(cell)), " ".join(filter(None, cells))), line)


def plain(lines: list[str]) -> list[ListEntry]:
    """One entry on each line."""
    stripped = [(number, line.strip()) for number, line in enumerate(lines, 1)]
    return [ListEntry(line, number) for number, line in stripped if line and not line.startswith("#")]
