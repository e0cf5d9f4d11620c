"""Which web addresses may be fetched at all: the first guard, before anything is connected.

An address is taken apart strictly (whatever two parsers could read differently is refused), its host is judged by the rules, and a name
is resolved and refused if any of its answers lies outside the open internet (``ip_ranges.py``).

See also: the connections of a running fetch, whose redirects and embedded addresses nobody has seen beforehand; those are judged by the
same ``ips_to_dial``, in ``egress_proxy.py``.
"""

import ipaddress
import queue
import re
import socket
import threading
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from telltale.core.errors import FetchFailed
from telltale.net.ip_ranges import Ip, is_public

Resolve = Callable[[str, int], list[str]]

PORTS = {"http": 80, "https": 443}
LONGEST = 4096
RESOLVE_SECONDS = 5.0

CLOSED_SUFFIXES = (
    *("localhost", "localdomain", "local", "internal", "intranet", "private", "corp", "home", "lan", "home.arpa"),
    *("svc", "cluster.local", "onion", "i2p", "invalid", "arpa", "consul", "docker", "kubernetes"),
)
CLOSED_NAMES = frozenset({"metadata.goog", "metadata.google.com", "ip6-localhost.localdomain"})

SHAPE = re.compile(r"(https?)://([^/?#]*)([^#]*)(#.*)?", re.IGNORECASE | re.DOTALL)
HOST_AND_PORT = re.compile(r"(\[[0-9a-f:.]+\]|[^\[\]:@%\s]+)(?::([0-9]{1,5}))?", re.IGNORECASE)
LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
NUMERIC = re.compile(r"[0-9]+|0x[0-9a-f]*")
KEPT = "!$&'()*+,/:;=@?%~-._[]"
"""Letters of a path and query that are left as they are; all others are percent-encoded."""
HIDDEN_CONTROLS = re.compile(r"%(0[0-9a-f]|1[0-9a-f]|7f)", re.IGNORECASE)


@dataclass(frozen=True)
class Rules:
    """Which hosts may be reached: those on the open internet, at ``ports``, under ``only`` these names if there are any, and not ``never``.

    A name in ``only`` or ``never`` stands for itself and all below it. ``allow_hosts`` holds "host:port" pairs that pass whatever they are;
    it exists for tests against a server on this machine.
    """

    only: frozenset[str] = frozenset()
    never: frozenset[str] = frozenset()
    ports: frozenset[int] = frozenset(PORTS.values())
    allow_hosts: frozenset[str] = frozenset()


OPEN_WEB = Rules()


@dataclass(frozen=True)
class PublicUrl:
    """An address that passed: ``url`` as it is to be fetched (ASCII, without its fragment), and what it names."""

    url: str
    host: str
    port: int


def require_public_url(url: str, rules: Rules = OPEN_WEB, resolve: Resolve | None = None) -> PublicUrl:
    """The address in its one plain form, or FetchFailed ("fetch.bad_address", "fetch.refused")."""
    scheme, host, port, rest = parse_url(url)
    ips_to_dial(host, port, rules, resolve or system_resolve)
    return PublicUrl(f"{scheme}://{bracket_ipv6(host)}{'' if port == PORTS[scheme] else f':{port}'}{rest}", host, port)


def ips_to_dial(host: str, port: int, rules: Rules, resolve: Resolve) -> list[Ip]:
    """Every address of a host (as ``plain_host`` writes it), each of which may be dialled; FetchFailed if one may not, or there is none."""
    if f"{bracket_ipv6(host)}:{port}" in rules.allow_hosts:
        return ips_of(host, port, resolve)
    if port not in rules.ports:
        raise FetchFailed("fetch.refused", "port")
    if is_below(host, rules.never) or (rules.only and not is_below(host, rules.only)):
        raise FetchFailed("fetch.refused", "site")
    ips = ips_of(host, port, resolve)
    if not all(is_public(ip) for ip in ips):
        raise FetchFailed("fetch.refused", "private")
    return ips


def is_below(host: str, names: frozenset[str]) -> bool:
    """Whether a host is one of these, or of a name that ends in one of them."""
    return any(f".{host}".endswith(f".{name}") for name in names)


def bracket_ipv6(host: str) -> str:
    """A host as it stands in an address."""
    return f"[{host}]" if ":" in host else host


