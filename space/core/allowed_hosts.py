"""Hosts: the names under which this server answers, so that a web page cannot reach it under a name of its own (DNS rebinding).

A name that an attacker can point at this machine is never among them; a bare IP address needs no DNS, so it cannot be rebound. Not here:
the refusing (``space/middleware/cross_origin.py``).
"""

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
EVERYWHERE = frozenset({"0.0.0.0", "::", ""})
SPELLED = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:[0-9]{1,5})?", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True)
class Hosts:
    """``names`` in lower case without ports; ``literals``: every bare IP address too; ``public`` of them are also reached over HTTPS."""

    names: frozenset[str]
    public: frozenset[str] = frozenset()
    literals: bool = False
    all: bool = False

    def answer(self, host: str) -> bool:
        """Whether a request with this Host header is meant for this server."""
        name = name_in(host)
        return name is not None and (self.all or name in self.names or (self.literals and is_literal(name)))

    def is_own(self, origin: str, host: str) -> bool:
        """Whether this Origin is the page of this very server: the same host and port, or a public name behind something that ends TLS."""
        scheme, _, place = origin.lower().partition("://")
        if scheme not in ("http", "https") or name_in(place) is None:
            return False
        return place == host.lower() or (scheme == "https" and place in self.public)


def hosts_of(bound: str, chosen: Iterable[str], space: str) -> Hosts:
    """The names of a server that listens on ``bound``: localhost in its spellings, ``bound`` itself, the Space's own host, ``chosen``.

    A server that listens on every address also answers to each of them written as a number. ``*`` among ``chosen`` answers to all names.
    """
    public = frozenset(name.lower() for name in {*chosen, space} if name and name != "*")
    everywhere = bound in EVERYWHERE
    names = LOOPBACK | public | (frozenset() if everywhere else {bound.strip("[]").lower()})
    return Hosts(names, public, literals=everywhere, all="*" in chosen)


def name_in(host: str) -> str | None:
    """``LocalHost.:7860`` -> ``localhost``; None for what is no host."""
    if not SPELLED.fullmatch(host):
        return None
    name = urlsplit(f"//{host}").hostname or ""
    return name.removesuffix(".").lower() or None


def is_literal(name: str) -> bool:
    """Whether a name is an IP address in its one plain form."""
    try:
        return bool(ipaddress.ip_address(name))
    except ValueError:
        return False
