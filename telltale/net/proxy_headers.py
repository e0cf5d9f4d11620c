"""The heads of the HTTP messages that pass the guard: what a request asks for, and what of it and of its answer is passed on.

Read strictly: a head that two readers could understand differently is not passed on. See also: whether the host that is named may be
reached (``url_policy.py``); bodies, which pass as they are (``egress_proxy.py``).
"""

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass

LONGEST = 64 * 1024
"""Bytes of a head; whoever sends more is hung up on."""

END = re.compile(rb"\r?\n\r?\n")
REQUEST = re.compile(rb"([A-Z]{3,10}) ([!-~]+) HTTP/1\.[01]")
STATUS = re.compile(rb"HTTP/1\.[01] ([1-9][0-9]{2})( [^\r\n\0]*)?")
FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\r\n\0]*)")
WHOLE = re.compile(r"http://([^/?#]+)([^#]*)", re.IGNORECASE)
LENGTH = re.compile(rb"[0-9]{1,12}")
FOR_THE_NEXT_HOP = frozenset(
    {b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-authorization", b"proxy-connection", b"te", b"upgrade", b"expect"}
)
"""Fields that concern two neighbours only (RFC 9110, 7.6.1), and "Expect", whose answer nobody waits for."""


class BadHeadError(ValueError):
    """A head that is not passed on."""


@dataclass(frozen=True)
class ProxyRequest:
    """What a request wants of ``authority``: a tunnel to it, or to have ``head`` and ``body`` more bytes sent to it.

    ``proof`` is what the asker shows to be let through at all, and is not sent on.
    """

    authority: str
    tunnel: bool
    head: bytes = b""
    body: int = 0
    proof: bytes = b""


def read_head(receive: Callable[[int], bytes], held: bytes = b"") -> tuple[bytes, bytes]:
    """A head without its empty line, and what was received beyond it; ``held`` came before. Raises BadHeadError where it has no end."""
    while True:
        if found := END.search(held):
            return held[: found.start()], held[found.end() :]
        if len(held) > LONGEST:
            raise BadHeadError("a head without end")
        heard = receive(LONGEST)
        if not heard:
            raise BadHeadError("a head that was cut off")
        held += heard


def parse_request(head: bytes) -> ProxyRequest:
    """What a request's head asks for; what is sent on names the host once, as it was judged, and closes the connection."""
    line, *fields = head.split(b"\r\n")
    request = REQUEST.fullmatch(line)
    if request is None:
        raise BadHeadError("no request")
    method, target = request[1], request[2].decode()
    proof = b"\n".join(value for name, value in pairs(fields) if name.lower() == b"proxy-authorization")
    if method == b"CONNECT":
        return ProxyRequest(target, tunnel=True, proof=proof)
    whole = WHOLE.fullmatch(target)
    if whole is None:
        raise BadHeadError("a request that names no host")
    kept, body = [], 0
    for name, value in pairs(fields):
        if name.lower() == b"transfer-encoding" or (name.lower() == b"content-length" and (body or not LENGTH.fullmatch(value))):
            raise BadHeadError("a body of unknown length")
        if name.lower() == b"content-length":
            body = int(value)
        if name.lower() not in FOR_THE_NEXT_HOP | {b"host"}:
            kept.append(name + b": " + value)
    path = whole[2] if whole[2].startswith("/") else f"/{whole[2]}"
    lines = [method + b" " + path.encode() + b" HTTP/1.1", b"Host: " + whole[1].encode(), *kept, b"Connection: close"]
    return ProxyRequest(whole[1], tunnel=False, head=b"\r\n".join(lines) + b"\r\n\r\n", body=body, proof=proof)


def parse_response(head: bytes) -> tuple[int, bytes]:
    """The status in an answer's head, and that head as it is handed back, redirects untouched; the connection ends with the answer."""
    line, *fields = head.replace(b"\r\n", b"\n").split(b"\n")
    status = STATUS.fullmatch(line)
    if status is None:
        raise BadHeadError("no answer")
    kept = [name + b": " + value for name, value in pairs(fields) if name.lower() not in FOR_THE_NEXT_HOP]
    return int(status[1]), b"\r\n".join([line, *kept, b"Connection: close"]) + b"\r\n\r\n"


def pairs(fields: list[bytes]) -> list[tuple[bytes, bytes]]:
    """Names and values. Raises BadHeadError for lines that are neither, folded ones included."""
    found = []
    for field in fields:
        match = FIELD.fullmatch(field)
        if match is None:
            raise BadHeadError("no field")
        found.append((match[1], match[2]))
    return found


def basic_credentials(name: str, secret: str) -> bytes:
    """What a client that was given a name and a secret shows to a proxy (RFC 7617)."""
    return b"Basic " + base64.b64encode(f"{name}:{secret}".encode())
