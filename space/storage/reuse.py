"""Reuse: what one check has computed answers another owner's check of the same input. The record stays its owner's own: theirs is a copy.

See also: whose a check is (``space/core/ownership.py``), and equal bytes that lie at different addresses (``Store.find_report``).
"""

import json
import secrets
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Row, literal, select

from space.core.job import Work
from space.core.ownership import renamed
from space.storage.schema import checks, pictures
from telltale.core.report import Report


def find_done(db: Connection, work: Work, engine: str | None, since: float, *, hold: bool = False) -> Row[Any] | None:
    """Anybody's check that did just this under ``engine`` and ended after ``since``; ``hold``: it stays until the transaction ends."""
    done = (checks.c.state == "done", checks.c.kind == work.kind, checks.c.engine == engine, checks.c.finished >= since)
    found = select(checks).where(checks.c.key == work.key, *done).order_by(checks.c.finished.desc()).limit(1)
    return db.execute(found.with_for_update(read=True, key_share=True) if hold else found).one_or_none()


def is_reused(report: Report) -> bool:
    """Whether nothing was computed for it: the same input, or the same bytes, had been checked before."""
    return report.timing.decode == 0 and report.timing.faces == 0


def copy_done(db: Connection, earlier: Row[Any], values: Mapping[str, Any]) -> Row[Any]:
    """A done check with these ``values``, with Report, pictures and times of the ``earlier`` one; computing it took no time."""
    told = json.loads(renamed(earlier.report, values["name"]) if earlier.kind == "file" else earlier.report)
    if told["source"].get("url") == earlier.source:
        told["source"]["url"] = values["source"]  # their spelling, with their fragment
    told["timing"] = dict.fromkeys(told["timing"], 0.0)
    same = {name: getattr(earlier, name) for name in ("engine", "sha256", "started", "finished")}
    new = checks.insert().values(id=secrets.token_hex(16), state="done", report=json.dumps(told), version=1, **same, **values)
    made = db.execute(new.returning(checks)).one()
    drawn = select(literal(made.id), pictures.c.name, pictures.c.jpeg).where(pictures.c.check_id == earlier.id)
    db.execute(pictures.insert().from_select(["check_id", "name", "jpeg"], drawn))
    return made
