"""space/middleware/slow_clients.py over real sockets: an idle or slow connection is cut, a sound one is not, and it goes on being kept
alive.
"""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route

from space.middleware import slow_clients

POST = b"POST /count HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 40000\r\n\r\n"


async def count(request: Request) -> PlainTextResponse:
    """How much came."""
    return PlainTextResponse(str(len(await request.body())))


async def silent(_: Request) -> StreamingResponse:
    """An answer that is long in coming."""

    async def late() -> AsyncIterator[bytes]:
        yield b"first "
        await asyncio.sleep(1.2)
        yield b"last"

    return StreamingResponse(late())


async def told(*sent: tuple[float, bytes]) -> bytes:
    """What comes back where so many bytes are sent after so many seconds."""
    app = Starlette(routes=[Route("/count", count, methods=["POST"]), Route("/silent", silent)])
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, http=slow_clients.SlowClientProtocol, log_level="error", lifespan="off"))
        serving = asyncio.create_task(server.serve([listening]))
        while not server.started:
            await asyncio.sleep(0.01)
        reader, writer = await asyncio.open_connection(*listening.getsockname())
        try:
            for after, data in sent:
                await asyncio.sleep(after)
                writer.write(data)
            async with asyncio.timeout(3):
                return await reader.read()
        except ConnectionError:
            return b"cut"
        except TimeoutError:
            return b"left alone"
        finally:
            writer.close()
            server.should_exit = True
            await serving


@pytest.mark.parametrize(
    ("sent", "comes"),
    [
        ([(0.0, b"GET /sil")], b"cut"),
        ([(0.0, POST + b"x" * 100)], b"cut"),
        ([(0.0, POST), *[(0.25, b"x" * 5000)] * 8], b"40000"),
        ([(0.0, b"GET /silent HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")], b"last"),
    ],
)
def test_what_is_cut_and_what_is_not(monkeypatch: pytest.MonkeyPatch, sent: list[tuple[float, bytes]], comes: bytes) -> None:
    monkeypatch.setattr(slow_clients, "WINDOW", 0.4)
    monkeypatch.setattr(slow_clients, "LEAST", 2_000)
    assert comes in asyncio.run(told(*sent))
