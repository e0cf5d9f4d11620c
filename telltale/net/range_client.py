"""A bounded HTTP client that reads ranges side by side, and a file whose bytes are fetched where they are read.

Every request goes to the filtering proxy of the job, where one is given; redirects come back from it and are asked for anew, so that each
is judged there. What a server says of ranges and lengths is compared with what was asked and what came. No credentials; cookies only those
that its caller has for just that address (``cookies``), so that one site's are never told to another.

See also: which addresses may be asked (the proxy decides); which ranges are needed (``telltale/streaming/sample_times.py``,
``telltale/streaming/progressive.py``).
"""

import http.client
import re
import ssl
import threading
import zlib
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import urljoin, urlsplit

from telltale.core.errors import FetchFailed
from telltale.net.failures import answer_of, too_large, too_many
from telltale.net.proxy_headers import basic_credentials

Given = TypeVar("Given")
Got = TypeVar("Got")

REDIRECTS = (301, 302, 303, 307, 308)
HOPS = 5
TRIES = 3
"""How often a range is asked for, where a connection breaks in the middle of it."""
PIECE = 64 * 1024
KEPT_BACK = frozenset({"cookie", "authorization", "host", "range", "accept-encoding", "connection", "content-length", "transfer-encoding"})
"""Headers that a page's player may name and that are not passed on."""
CONTENT_RANGE = re.compile(r"bytes (\d{1,15})-(\d{1,15})/(\d{1,15})")

WebConnection = http.client.HTTPConnection


