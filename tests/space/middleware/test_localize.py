"""The API in the caller's language, by ``?lang=`` or Accept-Language: messages change, all else stays; in English nothing does."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from space.app import create_api
from space.core.job import JobError, Work
from space.core.problem_details import problem_of
from space.core.settings import Settings
from space.middleware.localize import LocalizationMiddleware
from telltale.core.progress import silent
from telltale.render.formatting import Translator
from tests.support.queues import report_on
from tests.support.verdicts import HEADLINES

RUNNING = {
    "id": "1",
    "state": "running",
    "progress": {"step": "fetch", "text": "Reading the video", "count": "3.1 of 6.4 MB", "done": 3_100_000, "total": 6_400_000},
}
FAILED = problem_of(JobError("job.not_found")).model_dump()
OLD = problem_of(JobError("fetch.login", text="As an older version stored it.")).model_dump()


def answer(request: Request) -> Response:
    """What a server says of a check, in the shapes that it has."""
    shape = request.path_params["shape"]
    if shape == "events":
        return StreamingResponse((f"id: 3\ndata: {json.dumps(RUNNING)}\n\n" for _ in range(2)), media_type="text/event-stream")
    if shape == "problem":
        return JSONResponse(FAILED, 404, media_type="application/problem+json")
    if shape == "batch":
        return JSONResponse({"items": [{"error": FAILED}, {"error": None}, {"error": OLD}]})
    if shape == "report":
        return JSONResponse(
            {"state": "done", "report": report_on(Work("url", "https://example.org/", "a name", "key"), silent).model_dump(mode="json")}
        )
    return JSONResponse(RUNNING["progress"]) if shape == "step" else PlainTextResponse("There is no such picture.")


@pytest.fixture(scope="module")
def http() -> Iterator[TestClient]:
    """A small application behind the interpreter."""
    app = Starlette(routes=[Route("/api/{shape}", answer), Route("/other/{shape}", answer)])
    app.add_middleware(LocalizationMiddleware)
    with TestClient(app) as client:
        yield client


def test_without_it_nothing_changes(http: TestClient) -> None:
    for query in ("", "?lang=en", "?lang=xx", "?lang=", "?" + "&".join(f"a{n}=1" for n in range(200))):
        assert http.get(f"/api/problem{query}").json() == FAILED
    assert http.get("/api/problem").headers.get("content-language") is None
    assert http.get("/other/problem?lang=de").json() == FAILED


def test_a_problem_is_told_in_the_language_asked_for(http: TestClient) -> None:
    told = http.get("/api/problem?lang=de")
    assert told.status_code == 404 and told.headers["content-type"] == "application/problem+json"
    assert told.headers["content-language"] == "de"
    assert told.json() == FAILED | {"detail": "Diese Prüfung gibt es nicht. Vielleicht wurde sie inzwischen gelöscht."}
    items = http.get("/api/batch?lang=fr").json()["items"]
    assert items[0]["error"]["detail"].startswith("Cette vérification") and items[2]["error"] == OLD


@pytest.mark.parametrize(
    ("query", "accepted", "language"),
    [("", "de-AT, en;q=0.5", "de"), ("?lang=fr", "de", "fr"), ("?lang=en", "de", None), ("?lang=xx", "fr;q=0.5", "fr"), ("", "es", None)],
)
def test_the_address_comes_before_accept_language(http: TestClient, query: str, accepted: str, language: str | None) -> None:
    told = http.get(f"/api/problem{query}", headers={"Accept-Language": accepted})
    assert told.headers.get("content-language") == language
    assert (told.json()["detail"] == FAILED["detail"]) == (language is None)


def test_a_step_is_told_in_the_language_asked_for(http: TestClient) -> None:
    events = http.get("/api/events?lang=de").text.split("\n\n")
    assert len(events) == 3 and events[0].startswith("id: 3\ndata: {")
    progress = json.loads(events[1].partition("data: ")[2])["progress"]
    assert progress == RUNNING["progress"] | {"text": "Das Video wird gelesen", "count": "3,1 von 6,4\u202fMB"}


def test_a_report_is_told_in_the_language_asked_for_and_keeps_its_codes(http: TestClient) -> None:
    english, french = (http.get(f"/api/report{query}").json()["report"] for query in ("", "?lang=fr"))
    assert english["headline"] == HEADLINES[english["verdict"]] and french["headline"] == Translator("fr")(
        f"verdict.headline.{english['verdict']}"
    )
    assert {name for name in english if english[name] != french[name]} <= {
        *("headline", "explanation", "caveats", "provenance", "people", "reasons"),
    }
    assert french["headline"] != english["headline"]


def test_what_is_no_json_passes_through(http: TestClient) -> None:
    assert http.get("/api/plain?lang=de").text == "There is no such picture."


def test_the_server_interprets_its_refusals_and_names_the_languages(tmp_path: Path) -> None:
    app = create_api(Settings(data_dir=tmp_path, api_tokens=["a-token-of-sixteen"]))
    client = TestClient(app, base_url="http://localhost")
    assert client.get("/api/v1/checks/x?lang=de").json()["detail"].startswith("Dieser Server verlangt ein Token")
    signed = {"Authorization": "Bearer a-token-of-sixteen"}
    assert client.get("/api/v1/checks/x?lang=fr", headers=signed).json()["detail"].startswith("Cette vérification n’existe pas")
    schema = client.get("/api/v1/openapi.json", headers=signed).json()
    assert "lang" in [one["name"] for one in schema["paths"]["/api/v1/checks/{id}"]["get"]["parameters"]]
    app.state.store.close()
