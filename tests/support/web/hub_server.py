"""A Hub on loopback: what huggingface_hub's own client asks of huggingface.co to publish a model or a Space and to fetch it again.

Repositories, the LFS batch protocol, commits as NDJSON, listings, downloads with ETag. A commit is all or nothing, its blobs are checked
against their SHA-256, and only the one token may write.

    with running_hub() as hub: ...  # hub.url, hub.repositories["owner/name"].files
"""

import base64
import hashlib
import http.server
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

import yaml

from tests.support.web.loopback_server import listening

TOKEN = "hf_onlyfortests"
SMALL = 50_000
"""Bytes from which a file goes by LFS."""


@dataclass
class Repository:
    """Its commits, oldest first: each is the whole tree, path -> content. ``settings`` are a Space's, as it was asked for them."""

    commits: list[tuple[str, dict[str, bytes]]] = field(default_factory=lambda: [(hashlib.sha1(b"made").hexdigest(), {})])
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def files(self) -> dict[str, bytes]:
        """What lies in it now."""
        return self.commits[-1][1]

    def at(self, revision: str) -> tuple[str, dict[str, bytes]] | None:
        """The commit of that name; main is the last."""
        return self.commits[-1] if revision == "main" else next((commit for commit in self.commits if commit[0] == revision), None)


@dataclass
class Hub:
    """Where it listens, what it holds, what it was asked. Cleared ``open``: an upload stops half-way until it is set."""

    url: str = ""
    repositories: dict[str, Repository] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    open: threading.Event = field(default_factory=threading.Event)
    half_way: threading.Event = field(default_factory=threading.Event)


