"""telltale/cli/url_lists.py: lists of addresses as people keep them."""

from pathlib import Path

import pytest

from telltale.cli.url_lists import is_list, read_list
from telltale.core.errors import BadMedia, BadRequest

A, B = "https://example.org/a.mp4", "https://example.org/b,c.mp4?x=1;y=2"


def texts(folder: Path, content: str, name: str = "list.txt") -> list[str]:
    """The entries of a list of this content."""
    path = folder / name
    path.write_text(content, encoding="utf-8")
    return [entry.text for entry in read_list(path)]


def test_one_on_a_line(tmp_path: Path) -> None:
    assert texts(tmp_path, f"{A}\n\n# later\n  {B}  \r\n{A}\n") == [A, B]


def test_an_address_with_commas_is_no_heading(tmp_path: Path) -> None:
    assert texts(tmp_path, f"{B}\n{A}\n") == [B, A]


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_a_column_of_a_table(tmp_path: Path, mark: str) -> None:
    table = f'id{mark}URL{mark}note\n1{mark}{A}{mark}"two\nlines"\n2{mark}"{B}"{mark}\n3{mark}{mark}none\n'
    assert texts(tmp_path, table, "list.csv") == [A, B]


@pytest.mark.parametrize(
    ("encoding", "name", "content"),
    [
        ("utf-16", "list.txt", f"URL\tNote\n{A}\tfür\n{B}\tzwei\n"),
        ("utf-16-le", "list.txt", f"{A}\n{B}\n"),
        ("cp1252", "list.csv", f'Größe;URL;Notiz\n1;{A};für\n2;"{B}";\n'),
        ("utf-8", "list.csv", f'sep=;\nid;url\n1;{A}\n2;"{B}"\n'),
        ("utf-8", "list.tsv", f"{A}\tone\n{B}\ttwo\n"),
        ("utf-8", "list.csv", f'"a note\nof two lines",url\n"x\ny",{A}\nz,"{B}"\n'),
        ("utf-8", "list.csv", f'Ada,{A}\r\nBob,"{B}"\r\n'),
        ("utf-8", "list.csv", f'"unclosed,url\n{A}\n{B}\n' + "x" * 140_000),
    ],
    ids=["Excel's Unicode text", "no mark", "Windows", "sep=", "TSV without heading", "quoted lines", "CSV without heading", "unclosed"],
)
def test_lists_as_programs_write_them(tmp_path: Path, encoding: str, name: str, content: str) -> None:
    (tmp_path / name).write_bytes(content.encode(encoding))
    assert [text for text in (entry.text for entry in read_list(tmp_path / name)) if text.startswith("http")] == [A, B]


def test_an_excel_file(tmp_path: Path) -> None:
    book = pytest.importorskip("openpyxl").Workbook()
    for row in [("Who", "Link", "When"), ("Ada", A, 3), (None, None, None), ("Bob", B, 4.5)]:
        book.active.append(row)
    book.save(tmp_path / "list.xlsx")
    assert [(entry.text, entry.line) for entry in read_list(tmp_path / "list.xlsx")] == [(A, 2), (B, 4)]
    for content in (b"PK\3\4 no archive", b"", (tmp_path / "list.xlsx").read_bytes()[:-40]):
        (tmp_path / "broken.xlsx").write_bytes(content)
        with pytest.raises(BadRequest, match="broken"):
            read_list(tmp_path / "broken.xlsx")


def test_a_column_without_a_known_name_is_found_by_its_content(tmp_path: Path) -> None:
    assert texts(tmp_path, f"who,where\nAda,{A}\n", "list.csv") == [A]


def test_a_single_column_with_a_heading_and_a_mark_of_order(tmp_path: Path) -> None:
    assert texts(tmp_path, f"\ufeffurl\n{A}\n", "list.csv") == [A]


def test_entries_that_are_no_addresses_are_kept_with_their_lines(tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text(f"{A}\n\nnonsense\n")
    assert [(entry.text, entry.line) for entry in read_list(tmp_path / "list.txt")] == [(A, 1), ("nonsense", 3)]


@pytest.mark.parametrize("content", [b"", b"# nothing\n", b"who,why\nAda,none\n", b"\xff\xfe\x01\x00"])
def test_what_holds_no_addresses_is_told(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(content)
    with pytest.raises(BadRequest) as caught:
        read_list(path)
    assert caught.value.code == "request.invalid" and "list.csv" in caught.value.sentence


def test_an_absent_list_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadMedia) as caught:
        read_list(tmp_path / "absent.csv")
    assert caught.value.code == "media.not_found"


def test_what_is_a_list() -> None:
    assert is_list("a/b.CSV") and is_list("list.txt")
    assert not is_list("https://example.org/list.txt") and not is_list("clip.mp4")