@dataclass(frozen=True)
class Target:
    """What is asked for: an address, and the headers that its page's player would send."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict, hash=False)

    def resolve(self, url: str) -> "Target":
        """Another address of the same player. Raises FetchFailed for what is none."""
        try:
            joined = urljoin(self.url, url)
            _ = urlsplit(joined).port
        except ValueError as error:
            raise FetchFailed("fetch.upstream", "redirect") from error
        return Target(joined, self.headers)


def no_cookies(_: str) -> None:
    """There are none for any address."""


class RangeClient:
    """Asks through ``proxy`` ("http://host:port", or "" for none) on up to ``parallel`` connections, and counts.

    ``read`` is bytes of bodies, ``requests`` includes those answered with redirects. Beyond ``max_bytes`` or ``max_requests`` every
    call raises FetchFailed.
    """

    def __init__(
        self,
        *,
        proxy: str = "",
        max_bytes: int = 200_000_000,
        max_requests: int = 4000,
        parallel: int = 6,
        patience: float = 15.0,
        cookies: Callable[[str], str | None] = no_cookies,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self.proxy = urlsplit(proxy) if proxy else None
        name, secret = (self.proxy.username, self.proxy.password) if self.proxy else (None, None)
        self._shown = {"Proxy-Authorization": basic_credentials(name, secret).decode()} if name and secret else {}
        self.max_bytes, self.max_requests, self.parallel, self.patience = max_bytes, max_requests, parallel, patience
        self.read = self.requests = 0
        self._context, self._cookies = context, cookies
        self._idle: dict[tuple[str, str], list[WebConnection]] = {}
        self._made: list[WebConnection] = []
        self._moved: dict[str, str] = {}
        self._lock = threading.Lock()

    def get(self, target: Target, start: int | None = None, stop: int | None = None) -> "Response":
        """The beginning of an answer: 206 with the range asked for, or 200 with everything. Raises FetchFailed."""
        url = self._moved.get(target.url, target.url)
        for _ in range(HOPS):
            answer = self._once(url, target.headers, start, stop)
            if answer.status not in REDIRECTS:
                break
            place = answer.response.getheader("Location")
            answer.close()
            url = Target(url).resolve(place or "").url
            if not place or urlsplit(url).scheme not in ("http", "https"):
                raise FetchFailed("fetch.upstream", "not_web")
        else:
            raise answer_of(302, circular=True)
        if url != target.url:
            self._moved[target.url] = url
        if answer.status not in (200, 206):
            answer.close()
            raise answer_of(answer.status)
        return answer

    def _once(self, url: str, headers: Mapping[str, str], start: int | None, stop: int | None) -> "Response":
        parts = urlsplit(url)
        key = (parts.scheme, parts.netloc)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        told = {name: value for name, value in headers.items() if name.lower() not in KEPT_BACK and not name.lower().startswith("proxy-")}
        cookies = self._cookies(url)
        told |= {"Cookie": cookies} if cookies else {}
        told |= {"Accept-Encoding": "identity"} | (self._shown if parts.scheme == "http" else {})
        if start is not None:
            told["Range"] = f"bytes={start}-{'' if stop is None else stop - 1}"
        for fresh in (False, True):
            try:
                connection, used = self._connection(key, fresh)
            except (http.client.HTTPException, ValueError) as error:  # a host that is none
                raise failure(error) from error
            self._count(request=True)
            try:
                connection.request("GET", url if self.proxy and parts.scheme == "http" else path, headers=told)
                return Response(self, key, connection, connection.getresponse(), start)
            except (OSError, http.client.HTTPException, ValueError) as error:
                connection.close()
                if not used:
                    raise failure(error) from error
        raise broken()

    def _connection(self, key: tuple[str, str], fresh: bool) -> tuple[WebConnection, bool]:
        """A connection for a scheme and host, and whether it was used before, so that it may have been closed meanwhile."""
        with self._lock:
            idle = self._idle.get(key)
            if idle and not fresh:
                return idle.pop(), True
        scheme, host = key
        near = self.proxy.netloc.rpartition("@")[2] if self.proxy else host
        if scheme == "http":
            return self._remember(http.client.HTTPConnection(near, timeout=self.patience)), False
        with self._lock:
            self._context = self._context or ssl.create_default_context()
        secure = http.client.HTTPSConnection(near, timeout=self.patience, context=self._context)
        if self.proxy:
            named = urlsplit(f"//{host}")
            secure.set_tunnel(named.hostname or "", named.port or 443, self._shown)
        return self._remember(secure), False

    def _remember(self, connection: WebConnection) -> WebConnection:
        with self._lock:
            self._made.append(connection)
        return connection

    def _give_back(self, key: tuple[str, str], connection: WebConnection) -> None:
        with self._lock:
            self._idle.setdefault(key, []).append(connection)

    def _count(self, size: int = 0, request: bool = False) -> None:
        with self._lock:
            self.read += size
            self.requests += request
            if self.read > self.max_bytes:
                raise too_large(self.max_bytes)
            if self.requests > self.max_requests:
                raise too_many(self.max_requests)

    def read_range(self, target: Target, start: int, stop: int, total: int | None = None) -> bytes:
        """Exactly the bytes ``start``..``stop`` of a file that is ``total`` long; what is missing of an answer is asked for again."""
        held = bytearray()
        for _ in range(TRIES):
            answer = self.get(target, start + len(held), stop)
            if answer.status != 206 or answer.encoded or (total is not None and answer.total != total):
                answer.close()
                raise wrong_range()
            held += answer.read(stop - start - len(held))
            answer.close()
            if len(held) == stop - start:
                return bytes(held)
        raise broken()

    def read_text(self, target: Target, most: int) -> str:
        """A small text, whatever its encoding on the way; longer ones are refused."""
        answer = self.get(target)
        body = answer.read(most + 1)
        answer.close()
        if len(body) > most:
            raise too_large(most)
        return body.decode("utf-8", errors="replace")

    def map(self, work: Callable[[Given], Got], given: Iterable[Given], heard: Callable[[int], None] = lambda _: None) -> list[Got]:
        """``work`` for each, ``parallel`` at a time, in order; ``heard`` is told here how many are done. The first failure ends all."""
        with ThreadPoolExecutor(self.parallel, thread_name_prefix="read") as pool:
            futures = [pool.submit(work, item) for item in given]
            waiting = set(futures)
            try:
                while waiting:
                    done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                    for future in done:
                        future.result()
                    heard(len(futures) - len(waiting))
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
            return [future.result() for future in futures]

    def close(self) -> None:
        """Hang up everywhere."""
        with self._lock:
            for connection in self._made:
                connection.close()
            self._made.clear()
            self._idle.clear()


class Response:
    """One answer, whose body is taken piece by piece; hanging up early costs no more than what was taken."""

    def __init__(
        self, client: RangeClient, key: tuple[str, str], connection: WebConnection, response: http.client.HTTPResponse, start: int | None
    ):
        self.response, self.status = response, response.status
        self._client, self._key, self._connection = client, key, connection
        encoding = (response.getheader("Content-Encoding") or "identity").lower()
        self.encoded = encoding not in ("identity", "none", "")
        self._unpack = zlib.decompressobj(47) if encoding in ("gzip", "x-gzip", "deflate") else None
        if self.encoded and self._unpack is None and self.status == 200:
            self.close()
            raise FetchFailed("fetch.upstream", "packed")
        self.total: int | None = None
        self._left: int | None = None
        if self.status == 206:
            self._check_range(start)
        else:
            length = response.getheader("Content-Length") or ""
            self.total = int(length) if length.isdecimal() and len(length) < 16 and not self.encoded else None

    def _check_range(self, start: int | None) -> None:
        """A range that is not the one asked for is no answer."""
        said = CONTENT_RANGE.fullmatch((self.response.getheader("Content-Range") or "").strip())
        if said is None or start is None or int(said[1]) != start or not start <= int(said[2]) < int(said[3]):
            self.close()
            raise wrong_range()
        self.total, self._left = int(said[3]), int(said[2]) + 1 - start

    def read(self, most: int) -> bytes:
        """Up to ``most`` bytes more, fewer only where the body ends or the connection breaks."""
        held = bytearray()
        while len(held) < most:
            piece = self._read_piece(min(most - len(held), PIECE))
            if not piece:
                break
            held += piece
        return bytes(held)

    def _read_piece(self, most: int) -> bytes:
        if self._unpack and self._unpack.unconsumed_tail:
            return self._unpack.decompress(self._unpack.unconsumed_tail, most)
        if self._left is not None:
            most = min(most, self._left)
        try:
            piece = self.response.read(most) if most else b""
        except http.client.IncompleteRead as error:
            piece = error.partial
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise failure(error) from error
        self._client._count(len(piece))
        if self._left is not None:
            self._left -= len(piece)
        try:
            return self._unpack.decompress(piece, most) if self._unpack and piece else piece
        except zlib.error as error:
            raise wrong_range() from error

    def close(self) -> None:
        """Keep the connection if the body was taken to its end, else hang up."""
        if self.response.isclosed() and not self.response.will_close:
            self._client._give_back(self._key, self._connection)
        else:
            self.response.close()
            self._connection.close()


def broken() -> FetchFailed:
    """The site hung up too often."""
    return FetchFailed("fetch.upstream", "broken_off")


def wrong_range() -> FetchFailed:
    """What came is not what was asked for."""
    return FetchFailed("fetch.upstream", "wrong_parts")


def failure(error: Exception) -> FetchFailed:
    """What broke, in words that quote nothing."""
    if isinstance(error, TimeoutError):
        return FetchFailed("fetch.timeout")
    if isinstance(error, ssl.SSLCertVerificationError):
        return FetchFailed("fetch.upstream", "certificate")
    return FetchFailed("fetch.upstream", "connection")
