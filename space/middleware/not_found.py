"""Absent: what the API does not have is told as a problem document and does not fall through to the page.

A path of the API with another method than it knows is 405 with ``Allow``; any other path below ``/api/`` is 404. Files are taken by the API
alone, where they are counted, so Gradio's own upload is not there either. See also: what there is (``space/api/routes.py``).
"""

from collections import defaultdict
from collections.abc import Iterable

from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from space.core.job import JobError
from space.core.problem_details import respond

NOWHERE = ("/api/{rest:path}", "/gradio_api/upload")


class Absent:
    """ASGI application that refuses; ``allowed`` are the methods that the path knows."""

    def __init__(self, allowed: Iterable[str] = ()) -> None:
        self._allowed = ", ".join(sorted(allowed))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse one request."""
        scope["app"].state.metrics.count_refused("request.invalid")
        what = f"{scope['method']} {scope['path']}"
        if self._allowed:
            fault = JobError("request.invalid", "method", {"allowed": self._allowed, "what": what})
            await respond(fault, 405, {"Allow": self._allowed})(scope, receive, send)
        else:
            await respond(JobError("request.invalid", "nothing_here", {"what": what}), 404)(scope, receive, send)


def absent_of(routes: Iterable[BaseRoute]) -> list[Route]:
    """What is to stand behind ``routes``."""
    known: dict[str, set[str]] = defaultdict(set)
    for route in routes:
        if isinstance(route, Route):
            known[route.path] |= route.methods or set()
    return [Route(path, Absent(methods)) for path, methods in known.items()] + [Route(path, Absent()) for path in NOWHERE]
