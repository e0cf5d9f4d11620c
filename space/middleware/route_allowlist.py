"""Shut: what Gradio would answer and nobody needs here is not there: files by their path, proxies, uploads, run histories, editors.

What is open is listed; what a newer Gradio brings along stays shut until somebody needs it. See also: what the API does not have
(``not_found.py``), and who may ask at all (``cross_origin.py``).
"""

from collections.abc import Callable

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Receive, Scope, Send

from space.core.job import JobError
from space.core.problem_details import respond

OPEN = frozenset(
    {
        *("/", "/docs", "/config", "/config/", "/theme.css", "/favicon.ico", "/robots.txt", "/manifest.json"),
        *(f"/gradio_api/{name}" for name in ("info", "info/", "app_id", "queue/join", "queue/data", "cancel", "reset", "startup-events")),
        *(f"/gradio_api/{name}" for name in ("component_server", "component_server/", "theme.css")),
    }
)
OWN = ("/api/", "/health", "/metrics", "/page/", "/mcp")
"""Ours: each says itself what it has."""
BELOW = ("/assets/", "/static/", "/svelte/", "/gradio_api/call/", "/gradio_api/run/", "/gradio_api/api/", "/gradio_api/heartbeat/")
"""What the page and ``gradio_client`` ask for."""
MOST_RANGES = 8
"""A browser asks for one part of a file, a reader of videos for a few; for more the whole is sent."""


class RouteAllowlistMiddleware:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp, refused: Callable[[str], None]) -> None:
        self._app = app
        self._refused = refused

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request through, or refuse it."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        if not is_open(scope["path"]):
            self._refused("request.invalid")
            fault = JobError("request.invalid", "nothing_here", {"what": f"{scope['method']} {scope['path']}"})
            return await respond(fault, 404)(scope, receive, send)
        if Headers(scope=scope).get("range", "").count(",") >= MOST_RANGES:
            scope = {**scope, "headers": list(scope["headers"])}
            del MutableHeaders(scope=scope)["range"]
        await self._app(scope, receive, send)


def is_open(path: str) -> bool:
    """Whether there is something at this path; never where it goes up again."""
    parts = path.replace("\\", "/").split("/")
    return ".." not in parts and "\0" not in path and (path in OPEN or path.startswith(BELOW) or path.startswith(OWN))
