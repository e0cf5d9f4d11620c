"""Where checks are found over HTTP: the paths of the API, the links of one check, and the server's own address."""

from pydantic import BaseModel
from starlette.datastructures import Headers
from starlette.types import Scope

PREFIX = "/api/v1/checks"
BATCHES = "/api/v1/batches"


class Links(BaseModel):
    """Where the rest of a check is found, relative to this server."""

    self: str
    events: str
    page: str
    pictures: str


def links_of(id: str) -> Links:
    """The links of one check."""
    here = f"{PREFIX}/{id}"
    return Links(self=here, events=f"{here}/events", page=f"/?check={id}", pictures=f"{here}/evidence/")


def base_of(scope: Scope, proxies: int = 0) -> str:
    """The address of this server as its caller sees it, without a slash at its end; ``proxies`` of our own tell the scheme."""
    headers = Headers(scope=scope)
    told = headers.get("x-forwarded-proto", "").rpartition(",")[2].strip().lower() if proxies else ""
    scheme = told if told in ("http", "https") else scope.get("scheme", "http")
    return f"{scheme}://{headers.get('host', '')}{scope.get('root_path', '').rstrip('/')}"
