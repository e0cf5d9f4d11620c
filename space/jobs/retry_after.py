"""Waiting: in how many seconds a place in the full queue is likely free, from how long checks take and how long those under way have run.

See also: the bound itself (``queue.py``), and the share of one caller, whose wait is known exactly (``space/middleware/rate_limit.py``).
"""

from collections.abc import Sequence

from sqlalchemy import select

from space.storage.schema import checks
from space.storage.store import Store

UNKNOWN = 20.0
"""Seconds of a check, before any has ended."""
LAST = 10
"""Checks that are looked back on."""
LONGEST = 600
OVERDUE = 0.25
"""A check that takes longer than usual is taken to need this much more of what it has taken: nobody knows its end."""


def wait_for_place(store: Store, now: float) -> int:
    """Whole seconds until the next check is likely taken from the queue."""
    took = checks.c.finished - checks.c.started
    ended = checks.c.started.is_not(None) & checks.c.state.in_(("done", "failed"))
    last = [float(row[0]) for row in store.rows(select(took).where(ended).order_by(checks.c.finished.desc()).limit(LAST))]
    since = [now - float(row[0]) for row in store.rows(select(checks.c.started).where(checks.c.state == "running")) if row[0] is not None]
    return next_end(last, since)


def next_end(last: Sequence[float], since: Sequence[float]) -> int:
    """``last``: seconds that earlier checks took; ``since``: those that the ones under way have run. -> seconds until the first ends."""
    usual = sum(last) / len(last) if last else UNKNOWN
    left = [max(usual - ran, OVERDUE * ran) for ran in since]
    return max(1, min(LONGEST, round(min(left, default=0.0 if last else usual))))
