"""space/api/idempotency.py: one key is one check of one caller, over HTTP on a server where nothing moves."""

from collections.abc import Callable

import pytest
from pydantic import SecretStr
from starlette.testclient import TestClient

CHECKS = "/api/v1/checks"
ONE, TWO = "a-token-of-sixteen", "another-of-sixteen"
Server = Callable[..., TestClient]


def ask(http: TestClient, url: str, key: str, token: str = "") -> tuple[int, str]:
    """-> status, id or code."""
    headers = {"Idempotency-Key": key} | ({"Authorization": f"Bearer {token}"} if token else {})
    answer = http.post(CHECKS, json={"url": url}, headers=headers)
    body = answer.json()
    return answer.status_code, body.get("id") or body["code"]


def test_the_same_key_and_body_is_the_same_check_whatever_became_of_it(still_server: Server) -> None:
    http = still_server(max_queued=2)
    first = ask(http, "https://example.org/a", "k-1")
    assert first[0] == 202
    assert http.delete(f"{CHECKS}/{first[1]}").json()["state"] == "cancelled"
    assert ask(http, "https://example.org/a", "k-1") == first
    assert ask(http, "https://example.org/a", '"k-1"') == first, "quoted, as the draft of the standard has it"
    second = http.post(CHECKS, json={"url": "https://example.org/a"}).json()["id"]
    assert second != first[1], "without the key a cancelled check is asked for anew"
    assert ask(http, "https://example.org/b", "k-2")[0] == 202
    assert ask(http, "https://example.org/a", "k-1") == first, "a full queue is no reason to refuse what was taken"
    assert ask(http, "https://example.org/c", "k-3") == (429, "job.queue_full")
    http.delete(f"{CHECKS}/{second}")
    assert ask(http, "https://example.org/c", "k-3")[0] == 202, "what was refused leaves its key free"


def test_another_body_under_the_same_key_is_refused(still_server: Server) -> None:
    http = still_server()
    assert ask(http, "https://example.org/a", "k")[0] == 202
    assert ask(http, "https://example.org/b", "k") == (422, "request.key_reused")
    assert http.get("/health").json()["queue"]["queued"] == 1


def test_files_too_and_what_is_refused_leaves_nothing(still_server: Server) -> None:
    http = still_server()
    headers = {"Idempotency-Key": "k"}
    ids = [http.post(CHECKS, files={"file": (name, b"x")}, headers=headers).json()["id"] for name in ("a.mp4", "b.mp4")]
    assert ids[0] == ids[1]
    answer = http.post(CHECKS, files={"file": ("a.mp4", b"y")}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "request.key_reused")
    assert len(list(http.app.state.store.uploads.iterdir())) == 1  # type: ignore[attr-defined]


def test_a_key_is_its_callers_own(still_server: Server) -> None:
    http = still_server(api_tokens=frozenset({SecretStr(ONE), SecretStr(TWO)}))
    assert ask(http, "https://example.org/a", "k", ONE)[0] == 202
    assert ask(http, "https://example.org/b", "k", TWO)[0] == 202
    assert ask(http, "https://example.org/b", "k", ONE) == (422, "request.key_reused")


def test_a_forgotten_check_takes_its_key_along(still_server: Server) -> None:
    http = still_server()
    first = ask(http, "https://example.org/a", "k")
    http.delete(f"{CHECKS}/{first[1]}", params={"forget": True})
    assert not http.app.state.store.rows("SELECT * FROM keys")  # type: ignore[attr-defined]
    assert ask(http, "https://example.org/b", "k")[0] == 202


@pytest.mark.parametrize("key", ["", " ", "x" * 256, '""', "k\u00e9"])
def test_what_is_no_key_is_a_problem(still_server: Server, key: str) -> None:
    headers = {"Idempotency-Key": key.encode("latin-1")}
    answer = still_server().post(CHECKS, json={"url": "https://example.org/"}, headers=headers)  # type: ignore[arg-type]
    assert (answer.status_code, answer.json()["code"]) == (422, "request.invalid")
