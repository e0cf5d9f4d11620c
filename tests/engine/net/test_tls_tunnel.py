"""https through the guard: a tunnel to a real TLS server, whose bytes are counted and bounded though nobody can read them.

See also: plain http (``test_egress_proxy.py``); which hosts may be reached (``test_url_policy.py``).
"""

import shutil
import socket
import ssl
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

import telltale.fetch.subprocess_protocol
from telltale.core.errors import FetchFailed
from telltale.fetch.fetch import fetch
from telltale.net.egress_proxy import run_proxy
from telltale.net.ip_ranges import Ip
from telltale.net.limits import FetchLimits
from telltale.net.range_client import RangeClient, Target
from telltale.net.url_policy import Rules
from tests.support.web.stub_servers import PUBLIC
from tests.support.web.tls_server import Secured, secured
from tests.support.web.web_server import SECRET, encoded

NAME = "secure.example.com"

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed (Debian: apt-get install openssl)")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    """A TLS server that is ``NAME``, with a video of two megabytes."""
    folder = tmp_path_factory.mktemp("tls")
    with secured(folder, NAME) as found:
        found.site.file("/big", b"v" * 2_000_000)
        found.site.file("/clip.mp4", encoded(folder / "clip.mp4"))
        found.site.page("/watch", f"<html><title>{SECRET}</title></html>")
        yield found


class Web:
    """Stands for the open web: every name leads to one public address, and whoever dials that comes to the server."""

    def __init__(self, server: Secured) -> None:
        self.server = server
        self.dialled: list[tuple[str, int]] = []

    def resolve(self, host: str, port: int) -> list[str]:
        """The one public address."""
        return [PUBLIC]

    def dial(self, ip: Ip, port: int) -> socket.socket:
        """Come to the server, whatever the port."""
        self.dialled.append((str(ip), port))
        return socket.create_connection((self.server.site.ip, self.server.site.port), timeout=5)


def trusting(server: Secured) -> ssl.SSLContext:
    """A client's context that trusts this one server."""
    return ssl.create_default_context(cafile=str(server.certificate))


def test_bytes_of_a_tunnel_are_counted(server: Secured) -> None:
    web = Web(server)
    with run_proxy(Rules(), 10_000_000, resolve=web.resolve, dial=web.dial) as guard:
        client = RangeClient(proxy=guard.url, context=trusting(server))
        answer = client.get(Target(f"https://{NAME}/big"))
        assert answer.read(3_000_000) == b"v" * 2_000_000
        client.close()
        assert 2_000_000 < guard.traffic.received < 2_050_000 and guard.traffic.sent > 300 and guard.traffic.requests == 1
    assert web.dialled == [(PUBLIC, 443)]
    assert "Proxy-Authorization" not in str(server.site.asked)  # the secret is the guard's alone


def test_bytes_of_a_tunnel_are_bounded(server: Secured) -> None:
    web = Web(server)
    with run_proxy(Rules(), 1_000_000, resolve=web.resolve, dial=web.dial) as guard:
        client = RangeClient(proxy=guard.url, context=trusting(server))
        taken = b""
        with suppress(FetchFailed):  # or the answer is cut off
            taken = client.get(Target(f"https://{NAME}/big")).read(3_000_000)
        client.close()
        assert len(taken) < 1_000_000
        assert guard.failure is not None and guard.failure.code == "fetch.too_large"
        assert guard.traffic.received < 1_000_000 + 200_000


@pytest.mark.parametrize("port", [22, 80, 444, 8443])
def test_ports_of_tunnels(server: Secured, port: int) -> None:
    """80 and 443 only, also for https."""
    web = Web(server)
    with run_proxy(Rules(), 10_000_000, resolve=web.resolve, dial=web.dial) as guard:
        client = RangeClient(proxy=guard.url, context=trusting(server))
        if port == 80:
            assert client.get(Target(f"https://{NAME}:{port}/big")).read(10) == b"v" * 10
            assert web.dialled == [(PUBLIC, 80)]
        else:
            with pytest.raises(FetchFailed):
                client.get(Target(f"https://{NAME}:{port}/big"))
            assert web.dialled == [] and guard.failure is not None and "unusual port" in guard.failure.sentence
        client.close()


def trusted_by_the_child(server: Secured, monkeypatch: pytest.MonkeyPatch) -> None:
    """The child is told of the certificate, as its environment never tells of one else."""
    usual = telltale.fetch.subprocess_protocol.child_environment
    monkeypatch.setattr(
        telltale.fetch.subprocess_protocol, "child_environment", lambda work: usual(work) | {"SSL_CERT_FILE": str(server.certificate)}
    )


@pytest.mark.parametrize("apart", [True, False])
def test_a_whole_fetch(server: Secured, apart: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trusted_by_the_child(server, monkeypatch)
    web = Web(server)
    result = fetch(f"https://{NAME}/clip.mp4", tmp_path, resolve=web.resolve, dial=web.dial, apart=apart)
    assert result.path.read_bytes() == server.site.answers["/clip.mp4"][2] and {port for _, port in web.dialled} == {443}
    assert result.bytes_read > result.path.stat().st_size


@pytest.mark.parametrize("path", ["/clip.mp4", "/watch"])
def test_a_stranger_s_certificate_is_refused(server: Secured, path: str, tmp_path: Path) -> None:
    """By the client of ranges and by yt-dlp; nothing is asked of such a server."""
    web, before = Web(server), len(server.site.asked)
    with pytest.raises(FetchFailed) as caught:
        fetch(f"https://{NAME}{path}", tmp_path, resolve=web.resolve, dial=web.dial)
    assert caught.value.code == "fetch.upstream" and "certificate" in caught.value.sentence and NAME not in caught.value.sentence
    assert len(server.site.asked) == before and list(tmp_path.iterdir()) == []


def test_a_redirect_from_https_is_judged(server: Secured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trusted_by_the_child(server, monkeypatch)
    web = Web(server)
    server.site.redirect("/go.mp4", "https://169.254.169.254/x.mp4")
    with pytest.raises(FetchFailed) as caught:
        fetch(f"https://{NAME}/go.mp4", tmp_path, limits=FetchLimits(max_seconds=30), resolve=web.resolve, dial=web.dial)
    assert caught.value.code == "fetch.refused" and {ip for ip, _ in web.dialled} == {PUBLIC}
