"""Walls: headers sent with every answer, so that the browser itself refuses whatever would come from or go to anywhere else."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

WALLS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data: blob:; font-src 'self' data:; style-src 'self' 'unsafe-inline';"
        " script-src 'self' 'unsafe-inline' 'unsafe-eval'; connect-src 'self' data: blob:;"
        " object-src 'none'; base-uri 'self'; form-action 'self'"
    ),  # Gradio's front end compiles templates in the browser: it needs the two unsafe ones
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


class SecurityHeadersMiddleware:
    """ASGI middleware that adds ``WALLS`` and touches nothing else (streams stay streams)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request through."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(WALLS)
            await send(message)

        await self._app(scope, receive, send_with_headers if scope["type"] == "http" else send)
