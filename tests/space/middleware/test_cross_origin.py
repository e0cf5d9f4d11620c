"""space/middleware/cross_origin.py and space/core/allowed_hosts.py: what a browser may be made to ask of this server, over the whole
API, page paths included.
"""

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from space.core.settings import read_settings
from telltale.core.errors import BadRequest

CHECKS = "/api/v1/checks"
CALL = "/gradio_api/call/check"
ASKED = {"url": "https://example.org/video.mp4"}
Server = Callable[..., TestClient]


def refused(answer: Any, status: int, code: str) -> bool:
    """Whether it is that problem document, behind the walls and readable by no other site."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    assert "content-security-policy" in answer.headers
    assert not [name for name in answer.headers if name.startswith("access-control-allow")]
    return (answer.status_code, answer.json()["code"]) == (status, code)


def waiting(http: TestClient) -> int:
    """How many checks the server has taken."""
    return int(http.get("/health", headers={"Host": "127.0.0.1", "Authorization": "Bearer x"}).json()["queue"]["queued"])


@pytest.mark.parametrize("host", ["127.0.0.1:7860", "localhost", "LOCALHOST.:7860", "[::1]:7860"])
def test_every_spelling_of_this_machine_is_answered(still_server: Server, host: str) -> None:
    assert still_server().get("/health", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        *("evil.test", "localhost.evil.test", "evil.test:7860", "localhost@evil.test", "127.0.0.1.nip.io", "8.8.8.8", "0.0.0.0"),
        *("localhost/x", ""),
    ],
)
@pytest.mark.parametrize("path", ["/health", CHECKS + "/x", "/api/v1/openapi.json", "/metrics", "/"])
def test_another_name_is_refused_whatever_is_asked(still_server: Server, host: str, path: str) -> None:
    assert refused(still_server().get(path, headers={"Host": host}), 421, "request.wrong_host")


@pytest.mark.parametrize(
    "headers",
    [
        *({"Origin": "null"}, {"Origin": "https://evil.test"}, {"Origin": "http://localhost.evil.test"}),
        *({"Origin": "http://127.0.0.1:3000"}, {"Origin": "http://localhost"}, {"Origin": "http://127.0.0.1@evil.test"}),
        *({"Origin": "http://evil.test/127.0.0.1"}, {"Origin": "", "Sec-Fetch-Site": "cross-site"}),
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_another_sites_page_gets_no_check(still_server: Server, headers: dict[str, str]) -> None:
    http = still_server()
    for sent in ({"json": ASKED}, {"files": {"file": ("a.mp4", b"x")}}, {"content": b'{"url":"https://example.org/"}'}):
        assert refused(http.post(CHECKS, headers=headers, **sent), 403, "request.wrong_origin")  # type: ignore[arg-type]
    assert refused(http.delete(CHECKS + "/x", headers=headers), 403, "request.wrong_origin")
    assert refused(http.post(CALL, json={"data": ["https://example.org/"]}, headers=headers), 403, "request.wrong_origin")
    assert waiting(http) == 0


@pytest.mark.parametrize("origin", ["http://127.0.0.1", "chrome-extension://abcdefgh", "moz-extension://5a-6b", None])
def test_the_page_an_extension_and_a_program_get_their_check(still_server: Server, origin: str | None) -> None:
    http = still_server()
    answer = http.post(CHECKS, json=ASKED, headers={"Origin": origin, "Sec-Fetch-Site": "same-origin"} if origin else {})
    assert answer.status_code == 202, answer.text
    assert "access-control-allow-origin" not in answer.headers, "CORS is for those that are named in the settings"


def test_cors_is_for_the_origins_that_are_set(still_server: Server) -> None:
    mine, other = "chrome-extension://abcdefgh", "chrome-extension://zyx"
    http = still_server(cors_origins=frozenset({mine}))
    ahead = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    asked = http.options(CHECKS, headers=ahead | {"Origin": mine})
    assert (asked.status_code, asked.headers["access-control-allow-origin"]) == (204, mine)
    assert "Idempotency-Key" in asked.headers["access-control-allow-headers"]
    answer = http.post(CHECKS, json=ASKED, headers={"Origin": mine})
    assert (answer.status_code, answer.headers["access-control-allow-origin"], answer.headers["vary"]) == (202, mine, "Origin")
    assert "access-control-allow-credentials" not in answer.headers
    assert "access-control-allow-origin" not in http.get("/health", headers={"Origin": other}).headers
    assert refused(http.options(CHECKS, headers=ahead | {"Origin": "https://evil.test"}), 403, "request.wrong_origin")


def test_a_space_answers_under_its_own_name(monkeypatch: pytest.MonkeyPatch, still_server: Server) -> None:
    monkeypatch.setenv("SPACE_HOST", "Somebody-Telltale.hf.space")
    monkeypatch.setenv("TELLTALE_ALLOWED_HOSTS", "telltale.example.org, other.example.org")
    http = still_server(host="0.0.0.0")
    for host in ("somebody-telltale.hf.space", "telltale.example.org", "10.1.2.3:7860", "localhost:7860"):
        assert http.get("/health", headers={"Host": host}).status_code == 200
    assert refused(http.get("/health", headers={"Host": "x.hf.space"}), 421, "request.wrong_host")
    inside = {"Host": "10.1.2.3:7860", "Origin": "https://telltale.example.org"}  # behind a proxy that tells its own name for the host
    assert http.post(CHECKS, json=ASKED, headers=inside).status_code == 202


@pytest.mark.parametrize("hosts", ["https://example.org", "example.org:80", "a b", "/"])
def test_a_host_that_cannot_be_one_is_told(hosts: str) -> None:
    with pytest.raises(BadRequest, match="TELLTALE_ALLOWED_HOSTS"):
        read_settings(allowed_hosts=hosts)


@pytest.mark.parametrize("origins", ["example.org", "https://example.org/", "*", "null"])
def test_an_origin_that_cannot_be_one_is_told(origins: str) -> None:
    with pytest.raises(BadRequest, match="TELLTALE_CORS_ORIGINS"):
        read_settings(cors_origins=origins)
