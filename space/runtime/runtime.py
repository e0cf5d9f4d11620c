"""Runtime: store, engine and queue of one process, put together from the settings; and a process that only works.

    telltale work          with TELLTALE_DATABASE_URL: takes checks from the same queue as every other worker, and answers no requests

See also: the server (``space/app.py``).
"""

import logging
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass

from space.core.job import Job
from space.core.settings import Settings
from space.jobs.queue import Jobs
from space.runtime.engine_host import EngineHost
from space.storage.store import Store
from telltale.core.errors import BadRequest

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Runtime:
    """What runs checks in one process."""

    store: Store
    room: EngineHost
    jobs: Jobs


def open_runtime(settings: Settings, ended: Callable[[Job], None] = lambda _: None) -> Runtime:
    """Nothing runs yet. Raises BadRequest where the store cannot be used."""
    store = Store(settings.data_dir, settings.database)
    room = EngineHost(settings, store.find_report)
    jobs = Jobs(
        store,
        room.run,
        room.key,
        bound=settings.max_queued,
        keep_hours=settings.retention_hours,
        keep_media=settings.keep_media,
        fresh_minutes=settings.url_cache_minutes,
        at_once=settings.concurrency,
        ended=ended,
    )
    return Runtime(store, room, jobs)


def work(settings: Settings, parent: int | None = None) -> None:
    """Take checks until SIGTERM or SIGINT, or until the process ``parent`` ends. Raises TelltaleError where no check could be run."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    if not settings.database:
        raise BadRequest("request.invalid", "no_database")
    if parent is not None:
        from telltale.sandbox.namespaces import end_with_parent

        end_with_parent(parent)
    told: list[bool] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: told.append(True))
    shop = open_runtime(settings)
    try:
        shop.room.load()
        if shop.room.fault:
            raise shop.room.fault.as_error()
        log.info("taking checks")
        worker = threading.Thread(target=shop.jobs.work, name="worker")
        worker.start()
        while worker.is_alive() and not told:
            worker.join(0.2)
        shop.jobs.stop()
        worker.join()
    finally:
        shop.store.close()
