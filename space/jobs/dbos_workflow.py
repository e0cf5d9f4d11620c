"""Flow: DBOS in this process: one durable workflow per check, under the check's own id, on a queue that all workers share.

DBOS keeps which worker has which workflow and which step is behind it; it is given nothing but ids. What a check is, and what became of it,
stands in ``checks`` alone: a step that is begun a second time (after a crash) looks there first. DBOS is one per process, so a second
``WorkflowQueue`` waits until the first has ended. See also: what the two steps do, and who is alive (``worker.py``,
``space/storage/heartbeats.py``).
"""

import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Engine, create_engine
from sqlalchemy import event as sqlalchemy_event

from space.storage.database import PRAGMAS

if TYPE_CHECKING:
    from dbos import DBOS as Dbos

    from space.storage.store import Store

log = logging.getLogger(__name__)

ONE_IN_A_PROCESS = threading.Lock()
APPLICATION, QUEUE, WORKFLOW = "telltale", "checks", "check"
EDITION = "1"
"""Of the workflow's steps: DBOS hands a workflow to workers of the same edition only."""
POLL = 0.1
"""Seconds between two looks of DBOS at its queue."""
DRAIN = 5.0
"""Seconds in which the workflows under way are written down as over, after their last step has ended."""
WAITING, AT_WORK = "ENQUEUED", "PENDING"
OVER = ["SUCCESS", "ERROR"]
STUCK = ["CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]
Step = Callable[[str], None]


@dataclass(frozen=True)
class Workflow:
    """One workflow that has not ended, and the worker that has it or had it last."""

    id: str
    at_work: bool
    worker: str | None


class WorkflowQueue:
    """DBOS while it runs."""

    def __init__(self, dbos: "type[Dbos]", run: Step) -> None:
        self._dbos = dbos
        self._run = run

    def submit(self, id: str, alive: Callable[[], set[str]]) -> bool:
        """Have this check looked at by some worker; False where one that lives is about to let go of it, and it is too early."""
        from dbos import SetWorkflowID

        status = self._dbos.get_workflow_status(id)
        if status is not None and status.status == AT_WORK and status.executor_id in alive():
            return False
        if status is not None and status.status in (AT_WORK, *STUCK):
            self._dbos.resume_workflow(id, queue_name=QUEUE)
            return True
        if status is not None and status.status in OVER:
            self._dbos.delete_workflow(id)
        with SetWorkflowID(id):
            self._dbos.enqueue_workflow(QUEUE, self._run, id)
        return True

    def unfinished(self) -> list[Workflow]:
        """All workflows that have not ended."""
        found = self._dbos.list_workflows(status=[WAITING, AT_WORK], load_input=False, load_output=False)
        return [Workflow(one.workflow_id, one.status == AT_WORK, one.executor_id) for one in found]

    def free(self, id: str) -> None:
        """Whoever had this workflow has died: let another worker go on with it."""
        self._dbos.resume_workflow(id, queue_name=QUEUE)

    def tidy(self) -> None:
        """Delete what is left of workflows that are over."""
        over = self._dbos.list_workflows(status=[*OVER, *STUCK], load_input=False, load_output=False, limit=1000)
        if over:
            self._dbos.delete_workflows([one.workflow_id for one in over])


@contextmanager
def flowing(store: "Store", worker: str, look: Step, clean: Step, at_once: int) -> Iterator[WorkflowQueue]:
    """DBOS as ``worker``, taking ``at_once`` checks at a time until the context ends.

    Who leaves it has seen to it that no step is under way.
    """
    from dbos import DBOS

    with ONE_IN_A_PROCESS:
        engine = workflow_engine(store)
        try:

            @DBOS.workflow(name=WORKFLOW)
            def run(id: str) -> None:
                DBOS.run_step({"name": "look"}, look, id)
                DBOS.run_step({"name": "clean"}, clean, id)

            running = DBOS(
                config={
                    "name": APPLICATION,
                    "system_database_engine": engine,
                    "executor_id": worker,
                    "application_version": EDITION,
                    "log_level": "ERROR",
                    "use_listen_notify": False,
                    "notification_listener_polling_interval_sec": POLL,  # how long its end is waited for; nothing is listened for
                }
            )
            migrate(store, engine, at_once)
            DBOS.launch()
            yield WorkflowQueue(DBOS, run)
            for event in running.background_thread_stop_events:  # it takes nothing more; what it has taken is let end first
                event.set()
            deadline = time.monotonic() + DRAIN
            while time.monotonic() < deadline and at_work(DBOS, worker):
                time.sleep(0.02)
        finally:
            DBOS.destroy(destroy_registry=True)
            if engine is not store.database.engine:
                engine.dispose()


def at_work(dbos: "type[Dbos]", worker: str) -> bool:
    """Whether a workflow of this worker has not been written down as over."""
    return bool(dbos.list_workflows(status=AT_WORK, executor_id=worker, load_input=False, load_output=False))


def workflow_engine(store: "Store") -> Engine:
    """PostgreSQL: the same connections, another schema. SQLite: a file of its own, as each has one writer at a time."""
    if store.workflows is None:
        return store.database.engine
    renew(Path(str(store.workflows.database)))
    engine = create_engine(store.workflows)

    @sqlalchemy_event.listens_for(engine, "connect")
    def prepare(connection: object, _: object) -> None:
        connection.isolation_level = "IMMEDIATE"  # type: ignore[attr-defined]  # sqlite3's, which has no type here
        for pragma in PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")  # type: ignore[attr-defined]

    return engine


def renew(path: Path) -> None:
    """A damaged file of workflows goes: what was accepted stands in ``checks``, and is handed over again."""
    db = sqlite3.connect(path, timeout=30)
    try:
        damaged = db.execute("PRAGMA quick_check(1)").fetchone() != ("ok",)
    except sqlite3.OperationalError:  # held by somebody, or on a broken disk
        damaged = False
    except sqlite3.DatabaseError:
        damaged = True
    finally:
        db.close()
    if damaged:
        log.warning("%s is damaged; it is made anew", path.name)
        for ending in ("", "-wal", "-shm"):
            path.with_name(path.name + ending).unlink(missing_ok=True)


def migrate(store: "Store", engine: Engine, at_once: int) -> None:
    """DBOS's tables, and the queue among them, the same for all, before anybody listens to it.

    Of several that begin at once DBOS lets one make them.
    """
    from dbos import DBOS, DBOSClient

    url = engine.url.set(drivername="sqlite" if store.workflows else "postgresql")
    DBOS.migrate(url.render_as_string(hide_password=False))
    client = DBOSClient(system_database_engine=engine, application_name=APPLICATION)
    try:
        client.register_queue(QUEUE, worker_concurrency=at_once, polling_interval_sec=POLL)
    finally:
        client.destroy()
