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


def test_a_column_without_a_known_name_is_found_by_its_content(tmp_path: Path) -> None:
    assert texts(tmp_path, f"who,where\nAda,{A}\n", "list.csv") == [A]


def test_a_single_column_with_a_heading_and_a_mark_of_order(tmp_path: Path) -> None:
    assert texts(tmp_path, f"\ufeffurl\n{A}\n", "list.csv") == [A]


def test_entries_that_are_no_addresses_are_kept_with_their_lines(tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text(f"{A}\n\nnonsense\n")
    assert [(entry.text, entry.line) for entry in read_list(tmp_path / "list.txt")] == [(A, 1), ("nonsense", 3)]


@pytest.mark.parametrize("content", [b"", b"# nothing\n", b"who,why\nAda,none\n", b"\xff\xfe\x00\x01"])
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
