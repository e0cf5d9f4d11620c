"""The OpenAPI document's examples: bodies that are asked are sent to a server, bodies that are answered have the shape and the status of
what it answers, every operation has one, and every code of a problem has one that is what the server says.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

import jsonschema
import pytest
from pydantic import SecretStr
from starlette.testclient import TestClient

from telltale.core.errors import CODES
from tests.support.owner import STRANGER

CHECKS = "/api/v1/checks"
Server = Callable[..., TestClient]


@pytest.fixture
def http(still_server: Server) -> TestClient:
    """A server where nothing moves."""
    return still_server()


@pytest.fixture
def schema(http: TestClient) -> dict[str, Any]:
    """The document, as the server tells it."""
    return dict(http.get("/api/v1/openapi.json").json())


def operations(schema: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Path, method and description of each."""
    for path, methods in schema["paths"].items():
        for method, told in methods.items():
            yield path, method, told


def success(told: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The content type and description of what an operation answers."""
    status = next(status for status in told["responses"] if status.startswith("2"))
    (kind, content), *others = [(kind, content) for kind, content in told["responses"][status]["content"].items() if "example" in content]
    assert not others
    return kind, content


def holds(schema: dict[str, Any], shape: dict[str, Any], value: object) -> None:
    """Raises where a value has not that shape."""
    jsonschema.validate(value, {**shape, "components": schema["components"]})


def test_every_operation_answers_its_example(http: TestClient, schema: dict[str, Any]) -> None:
    id = http.post(CHECKS, json={"url": "https://example.org/first.mp4"}).json()["id"]
    batch = http.post("/api/v1/batches", json={"urls": ["/no address"]}).json()["id"]
    seen = 0
    for path, method, told in operations(schema):
        if path.endswith((".jpg", ".pdf")):
            continue  # a picture
        kind, content = success(told)
        if kind == "application/json":
            holds(schema, content["schema"], content["example"])
        if path == f"{CHECKS}/{{id}}/events":
            continue  # a check that waits for ever tells of it for ever
        body = told.get("requestBody", {}).get("content", {}).get("application/json", {}).get("example")
        answer = http.request(method, path.replace("{id}", batch if "batches" in path else id), json=body)
        assert str(answer.status_code) in told["responses"], (path, answer.text)
        assert answer.headers["content-type"].startswith(kind)
        if kind == "application/json":
            holds(schema, content["schema"], answer.json())
            assert set(content["example"]) <= set(answer.json()), "fields that are null are left out of the document"
        seen += 1
    assert seen == 9


def test_events_show_the_json_of_a_check(schema: dict[str, Any]) -> None:
    for path, name in ((f"{CHECKS}/{{id}}/events", "CheckOut"), ("/api/v1/batches/{id}/events", "BatchOut")):
        _, content = success(schema["paths"][path]["get"])
        line = next(line for line in content["example"].splitlines() if line.startswith("data: "))
        holds(schema, {"$ref": f"#/components/schemas/{name}"}, json.loads(line.removeprefix("data: ")))


def test_every_operation_tells_every_problem(schema: dict[str, Any]) -> None:
    for path, _, told in operations(schema):
        problem = told["responses"]["default"]["content"]["application/problem+json"]
        assert set(problem["examples"]) == set(CODES), path
        for code, example in problem["examples"].items():
            holds(schema, {"$ref": "#/components/schemas/Problem"}, example["value"])
            assert (example["value"]["code"], example["value"]["status"]) == (code, CODES[code].status)


def test_the_server_says_what_the_examples_say(still_server: Server, schema: dict[str, Any]) -> None:
    examples = schema["paths"][CHECKS]["post"]["responses"]["default"]["content"]["application/problem+json"]["examples"]
    url, other = {"url": "https://example.org/a"}, {"url": "https://example.org/b"}
    http, full, slow = still_server(), still_server(max_queued=1), still_server(rate_limit_per_minute=1)
    guarded = still_server(api_tokens=frozenset({SecretStr("a-token-of-sixteen")}))
    for server in (full, slow):
        assert server.post(CHECKS, json=url).status_code == 202
    key = {"Idempotency-Key": "k"}
    made = http.post(CHECKS, json=url, headers=key).json()
    answers = {
        "fetch.bad_address": http.post(CHECKS, json={"url": "/etc/passwd"}),
        "media.empty": http.post(CHECKS, files={"file": ("a.mp4", b"")}),
        "job.not_found": http.get(f"{CHECKS}/nobody"),
        "job.queue_full": full.post(CHECKS, json=other),
        "request.invalid": http.post(CHECKS, content=b"x", headers={"Content-Type": "video/mp4"}),
        "request.too_large": http.post(CHECKS, json={"url": "x" * 70_000}),
        "request.too_many": slow.post(CHECKS, json=other),
        "request.wrong_host": http.get("/health", headers={"Host": "evil.test"}),
        "request.wrong_origin": http.post(CHECKS, json=url, headers={"Origin": "https://evil.test"}),
        "request.no_token": guarded.get("/metrics"),
        "request.wrong_token": guarded.get("/metrics", headers={"Authorization": "Bearer no"}),
        "request.not_owner": http.delete(f"{CHECKS}/{made['id']}", headers=STRANGER),
        "request.key_reused": http.post(CHECKS, json=other, headers=key),
    }
    assert {code for code in CODES if code.startswith("request.")} <= set(answers)
    for code, answer in answers.items():
        told, shown = answer.json(), examples[code]["value"]
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.status_code == shown["status"]
        said = {"detail": "", "variant": "", "params": {}}
        assert told | said == shown | said and told.keys() == shown.keys(), told
