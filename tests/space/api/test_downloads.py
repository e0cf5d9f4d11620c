"""What can be kept of a check, over HTTP: drawn from what is stored, refused until there is something."""

import io
from collections.abc import Callable

import pytest
from PIL import Image
from starlette.testclient import TestClient

from space.storage.store import Store
from tests.engine.render.test_contact_sheet import made

ADDRESS = {"url": "https://example.org/a.mp4"}


@pytest.mark.parametrize("kind", ["jpg", "pdf"])
def test_until_it_has_ended_there_is_nothing_to_keep(still_server: Callable[..., TestClient], kind: str) -> None:
    server = still_server()
    id = server.post("/api/v1/checks", json=ADDRESS).json()["id"]
    answer = server.get(f"/api/v1/checks/{id}/report.{kind}")
    assert answer.status_code == 404 and answer.json()["code"] == "job.not_found"
    assert "not finished" in answer.json()["detail"]
    assert server.get(f"/api/v1/checks/nobody/report.{kind}").json()["code"] == "job.not_found"


def test_a_finished_check_can_be_kept_until_it_is_forgotten(still_server: Callable[..., TestClient]) -> None:
    server = still_server()
    id = server.post("/api/v1/checks", json=ADDRESS).json()["id"]
    store: Store = server.app.state.store  # type: ignore[attr-defined]
    report = made("likely_fake", people=2)
    taken = store.take(id, "this test")
    assert taken and store.finish(taken, engine="one", report=report.model_dump_json(), pictures_of=report.pictures)
    here = f"/api/v1/checks/{id}/report"
    picture, page = server.get(f"{here}.jpg"), server.get(f"{here}.pdf")
    assert Image.open(io.BytesIO(picture.content)).width == 1200 and picture.headers["content-type"] == "image/jpeg"
    assert page.content.startswith(b"%PDF-") and page.headers["content-type"] == "application/pdf"
    for answer in (picture, page):
        assert answer.headers["content-disposition"].startswith(f'attachment; filename="telltale-{id[:8]}.')
        assert answer.headers["cache-control"] == "private, no-store"
    server.delete(f"/api/v1/checks/{id}?forget=true")
    assert server.get(f"{here}.pdf").status_code == 404
