"""A trust list: the certificates of those whose signatures under Content Credentials a person believes. There is none by default.

See also: checking a signature against it (``c2pa_worker.py``).
"""

import hashlib
import ssl
from dataclasses import dataclass
from pathlib import Path

from telltale.core.errors import BadRequest

LARGEST = 8_000_000


@dataclass(frozen=True)
class TrustList:
    """The certificates as PEM, under the name of their file and the beginning of its SHA-256."""

    name: str
    pem: str


def read_trust_list(path: Path) -> TrustList:
    """A file of certificates in PEM. Raises BadRequest("request.invalid") where it is none."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
        pem = content.decode("ascii", errors="replace")
        if len(content) > LARGEST or "PRIVATE KEY" in pem:
            raise ValueError
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=pem)
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        raise BadRequest("request.invalid", "trust_list", name=path.name) from error
    return TrustList(f"{path.name} ({hashlib.sha256(content).hexdigest()[:12]})", pem)
