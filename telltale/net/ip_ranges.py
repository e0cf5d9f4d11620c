"""Which network addresses belong to the open internet: the table by which every connection of a fetch is judged.

Python's own ``ipaddress.is_global`` is not relied on: it lets through addresses that carry another one inside, multicast, and clouds'
own services. See also: web addresses and names (``url_policy.py``); connecting (``egress_proxy.py``).
"""

import ipaddress

Ip = ipaddress.IPv4Address | ipaddress.IPv6Address

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

OPEN_V6 = (
    ipaddress.IPv6Network("2000::/3"),  # the only part from which public addresses are given out (RFC 4291)
    ipaddress.IPv6Network("64:ff9c::/96"),  # beside NAT64, which ends just before; assigned to nobody, so a connection finds no way
)
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


def is_public(ip: Ip) -> bool:
    """Whether an address is one of the open internet; one that carries an IPv4 address is judged as refused, but for NAT64."""
    if ip.version == 4:
        return not any(ip in network for network in CLOSED_V4)
    if ip in NAT64:
        return is_public(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF))
    carried = isatap_v4(ip)
    if carried is not None and not is_public(carried):
        return False
    return any(ip in network for network in OPEN_V6) and not any(ip in network for network in CLOSED_V6)


def isatap_v4(ip: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address an ISATAP interface identifier holds (RFC 5214): the one form that can lie in open IPv6 space.

    Mapped, compatible, translated, local NAT64, 6to4 and Teredo addresses lie wholly in closed space.
    """
    low = int(ip) & 0xFFFFFFFFFFFFFFFF
    return ipaddress.IPv4Address(low & 0xFFFFFFFF) if low >> 32 in (0x00005EFE, 0x02005EFE) else None
