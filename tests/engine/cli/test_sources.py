"""What SOURCE… stands for."""

from pathlib import Path

import pytest

from telltale.cli.sources import expand
from telltale.core.errors import BadMedia
from tests.support.media import bad_media


def test_an_address_stays_itself() -> None:
    (given,) = expand("HTTPS://example.org/a.mp4")
    assert given.source == "HTTPS://example.org/a.mp4"


@pytest.mark.parametrize(
    ("pasted", "address"),
    [
        ("www.example.org/a.mp4", "https://www.example.org/a.mp4"),
        ("youtu.be/x", "https://youtu.be/x"),
        ("<https://example.org/a>", "https://example.org/a"),
        ("看https://v.douyin.com/iRNBho6u/，很好看", "https://v.douyin.com/iRNBho6u/"),
        ("https://example.org/my clip.mp4", "https://example.org/my clip.mp4"),
        ("https://example.org/a is great", "https://example.org/a"),
    ],
)
def test_the_address_in_what_was_pasted(pasted: str, address: str) -> None:
    assert [given.source for given in expand(pasted)] == [address]


def test_a_file_stays_itself_even_where_it_is_absent(tmp_path: Path) -> None:
    (given,) = expand(str(tmp_path / "absent.mp4"))
    assert given.source == tmp_path / "absent.mp4"


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp", "a.gif", "a.tiff", "a.avif"])
def test_pictures_are_known_by_their_content(tmp_path: Path, name: str) -> None:
    bad_media.still_picture(tmp_path, name).rename(tmp_path / "picture")
    assert [given.name for given in expand(str(tmp_path))] == ["picture"]


@pytest.mark.parametrize("name", ["a.mp4", "a.webm", "a.mkv", "a.mov", "a.avi", "a.flv", "a.ts", "a.mpg"])
def test_videos_are_known_by_their_content(tmp_path: Path, name: str) -> None:
    bad_media.faceless_video(tmp_path, name, seconds=0.3).rename(tmp_path / "video")
    assert [given.name for given in expand(str(tmp_path))] == ["video"]


def test_what_is_no_media_or_hidden_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("Good morning, this is a text.")
    (tmp_path / "script.ts").write_text("let great: number = 1\n" * 20)
    (tmp_path / ".hidden").mkdir()
    bad_media.still_picture(tmp_path / ".hidden")
    bad_media.still_picture(tmp_path, ".thumb.png")
    with pytest.raises(BadMedia) as raised:
        expand(str(tmp_path))
    assert raised.value.code == "media.no_media_in_folder"


def test_a_file_that_claims_to_be_a_video_is_not_passed_over(tmp_path: Path) -> None:
    bad_media.text_named_mp4(tmp_path)
    assert [given.name for given in expand(str(tmp_path))] == ["text.mp4"]


def test_a_link_in_a_circle_ends(tmp_path: Path) -> None:
    bad_media.still_picture(tmp_path)
    (tmp_path / "again").symlink_to(tmp_path, target_is_directory=True)
    assert [given.name for given in expand(str(tmp_path))] == ["still.png"]


def test_a_name_that_is_too_long_is_an_error_with_a_sentence() -> None:
    with pytest.raises(BadMedia) as raised:
        expand("a" * 5000)
    assert raised.value.code == "media.not_found"
