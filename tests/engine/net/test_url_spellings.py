"""telltale/net/ip_ranges.py and address.py by draws: any spelling of any closed address is refused, and the open ones pass.

See also: addresses that somebody thought of (``test_url_policy.py``, ``tests/security/test_hostile_urls.py``).
"""

import ipaddress
import random

import pytest

from telltale.core.errors import FetchFailed
from telltale.net import ip_ranges
from telltale.net.ip_ranges import CLOSED_V4, CLOSED_V6, NAT64, OPEN_V6, Ip, is_public
from telltale.net.url_policy import require_public_url
from tests.support.web.stub_servers import PUBLIC

OUTSIDE = tuple(
    ipaddress.IPv6Network(text)
    for text in ("::/8", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8", "100::/64", "64:ff9b:1::/48", "64:ff9c:1::/48", "4000::/3")
)
"""Closed because it is nowhere in OPEN_V6."""

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def spelled(ip: ipaddress.IPv4Address, dice: random.Random) -> str:
    """One of the many ways to write an IPv4 address as a host."""
    a, b, c, d = (int(part) for part in str(ip).split("."))
    number = int(ip)
    part = [lambda n: str(n), lambda n: f"0{n:o}", lambda n: f"{n:#x}", lambda n: f"0X{n:X}", lambda n: f"000{n:o}"]
    one = [dice.choice(part)(value) for value in (a, b, c, d)]
    wide = "".join(chr(ord(letter) + 0xFEE0) if letter.isdigit() else letter for letter in str(ip))
    return dice.choice(
        [
            *(str(ip), f"{ip}.", ".".join(one), f"{one[0]}.{one[1]}.{(c << 8) + d}", f"{one[0]}.{(b << 16) + (c << 8) + d}"),
            *(
                str(number),
                hex(number),
                f"0{number:o}",
                f"{number + 2**32}",
                wide,
                str(ip).replace(".", "\u3002"),
                str(ip).replace(".", "\uff0e"),
            ),
            *(f"[::ffff:{ip}]", f"[::{ip}]", f"[::ffff:0:{ip}]", f"[64:ff9b::{ip}]", f"[64:ff9b:1::{ip}]", f"[2606:4700::5efe:{ip}]"),
            *(f"[2002:{a:02x}{b:02x}:{c:02x}{d:02x}::{dice.randrange(9)}]", f"[0:0:0:0:0:FFFF:{a:02X}{b:02x}:{c:02x}{d:02X}]"),
            f"[2001:0:4136:e378:8000:63bf:{0xFFFF ^ (a << 8 | b):x}:{0xFFFF ^ (c << 8 | d):x}]",
            *(f"%{ord(str(ip)[0]):x}{str(ip)[1:]}", f"[{ip}]", f"[::ffff:{ip}%25lo]", f"u@{ip}", f"{ip}%00.example.com"),
        ]
    )


def drawn(network: Network, dice: random.Random) -> Ip:
    """Some address of a network."""
    return network[dice.randrange(network.num_addresses)]


def passes(host: str) -> bool:
    """Whether a host is let through, where every name leads to an open address."""
    try:
        require_public_url(f"http://{host}/v.mp4", resolve=lambda *_: [PUBLIC])
    except FetchFailed:
        return False
    return True


def let_through(closed: tuple[Network, ...], draws: int) -> list[str]:
    """Which of so many spellings of addresses of these networks are let through; there should be none."""
    dice, found = random.Random(5), []
    for _ in range(draws):
        ip = drawn(dice.choice(closed), dice)
        if isinstance(ip, ipaddress.IPv4Address):
            host = spelled(ip, dice)
        else:
            host = dice.choice([f"[{ip}]", f"[{ip.exploded.upper()}]", f"[{ip}%25eth0]", f"u@[{ip}]"])
        if ip in NAT64 and is_public(ip):  # those that carry an open one are
            continue
        if passes(host):
            found.append(host)
    return found


def test_no_spelling_of_a_closed_address_passes() -> None:
    """10,000 draws of address and spelling, in equal parts of every closed IPv4 network and, for a quarter, of IPv6."""
    assert let_through(CLOSED_V4, 7_500) == []
    assert let_through((*CLOSED_V6, *OUTSIDE), 2_500) == []


def test_open_addresses_pass_in_their_plain_spelling() -> None:
    dice, passed = random.Random(6), 0
    for _ in range(2_000):
        four, six = ipaddress.IPv4Address(dice.randrange(2**32)), drawn(OPEN_V6[0], dice)
        for ip, host in ((four, str(four)), (six, f"[{six}]")):
            assert passes(host) is is_public(ip), host
            passed += is_public(ip)
    assert passed > 3_000


@pytest.mark.parametrize("gap", [*CLOSED_V4, *CLOSED_V6], ids=str)
def test_a_gap_in_the_table_shows(gap: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    """The draws can fail: with any one network left out of the table some spelling of its addresses passes."""
    assert let_through((gap,), 100) == []
    name = "CLOSED_V4" if gap.version == 4 else "CLOSED_V6"
    monkeypatch.setattr(ip_ranges, name, tuple(network for network in getattr(ip_ranges, name) if network != gap))
    assert let_through((gap,), 100)


@pytest.mark.parametrize("ip", ["64:ff9c::", "64:ff9c::1", "64:ff9c::ffff:ffff"])
def test_beside_nat64_is_open(ip: str) -> None:
    """The row u308; what is a bit further away is closed again."""
    assert passes(f"[{ip}]")
    assert (
        not passes("[64:ff9b::7f00:1]")
        and not passes("[64:ff9b:0:0:0:1::]")
        and not passes("[64:ff9c::1:0:0]")
        and not passes("[64:ff9d::1]")
    )
