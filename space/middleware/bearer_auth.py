"""Tokens: where the server has some, nobody without one gets further than ``/health``. Off unless ``TELLTALE_API_TOKENS`` is set.

Programs send ``Authorization: Bearer TOKEN``. A person's browser asks for a password, which is the token (the name does not matter), and
sends it with everything that the page asks. Tokens are kept and compared as digests, in constant time, and never written to a log. Not
here: what each caller may ask for (``rate_limit.py``).
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Iterable

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from space.core.job import JobError
from space.core.problem_details import respond

OPEN = frozenset({"/health"})
BEARER = 'Bearer realm="Telltale"'
BASIC = 'Basic realm="Telltale", charset="UTF-8"'
NO_TOKEN = JobError("request.no_token")
WRONG_TOKEN = JobError("request.wrong_token")


class BearerAuthMiddleware:
    """ASGI middleware. Who passes is called by the digest of the token in ``scope["state"]["caller"]``."""

    def __init__(self, app: ASGIApp, tokens: Iterable[str], refused: Callable[[str], None]) -> None:
        self._app = app
        self._refused = refused
        self._digests = [digest(token) for token in tokens]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request through, or refuse it."""
        if scope["type"] != "http" or not self._digests or scope["path"] in OPEN:
            return await self._app(scope, receive, send)
        scheme, given = token_in(Headers(scope=scope).get("authorization", ""))
        known = given is not None and self._knows(digest(given))
        if known and given is not None:
            scope.setdefault("state", {})["caller"] = f"token {digest(given).hex()[:16]}"
            return await self._app(scope, receive, send)
        if given is not None and scheme == "bearer":
            self._refused(WRONG_TOKEN.code)
            return await respond(WRONG_TOKEN)(scope, receive, send)
        wants_page = "text/html" in Headers(scope=scope).get("accept", "")
        challenge = BASIC if wants_page or scheme == "basic" else BEARER
        self._refused(NO_TOKEN.code)
        await respond(NO_TOKEN, headers={"WWW-Authenticate": challenge})(scope, receive, send)

    def _knows(self, given: bytes) -> bool:
        """Compared with every digest, so that the time tells nothing of which."""
        return sum(hmac.compare_digest(given, one) for one in self._digests) > 0


def digest(token: str) -> bytes:
    """What is kept of a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()


def token_in(authorization: str) -> tuple[str, str | None]:
    """``Bearer abc`` -> bearer, abc; ``Basic …`` -> basic and the password; None for what holds no token."""
    scheme, _, rest = authorization.partition(" ")
    scheme, rest = scheme.lower(), rest.strip()
    if scheme == "bearer":
        return scheme, rest or None
    if scheme == "basic":
        try:
            return scheme, base64.b64decode(rest, validate=True).decode().partition(":")[2] or None
        except (binascii.Error, UnicodeDecodeError):
            return scheme, None
    return scheme, None
