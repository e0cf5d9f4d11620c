"""The address guard under random addresses and resolvers: what passes is dialled at public addresses only, judged by a table of its own.

An input is an address, and on further lines what the resolver answers. The judge shares nothing with ``telltale/net/ip_ranges.py``: it
takes every IPv4 address that an IPv6 one can carry at any of its places for dangerous. See also: connections (``test_guard.py``).
"""

import ipaddress
import socket
from contextlib import AbstractContextManager
from unittest.mock import patch
from urllib.parse import urlsplit

from hypothesis import strategies as st

from telltale.core.errors import FetchFailed
from telltale.net.url_policy import OPEN_WEB, ips_to_dial, require_public_url
from tests.promises.fuzzing import Target

Ip = ipaddress.IPv4Address | ipaddress.IPv6Address
INWARD = (
    *("127.0.0.1", "10.0.0.1", "169.254.169.254", "192.168.0.1", "172.16.0.1", "0.0.0.0", "100.100.100.200", "168.63.129.16"),
    "198.18.0.1",
)
OUTWARD = ("93.184.215.14", "1.1.1.1", "2606:4700::1111", "64:ff9b::5db8:d70e")
EMBEDDINGS = (
    *("::ffff:{v4}", "::{v4}", "64:ff9b::{v4}", "64:ff9b:1::{v4}", "::ffff:0:{v4}", "2000::5efe:{v4}", "2a00::200:5efe:{v4}"),
    *("{six}", "{v4}"),
)
HOSTS = ("example.com", "a.b.example.org", "localhost", "metadata.google.internal", "xn--bcher-kva.example", "bücher.example", "2130706433")
SPELLINGS = (
    *("0177.0.0.1", "0x7f.1", "127.1", "017700000001", "127。0。0。1", "①②⑦.0.0.1", "[::1]", "[::ffff:7f00:1]", "[fe80::1%25lo]"),
    "1.1.1.1.",
)
PARTS = (
    *("@", "#", "?", "\\", "%00", "%2e", "%40", ":80", ":443", ":22", "//", "user:pw@", "\t", "\u202e", "\ufeff", ".."),
    *("localhost", "file:"),
)


def check(content: bytes) -> bool:
    """Whether the guard let it pass, and rightly."""
    url, *answers = content.decode("utf-8", errors="surrogateescape").split("\n")
    answers = [answer for answer in answers if is_literal(answer)]
    told: list[str] = []

    def resolve(host: str, port: int) -> list[str]:
        told.append(host)
        return answers

    try:
        checked = require_public_url(url, OPEN_WEB, resolve)
        dialled = ips_to_dial(checked.host, checked.port, OPEN_WEB, resolve)
    except FetchFailed as refused:
        assert refused.sentence.isprintable() and len(refused.sentence) < 300
        return False
    parts = urlsplit(checked.url)
    assert checked.url.isascii() and checked.url.isprintable() and " " not in checked.url
    assert (parts.hostname, parts.username, parts.password, parts.fragment) == (checked.host, None, None, "")
    assert (parts.port or {"http": 80, "https": 443}[parts.scheme]) == checked.port
    assert checked.port in (80, 443)
    assert dialled and not [str(ip) for ip in dialled if inward(ip)], [str(ip) for ip in dialled]
    assert all(host == checked.host for host in told), told
    if not answers or not is_literal(checked.host):
        assert_no_other_reading(checked.host)
    return True


def assert_no_other_reading(host: str) -> None:
    """What the C library would read as an address must be one that the guard judged as such."""
    try:
        read = socket.inet_aton(host)
    except (OSError, UnicodeError):
        return
    assert str(ipaddress.IPv4Address(read)) == host and not inward(ipaddress.IPv4Address(read)), host


def is_literal(host: str) -> bool:
    """Whether a host is an address."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def inward(ip: Ip) -> bool:
    """Whether an address leads anywhere but to the open internet, in the judge's own reading."""
    if isinstance(ip, ipaddress.IPv4Address):
        first, second = ip.packed[0], ip.packed[1]
        closed = first in (0, 10, 127) or first >= 224 or (first, second) in ((169, 254), (192, 168), (198, 18), (198, 19))
        carrier = first == 100 and second & 0xC0 == 64
        return closed or carrier or (first == 172 and second & 0xF0 == 16) or str(ip) == "168.63.129.16" or not ip.is_global
    if ip in ipaddress.IPv6Network("64:ff9b::/96"):
        return inward(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF))
    carried = ip.ipv4_mapped or ip.sixtofour or (ip.teredo or (None,))[0]
    last = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    tunnelled = int(ip) >> 32 & 0xFDFFFFFF == 0x5EFE and inward(last)
    return tunnelled or carried is not None or not ip.is_global or ip.is_multicast or ip.packed[0] >> 5 != 1


@st.composite
def inputs(draw: st.DrawFn) -> bytes:
    """Addresses as people, attackers and chance write them."""
    v4 = st.sampled_from(INWARD + OUTWARD[:2]) | st.ip_addresses(v=4).map(str)
    six = st.ip_addresses(v=6).map(str)
    address = st.builds(lambda form, four, long: form.format(v4=four, six=long), st.sampled_from(EMBEDDINGS), v4, six)
    literal = address.map(lambda ip: f"[{ip}]" if ":" in ip else ip)
    host = st.sampled_from(HOSTS + SPELLINGS) | literal | st.from_regex(r"[a-z0-9.\-_]{1,20}", fullmatch=True) | st.text(max_size=12)
    parts = st.lists(st.sampled_from(PARTS) | st.text(max_size=4), max_size=3).map("".join)
    scheme = st.sampled_from(("http://", "https://", "HTTP://", "http:/", "ftp://", "//", "https:\\\\"))
    if draw(st.integers(0, 3)) == 0:  # plain enough to get as far as the resolver's answers
        answers = draw(st.lists(st.sampled_from(OUTWARD) | address, min_size=1, max_size=3))
        return "\n".join(["https://example.com/a", *(answer for answer in answers if valid(answer))]).encode()
    url = draw(scheme) + draw(parts if draw(st.integers(0, 3)) == 0 else st.just("")) + draw(host) + draw(parts)
    answers = draw(st.lists(st.sampled_from(OUTWARD) | address, max_size=3))
    return "\n".join([url, *(answer for answer in answers if valid(answer))]).encode("utf-8", errors="surrogateescape")


def valid(answer: str) -> bool:
    """Whether a resolver could give this answer."""
    return is_literal(answer)


def off() -> AbstractContextManager[object]:
    """Every address is taken for public."""
    return patch("telltale.net.url_policy.is_public", lambda ip: True)


TARGET = Target(
    "address",
    "the address guard",
    check,
    inputs(),
    (
        b"https://example.com/v?x=1\n93.184.215.14",
        b"http://1.1.1.1/",
        b"https://[2606:4700::1111]/a",
        "https://bücher.example/é\n1.1.1.1".encode(),
    ),
    "the table of networks takes every address for public",
    off,
)
