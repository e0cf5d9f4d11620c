"""Callers: how many checks each may ask for in a minute, so that one cannot take the server from all others.

A caller is the holder of a token, else an address of the network (of IPv6, its /64). Counted in memory and in this process only: a restart
forgives. See also: the counting for many servers together (``rate_limit_postgres.py``), and the bound of the queue
(``space/jobs/queue.py``).
"""

import ipaddress
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from starlette.datastructures import Headers
from starlette.types import Scope

from space.core.job import RateLimited

MOST = 10_000
"""Callers that are remembered; of more, the one that has been quiet longest is forgotten."""


class RateLimiter:
    """A bucket for each caller, which holds ``per_minute`` checks and fills up evenly within a minute. 0 sets no limit."""

    def __init__(self, per_minute: int, now: Callable[[], float] = time.monotonic) -> None:
        self._size = per_minute
        self._now = now
        self._lock = threading.Lock()
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def check(self, caller: str) -> None:
        """Take one check out of a caller's bucket. Raises RateLimited."""
        if not self._size:
            return
        rate = self._size / 60
        with self._lock:
            now = self._now()
            left, at = self._buckets.pop(caller, (float(self._size), now))
            left = min(self._size, left + (now - at) * rate)
            enough = left >= 1
            self._buckets[caller] = (left - 1 if enough else left, now)
            if len(self._buckets) > MOST:
                self._buckets.popitem(last=False)
        if not enough:
            raise RateLimited(max(1, math.ceil((1 - left) / rate)))


def caller_of(scope: Scope, proxies: int = 0) -> str:
    """Who asks. ``proxies`` of our own stand before the server: so many entries at the end of X-Forwarded-For are true, no more."""
    known = scope.get("state", {}).get("caller")
    if known:
        return str(known)
    address = scope["client"][0] if scope.get("client") else ""
    told = Headers(scope=scope).get("x-forwarded-for", "").split(",")
    if proxies and len(told) >= proxies:
        address = told[-proxies].strip()
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return "address unknown"
    return f"address {ipaddress.ip_network((ip, 64), strict=False) if ip.version == 6 else ip}"
