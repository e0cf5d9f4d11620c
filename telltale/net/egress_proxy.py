"""The only way out of the fetching child: a forward proxy on a loopback, run by the child's parent for one fetch.

Whatever the child asks for, a page, a redirect's goal, a segment, a key, is resolved here, once; all answers are judged by the rules
(``url_policy.py``), and the connection goes to one of the very addresses that were judged. Answers are handed back as they are, redirects
included: following one is a new request. Bytes and connections are counted and bounded here, outside whatever runs in the child. The
first request for an address that is refused ends the whole fetch: what led there deserves no second try.

Plain http may be asked for by its whole address, one exchange a connection, or through a tunnel (CONNECT); https through a tunnel only,
in which the guard sees nothing but the host. Only who shows the secret in ``url`` is listened to: other programs of this machine may
reach the port too, where the child has no network of its own (``telltale/sandbox/namespaces.py``).

See also: keeping the child from any other way out (``telltale/sandbox/restrictions.py``).

    with run_proxy(Rules(), max_bytes=10**8) as guard:
        guard.url, guard.traffic, guard.failure
"""

import hmac
import logging
import secrets
import select
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from telltale.core.errors import FetchFailed
from telltale.net.failures import too_large, too_many
from telltale.net.ip_ranges import Ip
from telltale.net.proxy_headers import BadHeadError, ProxyRequest, basic_credentials, parse_request, parse_response, read_head
from telltale.net.url_policy import PORTS, Resolve, Rules, host_and_port, ips_to_dial, system_resolve

log = logging.getLogger(__name__)

Dial = Callable[[Ip, int], socket.socket]

PATIENCE = 30.0
"""Seconds that a connection may lie idle."""
DIAL_SECONDS = 5.0
TRIED = 3
"""How many addresses of a host are tried."""
CONNECTIONS = 1000
"""Of one fetch in all; AT_ONCE is how many of them may be open."""
AT_ONCE = 64
CHUNK = 64 * 1024
HELD = 128 * 1024
"""Bytes that may wait for the child: what it no longer wants when it hangs up was fetched for nothing."""

ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"
NAME = "job"
STRANGER = b"HTTP/1.1 407 Proxy Authentication Required\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


@dataclass(frozen=True)
class TrafficStats:
    """What went through so far: connections made, requests (a tunnel counts as one), bytes from the web and bytes to it."""

    connections: int = 0
    requests: int = 0
    received: int = 0
    sent: int = 0


