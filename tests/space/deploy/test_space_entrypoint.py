"""A Space from only what would be uploaded: it starts, checks a drawn picture, keeps no media and tells nobody anything."""

import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import yaml

from benchmarks.server.server_process import free_port, wait_until_ready
from space.deploy.layout import ROOT, Choice, laid_out
from space.deploy.space_entrypoint import defaults
from tests.support.isolated_env import Alone, built
from tests.support.media.drawing import draw_face_picture
from tests.support.processes import until

SECRET = "token-that-nobody-may-read"


@dataclass(frozen=True)
class Hosted:
    """A running Space, seen from the outside and from the inside."""

    http: httpx.Client
    alone: Alone
    log: Path
    store: Path

    def check(self, id: str) -> dict:
        """The check once it has ended."""
        deadline = time.monotonic() + 180
        while time.monotonic() < deadline:
            found = self.http.get(f"/api/v1/checks/{id}").json()
            if found["state"] not in ("queued", "running"):
                return found
            time.sleep(0.3)
        pytest.fail(f"the check did not end:\n{self.log.read_text()[-3000:]}")


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Alone:
    return built(tmp_path_factory.mktemp("alone"), laid_out(Choice()))


@pytest.fixture(scope="module")
def hosted(alone: Alone) -> Iterator[Hosted]:
    """`python app.py` there, as a Space runs it."""
    port = free_port()
    log, store = alone.folder.parent / "log", alone.folder.parent / "store"
    environment = alone.environment(TELLTALE_PORT=str(port), TELLTALE_DATA_DIR=str(store))
    with (
        log.open("w") as out,
        subprocess.Popen([alone.python, "app.py"], cwd=alone.folder, env=environment, stdout=out, stderr=out) as server,
    ):
        try:
            wait_until_ready(f"http://127.0.0.1:{port}", server, log)
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as http:
                yield Hosted(http, alone, log, store)
        finally:
            server.terminate()
            try:
                server.wait(20)
            except subprocess.TimeoutExpired:
                server.kill()


def test_a_drawn_picture_is_checked_and_deleted(hosted: Hosted, tmp_path: Path) -> None:
    picture = draw_face_picture(tmp_path / "drawn.png")
    answer = hosted.http.post("/api/v1/checks", files={"file": ("drawn.png", picture.read_bytes())})
    assert answer.status_code == 202, answer.text
    check = hosted.check(answer.json()["id"])
    assert check["state"] == "done" and check["report"]["people"], hosted.log.read_text()[-3000:]
    until(
        lambda: not [path for path in (hosted.store / "uploads").rglob("*") if path.is_file()],
        what="the end of the media after the verdict",
    )
    health = hosted.http.get("/health").json()
    assert (health["status"], health["model"], health["engine"], health["detector"]) == ("ready", "embedded", "onnxruntime", "mtcnn")


def test_an_address_is_checked_as_far_as_the_guard(hosted: Hosted) -> None:
    """The fetching child starts too: its modules and packages are there. What it was asked for is not in the log."""
    address = f"http://127.0.0.1:9/clip.mp4?key={SECRET}"
    answer = hosted.http.post("/api/v1/checks", json={"url": address})
    told = answer.json()["code"] if answer.status_code >= 400 else hosted.check(answer.json()["id"])["error"]["code"]
    assert told.startswith("fetch.") and told != "internal"
    hosted.http.get(f"/?check={SECRET}")
    hosted.http.get(f"/api/v1/checks/{SECRET}")
    assert SECRET not in hosted.log.read_text()


def test_the_page_is_there(hosted: Hosted) -> None:
    page = hosted.http.get("/")
    assert page.status_code == 200 and "Telltale" in page.text


def test_nobody_is_told(hosted: Hosted) -> None:
    """No analytics, no telemetry, no look for a newer version: the server connects to itself at most. (Last, when all of it has run.)"""
    hosted.http.get("/health")
    hosted.alone.connections.touch()
    away = [line for line in hosted.alone.connections.read_text().splitlines() if "127.0.0.1" not in line and "localhost" not in line]
    assert away == []
    assert "Traceback" not in hosted.log.read_text()


def test_connections_are_seen_at_all(alone: Alone, tmp_path: Path) -> None:
    """Else the test above could not fail."""
    code = "import socket; socket.socket().connect_ex(('192.0.2.1', 9)) if socket.setdefaulttimeout(0.2) is None else 0"
    subprocess.run([alone.python, "-c", code], env=alone.environment(), check=False, timeout=20)
    seen = alone.connections.read_text()
    alone.connections.write_text(seen.replace("192.0.2.1", "127.0.0.1"))
    assert "192.0.2.1" in seen


@pytest.mark.parametrize("module", ["torch", "transformers", "pytest", "trainer"])
def test_what_is_not_named_is_not_there(alone: Alone, module: str) -> None:
    done = subprocess.run(
        [alone.python, "-c", f"import {module}"], cwd=alone.folder, env=alone.environment(), capture_output=True, text=True
    )
    assert done.returncode and "ModuleNotFoundError" in done.stderr


def test_every_module_that_is_sent_can_be_found(alone: Alone) -> None:
    """No file of the server's is missing: each is imported, but those that only a larger model, or the fetching child, loads."""
    code = """
import importlib, pathlib, sys
for path in sorted(pathlib.Path().glob("*/*.py")):
    if path.name not in ("__main__.py", "activation.py"):
        importlib.import_module(".".join(path.with_suffix("").parts))
"""
    done = subprocess.run(
        [alone.python, "-c", code], cwd=alone.folder, env=alone.environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]


def test_the_metadata_is_what_a_space_needs() -> None:
    card = yaml.safe_load((ROOT / "space/README.md").read_text().split("---\n")[1])
    pins = (ROOT / "requirements.txt").read_text().splitlines()
    assert f"gradio=={card['sdk_version']}" in pins
    assert (card["sdk"], card["python_version"], card["app_file"]) == ("gradio", "3.12", "app.py")
    assert len(card["short_description"]) <= 60 and card["license"] == "apache-2.0"


def test_the_pack_beside_it_is_used(tmp_path: Path) -> None:
    assert defaults(tmp_path)["TELLTALE_HOST"] == "0.0.0.0" and "TELLTALE_INSIGHTFACE_ROOT" not in defaults(tmp_path)
    (tmp_path / "insightface").mkdir()
    assert defaults(tmp_path)["TELLTALE_INSIGHTFACE_ROOT"] == str(tmp_path / "insightface")
