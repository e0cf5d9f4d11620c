"""Tables: the checks and all that belongs to them, in one shape for SQLite and PostgreSQL (SQLAlchemy Core).

A change here needs a new ``VERSION`` and a way from the old one (``database.py``).
"""

from sqlalchemy import (
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)

VERSION = 6
metadata = MetaData()

checks = Table(
    "checks",
    metadata,
    Column("id", Text, primary_key=True),
    Column("state", Text, CheckConstraint("state IN ('queued', 'running', 'done', 'failed', 'cancelled')"), nullable=False),
    Column("kind", Text, CheckConstraint("kind IN ('file', 'url')"), nullable=False),
    Column("source", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("engine", Text),
    Column("sha256", Text),
    Column("version", Integer, nullable=False, server_default=text("0")),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("step", Text),
    Column("done", Integer),
    Column("total", Integer),
    Column("report", Text),
    Column("fault_code", Text),
    Column("fault_sentence", Text),
    Column("fault_params", Text),
    Column("created", Double, nullable=False),
    Column("started", Double),
    Column("finished", Double),
    Column("worker", Text),
    Column("crashes", Integer, nullable=False, server_default=text("0")),
    Column("handed", Integer, nullable=False, server_default=text("0")),
    Column("owner", Text),
)
"""``worker`` holds the check while it runs; ``crashes`` counts those that died with it; ``handed``: DBOS knows of it;
``owner``: a digest (``space/core/ownership.py``), null for checks of older versions."""

UNDER_WAY = text("state IN ('queued', 'running')")
ONE_ACTIVE = Index(
    "one_active_check_per_owner", checks.c.key, checks.c.owner, unique=True, sqlite_where=UNDER_WAY, postgresql_where=UNDER_WAY
)
Index("checks_by_state", checks.c.state, checks.c.created)
Index("checks_by_key", checks.c.key, checks.c.engine)
Index("checks_by_bytes", checks.c.sha256, checks.c.engine)

pictures = Table(
    "pictures",
    metadata,
    Column("check_id", Text, ForeignKey("checks.id", ondelete="CASCADE"), nullable=False),
    Column("name", Text, nullable=False),
    Column("jpeg", LargeBinary, nullable=False),
    PrimaryKeyConstraint("check_id", "name"),
)

media = Table(
    "media",
    metadata,
    Column("check_id", Text, ForeignKey("checks.id", ondelete="CASCADE"), nullable=False),
    Column("place", Integer, nullable=False),
    Column("bytes", LargeBinary, nullable=False),
    PrimaryKeyConstraint("check_id", "place"),
)
"""Uploaded bytes on their way to a worker on another machine, in pieces (PostgreSQL only)."""

keys = Table(
    "keys",
    metadata,
    Column("caller", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("check_id", Text, ForeignKey("checks.id", ondelete="CASCADE"), nullable=False),
    PrimaryKeyConstraint("caller", "key"),
)
Index("keys_by_check", keys.c.check_id)

batches = Table(
    "batches",
    metadata,
    Column("id", Text, primary_key=True),
    Column("created", Double, nullable=False),
    Column("owner", Text),
)

batch_items = Table(
    "batch_items",
    metadata,
    Column("batch_id", Text, ForeignKey("batches.id", ondelete="CASCADE"), nullable=False),
    Column("place", Integer, nullable=False),
    Column("check_id", Text, ForeignKey("checks.id", ondelete="CASCADE")),
    Column("fault_code", Text),
    Column("fault_sentence", Text),
    Column("fault_params", Text),
    PrimaryKeyConstraint("batch_id", "place"),
)
Index("batch_items_by_check", batch_items.c.check_id)

workers = Table(
    "workers",
    metadata,
    Column("id", Text, primary_key=True),
    Column("beat", Integer, nullable=False),
)

shares = Table(
    "shares",
    metadata,
    Column("caller", Text, primary_key=True),
    Column("checks", Double, nullable=False),
    Column("at", Double, nullable=False),
)
"""What each caller, by its digest, may still ask for, and since when (``space/middleware/rate_limit_postgres.py``; PostgreSQL only)."""

versions = Table("telltale_version", metadata, Column("version", Integer, primary_key=True))
"""Of these tables, where the database has no place of its own for it (PostgreSQL)."""
