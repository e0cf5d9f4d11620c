"""The bounds of one fetch, and how a person sets them: as options of ``telltale check``, or as TELLTALE_… variables of a server.

See also: where they are enforced, which is outside yt-dlp: bytes and requests in the guard and in the client of ranges, seconds and the
folder's size in the parent, hosts in ``url_policy.py``, pixels where a format is chosen and, whatever a page says, before decoding.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from telltale.core.errors import BadRequest, FetchFailed
from telltale.core.rules import RULES
from telltale.core.text import harmless
from telltale.net.url_policy import Rules, plain_host

LEAST_MEGABYTES, MOST_MEGABYTES = 0.1, 1e6
"""Between these the bound of bytes may be set: less holds no picture, more fits no disk."""
MAX_MEGABYTES = 200.0
MAX_SECONDS = 120.0
MAX_MINUTES = 240.0
MAX_PIXELS = RULES.sampling.max_pixels
MAX_REQUESTS = 1000
DECODE_SECONDS = 28.0
"""That decoding one file may take, by the clock and of the processor's time each."""
DECODE_BYTES = 2**30
"""Of all frames of one file, decoded; beyond that each is made smaller, so that together they fit."""


@dataclass(frozen=True)
class FetchLimits:
    """Bounds of one fetch: bytes of video, seconds in all, seconds of video, pixels of a picture, requests; the sites it may reach.

    ``only_hosts`` and ``never_hosts`` are names, as ``hosts_in`` gives them, that stand for themselves and all below them.
    ``allow_hosts`` ("host:port") is for tests only.
    """

    max_bytes: int = int(MAX_MEGABYTES * 1e6)
    max_seconds: float = MAX_SECONDS
    max_duration: float = MAX_MINUTES * 60
    max_pixels: int = MAX_PIXELS
    max_requests: int = MAX_REQUESTS
    only_hosts: frozenset[str] = field(default_factory=frozenset)
    never_hosts: frozenset[str] = field(default_factory=frozenset)
    allow_hosts: frozenset[str] = field(default_factory=frozenset)

    @property
    def rules(self) -> Rules:
        """Which hosts may be reached."""
        return Rules(only=self.only_hosts, never=self.never_hosts, allow_hosts=self.allow_hosts)


USUAL = FetchLimits()


def limits_of(
    *,
    max_megabytes: float,
    max_seconds: float,
    max_minutes: float,
    only_hosts: str = "",
    never_hosts: str = "",
    allow_hosts: str = "",
) -> FetchLimits:
    """The bounds in the units in which people set them; hosts as ``a.example, b.example``. Raises BadRequest("request.invalid")."""
    if not LEAST_MEGABYTES <= max_megabytes <= MOST_MEGABYTES:
        raise BadRequest("request.invalid", "megabytes", least=LEAST_MEGABYTES, most=MOST_MEGABYTES)
    for name, value in (("--fetch-timeout", max_seconds), ("--max-duration-minutes", max_minutes)):
        if not 0 < value < float("inf"):
            raise BadRequest("request.invalid", "positive", option=name)
    return FetchLimits(
        max_bytes=int(max_megabytes * 1e6),
        max_seconds=max_seconds,
        max_duration=max_minutes * 60,
        only_hosts=hosts_in(only_hosts),
        never_hosts=hosts_in(never_hosts),
        allow_hosts=frozenset(filter(None, allow_hosts.split(","))),
    )


def hosts_in(text: str | Iterable[str]) -> frozenset[str]:
    """``example.org, *.example.com`` -> names in their one plain form. Raises BadRequest("request.invalid") for what is none."""
    names = text.replace(",", " ").split() if isinstance(text, str) else text
    return frozenset(host_in(name) for name in names)


def host_in(name: str) -> str:
    """One name of a site, which stands for all below it too; a star or a dot before it says no more than that."""
    try:
        return plain_host(name.removeprefix("*").removeprefix("."))
    except FetchFailed as error:
        raise BadRequest("request.invalid", "host", name=harmless(name[:80])) from error
