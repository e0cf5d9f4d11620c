"""Idempotency-Key: a name that a caller gives to a request, so that asking again after a lost answer does not make a second check.

The same key with the same body is the same check, whatever has become of it since, until that check is forgotten; with another body it is
refused. A key is its caller's own: another's key tells nothing. Kept beside the checks and written in the same transaction
(``space/storage/store.py``).
"""

from dataclasses import dataclass

from sqlalchemy import Connection, select

from space.storage.schema import keys
from telltale.core.errors import BadRequest

LONGEST = 255
REUSED = "This Idempotency-Key was used for something else before. Send a new key with a new request."


@dataclass(frozen=True)
class Named:
    """A request's name: who gave it, and what the body was (equal for equal bodies)."""

    caller: str
    key: str
    body: str


def key_in(header: str | None) -> str | None:
    """The header's key, without the quotes that it may have. Raises BadRequest for what is no key."""
    if header is None:
        return None
    key = header.strip()
    key = key[1:-1] if len(key) >= 2 and key[0] == key[-1] == '"' else key
    if not key or len(key) > LONGEST or not key.isascii() or not key.isprintable():
        raise BadRequest("request.invalid", f"An Idempotency-Key has 1 to {LONGEST} plain letters, such as a UUID.")
    return key


def find_named(db: Connection, named: Named) -> str | None:
    """The id of the check that was asked for under this name. Raises BadRequest("request.key_reused")."""
    found = select(keys.c.body, keys.c.check_id).where(keys.c.caller == named.caller, keys.c.key == named.key)
    row = db.execute(found).one_or_none()
    if row is None:
        return None
    if row.body != named.body:
        raise BadRequest("request.key_reused", REUSED)
    return str(row.check_id)


def keep_name(db: Connection, named: Named, id: str) -> None:
    """From now on this name is that check's."""
    db.execute(keys.insert().values(caller=named.caller, key=named.key, body=named.body, check_id=id))
