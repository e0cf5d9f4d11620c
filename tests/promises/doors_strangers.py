"""What other sites' pages, other names and curious clients ask of a localhost service. See also: what is demanded (``doors.py``)."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.promises.sabotage import ROOT

CHECKS, BATCHES = "/api/v1/checks", "/api/v1/batches"
ADDRESS = "https://example.org/made-by-a-stranger.mp4"
HELD = b"what no stranger may read: 5f1c2e"
"""In a file beside the store."""
CANARY = {"HF_TOKEN": "hf_canary4f1e9c", "INSIGHTFACE_SECRET": "canary-of-the-environment"}
SECRETS = (*CANARY.values(), str(ROOT), str(Path.home()) + "/", "site-packages", "Traceback")
FILE = "/gradio_api/file="
TARGETS = (
    *(
        *("/etc/passwd", "etc/passwd", "../etc/passwd", "../../../../../../etc/passwd", "..%2f..%2f..%2fetc%2fpasswd"),
        "%2e%2e/%2e%2e/etc/passwd",
    ),
    *("%252e%252e%252fetc%252fpasswd", "....//....//etc/passwd", "..\\..\\etc\\passwd", "..%5c..%5cetc%5cpasswd", "/proc/self/environ"),
    *("/proc/self/cmdline", "/dev/zero", "/dev/stdin", "file:///etc/passwd", "http://127.0.0.1:1/", "https://example.org/", "//etc/passwd"),
    *("~/.ssh/id_rsa", ".env", "pyproject.toml", "space/app.py", "/tmp/", ".", "", "%00/etc/passwd", "/etc/passwd%00.mp4", "C:/boot.ini"),
    *("\\\\host\\share", "checks.sqlite3", f"{ROOT}/README.md", f"{ROOT}/space/page.js"),
)
FORMS = (
    *(FILE + target for target in TARGETS),
    *(f"/gradio_api/file/{ROOT}/README.md", f"/file={ROOT}/README.md", f"//gradio_api/file={ROOT}/README.md"),
    *(f"/gradio_api/%66ile={ROOT}/README.md", "/page/..%2fapp.py", "/page/../app.py", "/assets/../../../../etc/passwd"),
    *("/assets/..%2f..%2f..%2f..%2fetc%2fpasswd", "/static/%2e%2e/%2e%2e/routes.py", "/svelte/..%2f..%2froutes.py"),
)
PATHS = (
    *(
        f"/gradio_api/{name}"
        for name in ("upload", "upload/", "proxy=http://127.0.0.1:1/", "upload_progress", "deep_link", "user", "token")
    ),
    *(f"/gradio_api/{name}" for name in ("vibe-edit", "vibe-code", "runs", "run-history/buckets", "dev/reload", "openapi.json", "mcp/")),
    *("/monitoring", "/monitoring/summary", "/login", "/redoc", "/openapi.json", "/.env", "/.git/config", "/gradio_api/stream/x"),
)


@dataclass(frozen=True)
class Asked:
    """One request that a page could make a browser send, or a rebound name."""

    what: str
    method: str
    path: str
    headers: dict[str, str]
    sent: dict[str, Any]

    def request(self, http: httpx.Client) -> httpx.Request:
        """The same for a client."""
        return http.build_request(self.method, self.path, headers=self.headers, **self.sent)


def strangers(port: int) -> Iterator[Asked]:
    """Every door by every name, site and content type that is none of ours."""
    doors = (
        (CHECKS, {"json": {"url": ADDRESS}}),
        (CHECKS, {"files": {"file": ("a.mp4", b"no video")}}),
        (BATCHES, {"json": {"urls": [ADDRESS]}}),
        ("/gradio_api/call/check", {"json": {"data": [ADDRESS]}}),
        ("/gradio_api/run/check", {"json": {"data": [ADDRESS]}}),
        ("/gradio_api/queue/join", {"json": {"data": [ADDRESS], "fn_index": 1, "session_hash": "x"}}),
        ("/mcp", {"json": call()}),
    )
    here = f"127.0.0.1:{port}"
    for path, sent in doors:
        for host in (
            *("evil.test", f"evil.test:{port}", "127.0.0.1.nip.io", "localhost.evil.test", "0.0.0.0", "169.254.169.254"),
            "a@127.0.0.1",
        ):
            yield Asked(f"host {host} {path}", "POST", path, {"Host": host, "Origin": f"http://{host}", **ACCEPT}, sent)
            yield Asked(f"host {host} bare {path}", "POST", path, {"Host": host, **ACCEPT}, sent)
        for origin in ("null", "https://evil.test", "http://127.0.0.1:1", f"http://127.0.0.1:{port}.evil.test", f"http://evil.test:{port}"):
            yield Asked(f"origin {origin} {path}", "POST", path, {"Host": here, "Origin": origin, **ACCEPT}, sent)
        for site in ("cross-site", "same-site"):
            yield Asked(f"{site} {path}", "POST", path, {"Host": here, "Sec-Fetch-Site": site, **ACCEPT}, sent)
    body = json.dumps({"url": ADDRESS, "data": [ADDRESS]}).encode()
    for path in {path for path, _ in doors}:
        for kind in (
            *("text/plain", "TEXT/PLAIN;charset=utf-8", "application/x-www-form-urlencoded", "text/plain, application/json", ""),
            "x",
        ):
            yield Asked(f"as {kind} {path}", "POST", path, {"Host": here, "Content-Type": kind, **ACCEPT}, {"content": body})


ACCEPT = {"Accept": "application/json, text/event-stream"}


def call() -> dict[str, Any]:
    """A call of the tool that assistants have."""
    params = {"name": "check_video", "arguments": {"url": ADDRESS}}
    return {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}


def leaked(http: httpx.Client, secrets: tuple[str, ...]) -> list[str]:
    """Which answers tell one of them."""
    asked = (
        *("/", "/config", "/gradio_api/info", "/gradio_api/startup-events", "/health", "/metrics", "/api/v1/openapi.json", "/none"),
        "/assets/x",
    )
    told = [(path, http.get(path).text) for path in asked]
    told += [
        (f"POST {path}", http.post(path, json={"data": 1, "fn_index": "x"}).text)
        for path in ("/gradio_api/queue/join", "/gradio_api/run/x")
    ]
    told += [("component_server", http.post("/gradio_api/component_server", json={"data": [], "component_id": 99, "fn_name": "x"}).text)]
    return [f"{path}: {secret}" for path, text in told for secret in secrets if secret in text]
