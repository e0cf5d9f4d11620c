"""Adding a language is one file: a fourth one, Polish, is spoken by the page, the API, the command line, the picture and the PDF.

The extension's panel is walked in it by its own tests.
"""

import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from PIL import Image
from rich.console import Console

from space.app import create_api
from space.core.settings import Settings
from space.i18n.languages import spoken as language_of
from space.page.form import render_pages
from space.page.result.result import render_report
from telltale.cli.report_table import show
from telltale.core.errors import BadMedia
from telltale.messages.catalogue import languages, render
from telltale.render.formatting import Translator
from telltale.render.localize import localized
from telltale.render.pdf import case_file
from tests.engine.render.test_contact_sheet import made
from tests.support.polish import MARK, spoken

TEXT = re.compile(r">([^<>]*[A-Za-z]{3}[^<>]*)<")
NAMES = ("English", "Deutsch", "Français", "Polski", "telltale", "h264", "mtcnn", "ONNX", "clip.mp4", "px", "SHA-256", "MB", "kB", "bytes")


@pytest.fixture(autouse=True)
def polish(tmp_path: Path) -> Iterator[None]:
    with spoken(tmp_path / "messages"):
        yield


def untranslated(html: str) -> list[str]:
    """Texts of markup that no message in Polish made."""
    texts = [one.strip() for one in TEXT.findall(html)]
    return [one for one in texts if MARK not in one and not any(name in one for name in NAMES) and not re.search("spojrze", one)]


def test_the_file_alone_makes_the_language() -> None:
    assert languages() == ("en", "de", "fr", "pl")
    assert language_of(None, "pl-PL, en;q=0.5").language == "pl"


def test_plurals_are_those_of_the_language() -> None:
    told = [render("page.looks", {"n": n}, "pl") for n in (1, 2, 5, 22, 25)]
    assert told == ["1 spojrzenie", "2 spojrzenia", "5 spojrzeń", "22 spojrzenia", "25 spojrzeń"]
    assert [render("reason.person.few_looks", {"looks": n}, "pl").split()[0] for n in (1, 3, 5)] == ["pl:This", "pl:few", "pl:many"]


def test_the_page_speaks_it() -> None:
    page = render_pages(200_000_000, 168)
    polish = page.split('<template lang="pl">')[1].split("</template>")[0]
    assert untranslated(polish) == [] and "Polski" in polish
    words = Translator("pl")
    result = render_report(localized(made("cannot_tell", people=2), words), "0" * 32, words, owned=True, checked=1.7e9)
    assert untranslated(result) == [] and result.count(MARK) > 40


def test_the_api_speaks_it(tmp_path: Path) -> None:
    app = create_api(Settings(data_dir=tmp_path / "store"))
    client = TestClient(app, base_url="http://localhost")
    for asked in ({"params": {"lang": "pl"}}, {"headers": {"Accept-Language": "pl"}}):
        told = client.get("/api/v1/checks/x", **asked)  # type: ignore[arg-type]
        assert told.headers["content-language"] == "pl"
        assert told.json()["detail"] == f"{MARK}{render('error.job.not_found')}"
    app.state.store.close()


def test_the_command_line_speaks_it() -> None:
    shown = io.StringIO()
    show(Console(file=shown, width=400), made("cannot_tell", people=2), Translator("pl"))
    lines = [line for line in shown.getvalue().splitlines() if re.search(r"[A-Za-z]{4}", line)]
    assert [line for line in lines if MARK not in line] == []
    assert BadMedia("media.empty", name="x.mp4").render("pl") == f"{MARK}{BadMedia('media.empty', name='x.mp4').sentence}"


def test_the_pdf_speaks_it() -> None:
    report, words = made("likely_fake"), Translator("pl")
    pdf = case_file(localized(report, words), "", words)
    assert "pl:Likely manipulated".encode("utf-16-be") in pdf or b"pl:Likely manipulated" in pdf
    assert pdf != case_file(report, "") and Image.init() is not None
