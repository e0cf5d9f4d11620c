"""The HTTP API over real HTTP: uploads and addresses checked to their end, watched, cancelled; every error a problem document.

The walls (sizes, misshapen forms, a full queue) are tested on a server without a worker, where nothing moves.
"""

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient

from space.app import create_api
from space.core.settings import Settings
from telltale.core.report import Report
from tests.support.owner import OWNER

CHECKS = "/api/v1/checks"
SOON = 120.0
"""Seconds that a check may take on a busy machine."""


@pytest.fixture(scope="module")
def http(space_url: str) -> Iterator[httpx.Client]:
    """A client of the running server."""
    with httpx.Client(base_url=space_url, headers=OWNER, timeout=30) as client:
        yield client


@pytest.fixture
def still(tmp_path: Path) -> Iterator[TestClient]:
    """A server that takes 1000 bytes and two checks, and never begins with them."""
    app = create_api(Settings(data_dir=tmp_path / "store", max_upload_bytes=1000, max_queued=2))
    yield TestClient(app, base_url="http://127.0.0.1", headers=OWNER, raise_server_exceptions=False)  # not entered: a worker never starts
    assert not list((tmp_path / "store" / "uploads").iterdir()), "what is refused leaves nothing"
    app.state.store.close()


def until_ended(http: httpx.Client, id: str) -> dict[str, Any]:
    """The check once it has ended."""
    deadline = time.monotonic() + SOON
    while time.monotonic() < deadline:
        check = http.get(f"{CHECKS}/{id}").json()
        if check["state"] not in ("queued", "running"):
            return check
        time.sleep(0.2)
    raise AssertionError(f"still {check['state']}: {check['progress']}")


def send(http: httpx.Client, content: bytes, name: str = "clip.mp4") -> str:
    """Upload a file. -> the id of its check."""
    answer = http.post(CHECKS, files={"file": (name, content)})
    assert answer.status_code == 202, answer.text
    return answer.json()["id"]


def varied(video: Path) -> bytes:
    """The video with other bytes: a random "free" box, which every MP4 reader passes over."""
    return video.read_bytes() + (24).to_bytes(4, "big") + b"free" + os.urandom(16)


def is_problem(answer: httpx.Response, status: int, code: str) -> bool:
    """Whether the answer is the problem document of ``code``, whole and with a sentence."""
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code), problem
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["status"] == status and problem["title"] and problem["type"]
    return problem["detail"].endswith((".", "?", ")")) or "/" in problem["detail"]


def test_an_upload_is_checked_to_its_report(http: httpx.Client, drawn_video: Path) -> None:
    content = varied(drawn_video)
    answer = http.post(CHECKS, files={"file": ("../a <b>drawn<b> face.mp4", content, "video/mp4")})
    accepted = answer.json()
    assert answer.status_code == 202
    assert set(accepted) == {"id", "state", "links", "owner_secret"}
    assert accepted["links"]["self"] == f"{CHECKS}/{accepted['id']}"
    assert accepted["links"]["page"] == f"/?check={accepted['id']}"
    check = until_ended(http, accepted["id"])
    assert check["state"] == "done", check["error"]
    assert check["error"] is None
    report = Report.model_validate(check["report"])
    assert report.source.name == "a <b>drawn<b> face.mp4"
    assert report.source.size == len(content)
    assert report.people, "the drawn face is found"
    names = [person.picture for person in report.people]
    names += [name for look in report.evidence for name in (look.frame, look.face, look.heat_map)]
    for name in names:
        picture = http.get(check["links"]["pictures"] + name)
        assert picture.headers["content-type"] == "image/jpeg"
        assert picture.content[:3] == b"\xff\xd8\xff" and picture.content[-2:] == b"\xff\xd9"


def test_the_same_bytes_are_the_same_check(http: httpx.Client, drawn_video: Path) -> None:
    content = varied(drawn_video)
    id = send(http, content)
    assert send(http, content, "other name.mp4") == id
    assert send(http, varied(drawn_video)) != id
    until_ended(http, id)
    assert send(http, content) == id


def test_events_tell_the_way_to_the_end(http: httpx.Client, drawn_video: Path) -> None:
    id = send(http, varied(drawn_video))
    with http.stream("GET", f"{CHECKS}/{id}/events", timeout=SOON) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        events = [json.loads(line.removeprefix("data: ")) for line in answer.iter_lines() if line.startswith("data: ")]
    assert events[-1]["state"] == "done"
    assert Report.model_validate(events[-1]["report"])
    steps = [event["progress"]["step"] for event in events if event["progress"]]
    assert steps and all(event["id"] == id for event in events)
    assert all(event["progress"]["text"] for event in events if event["progress"])
    assert events[-1] == http.get(f"{CHECKS}/{id}").json(), "a stream tells the same JSON"


