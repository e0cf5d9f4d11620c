"""What strangers do to a server to wear it out: connections by hand, a byte a second, floods, and a look at /health all the while.

See also: what is demanded (``doors.py``).
"""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import httpx

SLOW_HEAD = "GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: "
SLOW_BODY = (
    "POST /api/v1/checks HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: multipart/form-data; boundary=edge\r\nContent-Length: 100000\r\n\r\n"
    '--edge\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\n\r\n'
)
NEVER_READ = "GET /api/v1/openapi.json HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * 40
ESTABLISHED = 1
"""Of the states of a TCP connection (netinet/tcp.h)."""
KINDS = {"heads": SLOW_HEAD, "bodies": SLOW_BODY, "silences": "", "readers": NEVER_READ}


class Health:
    """Seconds that each look at /health took, ten a second, from a thread of its own."""

    def __init__(self, url: str) -> None:
        self.took: list[float] = []
        self._url = url
        self._over = threading.Event()

    def look_on(self) -> None:
        """Until it is over."""
        with httpx.Client(base_url=self._url, timeout=30) as http:
            while not self._over.wait(0.1):
                began = time.monotonic()
                with suppress(httpx.TransportError):
                    http.get("/health")
                self.took.append(time.monotonic() - began)

    @contextmanager
    def watched(self) -> Iterator[None]:
        """While the context lasts."""
        thread = threading.Thread(target=self.look_on)
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            thread.join()


async def until_cut(port: int, opening: str, seconds: float, after: float) -> float | None:
    """Say the opening, then a byte a second, or nothing, and read nothing: seconds until the server cuts; None where it does not."""
    await asyncio.sleep(after)  # not all at once: that would be a flood
    began, loop = time.monotonic(), asyncio.get_running_loop()
    with socket.socket() as line:
        line.setblocking(False)
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        try:
            await loop.sock_connect(line, ("127.0.0.1", port))
            await loop.sock_sendall(line, opening.encode())
            while time.monotonic() - began < seconds:
                await asyncio.sleep(1)
                if line.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] != ESTABLISHED:
                    return time.monotonic() - began
                if opening in (SLOW_HEAD, SLOW_BODY):
                    line.send(b"x")
        except OSError:
            return time.monotonic() - began
    return None


async def all_cut(port: int, each: int, seconds: float) -> dict[str, list[float | None]]:
    """So many of each kind at once."""
    counts = {kind: each // 4 if kind == "readers" else each for kind in KINDS}
    wanted = [(kind, KINDS[kind], place / 20) for kind, count in counts.items() for place in range(count)]
    found = await asyncio.gather(*(until_cut(port, opening, seconds, after) for _, opening, after in wanted))
    return {kind: [took for (one, _, _), took in zip(wanted, found, strict=True) if one == kind] for kind in KINDS}


async def slow_upload(port: int, seconds: float, per_second: int) -> int:
    """The status that an honest but slow upload gets."""
    body = b"x" * int(seconds * per_second)
    head = SLOW_BODY.partition("\r\n\r\n")[2].encode()
    tail = b"\r\n--edge--\r\n"
    told = SLOW_BODY.replace("100000", str(len(head) + len(body) + len(tail))).encode()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(told)
    piece = per_second // 4
    for place in range(0, len(body), piece):
        writer.write(body[place : place + piece])
        await asyncio.sleep(0.25)
    writer.write(tail)
    line = (await reader.readline()).decode().split()
    writer.close()
    return int(line[1]) if line else 0


@contextmanager
def event_streams(port: int, id: str, count: int) -> Iterator[int]:
    """So many open streams of one check that does not move: how many gave their first event."""
    loop = asyncio.new_event_loop()
    asked = f"GET /api/v1/checks/{id}/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()

    async def one() -> tuple[bool, asyncio.StreamWriter | None]:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(asked)
            async with asyncio.timeout(60):
                await reader.readuntil(b"data: ")
        except (OSError, asyncio.IncompleteReadError):
            return False, None
        return True, writer

    async def opened() -> list[tuple[bool, asyncio.StreamWriter | None]]:
        return await asyncio.gather(*(one() for _ in range(count)))

    found = loop.run_until_complete(opened())
    try:
        yield sum(good for good, _ in found)
    finally:
        for _, writer in found:
            if writer:
                writer.transport.abort()
        loop.run_until_complete(asyncio.sleep(0.1))
        loop.close()


def pour(port: int, head: str, first: bytes, total: int) -> tuple[int, int, float]:
    """Send a head, a beginning and then zeros in chunks without end. -> status (0: none), bytes that went, seconds."""
    began, sent, told = time.monotonic(), 0, b""
    piece = b"%x\r\n" % 65536 + b"x" * 65536 + b"\r\n"
    with socket.create_connection(("127.0.0.1", port), 40) as line, suppress(OSError):
        line.sendall(head.encode() + b"%x\r\n" % len(first) + first + b"\r\n")
        line.setblocking(False)
        while sent < total and time.monotonic() - began < 60:
            with suppress(BlockingIOError):
                sent += line.send(piece[sent % len(piece) :])  # the server may stop reading: then nothing goes
            with suppress(BlockingIOError):
                told += line.recv(4096)
            if told:
                break
            time.sleep(0.0005)
    return int(told.split()[1]) if told else 0, sent, time.monotonic() - began
