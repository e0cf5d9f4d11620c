"""Nothing that was fetched, and nothing that the resolver or the network says, appears in an answer, on the terminal or in a log.

The one thing of a page that is shown is the title of a video that was checked, as text.
"""

import logging
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from benchmarks.server.server_process import wait_until_ready
from telltale.core.errors import FetchFailed
from telltale.fetch.fetch import fetch
from tests.engine.cli.test_commands import telltale
from tests.support.web.web_server import Handler, Site

ROOT = Path(__file__).parents[2]
MARK = "zxqmark"
"""In all that is fetched, and nowhere in what is asked for; also where words are cut, turned to lower case or put on lines of their own."""
HLS = '#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXT-X-KEY:METHOD=AES-128,URI="{0}"\n#EXTINF:1,{1}\n{0}\n#EXT-X-ENDLIST'


def raw(words: str, handler: Handler) -> None:
    """Say these very words."""
    handler.wfile.write(words.encode())


def marked(site: Site) -> list[str]:
    """Addresses behind which everything is marked, and nothing a video that can be checked."""
    headers = {"Content-Type": "text/html", "X-Note": MARK, "Set-Cookie": f"{MARK}={MARK}", "Server": MARK, "ETag": MARK}
    text = f"<html><head><title>{MARK}</title></head><body>{MARK}<script>{MARK}</script></body></html>".encode()
    for status in (200, 401, 403, 404, 500, 503):
        site.answers[f"/{status}"] = (status, headers | {"WWW-Authenticate": f'Basic realm="{MARK}"', "Retry-After": MARK}, text)
    places = {
        "inside": f"http://127.0.0.1:1/{MARK}",
        "nowhere": f"http://{MARK}.invalid/{MARK}",
        "file": f"file:///{MARK}",
        "odd": f"{MARK}://x",
    }
    places |= {"login": f"http://{MARK}:{MARK}@93.184.215.14/", "spelled": f"http://2130706433/{MARK}", "port": f"http://{MARK}.com:22/"}
    for name, place in places.items():
        site.answers[f"/{name}"] = (302, headers | {"Location": place}, text)
    site.page("/embed", f"<html><title>{MARK}</title><video src='http://169.254.169.254/{MARK}.mp4'></video></html>")
    site.page("/two", f"<html><title>{MARK}</title><video src='/{MARK}1.mp4'></video><video src='/{MARK}2.mp4'></video></html>")
    site.page("/list.m3u8", HLS.format(f"http://10.0.0.1/{MARK}", MARK), "application/vnd.apple.mpegurl")
    site.page("/broken.m3u8", f"#EXTM3U\n#EXTINF:{MARK},\n{MARK}\n", "application/vnd.apple.mpegurl")
    site.page("/broken.mpd", f"<?xml version='1.0'?><MPD {MARK}><{MARK}>", "application/dash+xml")
    site.page("/json", f'<html><script type="application/ld+json">{{"@type":"VideoObject","contentUrl":{MARK}</script></html>')
    site.file("/broken.mp4", b"\0\0\0\x20ftypisom\0\0\2\0isomiso2avc1mp41\0\0\0\x40moov" + MARK.encode() * 500)
    site.acts["/status"] = lambda handler: raw(f"HTTP/1.1 200 {MARK}\r\n{MARK}\r\n\r\n{MARK}", handler)
    site.acts["/garbage"] = lambda handler: raw(f"{MARK}\r\n" * 10, handler)
    site.acts["/chunks"] = lambda handler: raw(f"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{MARK}\r\n{MARK}", handler)
    site.acts["/short.mp4"] = lambda handler: raw(f"HTTP/1.1 206 {MARK}\r\nContent-Range: bytes {MARK}/{MARK}\r\n\r\n{MARK}", handler)
    return [site.url + path for path in [*site.answers, *site.acts]]


@pytest.mark.long
@pytest.mark.parametrize("form", ["", "--json"])
def test_on_the_terminal(form: str, site: Site, tmp_path: Path) -> None:
    urls = marked(site)
    more = [form] if form else []
    ended = telltale("check", *urls, "--csv", tmp_path / "table.csv", *more, TELLTALE_TEST_ALLOW_HOSTS=site.host)
    assert MARK not in (ended.out + ended.err + (tmp_path / "table.csv").read_text()).lower()
    assert ended.exit == 2 and {path for path, _ in site.asked} >= {url.removeprefix(site.url) for url in urls}
    assert (ended.out + ended.err).count("Traceback") == 0


@pytest.mark.slow
@pytest.mark.parametrize("every", [4, pytest.param(1, marks=pytest.mark.long)])
def test_in_answers_and_the_log_of_the_server(every: int, site: Site, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    url, log, heard = f"http://127.0.0.1:{port}", tmp_path / "log", ""
    command = [sys.executable, "-m", "telltale", "serve", "--port", str(port), "--data-dir", str(tmp_path / "store")]
    surroundings = os.environ | {"TELLTALE_TEST_ALLOW_HOSTS": site.host}
    with log.open("w") as written, subprocess.Popen(command, cwd=ROOT, env=surroundings, stdout=written, stderr=written) as server:
        try:
            wait_until_ready(url, server, log)
            with httpx.Client(base_url=url, timeout=30) as http:
                for one in marked(site)[::every]:
                    answer = http.post("/api/v1/checks", json={"url": one})
                    assert answer.status_code == 202, answer.text
                    deadline, state = time.monotonic() + 120, "queued"
                    while state in ("queued", "running"):
                        assert time.monotonic() < deadline
                        time.sleep(0.1)
                        check = http.get(answer.json()["links"]["self"])
                        heard += check.text + str(check.headers)
                        state = check.json()["state"]
                    assert state == "failed" and check.json()["error"]["code"] != "internal", (one, check.text)
                    heard += http.get(answer.json()["links"]["self"] + "/events").text
        finally:
            server.terminate()
            server.wait(20)
    assert MARK not in (heard + log.read_text()).lower()
    stored = [path for path in (tmp_path / "store").rglob("*") if path.is_file() and MARK.encode() in path.read_bytes().lower()]
    assert stored == []


@pytest.mark.parametrize("late", [False, True], ids=["before the fetch", "within the fetch"])
@pytest.mark.parametrize("said", ["error", "inside", "nobody"])
def test_what_the_resolver_and_the_network_say(said: str, late: bool, site: Site, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    inside, turns = "10.77.66.55", iter([["93.184.215.14"]] * late)

    def resolve(host: str, port: int) -> list[str]:
        for answer in turns:
            return answer
        if said == "error":
            raise socket.gaierror(-2, MARK)
        return [inside] if said == "inside" else ["93.184.215.14"]

    def dial(*_: object) -> socket.socket:
        raise ConnectionRefusedError(MARK)

    with caplog.at_level(logging.DEBUG), pytest.raises(FetchFailed) as caught:
        fetch("http://video.example.com/v.mp4", tmp_path, resolve=resolve, dial=dial)
    told = f"{caught.value!r} {caught.value.sentence} {caplog.text}"
    assert MARK not in told and inside not in told and "93.184" not in told
    assert list(tmp_path.iterdir()) == []