def test_a_waiting_check_can_be_cancelled(http: httpx.Client, drawn_video: Path) -> None:
    first, second = send(http, varied(drawn_video)), send(http, varied(drawn_video))
    answer = http.delete(f"{CHECKS}/{second}")
    assert (answer.status_code, answer.json()["state"]) == (200, "cancelled")
    assert until_ended(http, first)["state"] == "done"
    assert until_ended(http, second)["state"] == "cancelled"
    assert http.delete(f"{CHECKS}/{first}").json()["state"] == "done", "what has ended stays as it is"


def test_a_check_can_be_forgotten(http: httpx.Client, drawn_video: Path) -> None:
    id = send(http, varied(drawn_video))
    assert until_ended(http, id)["state"] == "done"
    answer = http.delete(f"{CHECKS}/{id}", params={"forget": True})
    assert (answer.status_code, answer.json()["state"], answer.json()["report"]) == (200, "done", None)
    assert is_problem(http.get(f"{CHECKS}/{id}"), 404, "job.not_found")
    assert is_problem(http.get(f"{CHECKS}/{id}/evidence/person-1.jpg"), 404, "job.not_found")


def test_a_broken_file_fails_with_its_sentence(http: httpx.Client) -> None:
    check = until_ended(http, send(http, b"this is no video " + os.urandom(8).hex().encode(), "broken.mp4"))
    assert check["state"] == "failed"
    assert check["report"] is None
    assert check["error"]["code"] == "media.not_media"
    assert check["error"]["status"] == 422
    assert check["error"]["detail"].endswith(".")


def test_an_address_that_is_allowed_is_checked(http: httpx.Client, web: Any, drawn_video: Path) -> None:
    (web.folder / "for-the-api.mp4").write_bytes(drawn_video.read_bytes())
    url = f"{web.url.rstrip('/')}/for-the-api.mp4"
    answer = http.post(CHECKS, json={"url": url})
    assert answer.status_code == 202
    check = until_ended(http, answer.json()["id"])
    assert check["state"] == "done", check["error"]
    assert check["report"]["source"]["url"] == url
    assert check["report"]["people"]
    assert http.post(CHECKS, json={"url": url}).json() == {
        **{"id": check["id"], "state": "done", "links": check["links"]},
        "owner_secret": None,
    }


def test_a_gradio_client_reaches_the_same_checks(http: httpx.Client, web: Any, drawn_video: Path) -> None:
    (web.folder / "for-gradio.mp4").write_bytes(drawn_video.read_bytes())
    url = f"{web.url}/for-gradio.mp4"
    assert http.post(CHECKS, json={"url": url}).status_code == 202
    check = gradio_call(http, url)
    assert check["state"] == "done", check["error"]
    assert check == http.get(f"{CHECKS}/{check['id']}").json() | {"owner_secret": None}
    assert gradio_call(http, "/etc/passwd") is None, "an error, not a check"


def gradio_call(http: httpx.Client, url: str) -> dict[str, Any] | None:
    """What ``gradio_client`` does. -> the check; None where Gradio tells an error."""
    event = http.post("/gradio_api/call/check", json={"data": [url]}).json()["event_id"]
    with http.stream("GET", f"/gradio_api/call/check/{event}", timeout=SOON) as answer:
        lines = list(answer.iter_lines())
    if "event: complete" not in lines:
        assert "event: error" in lines
        return None
    return json.loads(lines[lines.index("event: complete") + 1].removeprefix("data: "))[0]


@pytest.mark.parametrize(
    "url", ["/etc/passwd", "file:///etc/passwd", "ftp://example.org/x.mp4", "http://", "https:///x", "http://[::1", "clip.mp4"]
)
def test_what_is_no_web_address_is_refused_at_once(http: httpx.Client, url: str) -> None:
    assert is_problem(http.post(CHECKS, json={"url": url}), 422, "fetch.bad_address")


def test_what_is_not_there_is_a_problem(http: httpx.Client) -> None:
    for path in (f"{CHECKS}/{'0' * 32}", f"{CHECKS}/nobody/events", f"{CHECKS}/nobody/evidence/person-1.jpg"):
        assert is_problem(http.get(path), 404, "job.not_found")
    assert is_problem(http.delete(f"{CHECKS}/nobody"), 404, "job.not_found")
    assert is_problem(http.get("/api/v1/nothing"), 404, "request.invalid")
    put = http.put(CHECKS)
    assert is_problem(put, 405, "request.invalid") and put.headers["allow"] == "POST"
    assert is_problem(http.request("TRACE", "/health"), 405, "request.invalid")


