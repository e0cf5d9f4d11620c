"""A relay before a real server: it writes down what is asked, and may change what is told about a check.

A browser's automation does not see every request of an extension, and nothing of a side panel; the wire does.
"""

import http.client
import http.server
import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from tests.support.web.loopback_server import listening

PASSED_ON = ("Content-Type", "Retry-After")
CHECKS = "/api/v1/checks"


@dataclass(frozen=True)
class Call:
    """One request as it came."""

    method: str
    path: str
    body: bytes
    at: float
    authorization: str


@dataclass(frozen=True)
class Captured:
    """Frames that were sent to be checked: seconds, pictures (JPEG), and the name."""

    times: list[float]
    pictures: list[bytes]
    name: str


@dataclass
class Relay:
    """Where it listens, what it heard, what it does to the JSON of a check, and what it waits for before it passes a request on."""

    url: str
    calls: list[Call] = field(default_factory=list)
    change: Callable[[dict[str, Any]], dict[str, Any]] | None = None
    hold: Callable[[Call], object] | None = None

    @property
    def posts(self) -> list[str]:
        """The addresses sent to be checked, one for every request."""
        return [json.loads(body)["url"] for body in self.bodies if body.startswith(b"{")]

    @property
    def captured(self) -> list[Captured]:
        """The frames sent to be checked, one for every request."""
        return [captured_in(body) for body in self.bodies if body.startswith(b"--")]

    @property
    def bodies(self) -> list[bytes]:
        """All that was sent to be checked."""
        return [call.body for call in self.calls if call.method == "POST" and call.path == CHECKS]

    @property
    def readings(self) -> list[Call]:
        """How often, and when, a check was asked for."""
        return [call for call in self.calls if call.method == "GET" and is_check(call.path)]

    @property
    def cancels(self) -> list[Call]:
        """The requests to stop."""
        return [call for call in self.calls if call.method == "DELETE"]


def is_check(path: str) -> bool:
    """Whether this is a check itself, not one of its pictures."""
    return path.startswith(CHECKS + "/") and path.count("/") == CHECKS.count("/") + 1


def captured_in(body: bytes) -> Captured:
    """Out of a form as a browser writes it."""
    boundary = body.partition(b"\r\n")[0]
    fields: dict[bytes, list[bytes]] = {b"frames[]": [], b"times[]": [], b"name": []}
    for part in body.split(b"\r\n" + boundary):
        head, _, value = part.partition(b"\r\n\r\n")
        if named := re.search(rb'name="([^"]+)"', head):
            fields[named[1]].append(value)
    return Captured([float(time) for time in fields[b"times[]"]], fields[b"frames[]"], fields[b"name"][0].decode())


class Handler(http.server.BaseHTTPRequestHandler):
    """Passes everything on."""

    relay: Relay
    server_host: str

    def answer(self) -> None:
        """Ask the real server and tell what it said."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.relay.calls.append(Call(self.command, self.path, body, time.monotonic(), self.headers.get("Authorization", "")))
        if self.relay.hold:
            self.relay.hold(self.relay.calls[-1])
        connection = http.client.HTTPConnection(self.server_host, timeout=60)
        asked = {name: value for name in ("Content-Type", "Authorization", "Telltale-Owner") if (value := self.headers.get(name))}
        connection.request(self.command, self.path, body, asked)
        response = connection.getresponse()
        told = response.read()
        connection.close()
        if self.relay.change and self.command == "GET" and is_check(self.path) and response.status == 200:
            told = json.dumps(self.relay.change(json.loads(told))).encode()
        self.send_response(response.status)
        for name in PASSED_ON:
            if value := response.headers.get(name):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(told)))
        with suppress(BrokenPipeError):  # a panel that was closed listens no more
            self.end_headers()
            self.wfile.write(told)

    do_GET = do_POST = do_DELETE = answer

    def log_message(self, *_: object) -> None:
        """Quiet."""


@contextmanager
def relaying(server: str) -> Iterator[Relay]:
    """A relay before the server at this address."""
    relay = Relay("")
    handler = type("Bound", (Handler,), {"relay": relay, "server_host": urlsplit(server).netloc})
    with listening(handler) as port:
        relay.url = f"http://127.0.0.1:{port}"
        yield relay
