"""What a shared link previews as: the head of the page and its picture, for a check, for the start page, and for nothing."""

import io
import re
from collections.abc import Callable
from html import unescape

import httpx
import pytest
from PIL import Image
from starlette.testclient import TestClient

from space.core.links import base_of
from space.storage.store import Store
from telltale.render import contact_sheet
from tests.engine.render.test_contact_sheet import FACE_COLOUR, MAP_COLOUR, made

CHECKS = "/api/v1/checks"
Server = Callable[..., TestClient]


def head_of(address: str) -> dict[str, str]:
    """The tags of a page's head: by property or name, its title and its canonical address. None is there twice, none is Gradio's."""
    text = httpx.get(address, timeout=60).text
    assert "try out the app" not in text and "githubusercontent" not in text
    metas = re.findall(r'<meta\s+(?:property|name)="((?:og|twitter):[\w:]+|description|robots)"\s+content="([^"]*)"', text)
    titles, canonical = re.findall(r"<title>(.*?)</title>", text), re.findall(r'<link rel="canonical" href="([^"]*)"', text)
    assert len(titles) == len(canonical) == 1 and len(dict(metas)) == len(metas)
    return {name: unescape(value) for name, value in [*metas, ("title", titles[0]), ("canonical", canonical[0])]}


def test_a_check_previews_with_its_verdict_and_without_its_name(space_url: str, stored: str) -> None:
    report = httpx.get(f"{space_url}{CHECKS}/{stored}").json()["report"]
    head = head_of(f"{space_url}/?check={stored}&lang=en")
    assert head["title"] == head["og:title"] == head["twitter:title"] == f"{report['headline']} · Telltale"
    assert head["og:description"] == head["description"] == report["explanation"]
    assert head["canonical"] == head["og:url"] == f"{space_url}/?check={stored}"
    assert head["og:image"] == head["twitter:image"] == f"{space_url}{CHECKS}/{stored}/card.jpg?lang=en"
    assert head["twitter:card"] == "summary_large_image" and head["robots"] == "noindex"
    assert "drawn.mp4" not in httpx.get(f"{space_url}/?check={stored}").text
    assert Image.open(io.BytesIO(httpx.get(head["og:image"]).content)).size == (1200, 630)


def test_the_start_page_and_what_is_not_there_preview_as_telltale(space_url: str) -> None:
    start, gone = head_of(f"{space_url}/?lang=de"), head_of(f"{space_url}/?check=nobody&lang=de")
    assert start["title"] == gone["title"] == "Telltale · Wurde dieses Gesicht manipuliert?"
    assert start["canonical"] == f"{space_url}/" and "robots" not in start and gone["robots"] == "noindex"
    assert Image.open(io.BytesIO(httpx.get(start["og:image"]).content)).size == (1200, 630)
    assert httpx.get(f"{space_url}{CHECKS}/nobody/card.jpg").status_code == 404


@pytest.fixture
def kept(still_server: Server) -> tuple[TestClient, str]:
    """A server with a finished check of a file, and where that is."""
    server = still_server()
    id = server.post(CHECKS, files={"file": ("a secret name.mp4", b"x")}).json()["id"]
    store: Store = server.app.state.store  # type: ignore[attr-defined]
    report, taken = made("likely_fake", people=2, name="a secret name.mp4"), store.take(id, "this test")
    assert taken and store.finish(taken, engine="one", report=report.model_dump_json(), pictures_of=report.pictures)
    return server, f"{CHECKS}/{id}"


def test_its_picture_shows_no_face(kept: tuple[TestClient, str]) -> None:
    server, here = kept
    answer = server.get(f"{here}/card.jpg")
    picture = Image.open(io.BytesIO(answer.content)).convert("RGB")
    assert picture.size == (1200, 630) and answer.headers["content-type"] == "image/jpeg" and len(answer.content) < 300_000
    colours = {colour for _, colour in picture.getcolors(1 << 24) or []}
    assert len(colours) > 50, "something is drawn"
    shown = [one for one in colours for face in (FACE_COLOUR, MAP_COLOUR) if all(abs(a - b) < 12 for a, b in zip(one, face, strict=True))]
    assert shown == []


def test_what_is_kept_carries_link_date_sum_and_model(kept: tuple[TestClient, str], monkeypatch: pytest.MonkeyPatch) -> None:
    server, here = kept
    written, real = [], contact_sheet.paragraph

    def listening(text: str, *more: float | str, **named: float) -> Image.Image:
        written.append(text)
        return real(text, *more, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(contact_sheet, "paragraph", listening)
    for kind in ("jpg", "pdf"):
        written.clear()
        assert server.get(f"{here}/report.{kind}?lang=en").status_code == 200
        said = "\n".join(written)
        assert f"http://127.0.0.1/?check={here.rpartition('/')[2]}" in said and re.search(r"Checked on \d{4}-\d\d-\d\d at", said)
        assert re.search(r"SHA-256 of the file [0-9a-f]{64}", said) and "Model " in said


def test_the_server_s_address_is_its_caller_s(kept: tuple[TestClient, str]) -> None:
    asked = [(b"host", b"example.org"), (b"x-forwarded-proto", b"http, https")]
    scope = {"type": "http", "scheme": "http", "headers": asked, "root_path": "/telltale/"}
    assert base_of(scope, 1) == "https://example.org/telltale" and base_of(scope) == "http://example.org/telltale"