class EgressProxy:
    """Listens at ``url`` until it is closed. ``failure`` is why it closed itself, if it did."""

    def __init__(
        self,
        rules: Rules,
        max_bytes: int,
        resolve: Resolve,
        dial: Dial,
        max_requests: int | None = None,
        listener: socket.socket | None = None,
    ) -> None:
        self.traffic = TrafficStats()
        self.failure: FetchFailed | None = None
        self._rules, self._max_bytes, self._resolve, self._dial = rules, max_bytes, resolve, dial
        self._max_requests = CONNECTIONS if max_requests is None else max_requests
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._closed = False
        self._secret = secrets.token_hex(16)
        self._listener = listener or socket.create_server(("127.0.0.1", 0), backlog=AT_ONCE)
        self._thread = threading.Thread(target=self._listen, name="guard", daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Its address, as clients want that of a proxy, with what they must show."""
        return "http://{}:{}@{}:{}".format(NAME, self._secret, *self._listener.getsockname())

    def close(self) -> None:
        """Hang up on everybody; nothing is connected any more."""
        self._hang_up()
        self._thread.join()
        self._listener.close()

    def _hang_up(self) -> None:
        """End every connection; the threads that carry them end with them."""
        with self._lock:
            self._closed = True
            for stream in (self._listener, *self._open):
                with suppress(OSError):  # one that the other side has ended
                    stream.shutdown(socket.SHUT_RDWR)

    def _listen(self) -> None:
        """Take connections, each with a thread of its own."""
        while not self._closed:
            try:
                child = self._listener.accept()[0]
            except OSError:  # closed
                return
            if len(self._open) >= 2 * AT_ONCE:
                child.close()
            else:
                threading.Thread(target=self._serve, args=(child,), name="guarded", daemon=True).start()

    def _serve(self, child: socket.socket) -> None:
        """One connection of the child, to its end. A host that does not exist or does not answer is told by hanging up."""
        with suppress(OSError, BadHeadError), self._close_after(child):
            child.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, HELD)
            try:
                head, rest = read_head(child.recv)
                order = parse_request(head)
                if not hmac.compare_digest(order.proof, basic_credentials(NAME, self._secret)):
                    child.sendall(STRANGER)
                    return
                self._count(requests=1)
                with self._connect(*self._resolve_order(order)) as web:
                    self._forward(order, rest, child, web)
            except FetchFailed as failure:  # known before the child can tell of being hung up on
                self._end(failure)

    def _resolve_order(self, order: ProxyRequest) -> tuple[list[Ip], int]:
        """Where an order leads. Raises FetchFailed where nobody may be led, OSError where there is nobody."""
        try:
            host, port = host_and_port(order.authority, PORTS["https" if order.tunnel else "http"])
        except FetchFailed as failure:
            raise refused_redirect(failure) from failure
        try:
            return ips_to_dial(host, port, self._rules, self._resolve), port
        except FetchFailed as failure:
            if failure.code == "fetch.refused":
                raise refused_redirect(failure) from failure
            raise ConnectionError("no such host") from failure

    @contextmanager
    def _connect(self, ips: list[Ip], port: int) -> Iterator[socket.socket]:
        """A connection to the first of these addresses that answers. Raises OSError where none does."""
        for ip in sorted(ips, key=lambda ip: ip.version)[:TRIED]:
            self._count(connections=1)
            try:
                web = self._dial(ip, port)
                break
            except OSError:
                continue
        else:
            raise ConnectionError("nobody answers")
        with self._close_after(web):
            yield web

    @contextmanager
    def _close_after(self, stream: socket.socket) -> Iterator[None]:
        """Hang up in the end, or when the guard is closed, whichever is first."""
        stream.settimeout(PATIENCE)
        with stream:
            with self._lock:
                if self._closed:
                    raise ConnectionAbortedError("the guard is closed")
                self._open.add(stream)
            try:
                yield
            finally:
                with self._lock:
                    self._open.discard(stream)

    def _forward(self, order: ProxyRequest, rest: bytes, child: socket.socket, web: socket.socket) -> None:
        """Carry a tunnel, or one request and its answer."""
        if order.tunnel:
            child.sendall(ESTABLISHED)
            self._send(web, rest)
        else:
            self._send(web, order.head + rest[: order.body])
            left = order.body - len(rest)
            while left > 0:
                said = child.recv(min(left, CHUNK))
                if not said:
                    return
                self._send(web, said)
                left -= len(said)
            status, told, heard = 100, b"", b""
            while status < 200:
                head, heard = read_head(lambda size: self._receive(web, size), heard)
                status, told = parse_response(head)
            child.sendall(told + heard)
        self._pipe(child, web, both_ways=order.tunnel)

    def _pipe(self, child: socket.socket, web: socket.socket, *, both_ways: bool) -> None:
        """Pass on what either side says until one hangs up or both are silent for long."""
        watched = select.poll()
        watched.register(child, select.POLLIN)
        watched.register(web, select.POLLIN)
        while ready := watched.poll(PATIENCE * 1000):
            for stream, _ in ready:
                if stream == web.fileno():
                    heard = self._receive(web, CHUNK)
                    if not heard:
                        return
                    child.sendall(heard)
                else:
                    said = child.recv(CHUNK)
                    if not said or not both_ways:
                        return
                    self._send(web, said)

    def _receive(self, web: socket.socket, size: int) -> bytes:
        """What the web says, counted."""
        heard = web.recv(size)
        self._count(received=len(heard))
        return heard

    def _send(self, web: socket.socket, said: bytes) -> None:
        """Say something to the web, counted."""
        self._count(sent=len(said))
        web.sendall(said)

    def _count(self, *, connections: int = 0, requests: int = 0, received: int = 0, sent: int = 0) -> None:
        """Add to the traffic. Raises FetchFailed beyond the bounds, OSError once the guard is closed."""
        with self._lock:
            if self._closed:
                raise ConnectionAbortedError("the guard is closed")
            now = self.traffic
            self.traffic = now = TrafficStats(
                now.connections + connections, now.requests + requests, now.received + received, now.sent + sent
            )
        if now.received + now.sent > self._max_bytes:
            raise too_large(self._max_bytes)
        if max(now.connections, now.requests) > self._max_requests:
            raise too_many(self._max_requests)

    def _end(self, failure: FetchFailed) -> None:
        """Close for this reason; the first counts."""
        with self._lock:
            if self._closed:
                return
            self.failure = failure
        self._hang_up()


def refused_redirect(failure: FetchFailed) -> FetchFailed:
    """What is told where an address led on to one that is refused, and why that is."""
    unknown_port = failure.code == "fetch.bad_address" and failure.variant == "port"
    return FetchFailed("fetch.refused", "redirect", why="port_unknown" if unknown_port else failure.variant)


def dial(ip: Ip, port: int) -> socket.socket:
    """A connection to this very address."""
    return socket.create_connection((str(ip), port), timeout=DIAL_SECONDS)


@contextmanager
def run_proxy(
    rules: Rules,
    max_bytes: int,
    *,
    max_requests: int | None = None,
    listener: socket.socket | None = None,
    resolve: Resolve = system_resolve,
    dial: Dial = dial,
) -> Iterator[EgressProxy]:
    """A guard that is closed in the end, with ``listener``, its own otherwise. ``resolve`` and ``dial`` are other ones in tests only."""
    guard = EgressProxy(rules, max_bytes, resolve, dial, max_requests, listener)
    try:
        yield guard
    finally:
        guard.close()
        log.info("the guard counted %s", guard.traffic)
