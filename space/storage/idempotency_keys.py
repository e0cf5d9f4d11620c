"""Which check was asked for under which Idempotency-Key, kept beside the checks and written in the same transaction (``store.py``)."""

from dataclasses import dataclass

from sqlalchemy import Connection, select

from space.storage.schema import keys
from telltale.core.errors import BadRequest


@dataclass(frozen=True)
class Named:
    """A request's name: who gave it, and what the body was (equal for equal bodies)."""

    caller: str
    key: str
    body: str


def find_named(db: Connection, named: Named) -> str | None:
    """The id of the check that was asked for under this name. Raises BadRequest("request.key_reused")."""
    found = select(keys.c.body, keys.c.check_id).where(keys.c.caller == named.caller, keys.c.key == named.key)
    row = db.execute(found).one_or_none()
    if row is None:
        return None
    if row.body != named.body:
        raise BadRequest("request.key_reused")
    return str(row.check_id)


def keep_name(db: Connection, named: Named, id: str) -> None:
    """From now on this name is that check's."""
    db.execute(keys.insert().values(caller=named.caller, key=named.key, body=named.body, check_id=id))
