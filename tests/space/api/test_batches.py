"""space/api/batches.py: many addresses at once, each answered by itself, and all of them followed at one address."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient

from tests.support.owner import OWNER

CHECKS, BATCHES = "/api/v1/checks", "/api/v1/batches"
Server = Callable[..., TestClient]


def test_each_address_is_answered_by_itself(still_server: Server) -> None:
    http = still_server(max_queued=2, rate_limit_per_minute=5)
    urls = ["https://example.org/a", "/etc/passwd", "https://example.org/a", "https://example.org/b", "https://example.org/c"]
    answer = http.post(BATCHES, json={"urls": [*urls, "https://example.org/d", "https://example.org/" + "x" * 3000]})
    assert answer.status_code == 202
    batch = answer.json()
    items = batch["items"]
    assert [item["place"] for item in items] == list(range(7)) and [item["url"] for item in items][:5] == urls
    codes = [item["error"] and item["error"]["code"] for item in items]
    assert codes == [None, "fetch.bad_address", None, None, "job.queue_full", "request.too_many", "fetch.bad_address"]
    assert items[0]["id"] == items[2]["id"] != items[3]["id"]
    assert [bool(item["retry_after"]) for item in items] == [False] * 4 + [True, True, False]
    later = http.get(batch["links"]["self"]).json()
    assert later["done"] is False
    kept = [{**item, "retry_after": None, "url": item["url"] if item["id"] else None} for item in items]
    assert later == {**batch, "items": kept}, "the same later, but of refused addresses nothing is kept"
    assert "passwd" not in json.dumps(later)


def test_a_batch_is_followed_to_its_end(space_url: str, web: Any, drawn_video: Any) -> None:
    (web.folder / "for-the-batch.mp4").write_bytes(drawn_video.read_bytes())
    urls = [f"{web.url}/for-the-batch.mp4", f"{web.url}/for-no-batch.mp4", "nothing"]
    with httpx.Client(base_url=space_url, headers=OWNER, timeout=120) as http:
        batch = http.post(BATCHES, json={"urls": urls}).json()
        with http.stream("GET", batch["links"]["events"]) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            events = [json.loads(line.removeprefix("data: ")) for line in answer.iter_lines() if line.startswith("data: ")]
        assert events[-1]["done"] and events[-1] == http.get(batch["links"]["self"]).json()
        assert [item["state"] for item in events[-1]["items"]] == ["done", "failed", None]
        assert [bool(item["error"]) for item in events[-1]["items"]] == [False, True, True]
        done = events[-1]["items"][0]
        assert http.get(done["links"]["self"]).json()["report"]["people"]
        http.delete(done["links"]["self"], params={"forget": True})
        assert [item["place"] for item in http.get(batch["links"]["self"]).json()["items"]] == [1, 2], "what is forgotten leaves"


def test_a_batch_can_be_cancelled_and_forgotten(still_server: Server) -> None:
    http = still_server()
    urls = ["https://example.org/a", "/etc/passwd", "https://example.org/b", "https://example.org/b"]
    batch = http.post(BATCHES, json={"urls": urls}).json()
    alone = http.post(CHECKS, json={"url": "https://example.org/c"}).json()["id"]
    cancelled = http.delete(batch["links"]["self"])
    assert cancelled.status_code == 200 and cancelled.json()["done"]
    assert [item["state"] for item in cancelled.json()["items"]] == ["cancelled", None, "cancelled", "cancelled"]
    assert http.get(batch["links"]["self"]).json() == cancelled.json(), "it is still told of"
    forgotten = http.delete(batch["links"]["self"], params={"forget": True})
    assert forgotten.status_code == 200 and [item["place"] for item in forgotten.json()["items"]] == [1]
    gone = [batch["links"]["self"], *(item["links"]["self"] for item in batch["items"] if item["id"])]
    assert [http.get(link).status_code for link in gone] == [404] * len(gone)
    assert http.delete(batch["links"]["self"]).json()["code"] == "job.not_found"
    assert http.get(f"{CHECKS}/{alone}").json()["state"] == "queued", "others are left alone"


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        pytest.param({"json": {"urls": []}}, 422, "request.invalid", id="none"),
        pytest.param({"json": {"urls": ["https://example.org/"] * 101}}, 422, "request.invalid", id="101"),
        pytest.param({"json": {"urls": "https://example.org/"}}, 422, "request.invalid", id="no list"),
        pytest.param({"json": {"urls": [7]}}, 422, "request.invalid", id="a number"),
        pytest.param({"json": {"urls": ["x"], "more": 1}}, 422, "request.invalid", id="more"),
        pytest.param({"content": b"{", "headers": {"Content-Type": "application/json"}}, 422, "request.invalid", id="no JSON"),
        pytest.param({"content": b'{"urls":["x"]}'}, 422, "request.invalid", id="no type"),
        pytest.param({"json": {"urls": ["x" * 1_000_001]}}, 413, "request.too_large", id="too long"),
    ],
)
def test_what_is_no_batch_is_a_problem(still_server: Server, sent: dict[str, Any], status: int, code: str) -> None:
    answer = still_server().post(BATCHES, **sent)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_what_is_not_there_is_a_problem_and_a_batch_is_forgotten_in_time(still_server: Server) -> None:
    http = still_server(rate_limit_per_minute=0)
    for path in (f"{BATCHES}/nobody", f"{BATCHES}/nobody/events"):
        assert (http.get(path).status_code, http.get(path).json()["code"]) == (404, "job.not_found")
    batch = http.post(BATCHES, json={"urls": [f"https://example.org/{n}" for n in range(100)]}).json()
    assert sum(item["id"] is not None for item in batch["items"]) == 16, "as many as the queue holds"
    http.app.state.store.forget(float("inf"))  # type: ignore[attr-defined]
    assert http.get(batch["links"]["self"]).status_code == 404
