"""telltale/net/egress_proxy.py: a real guard between real clients and real servers on this machine.

See also: the list of hostile addresses, and yt-dlp behind the guard (``tests/security/test_hostile_urls.py``,
``tests/engine/fetch/test_worker.py``).
"""

import http.client
import random
import socket
import threading
import time
from contextlib import AbstractContextManager, closing
from urllib.parse import urlsplit

import pytest

from telltale.net.egress_proxy import EgressProxy, run_proxy
from telltale.net.ip_ranges import Ip
from telltale.net.url_policy import Rules
from tests.support.web.web_server import SECRET, Canary, Site, proved, serving, shown

PUBLIC = "93.184.215.14"


def allowing(site: Site, max_bytes: int = 10_000_000) -> AbstractContextManager[EgressProxy]:
    """A guard that lets through to the site besides the open web."""
    return run_proxy(Rules(allow_hosts=frozenset({site.host})), max_bytes)


def through(guard: EgressProxy) -> http.client.HTTPConnection:
    """A connection to the guard."""
    return http.client.HTTPConnection(urlsplit(guard.url).netloc.rpartition("@")[2], timeout=10)


def get(guard: EgressProxy, url: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    """Ask for a whole address."""
    line = through(guard)
    line.request("GET", url, headers=headers | shown(guard.url))
    with line.getresponse() as answer:
        return answer.status, dict(answer.headers), answer.read()


def said(guard: EgressProxy, words: bytes) -> bytes:
    """All that the guard answers to raw bytes, after whose first line it is shown the secret."""
    with socket.create_connection((urlsplit(guard.url).hostname, urlsplit(guard.url).port), timeout=10) as line:
        line.sendall(proved(guard.url, words))
        heard = b""
        try:
            while more := line.recv(65536):
                heard += more
        except ConnectionResetError:
            pass
        return heard


def is_done(guard: EgressProxy) -> bool:
    """Whether the guard has closed itself, after a moment."""
    deadline = time.monotonic() + 5
    while guard.failure is None and time.monotonic() < deadline:
        time.sleep(0.01)
    return guard.failure is not None


def test_one_exchange(site: Site) -> None:
    site.file("/clip.mp4", b"x" * 300_000)
    with allowing(site) as guard:
        status, headers, body = get(guard, f"{site.url}/clip.mp4", Host="elsewhere.example", Range="bytes=0-")
        assert (status, headers["Content-Type"], headers["Connection"], len(body)) == (200, "video/mp4", "close", 300_000)
    ((path, sent),) = site.asked
    assert path == "/clip.mp4" and sent["Host"] == site.host and sent["Range"] == "bytes=0-" and sent["Connection"] == "close"
    assert (
        (guard.traffic.connections, guard.traffic.requests) == (1, 1) and 300_000 < guard.traffic.received < 301_000 and guard.traffic.sent
    )


@pytest.mark.parametrize("shown", [b"", b"Basic am9iOg==", b"Bearer x", b"Basic \xff", b"Basic eDp5\r\nProxy-Authorization: Basic eDp5"])
@pytest.mark.parametrize("how", ["whole", "tunnel"])
def test_strangers_are_not_served(site: Site, how: str, shown: bytes) -> None:
    """Any other program of this machine that finds the port: nothing is asked for it, and it cannot end the fetch either."""
    orders = [f"{site.url}/", f"http://127.0.0.1:{site.port}/", "http://169.254.169.254/"] if how == "whole" else [site.host, "10.0.0.1:22"]
    with allowing(site) as guard:
        for order in orders:
            words = f"{'GET' if how == 'whole' else 'CONNECT'} {order} HTTP/1.1\r\n".encode()
            with socket.create_connection((urlsplit(guard.url).hostname, urlsplit(guard.url).port), timeout=10) as line:
                line.sendall(words + (b"Proxy-Authorization: " + shown + b"\r\n" if shown else b"") + b"\r\n")
                heard = line.recv(65536)
            assert heard == b"" or heard.startswith(b"HTTP/1.1 407 ")
        assert guard.failure is None and (guard.traffic.requests, guard.traffic.connections) == (0, 0)
        site.file("/", b"fine")
        assert get(guard, f"{site.url}/")[2] == b"fine"
    assert "Proxy-Authorization" not in str(site.asked)  # nor does the site hear of it


def test_redirects_are_handed_back_untouched(site: Site, canary: Canary) -> None:
    with allowing(site) as guard:
        for status in (301, 302, 303, 307, 308):
            there = f"http://127.0.0.1:{canary.port}/x"
            assert get(guard, site.redirect("/go", there, status))[:2][0] == status
            assert get(guard, f"{site.url}/go")[1]["Location"] == there
    assert canary.connects == 0 and guard.failure is None


def test_tunnel_carries_several_requests(site: Site) -> None:
    """Those of the handler's HTTP/1.0 end with one each, so two tunnels are used side by side."""
    site.file("/clip.mp4", b"y" * 100_000)
    with allowing(site) as guard:
        lines = [through(guard), through(guard)]
        for line in lines:
            line.set_tunnel(site.ip, site.port, shown(guard.url))
            line.request("GET", "/clip.mp4")
        for line in lines:
            with line.getresponse() as answer:
                assert answer.read() == b"y" * 100_000
            line.close()
    assert guard.traffic.requests == 2 and guard.traffic.received > 200_000


@pytest.mark.parametrize("how", ["whole", "tunnel"])
@pytest.mark.parametrize("host", ["127.0.0.1", "127.1", "2130706433", "0x7f.1", "localhost", "[::ffff:127.0.0.1]", "[::1]", "0.0.0.0", "0"])
def test_nobody_is_led_inside(site: Site, canary: Canary, how: str, host: str) -> None:
    goal = f"{host}:{canary.port}"
    words = f"GET http://{goal}/x HTTP/1.1\r\n\r\n" if how == "whole" else f"CONNECT {goal} HTTP/1.1\r\n\r\n"
    with allowing(site) as guard, closing(through(guard)) as line:
        line.set_tunnel(site.ip, site.port, shown(guard.url))
        line.connect()  # another connection, which ends with the fetch
        assert said(guard, words.encode()) == b"" and is_done(guard)
        assert line.sock.recv(1) == b""
        assert guard.failure is not None and guard.failure.code == "fetch.refused"
        assert str(canary.port) not in guard.failure.sentence and host not in guard.failure.sentence
    assert canary.connects == 0 and site.asked == []


def test_one_look_up_and_that_very_address(site: Site) -> None:
    site.file("/", b"hello")
    looked: list[tuple[str, int]] = []
    dialled: list[tuple[str, int]] = []

    def resolve(host: str, port: int) -> list[str]:
        looked.append((host, port))
        return ["2606:4700:4700::1111", PUBLIC]

    def dial(ip: Ip, port: int) -> socket.socket:
        dialled.append((str(ip), port))
        if len(dialled) == 1:
            raise ConnectionRefusedError
        return socket.create_connection((site.ip, site.port), timeout=5)

    with run_proxy(Rules(), 10_000, resolve=resolve, dial=dial) as guard:
        assert get(guard, "http://Example.COM/")[2] == b"hello"
    assert looked == [("example.com", 80)]
    assert dialled == [(PUBLIC, 80), ("2606:4700:4700::1111", 80)] and guard.traffic.connections == 2


def test_a_name_that_changes_its_answer(site: Site, canary: Canary) -> None:
    """200 runs of three requests each: what is dialled was judged, whatever the next look-up says."""
    site.file("/", b"open")
    dice = random.Random(4)
    answers: list[str] = []
    dialled: list[str] = []

    def resolve(*_: object) -> list[str]:
        answers.append(dice.choice([PUBLIC, "127.0.0.1"]))
        return answers[-1:]

    def dial(ip: Ip, port: int) -> socket.socket:
        dialled.append(str(ip))
        return socket.create_connection((site.ip, site.port) if str(ip) == PUBLIC else ("127.0.0.1", canary.port), timeout=5)

    ended = 0
    for _ in range(200):
        with run_proxy(Rules(), 10_000, resolve=resolve, dial=dial) as guard:
            for _ in range(3):
                heard = said(guard, b"GET http://flip.example.com/ HTTP/1.1\r\n\r\n")
                if answers[-1] == PUBLIC:
                    assert heard.endswith(b"open")
                else:
                    assert heard == b"" and is_done(guard)
                    ended += 1
                    break
    assert canary.connects == 0 and set(dialled) == {PUBLIC} and len(dialled) == answers.count(PUBLIC) and 100 < ended < 200


def test_nobody_there_is_told_by_silence(site: Site) -> None:
    def lost(*_: object) -> list[str]:
        raise OSError

    with serving() as gone:
        free = gone.host
    with run_proxy(Rules(allow_hosts=frozenset({free})), 10_000, resolve=lost) as guard:
        assert said(guard, f"GET http://{free}/ HTTP/1.1\r\n\r\n".encode()) == b""
        assert said(guard, b"CONNECT nobody.example.com:443 HTTP/1.1\r\n\r\n") == b""
        assert guard.failure is None


@pytest.mark.parametrize("how", ["whole", "tunnel"])
def test_bytes_are_bounded(site: Site, how: str) -> None:
    words = f"GET {site.url}/endless.mp4 HTTP/1.1\r\n\r\n"
    if how == "tunnel":
        words = f"CONNECT {site.host} HTTP/1.1\r\n\r\nGET /endless.mp4 HTTP/1.1\r\n\r\n"
    with allowing(site, 2_000_000) as guard:
        assert len(said(guard, words.encode())) <= 2_000_000 and is_done(guard)
    assert guard.failure is not None and guard.failure.code == "fetch.too_large" and guard.traffic.received < 2_200_000


def test_connections_are_bounded(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("telltale.net.egress_proxy.CONNECTIONS", 5)
    site.file("/", b"x")
    with allowing(site) as guard:
        for _ in range(5):
            assert get(guard, f"{site.url}/")[0] == 200
        assert said(guard, f"GET {site.url}/ HTTP/1.1\r\n\r\n".encode()) == b"" and is_done(guard)
    assert guard.failure is not None and guard.failure.code == "fetch.too_large"


def test_hanging_up_is_passed_on(site: Site) -> None:
    """What the child no longer wants is not read to its end: at most what was under way is fetched for nothing."""
    with allowing(site, 10**9) as guard:
        for words in (
            f"GET {site.url}/endless.mp4 HTTP/1.1\r\n\r\n",
            f"CONNECT {site.host} HTTP/1.1\r\n\r\nGET /endless.mp4 HTTP/1.1\r\n\r\n",
        ):
            before = guard.traffic.received
            with socket.create_connection((urlsplit(guard.url).hostname, urlsplit(guard.url).port)) as line:
                line.sendall(proved(guard.url, words.encode()))
                line.recv(1000)
                time.sleep(0.3)
            time.sleep(0.2)
            after = guard.traffic.received
            time.sleep(0.2)
            assert guard.traffic.received == after and after - before < 4_000_000


def test_closing_hangs_up_on_everybody(site: Site) -> None:
    with allowing(site) as guard:
        line = socket.create_connection((urlsplit(guard.url).hostname, urlsplit(guard.url).port), timeout=5)
        line.sendall(proved(guard.url, f"GET {site.url}/drip.mp4 HTTP/1.1\r\n\r\n".encode()))
        assert line.recv(100)
    with line:
        while line.recv(65536):
            pass
    with pytest.raises(OSError):
        socket.create_connection((urlsplit(guard.url).hostname, urlsplit(guard.url).port), timeout=5)
    time.sleep(0.1)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("guard")]


def test_heads_without_end(site: Site) -> None:
    with allowing(site) as guard:
        assert said(guard, b"GET http://example.com/" + b"a" * 300_000) == b""
    with socket.create_server(("127.0.0.1", 0)) as talker:
        host = f"127.0.0.1:{talker.getsockname()[1]}"

        def talk() -> None:
            with talker.accept()[0] as line:
                try:
                    line.sendall(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200_000)
                except OSError:
                    return

        thread = threading.Thread(target=talk)
        thread.start()
        with run_proxy(Rules(allow_hosts=frozenset({host})), 10_000_000) as guard:
            assert said(guard, f"GET http://{host}/ HTTP/1.1\r\n\r\n".encode()) == b"" and guard.traffic.received < 300_000
        thread.join()


def test_a_second_request_does_not_ride_along(site: Site, canary: Canary) -> None:
    """After the body of the first nothing is passed on: it could be meant for another host."""
    site.file("/", SECRET.encode())
    first = f"GET {site.url}/ HTTP/1.1\r\nContent-Length: 2\r\n\r\nab"
    with allowing(site) as guard:
        said(guard, f"{first}GET http://127.0.0.1:{canary.port}/ HTTP/1.1\r\n\r\n".encode())
    assert [path for path, _ in site.asked] == ["/"] and canary.connects == 0
