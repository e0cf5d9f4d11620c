"""Where checks are found over HTTP: the paths of the API and the links of one check."""

from pydantic import BaseModel

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