def parse_url(url: str) -> tuple[str, str, int, str]:
    """Scheme, host (ASCII, lower case), port, and path with query, or FetchFailed."""
    if len(url) > LONGEST:
        raise bad("too_long")
    if any(unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Zl", "Zp") for letter in url) or "\\" in url.partition("?")[0]:
        raise bad("characters")
    shape = SHAPE.fullmatch(url)
    if shape is None:
        raise bad("scheme")
    scheme, authority, rest = shape[1].lower(), shape[2], shape[3]
    if "@" in authority or "@" in url.split("/", 3)[2] or "%40" in authority:
        raise FetchFailed("fetch.refused", "password")
    if "__youtubedl_smuggle" in url:
        raise FetchFailed("fetch.refused", "smuggled")
    if HIDDEN_CONTROLS.search(rest.partition("?")[0]):
        raise bad("characters")
    host, port = host_and_port(authority, PORTS[scheme])
    return scheme, host, port, quote(rest if rest.startswith("/") else f"/{rest}", safe=KEPT)


def host_and_port(authority: str, usual: int) -> tuple[str, int]:
    """ "host" or "host:port", the host in its plain form, or FetchFailed."""
    parts = HOST_AND_PORT.fullmatch(authority)
    if parts is None:
        raise bad("unreadable")
    port = int(parts[2]) if parts[2] else usual
    if not 0 < port < 65536:
        raise bad("port")
    return plain_host(parts[1]), port


def plain_host(host: str) -> str:
    """A host in ASCII and lower case: a name, or an address in its normal spelling; FetchFailed for every other spelling."""
    if host.startswith("["):
        try:
            return str(ipaddress.IPv6Address(host[1:-1]))
        except ValueError as error:
            raise bad("unreadable") from error
    name = ascii_name(host)
    labels = name.removesuffix(".").split(".")
    if len(name) > 253 or not all(LABEL.fullmatch(label) for label in labels):
        raise bad("unreadable")
    if NUMERIC.fullmatch(labels[-1]) or read_by_libc(name):
        try:
            return str(ipaddress.IPv4Address(name))
        except ValueError as error:
            raise bad("numeric_host") from error
    if len(labels) == 1 or name in CLOSED_NAMES or any(f".{'.'.join(labels)}".endswith(f".{suffix}") for suffix in CLOSED_SUFFIXES):
        raise FetchFailed("fetch.refused", "private")
    return ".".join(labels)


def ascii_name(host: str) -> str:
    """An international name in the form that is looked up; names that mix alphabets to look like another are refused."""
    if len(host) > 253 or any(len(label) > 63 for label in re.split(r"[.\u3002\uff0e\uff61]", host)):
        raise bad("unreadable")
    try:
        name = host.encode("idna").decode("ascii").lower()
        shown = name.encode("ascii").decode("idna")
    except UnicodeError as error:
        raise bad("unreadable") from error
    for label in shown.split("."):
        alphabets = {unicodedata.name(letter, "?").split()[0] for letter in label if letter.isalpha()}
        if "LATIN" in alphabets and alphabets & {"CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE"}:
            raise bad("mixed_alphabets")
    return name


def read_by_libc(name: str) -> bool:
    """Whether the C library reads this host as an IPv4 address."""
    try:
        socket.inet_aton(name)
    except OSError:
        return False
    return True


def ips_of(host: str, port: int, resolve: Resolve) -> list[Ip]:
    """Every address of a host. Raises FetchFailed where there is none."""
    try:
        return [ipaddress.ip_address(host)]
    except ValueError:
        answers = within_seconds(lambda: resolve(host, port))
    if not answers:
        raise bad("no_site")
    return [ipaddress.ip_address(answer.partition("%")[0]) for answer in answers]


def within_seconds(ask: Callable[[], list[str]]) -> list[str]:
    """What ``ask`` gives, or nothing if it fails or takes longer than a few seconds."""
    answers: queue.SimpleQueue[list[str]] = queue.SimpleQueue()

    def asked() -> None:
        try:
            answers.put(ask())
        except (OSError, UnicodeError):
            answers.put([])

    threading.Thread(target=asked, name="resolve", daemon=True).start()
    try:
        return answers.get(timeout=RESOLVE_SECONDS)
    except queue.Empty:
        return []


def system_resolve(host: str, port: int) -> list[str]:
    """All answers of the system's resolver. Raises OSError where it has none."""
    return sorted({str(row[4][0]) for row in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)})


def bad(variant: str) -> FetchFailed:
    """An address that makes no sense."""
    return FetchFailed("fetch.bad_address", variant)
