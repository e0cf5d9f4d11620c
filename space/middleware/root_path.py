"""Below a path: a server that a proxy shows at ``/telltale/`` is asked for ``/telltale/health``, or for ``/health`` where it is cut.

Both are the same to all that comes after. The path itself is told by ``scope["root_path"]``, from which links to this server are made
(``space/core/links.py``). Set by ``TELLTALE_ROOT_PATH``.
"""

from starlette.types import ASGIApp, Receive, Scope, Send


class RootPathMiddleware:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp, root_path: str) -> None:
        self._app = app
        self._root_path = root_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request through, its path without the proxy's part."""
        if scope["type"] == "http" and f"{scope['path']}/".startswith(f"{self._root_path}/"):
            path = scope["path"].removeprefix(self._root_path) or "/"
            scope = {**scope, "path": path, "raw_path": path.encode("latin-1", "replace")}
        await self._app(scope, receive, send)
