"""Idempotency-Key: a name that a caller gives to a request, so that asking again after a lost answer does not make a second check.

The same key with the same body is the same check, whatever has become of it since, until that check is forgotten; with another body it is
refused. A key is its caller's own: another's key tells nothing. Kept beside the checks and written in the same transaction
(``space/storage/store.py``).
"""

from telltale.core.errors import BadRequest

LONGEST = 255


def key_in(header: str | None) -> str | None:
    """The header's key, without the quotes that it may have. Raises BadRequest for what is no key."""
    if header is None:
        return None
    key = header.strip()
    key = key[1:-1] if len(key) >= 2 and key[0] == key[-1] == '"' else key
    if not key or len(key) > LONGEST or not key.isascii() or not key.isprintable():
        raise BadRequest("request.invalid", "idempotency_key", most=LONGEST)
    return key
