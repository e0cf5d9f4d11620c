"""Shares: the buckets of ``rate_limit.py`` in the database that many servers share, so that each caller has one share of all of them.

Callers are written down as digests only, and forgotten once their bucket is full again. The database's clock is the one for all. One
statement takes from a bucket, so no two processes can take the same.
"""

import hashlib
import math
import time

from sqlalchemy import text

from space.core.job import RateLimited
from space.storage.database import Database

NOW = "extract(epoch FROM clock_timestamp())"
FILLED = f"least(:size, shares.checks + greatest({NOW} - shares.at, 0) * :rate)"
TAKE = text(
    f"INSERT INTO shares (caller, checks, at) VALUES (:caller, :size - 1, {NOW})"
    f" ON CONFLICT (caller) DO UPDATE SET checks = {FILLED} - 1, at = {NOW} WHERE {FILLED} >= 1 RETURNING checks"
)
LEFT = text(f"SELECT {FILLED} FROM shares WHERE caller = :caller")
FORGET = text(f"DELETE FROM shares WHERE at < {NOW} - :seconds")
MINUTE = 60.0


class SharedRateLimiter:
    """As ``Callers``: a bucket for each caller, which holds ``per_minute`` checks. 0 sets no limit."""

    def __init__(self, per_minute: int, database: Database) -> None:
        self._size = per_minute
        self._database = database
        self._swept = time.monotonic()

    def check(self, caller: str) -> None:
        """Take one check out of a caller's bucket. Raises RateLimited."""
        if not self._size:
            return
        rate = self._size / MINUTE
        asked = {"caller": hashlib.sha256(caller.encode()).hexdigest(), "size": float(self._size), "rate": rate}
        with self._database.writing() as db:
            if time.monotonic() - self._swept > MINUTE:
                self._swept = time.monotonic()
                db.execute(FORGET, {"seconds": MINUTE})
            if db.execute(TAKE, asked).first():
                return
            left = db.execute(LEFT, asked).scalar()
        raise RateLimited(max(1, math.ceil((1 - float(left or 0)) / rate)))
