"""Gate: what a browser may be made to ask of this server. Before anything is read, a request is refused that

- names another host than this server's (DNS rebinding), whatever its method;
- changes something and comes from another site's page (cross-site forms and scripts; ``Origin: null`` is such a site too);
- changes something in a content type that a page may send anywhere without asking (``text/plain``, a plain HTML form).

A browser extension is no web page, so it passes; whether it may *read* answers is its host permission's business, or that of ``origins``:
only those get CORS headers. Programs send no Origin and pass. See also: who may ask at all (``bearer_auth.py``).
"""

from collections.abc import Callable

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from space.core.allowed_hosts import Hosts
from space.core.job import JobError
from space.core.problem_details import respond

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
EXTENSIONS = ("chrome-extension://", "moz-extension://", "safari-web-extension://")
UNASKED = frozenset({"text/plain", "application/x-www-form-urlencoded"})
"""What a page may send to any server without a preflight, beside forms with files, which the Origin stops."""
CORS = "access-control-"
PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, POST, DELETE",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key, Telltale-Owner",
    "Access-Control-Max-Age": "600",
}
WRONG_HOST = JobError("request.wrong_host")
WRONG_ORIGIN = JobError("request.wrong_origin")
WRONG_TYPE = JobError("request.invalid", "content_type")


class CrossOriginMiddleware:
    """ASGI middleware. There are no WebSockets here, so none is let in."""

    def __init__(self, app: ASGIApp, hosts: Hosts, origins: frozenset[str], refused: Callable[[str], None]) -> None:
        self._app = app
        self._hosts = hosts
        self._origins = origins
        self._refused = refused

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request through, or refuse it."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        elif scope["type"] != "http":
            await self._app(scope, receive, send)
        else:
            headers = Headers(scope=scope)
            origin = headers.get("origin", "")
            shared = origin if origin in self._origins else None
            refused = self._refusal(scope["method"], headers, origin)
            if refused:
                self._refused(refused.code)
                await respond(refused)(scope, receive, sharing(send, shared))
            elif scope["method"] == "OPTIONS" and shared:
                await Response(status_code=204, headers=PREFLIGHT)(scope, receive, sharing(send, shared))
            else:
                await self._app(scope, receive, sharing(send, shared))

    def _refusal(self, method: str, headers: Headers, origin: str) -> JobError | None:
        """Why this request is not let in."""
        host = headers.get("host", "")
        if not self._hosts.answer(host):
            return WRONG_HOST
        if method in SAFE and not (method == "OPTIONS" and origin):
            return None
        if origin:
            welcome = origin in self._origins or origin.startswith(EXTENSIONS) or self._hosts.is_own(origin, host)
        else:
            welcome = headers.get("sec-fetch-site", "none") in ("none", "same-origin")
        if not welcome:
            return WRONG_ORIGIN
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        return WRONG_TYPE if kind in UNASKED else None


def sharing(send: Send, origin: str | None) -> Send:
    """Answers carry CORS headers for ``origin`` alone, whatever the application below thinks of it."""

    async def send_shared(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name in {name for name in headers if name.startswith(CORS) and name not in map(str.lower, PREFLIGHT)}:
                del headers[name]
            if origin:
                headers["Access-Control-Allow-Origin"] = origin
                headers["Access-Control-Expose-Headers"] = "Retry-After, WWW-Authenticate"
                headers.add_vary_header("Origin")
        await send(message)

    return send_shared