def test_health_names_what_judges(http: httpx.Client) -> None:
    deadline = time.monotonic() + SOON
    while (health := http.get("/health").json())["status"] == "loading" and time.monotonic() < deadline:
        time.sleep(0.5)
    assert health["status"] == "ready", health
    assert all(health[name] for name in ("model", "revision", "engine", "detector"))
    assert set(health["queue"]) == {"queued", "running", "bound"}
    assert set(health["store"]) == {"done", "failed", "cancelled"}


def form(*parts: tuple[str, bytes], end: bytes = b"--edge--\r\n") -> dict[str, Any]:
    """A form written out by hand: (Content-Disposition, content) of each part."""
    body = b"".join(b"--edge\r\nContent-Disposition: %s\r\n\r\n%s\r\n" % (head.encode(), content) for head, content in parts)
    return {"content": body + end, "headers": {"Content-Type": "multipart/form-data; boundary=edge"}}


FILE = 'form-data; name="file"; filename="a.mp4"'


def test_too_large_a_file_is_refused_whatever_its_sender_says(still: TestClient) -> None:
    assert is_problem(still.post(CHECKS, files={"file": ("a.mp4", b"x" * 50_000)}), 413, "request.too_large")
    untold = form((FILE, b"x" * 50_000))
    untold["content"] = iter([untold["content"]])  # sent in chunks: no Content-Length
    assert is_problem(still.post(CHECKS, **untold), 413, "request.too_large")
    assert is_problem(still.post(CHECKS, files={"file": ("a.mp4", b"x" * 1001)}), 413, "request.too_large")


@pytest.mark.parametrize(
    "request_of",
    [
        pytest.param({"content": b""}, id="nothing"),
        pytest.param({"content": b"x", "headers": {"Content-Type": "video/mp4"}}, id="bare file"),
        pytest.param({"content": b"x", "headers": {"Content-Type": "multipart/form-data"}}, id="no boundary"),
        pytest.param(form(('form-data; name="other"; filename="a.mp4"', b"x")), id="other name"),
        pytest.param(form((FILE, b"x"), (FILE, b"y")), id="two files"),
        pytest.param(form((FILE, b"x"), end=b""), id="broken off"),
        pytest.param(form(end=b""), id="empty form"),
        pytest.param({"content": b"--wrong", "headers": {"Content-Type": "multipart/form-data; boundary=edge"}}, id="not a form"),
        pytest.param({"json": {}}, id="no url"),
        pytest.param({"json": {"url": 7}}, id="a number"),
        pytest.param({"json": {"url": "https://example.org/", "path": "/etc/passwd"}}, id="more than a url"),
        pytest.param({"json": {"url": "https://example.org/" + "x" * 3000}}, id="too long"),
        pytest.param({"content": b"{", "headers": {"Content-Type": "application/json"}}, id="no json"),
    ],
)
def test_a_misshapen_request_is_a_problem(still: TestClient, request_of: dict[str, Any]) -> None:
    assert is_problem(still.post(CHECKS, **request_of), 422, "request.invalid")


def test_a_file_needs_no_name(still: TestClient) -> None:
    id = still.post(CHECKS, **form(('form-data; name="file"', b"x"))).json()["id"]
    assert still.delete(f"{CHECKS}/{id}").json()["state"] == "cancelled"


def test_an_empty_file_is_a_problem(still: TestClient) -> None:
    assert is_problem(still.post(CHECKS, files={"file": ("a.mp4", b"")}), 422, "media.empty")


def test_a_full_queue_says_when_to_come_back(still: TestClient) -> None:
    assert still.get("/health").json()["status"] == "loading"
    for n in range(2):
        assert still.post(CHECKS, json={"url": f"https://example.org/{n}"}).status_code == 202
    answer = still.post(CHECKS, files={"file": ("a.mp4", b"x")})
    assert is_problem(answer, 429, "job.queue_full")
    assert int(answer.headers["Retry-After"]) >= 1


def test_a_bug_is_a_problem_without_its_inside(still: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def trip(id: str) -> None:
        raise ZeroDivisionError("a secret of the inside")

    monkeypatch.setattr(still.app.state.jobs, "get", trip)  # type: ignore[attr-defined]
    answer = still.get(f"{CHECKS}/x")
    assert is_problem(answer, 500, "internal")
    assert "secret" not in answer.text
