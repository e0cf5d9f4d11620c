"""A web server on a free port of this machine, in a thread of its own, gone in the end."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from benchmarks.remote.latency_server import WebServer


@contextmanager
def listening(handler: Callable[..., Any], ip: str = "127.0.0.1", kind: type[WebServer] = WebServer) -> Iterator[int]:
    """The port at which the handler answers."""
    server = kind((ip, 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
