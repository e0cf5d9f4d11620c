"""A loopback server that speaks TLS with a certificate made for one test, which only that test trusts. Needs the ``openssl`` program."""

import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.remote.latency_server import WebServer
from tests.support.web.loopback_server import listening
from tests.support.web.web_server import Handler, Site


@dataclass(frozen=True)
class Secured:
    """A site behind TLS, and the file with the certificate by which it proves its name."""

    site: Site
    certificate: Path


@contextmanager
def secured(folder: Path, name: str) -> Iterator[Secured]:
    """A fresh server on a free port that proves to be ``name``."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    words = f"req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN={name} -addext subjectAltName=DNS:{name} -keyout {key} -out {certificate}"
    subprocess.run(["openssl", *words.split()], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    table = Site("127.0.0.1")

    class Quiet(WebServer):
        def handle_error(self, *_: object) -> None:
            """Clients that do not trust the certificate hang up."""

        def finish_request(self, request: object, client_address: object) -> None:
            """The handshake belongs to the connection's own thread."""
            with context.wrap_socket(request, server_side=True) as line:  # type: ignore[arg-type]
                super().finish_request(line, client_address)  # type: ignore[arg-type]

    with listening(type("Bound", (Handler,), {"site": table}), kind=Quiet) as table.port:
        yield Secured(table, certificate)
