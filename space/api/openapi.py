"""The OpenAPI document of this server: what the routes say, and the token where the server wants one. See also: the routes
(``routes.py``).
"""

from typing import Any

from fastapi import FastAPI

from space.middleware.bearer_auth import OPEN

TOKEN = {"type": "http", "scheme": "bearer", "description": "One of the server's tokens, as its operator gave it (TELLTALE_API_TOKENS)."}


class Described(FastAPI):
    """An application whose document says how to show a token, if ``app.state.settings`` holds any."""

    def openapi(self) -> dict[str, Any]:
        """The document, as JSON."""
        document = super().openapi()
        if self.state.settings.api_tokens and "security" not in document:
            document.setdefault("components", {})["securitySchemes"] = {"token": TOKEN}
            document["security"] = [{"token": []}]
            for path in OPEN & document["paths"].keys():
                for operation in document["paths"][path].values():
                    operation["security"] = []
        return document
