"""Answers from the store over HTTP, with a real engine and a real web server that counts what it is asked: when they are given, under which
model, and that they are gone when they are deleted.

See also: the store by itself (``tests/space/jobs/test_store.py``).
"""

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from space.app import create_api
from space.core.settings import Settings
from telltale.model.checksums import write_sums
from telltale.model.classifier import BROWSER
from tests.support.owner import OWNER
from tests.support.web.web_server import Site

CHECKS = "/api/v1/checks"
Open = Callable[..., TestClient]


@pytest.fixture
def serve(tmp_path: Path, site: Site) -> Iterator[Open]:
    """Starts a server on the one store, with these settings; the one before is stopped."""
    with ExitStack() as running:

        def start(**chosen: Any) -> TestClient:
            running.close()
            settings = Settings(data_dir=tmp_path / "store", test_allow_hosts=frozenset({site.host}), num_frames=4, **chosen)
            return running.enter_context(TestClient(create_api(settings), base_url="http://127.0.0.1", headers=OWNER))

        yield start


def checked(http: TestClient, url: str) -> dict[str, Any]:
    """The check of an address once it is done."""
    id = http.post(CHECKS, json={"url": url}).json()["id"]
    deadline = time.monotonic() + 60
    while (check := http.get(f"{CHECKS}/{id}").json())["state"] in ("queued", "running"):
        assert time.monotonic() < deadline, check
        time.sleep(0.05)
    assert check["state"] == "done", check["error"]
    return check


def ready(http: TestClient) -> TestClient:
    """The server once its model is loaded: until then it does not know what it may answer from the store."""
    deadline = time.monotonic() + 60
    while http.get("/health").json()["status"] != "ready":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return http


def test_when_an_address_is_answered_from_the_store(serve: Open, site: Site, drawn_video: Path) -> None:
    url = site.file("/talk.mp4", drawn_video.read_bytes())
    http = ready(serve())
    first = checked(http, url)
    asked = len(site.asked)
    assert asked and first["report"]["timing"]["faces"] > 0
    again = http.post(CHECKS, json={"url": f"{url}#t=3"}).json()
    assert (again["id"], again["state"], len(site.asked)) == (first["id"], "done", asked), "within the hour nothing is fetched"

    later = checked(ready(serve(url_cache_minutes=0)), url)
    assert later["id"] != first["id"] and len(site.asked) > asked, "afterwards it is fetched anew"
    assert later["report"]["timing"]["faces"] == 0 and later["report"]["people"] == first["report"]["people"], "but the bytes are known"

    site.file("/talk.mp4", drawn_video.read_bytes() + (24).to_bytes(4, "big") + b"free" + bytes(16))
    assert checked(ready(serve(url_cache_minutes=0)), url)["report"]["timing"]["faces"] > 0, "other bytes are not known"


def test_another_model_in_the_same_place_looks_for_itself(serve: Open, site: Site, drawn_video: Path, tmp_path: Path) -> None:
    url = site.file("/talk.mp4", drawn_video.read_bytes())
    folder = shutil.copytree(BROWSER, tmp_path / "model")
    first = checked(ready(serve(model=str(folder))), url)
    assert checked(ready(serve(model=str(folder))), url)["id"] == first["id"], "the control"

    settings = folder / "telltale.json"  # another threshold or temperature
    settings.write_text(settings.read_text().replace('"look_spread": ', '"look_spread": 1', 1))
    write_sums(folder)
    fitted = checked(ready(serve(model=str(folder))), url)
    assert fitted["id"] != first["id"] and fitted["report"]["timing"]["faces"] > 0
    assert fitted["report"]["model"]["revision"] == first["report"]["model"]["revision"]

    weights = bytearray((folder / "model.safetensors").read_bytes())  # another revision; what runs is the ONNX file beside it
    weights[-1] ^= 1
    (folder / "model.safetensors").write_bytes(weights)
    write_sums(folder)
    trained = checked(ready(serve(model=str(folder))), url)
    assert trained["id"] not in (first["id"], fitted["id"]) and trained["report"]["timing"]["faces"] > 0
    assert trained["report"]["model"]["revision"] != first["report"]["model"]["revision"]
