"""The parts of ``jobs`` that need no server: who may end a check, a store that cannot be opened; and what stands in for guards."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

from sqlalchemy import update

from space.core.job import Job
from space.storage.database import PRAGMAS
from space.storage.schema import checks
from space.storage.store import Store
from telltale.core.errors import BadRequest
from telltale.model.classifier import BROWSER
from tests.promises.jobs_ground import namespace
from tests.promises.promise import Demand, Plan
from tests.promises.sabotage import ROOT
from tests.support.media.drawing import draw_face_picture
from tests.support.queues import queue, report_on

BOUND = 'mount --bind "$1" "$0" && mount -o remount,bind,ro "$0" && ! touch "$0/x" 2>&- && shift && exec "$@"'
NEVER = 1000
IMPATIENT = tuple("busy_timeout = 500" if pragma.startswith("busy_timeout") else pragma for pragma in PRAGMAS)
"""For the short form: what waits 30 s for a locked database waits half a second."""


def nothing(*_: Any, **__: Any) -> None:
    """Finds and does nothing."""


def anybody(db: Any, job: Job | str, states: Any, values: Any, *, to: Any = None) -> bool:
    """Changes a check for whoever asks, whatever its state."""
    id = job if isinstance(job, str) else job.id
    more = {"state": to} if to else {}
    return bool(db.execute(update(checks).where(checks.c.id == id).values(**values, version=checks.c.version + 1, **more)).rowcount)


NOTHING, ANYBODY = staticmethod(nothing), staticmethod(anybody)


def measure(plan: Plan) -> Iterator[Demand]:
    """What can be measured in this process."""
    with (
        patch.object(Store, "_changed", ANYBODY if plan.off == "hands" else vars(Store)["_changed"]),
        tempfile.TemporaryDirectory() as name,
    ):
        yield from late(Path(name))
    if plan.off:
        return
    yield from closed()
    if not plan.short:
        yield from read_only()


def late(folder: Path) -> Iterator[Demand]:
    """A worker that was thought dead comes back with a result, after another has ended the check."""
    store = Store(folder)
    try:
        id = queue(store).submit_url("https://example.org/a").id
        slow = store.take(id, "slow")
        assert slow
        store.requeue(slow, crashed=True)
        quick = store.take(id, "quick")
        report = report_on(slow.work, lambda _: None).model_dump_json()
        first = bool(quick) and store.finish(quick, engine="one", report=report, pictures_of={}) if quick else False
        yield Demand("the worker that has the check may end it", "yes" if first else "no", "yes", first, control=True)
        second = store.finish(slow, engine="one", report=report, pictures_of={})
        yield Demand("a worker that lost the check may end it", "yes" if second else "no", "no", not second)
    finally:
        store.close()


def closed() -> Iterator[Demand]:
    """A store where nothing can be written, and one that is no database: a sentence, no traceback."""
    with tempfile.TemporaryDirectory() as name:
        broken = Path(name, "broken")
        broken.mkdir()
        (broken / "checks.sqlite3").write_bytes(b"garbage " * 2000)
        for what, folder in {"HOME cannot be written": Path("/proc/nowhere/.telltale"), "the database is garbage": broken}.items():
            try:
                Store(folder).close()
                found = "opened"
            except BadRequest as error:
                found = error.code
            except Exception as error:  # a bug is what is looked for
                found = type(error).__name__
            yield Demand(f"a store is opened where {what}", found, "request.invalid", found == "request.invalid")


def read_only() -> Iterator[Demand]:
    """The real engine with a model folder in which nothing can be written, and without a home."""
    words = namespace()
    with tempfile.TemporaryDirectory() as name:
        picture, model = draw_face_picture(Path(name, "face.png")), Path(name, "model")
        model.mkdir()
        check = [sys.executable, "-m", "telltale", "check", "--json", "--model", str(model), str(picture)]
        given: list[str] = [*(words or []), "sh", "-c", BOUND, str(model), BROWSER, *check]
        environment = os.environ | {"HOME": "/proc/nowhere", "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
        ended = (
            subprocess.run(given, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=180, check=False) if words else None
        )
    what = "a check with a read-only model folder and without a home"
    if ended is None:
        yield Demand(what, "no mount namespace here", "a verdict", None)
        return
    kept = '"verdict"' in ended.stdout and "Traceback" not in ended.stderr
    yield Demand(what, f"exit {ended.returncode}, {'a' if kept else 'no'} Report", "a Report", kept)
