"""Bodies: how large one may be where no file is taken. Of a larger one no more is read than fits, whoever would have read it.

Files and batches are counted where they are taken (``space/api/upload.py``, ``space/api/routes.py``). See also: how slowly it may come
(``slow_clients.py``).
"""

from collections.abc import Callable

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from space.core.job import JobError
from space.core.links import PREFIX
from space.core.problem_details import respond

MOST = 1_000_000
"""Bytes: a batch of addresses, the longest there is."""
TOO_LARGE = JobError("request.too_large", "", {"megabytes": round(MOST / 1e6)})


class BodyLimitMiddleware:
    """ASGI middleware. A length that is told is believed where it is too large; else the bytes are counted as they come."""

    def __init__(self, app: ASGIApp, refused: Callable[[str], None]) -> None:
        self._app = app
        self._refused = refused

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request through, or refuse it."""
        if scope["type"] != "http" or scope["path"] == PREFIX:
            return await self._app(scope, receive, send)
        body = Body(receive, send)
        told = Headers(scope=scope).get("content-length", "")
        if told.isdecimal() and int(told) > MOST:
            body.too_large = True
        else:
            try:
                await self._app(scope, body.receive, body.send)
            except ClientDisconnect:
                if not body.too_large:
                    raise
        if body.too_large:
            self._refused(TOO_LARGE.code)
            if not body.answered:
                await respond(TOO_LARGE)(scope, receive, send)


class Body:
    """One body as it comes. Once it is too large, its reader hears that the other side has gone, and is heard no more."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self._came = 0
        self.too_large = self.answered = False

    async def receive(self) -> Message:
        """The next piece."""
        message = {"type": "http.disconnect"} if self.too_large else await self._receive()
        self._came += len(message.get("body", b""))
        if self._came > MOST:
            self.too_large = True
            return {"type": "http.disconnect"}
        return message

    async def send(self, message: Message) -> None:
        """The answer, unless it answers what was cut short."""
        if not self.too_large or self.answered:
            self.answered = True
            await self._send(message)
