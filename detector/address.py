"""Which web addresses may be fetched at all: the first guard, before anything is connected.

An address is taken apart strictly (whatever two parsers could read differently is refused), its host is judged against a table of networks
that nobody outside may be led to, and a name is resolved and refused if any of its answers is in that table. Python's own
``ipaddress.is_global`` is not relied on: it lets through addresses that carry another one inside, multicast, and clouds' own services.

Not here: watching the connections of a running fetch, whose redirects and embedded addresses nobody has seen beforehand (``sandbox.py``).
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

from detector.errors import FetchFailed

Ip = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], list[str]]

PORTS = {"http": 80, "https": 443}
LONGEST = 4096
RESOLVE_SECONDS = 5.0

CLOSED_V4 = tuple(
    ipaddress.IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this network: Linux connects 0.0.0.0 to itself
        "10.0.0.0/8",
        "100.64.0.0/10",  # carriers' NAT, and one cloud's metadata
        "127.0.0.0/8",
        "168.63.129.16/32",  # one cloud's wire server, on a public address
        "169.254.0.0/16",  # link-local, and most clouds' metadata
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
"""RFC 6890 and its successors, and what clouds keep for themselves."""

OPEN_V6 = ipaddress.IPv6Network("2000::/3")
"""The only part of IPv6 from which public addresses are given out (RFC 4291)."""
CLOSED_V6 = tuple(
    ipaddress.IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments: Teredo, benchmarks, ORCHID
        "2001:db8::/32",
        "2002::/16",  # 6to4
        "2620:4f:8000::/48",
        "3ffe::/16",
        "3fff::/20",
    )
)
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
"""Networks without IPv4 see every IPv4 address in here (RFC 6052); the local prefix 64:ff9b:1::/48 lies outside 2000::/3."""

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

NOT_AN_ADDRESS = "This is not a web address that Telltale understands."
NOT_PUBLIC = "This address leads into a private network; Telltale fetches public web addresses only."


@dataclass(frozen=True)
class Checked:
    """An address that passed: ``url`` as it is to be fetched (ASCII, without its fragment), and what it names."""

    url: str
    host: str
    port: int


def is_public(ip: Ip) -> bool:
    """Whether an address is one of the open internet; one that carries an IPv4 address is judged as refused, but for NAT64."""
    if ip.version == 4:
        return not any(ip in network for network in CLOSED_V4)
    if ip in NAT64:
        return is_public(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF))
    carried = carried_v4(ip)
    if carried is not None and not is_public(carried):
        return False
    return ip in OPEN_V6 and not any(ip in network for network in CLOSED_V6)


def carried_v4(ip: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address an ISATAP interface identifier holds (RFC 5214): the one form that can lie in open IPv6 space.

    Mapped, compatible, translated, local NAT64, 6to4 and Teredo addresses lie wholly in closed space.
    """
    low = int(ip) & 0xFFFFFFFFFFFFFFFF
    return ipaddress.IPv4Address(low & 0xFFFFFFFF) if low >> 32 in (0x00005EFE, 0x02005EFE) else None


def refuse_unless_public(url: str, *, allow_hosts: frozenset[str] = frozenset(), resolve: Resolve | None = None) -> Checked:
    """The address in its one plain form, or FetchFailed ("fetch.bad_address", "fetch.refused").

    ``allow_hosts`` holds "host:port" pairs that pass whatever they are; it exists for tests against a server on this machine.
    """
    scheme, host, port, rest = taken_apart(url)
    named = f"[{host}]" if ":" in host else host
    address = f"{scheme}://{named}{'' if port == PORTS[scheme] else f':{port}'}{rest}"
    if f"{named}:{port}" in allow_hosts:
        return Checked(address, host, port)
    if port not in PORTS.values():
        raise FetchFailed("fetch.refused", "This address names an unusual port; Telltale fetches from the web's own two, 80 and 443, only.")
    if not all(is_public(ip) for ip in ips_of(host, port, resolve or system_resolve)):
        raise FetchFailed("fetch.refused", NOT_PUBLIC)
    return Checked(address, host, port)


