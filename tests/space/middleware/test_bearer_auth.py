"""space/middleware/bearer_auth.py: who gets past the door of a server with tokens, and that a token is written nowhere."""

import base64
import logging
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import SecretStr
from starlette.testclient import TestClient

from space.core.settings import Settings, read_settings
from telltale.core.errors import BadRequest

CHECKS = "/api/v1/checks"
ONE, TWO = "a-token-that-nobody-guesses", "another-token-0123456789"
SENT: dict[str, Any] = {"json": {"url": "https://example.org/"}}
Server = Callable[..., TestClient]


@pytest.fixture
def guarded(still_server: Server) -> TestClient:
    """A server with two tokens."""
    return still_server(api_tokens=frozenset({SecretStr(ONE), SecretStr(TWO)}))


def basic(password: str) -> str:
    """As a browser sends it."""
    return "Basic " + base64.b64encode(f"anyone:{password}".encode()).decode()


@pytest.mark.parametrize("authorization", [f"Bearer {ONE}", f"bearer  {TWO}", basic(TWO)])
def test_who_has_a_token_is_let_in(guarded: TestClient, authorization: str) -> None:
    assert guarded.post(CHECKS, headers={"Authorization": authorization}, **SENT).status_code == 202


@pytest.mark.parametrize(
    ("authorization", "status", "code"),
    [
        *((None, 401, "request.no_token"), ("", 401, "request.no_token"), ("Bearer", 401, "request.no_token")),
        *((ONE, 401, "request.no_token"), ("Basic !", 401, "request.no_token"), (basic("wrong"), 401, "request.no_token")),
        *(("Bearer wrong", 403, "request.wrong_token"), (f"Bearer {ONE}x", 403, "request.wrong_token")),
        *((f"Bearer {ONE},{TWO}", 403, "request.wrong_token"), ("Bearer \xff", 403, "request.wrong_token")),
    ],
)
@pytest.mark.parametrize("path", [CHECKS, "/gradio_api/call/check", "/metrics"])
def test_who_has_none_is_not(guarded: TestClient, authorization: str | None, status: int, code: str, path: str) -> None:
    headers: dict[str, Any] = {} if authorization is None else {"Authorization": authorization.encode("latin-1")}
    answer = guarded.post(path, headers=headers, **SENT)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert ("www-authenticate" in answer.headers) == (status == 401)
    assert guarded.get("/health").json()["queue"]["queued"] == 0


def test_a_browser_is_asked_for_a_password(guarded: TestClient) -> None:
    assert guarded.get("/", headers={"Accept": "text/html"}).headers["www-authenticate"].startswith("Basic ")
    assert guarded.get(f"{CHECKS}/x").headers["www-authenticate"].startswith("Bearer ")


def test_health_is_open_and_tokens_are_off_by_default(guarded: TestClient, still_server: Server) -> None:
    assert guarded.get("/health").status_code == 200
    assert still_server().post(CHECKS, **SENT).status_code == 202


def test_a_token_is_written_nowhere(guarded: TestClient, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    caplog.set_level(logging.DEBUG)
    told = [guarded.get("/", headers={"Authorization": f"Bearer {token}"}).text for token in (ONE, TWO[:-1])]
    monkeypatch.setenv("TELLTALE_API_TOKENS", f"{ONE},{TWO}")
    settings = Settings()
    assert len(settings.api_tokens) == 2
    said = caplog.text + repr(settings) + str(settings.model_dump()) + settings.model_dump_json() + "".join(told)
    with pytest.raises(BadRequest) as problem:
        read_settings(api_tokens="short-and-secret,é" + ONE)
    said += problem.value.sentence
    assert "TELLTALE_API_TOKENS" in said and ONE not in said and TWO[:-1] not in said and "short-and" not in said


def test_the_document_says_how_a_token_is_shown_where_one_is_wanted(guarded: TestClient, still_server: Server) -> None:
    document = guarded.get("/api/v1/openapi.json", headers={"Authorization": f"Bearer {ONE}"}).json()
    (name,) = document["security"][0]
    told = document["components"]["securitySchemes"][name]
    assert (told["type"], told["scheme"]) == ("http", "bearer")
    assert document["paths"]["/health"]["get"]["security"] == [] and guarded.get("/health").status_code == 200
    open_to_all = still_server().get("/api/v1/openapi.json").json()
    assert "security" not in open_to_all and "securitySchemes" not in open_to_all["components"]
