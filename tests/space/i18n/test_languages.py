"""Which language a visitor or a caller gets."""

import pytest

from space.i18n.languages import preferred, spoken, translators


def test_every_language_of_the_catalogue_is_spoken_english_first() -> None:
    assert list(translators()) == ["en", "de", "fr"]
    assert [words.language for words in translators().values()] == list(translators())


@pytest.mark.parametrize(
    ("asked", "accepted", "code"),
    [
        (None, "", "en"),
        ("de", "fr", "de"),
        ("de-AT", "", "de"),
        ("FR", "", "fr"),
        ("xx", "fr-CA,fr;q=0.9,de;q=0.8", "fr"),
        (None, "es,de;q=0.4,fr;q=0.5", "fr"),
        (None, "de;q=0, es", "en"),
        ("../../etc/passwd", ";;;,q=q,de;q=x", "en"),
    ],
)
def test_the_language_of_a_visitor(asked: str | None, accepted: str, code: str) -> None:
    assert code == spoken(asked, accepted).language


def test_the_most_wanted_language_comes_first() -> None:
    assert preferred("fr;q=0.5, de, *;q=0.1") == ["de", "fr", "*"]