def taken_apart(url: str) -> tuple[str, str, int, str]:
    """Scheme, host (ASCII, lower case), port, and path with query, or FetchFailed."""
    if len(url) > LONGEST:
        raise bad("This address is too long.")
    if any(unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Zl", "Zp") for letter in url) or "\\" in url.partition("?")[0]:
        raise bad("This address holds characters that no web address has.")
    shape = SHAPE.fullmatch(url)
    if shape is None:
        raise bad("Only addresses that start with http:// or https:// can be fetched.")
    scheme, authority, rest = shape[1].lower(), shape[2], shape[3]
    if "@" in authority or "@" in url.split("/", 3)[2] or "%40" in authority:
        raise FetchFailed("fetch.refused", "Addresses with a user name or password in them are not fetched.")
    if "__youtubedl_smuggle" in url:
        raise FetchFailed("fetch.refused", "This address carries hidden orders for the downloader; it is not fetched.")
    if HIDDEN_CONTROLS.search(rest.partition("?")[0]):
        raise bad("This address holds characters that no web address has.")
    parts = HOST_AND_PORT.fullmatch(authority)
    if parts is None:
        raise bad(NOT_AN_ADDRESS)
    port = int(parts[2]) if parts[2] else PORTS[scheme]
    if not 0 < port < 65536:
        raise bad("This address names a port that does not exist.")
    return scheme, plain_host(parts[1]), port, quote(rest if rest.startswith("/") else f"/{rest}", safe=KEPT)


def plain_host(host: str) -> str:
    """A host in ASCII and lower case: a name, or an address in its normal spelling; FetchFailed for every other spelling."""
    if host.startswith("["):
        try:
            return str(ipaddress.IPv6Address(host[1:-1]))
        except ValueError as error:
            raise bad(NOT_AN_ADDRESS) from error
    name = ascii_name(host)
    labels = name.removesuffix(".").split(".")
    if len(name) > 253 or not all(LABEL.fullmatch(label) for label in labels):
        raise bad(NOT_AN_ADDRESS)
    if NUMERIC.fullmatch(labels[-1]) or read_by_libc(name):
        try:
            return str(ipaddress.IPv4Address(name))
        except ValueError as error:
            raise bad("This address writes its host as a number in an unusual way; it is not fetched.") from error
    if len(labels) == 1 or name in CLOSED_NAMES or any(f".{'.'.join(labels)}".endswith(f".{suffix}") for suffix in CLOSED_SUFFIXES):
        raise FetchFailed("fetch.refused", NOT_PUBLIC)
    return ".".join(labels)


def ascii_name(host: str) -> str:
    """An international name in the form that is looked up; names that mix alphabets to look like another are refused."""
    if len(host) > 253 or any(len(label) > 63 for label in re.split(r"[.\u3002\uff0e\uff61]", host)):
        raise bad(NOT_AN_ADDRESS)
    try:
        name = host.encode("idna").decode("ascii").lower()
        shown = name.encode("ascii").decode("idna")
    except UnicodeError as error:
        raise bad(NOT_AN_ADDRESS) from error
    for label in shown.split("."):
        alphabets = {unicodedata.name(letter, "?").split()[0] for letter in label if letter.isalpha()}
        if "LATIN" in alphabets and alphabets & {"CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE"}:
            raise bad("This address mixes alphabets within one word of its name; it is not fetched.")
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
        answers = resolve(host, port)
    if not answers:
        raise bad("There is no site of this name.")
    return [ipaddress.ip_address(answer.partition("%")[0]) for answer in answers]


def system_resolve(host: str, port: int) -> list[str]:
    """All answers of the system's resolver, or none; it is given a few seconds."""
    answers: queue.SimpleQueue[list[str]] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answers.put(sorted({str(row[4][0]) for row in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}))
        except (OSError, UnicodeError):
            answers.put([])

    threading.Thread(target=ask, name="resolve", daemon=True).start()
    try:
        return answers.get(timeout=RESOLVE_SECONDS)
    except queue.Empty:
        return []


def bad(sentence: str) -> FetchFailed:
    """An address that makes no sense."""
    return FetchFailed("fetch.bad_address", sentence)