class Refused(Exception):
    """An HTTP status, and the code by which the client knows what went wrong."""

    def __init__(self, status: int, code: str = "") -> None:
        super().__init__(status, code)
        self.status, self.code = status, code


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers one connection; ``hub`` is set on the subclass that serves."""

    protocol_version = "HTTP/1.1"
    hub: Hub

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""

    def body(self) -> bytes:
        """The request's body, by length or in chunks; stops half-way while the hub is not open."""
        if self.headers.get("Transfer-Encoding") != "chunked":
            length = int(self.headers.get("Content-Length", 0))
            first = self.rfile.read(length // 2)
            self.wait_while_closed()
            return first + self.rfile.read(length - len(first))
        parts = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
            self.wait_while_closed()
        self.rfile.readline()
        return b"".join(parts)

    def wait_while_closed(self) -> None:
        """Uploads of content only."""
        if self.command == "PUT" and not self.hub.open.is_set():
            self.hub.half_way.set()
            self.hub.open.wait(60)

    def answer(self, content: bytes | Any, status: int = 200, headers: dict[str, str] | None = None) -> None:
        """Bytes as they are, anything else as JSON."""
        raw = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        kind = "application/octet-stream" if isinstance(content, bytes) else "application/json"
        for name, value in {"Content-Type": kind, "Content-Length": str(len(raw)), **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("Access-Control-Expose-Headers", "*")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(raw)

    def do(self) -> None:
        """Find who answers this address."""
        path = unquote(urlsplit(self.path).path)
        self.hub.asked.append(f"{self.command} {path}")
        try:
            content = self.body()
            for method, pattern, act in ROUTES:
                if method == self.command.replace("HEAD", "GET") and (match := re.fullmatch(pattern, path)):
                    return act(self, content, *match.groups())
            raise Refused(404)
        except Refused as refused:
            headers = {"X-Error-Code": refused.code} if refused.code else {}
            self.answer({"error": refused.code or "refused"}, refused.status, headers)
        except ConnectionError:
            self.close_connection = True

    do_GET = do_HEAD = do_POST = do_PUT = do

    def may_write(self) -> None:
        """Raises Refused without the token."""
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            raise Refused(401)

    def repository(self, name: str) -> Repository:
        """Raises Refused where there is none."""
        if name not in self.hub.repositories:
            raise Refused(404, "RepoNotFound")
        return self.hub.repositories[name]

    def commit_at(self, name: str, revision: str) -> tuple[str, dict[str, bytes]]:
        """Raises Refused where there is none."""
        commit = self.repository(name).at(revision)
        if commit is None:
            raise Refused(404, "RevisionNotFound")
        return commit


def create(to: Handler, content: bytes) -> None:
    to.may_write()
    entry = json.loads(content)
    name = f"{entry['organization'] or 'owner'}/{entry['name']}"
    there = name in to.hub.repositories
    if not there:
        asked = {key: entry[key] for key in ("type", "sdk", "hardware", "visibility") if key in entry}
        to.hub.repositories[name] = Repository(settings=asked)
    to.answer({"url": f"{to.hub.url}/{name}", "id": name, "name": name}, 409 if there else 200)


def change(to: Handler, content: bytes, name: str) -> None:
    """A Space's settings: who sees it, what it runs on."""
    to.may_write()
    to.repository(name).settings |= json.loads(content)
    to.answer({"stage": "BUILDING", "hardware": {"current": None, "requested": None}})


def add_variable(to: Handler, content: bytes, name: str) -> None:
    to.may_write()
    entry = json.loads(content)
    variables = to.repository(name).settings.setdefault("variables", {})
    variables[entry["key"]] = entry["value"]
    to.answer({key: {"value": value} for key, value in variables.items()})


def validate(to: Handler, content: bytes) -> None:
    """The card's metadata, as far as a Hub must be able to read it."""
    block = json.loads(content)["content"].split("---\n")[1]
    found = yaml.safe_load(block)
    sound = isinstance(found, dict) and isinstance(found.get("license"), str) and isinstance(found.get("tags"), list)
    to.answer({"errors": [] if sound else [{"message": "metadata"}], "warnings": []}, 200 if sound else 400)


def preupload(to: Handler, content: bytes, name: str, revision: str) -> None:
    to.may_write()
    files = to.commit_at(name, revision)[1]
    to.answer(
        {
            "files": [
                {
                    "path": each["path"],
                    "uploadMode": "lfs" if each["size"] >= SMALL else "regular",
                    "shouldIgnore": False,
                    "oid": oid(files[each["path"]]) if each["path"] in files else None,
                }
                for each in json.loads(content)["files"]
            ]
        }
    )


def oid(content: bytes) -> str:
    """As git (small files) or LFS (large ones) names content."""
    if len(content) >= SMALL:
        return hashlib.sha256(content).hexdigest()
    return hashlib.sha1(f"blob {len(content)}\0".encode() + content).hexdigest()


def batch(to: Handler, content: bytes, name: str) -> None:
    to.may_write()
    objects = []
    for each in json.loads(content)["objects"]:
        known = each["oid"] in to.hub.blobs
        objects.append(each if known else each | {"actions": {"upload": {"href": f"{to.hub.url}/lfs/{each['oid']}"}}})
    to.answer({"transfer": "basic", "objects": objects})


def receive(to: Handler, content: bytes, sha256: str) -> None:
    if hashlib.sha256(content).hexdigest() != sha256:
        raise Refused(422)
    to.hub.blobs[sha256] = content
    to.answer({})


def commit(to: Handler, content: bytes, name: str, revision: str) -> None:
    """All of it or nothing: the new tree is put in place at once, when every line was understood."""
    to.may_write()
    files = dict(to.commit_at(name, revision)[1])
    for line in content.splitlines():
        entry = json.loads(line)
        value = entry["value"]
        if entry["key"] == "file":
            files[value["path"]] = base64.b64decode(value["content"])
        elif entry["key"] == "lfsFile":
            if value["oid"] not in to.hub.blobs:
                raise Refused(422)
            files[value["path"]] = to.hub.blobs[value["oid"]]
        elif entry["key"] == "deletedFile":
            files.pop(value["path"])
        elif entry["key"] != "header":
            raise Refused(400)
    made = hashlib.sha1(content + str(len(to.repository(name).commits)).encode()).hexdigest()
    to.repository(name).commits.append((made, files))
    to.answer({"success": True, "commitOid": made, "commitUrl": f"{to.hub.url}/{name}/commit/{made}"})


def info(to: Handler, content: bytes, name: str, revision: str = "main") -> None:
    made, files = to.commit_at(name, revision)
    sdk = to.repository(name).settings.get("sdk")
    to.answer(
        {
            "id": name,
            "modelId": name,
            "sdk": sdk,
            "sha": made,
            "siblings": [{"rfilename": path} for path in files],
            "private": False,
            "tags": [],
        }
    )


def tree(to: Handler, content: bytes, name: str, revision: str) -> None:
    entries = []
    for path, raw in to.commit_at(name, revision)[1].items():
        large = {"lfs": {"oid": oid(raw), "size": len(raw), "pointerSize": 130}} if len(raw) >= SMALL else {}
        entries.append({"type": "file", "path": path, "size": len(raw), "oid": oid(raw)} | large)
    to.answer(entries)


def resolve(to: Handler, content: bytes, name: str, revision: str, path: str) -> None:
    made, files = to.commit_at(name, revision)
    if path not in files:
        raise Refused(404, "EntryNotFound")
    to.answer(files[path], headers={"ETag": f'"{oid(files[path])}"', "X-Repo-Commit": made})


NAME = r"([\w.-]+/[\w.-]+)"
KIND = "/api/(?:models|spaces)"
ROUTES: tuple[tuple[str, str, Callable[..., None]], ...] = (
    *(("POST", "/api/repos/create", create), ("POST", "/api/validate-yaml", validate)),
    *(("POST", f"{KIND}/{NAME}/preupload/([^/]+)", preupload), ("POST", f"{KIND}/{NAME}/commit/([^/]+)", commit)),
    *(("POST", rf"/(?:spaces/)?{NAME}\.git/info/lfs/objects/batch", batch), ("PUT", f"/api/spaces/{NAME}/settings", change)),
    *(("POST", f"/api/spaces/{NAME}/hardware", change), ("POST", f"/api/spaces/{NAME}/variables", add_variable)),
    *(("PUT", "/lfs/([0-9a-f]{64})", receive), ("GET", f"{KIND}/{NAME}", info), ("GET", f"{KIND}/{NAME}/revision/([^/]+)", info)),
    *(("GET", f"{KIND}/{NAME}/tree/([^/]+)", tree), ("GET", f"/{NAME}/resolve/([^/]+)/(.+)", resolve)),
)


@contextmanager
def running_hub() -> Iterator[Hub]:
    """Serve a fresh hub."""
    hub = Hub()
    hub.open.set()
    with listening(type("Bound", (Handler,), {"hub": hub})) as port:
        hub.url = f"http://127.0.0.1:{port}"
        try:
            yield hub
        finally:
            hub.open.set()
