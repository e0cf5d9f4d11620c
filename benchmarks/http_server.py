"""A web server of this machine for benchmarks and tests. Not here: what it answers."""

import http.server
import sys


class WebServer(http.server.ThreadingHTTPServer):
    """Each connection in a thread of its own; a client that hangs up is nothing to tell of, all else is."""

    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """See ``socketserver.BaseServer``."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]
