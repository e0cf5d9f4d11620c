"""Worker: takes checks from the queue and runs them, tells what became of them, and buries workers that died.

Any number may work on one PostgreSQL, in any processes on any machines; on SQLite there is one. A check whose worker died is begun again,
until it has taken ``CRASHES`` workers with it. See also: which checks run beside each other (``crash_isolation.py``), what a check does
(``run`` is handed in), and the queue's door (``queue.py``).
"""

import errno
import logging
import secrets
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from space.core.job import BUG, Job, JobError, Work
from space.jobs.crash_isolation import ExclusiveGate
from space.jobs.dbos_workflow import WorkflowQueue, flowing
from space.storage.database import HANDING
from space.storage.heartbeats import BEAT
from space.storage.media import LostMedia, bring_media, drop_media, drop_stale_media
from space.storage.store import Store
from telltale.core.errors import JobProblem, TelltaleError
from telltale.core.progress import Listener, Progress
from telltale.core.report import Report

log = logging.getLogger(__name__)

PATIENCE = 0.2
"""Seconds between two writes of progress."""
TICK, SHARED_TICK = 1.0, 0.2
"""Seconds between two looks for new checks, unless woken: others' submits wake nobody here."""
RECONCILE = 5.0
"""Seconds between two comparisons of the checks with what DBOS knows."""
SWEEP = 600.0
"""Seconds between two looks for what is to be forgotten, at most."""
CRASHES = 3
"""A check that was under way when this many workers died is not tried again."""
INTERRUPTED = JobError("job.interrupted")
FULL = JobError("job.interrupted", "disk")

Run = Callable[[Work, Listener], Report]
EngineKey = Callable[[], str | None]


class Worker:
    """One worker, of ``at_once`` checks. ``work`` runs in a thread of its own until ``stop``; each check runs in a thread of DBOS's."""

    def __init__(
        self,
        store: Store,
        run: Run,
        engine_key: EngineKey,
        ended: Callable[[Job], None],
        *,
        keep: float,
        keep_media: bool,
        at_once: int,
        now: Callable[[], float],
    ) -> None:
        self.id = secrets.token_hex(8)
        self._store = store
        self._run = run
        self._engine_key = engine_key
        self._ended = ended
        self._keep = keep
        self._keep_media = keep_media
        self._at_once = at_once
        self._company = ExclusiveGate()
        self._now = now
        self._wake = threading.Event()
        self._idle = threading.Condition()
        self._at: set[str] = set()
        self._files: dict[str, Path] = {}
        self._due: dict[str, float] = {}
        self.stopping = threading.Event()

    def wake(self) -> None:
        """There may be something to do."""
        self._wake.set()

    def stop(self) -> None:
        """Ask it to stop; a check under way is queued again at its next step of progress."""
        self.stopping.set()
        self._wake.set()

    def work(self) -> None:
        """Empty the queue until ``stop``."""
        while not self.stopping.is_set():
            try:
                self._work()
            except DBAPIError as error:
                log.warning("the database does not answer (%s); the worker goes on trying", type(error.orig).__name__)
                self.stopping.wait(BEAT)

    def _work(self) -> None:
        """``work``, until the database is away."""
        self._store.crew.beat(self.id)  # before DBOS knows of this worker: who has no beat is taken for dead
        with flowing(self._store, self.id, self._look, self._clean, self._at_once) as flow:
            try:
                while not self.stopping.is_set():
                    self._wake.clear()
                    self._tend(flow)
                    self._wake.wait(timeout=min(self._pause, SHARED_TICK if self._store.is_shared else TICK))
            finally:
                with self._idle:
                    self._idle.wait_for(lambda: not self._at)
        self._store.crew.sign_off(self.id)

    @property
    def _pause(self) -> float:
        """Seconds between two sweeps."""
        return min(SWEEP, self._keep / 10)

    def _is_due(self, what: str, every: float) -> bool:
        """Whether it is time for this again."""
        now = time.monotonic()
        due = now >= self._due.get(what, 0)
        if due:
            self._due[what] = now + every
        return due

    def _tend(self, flow: WorkflowQueue) -> None:
        """All that is to be done beside the checks themselves."""
        if self._is_due("beat", BEAT):
            self._store.crew.beat(self.id)
            for dead in self._store.crew.dead(self.id):
                self._bury(dead)
            for job in self._store.running(self.id):
                if job.id not in self._at:  # its end could not be written
                    self._store.requeue(job)
        if self._is_due("sweep", self._pause):
            self._sweep(self._now() - self._keep)
            flow.tidy()
        if self._is_due("reconcile", RECONCILE):
            self._reconcile(flow)
        if ids := self._store.undispatched():
            with self._store.database.alone(HANDING) as alone:
                self._store.mark_dispatched([id for id in ids if alone and flow.submit(id, self._store.crew.alive)])

    def _bury(self, dead: str) -> None:
        """Let others take what a dead worker held, or tell that it is not tried again."""
        for job in self._store.running(dead):
            give_back(self._store, job, self._ended)
        self._store.crew.sign_off(dead)

    def _reconcile(self, flow: WorkflowQueue) -> None:
        """Workflows of the dead go on elsewhere; checks that wait and that DBOS has lost, or has done with, are handed to it again."""
        known = flow.unfinished()
        alive = self._store.crew.alive()  # after ``known``: who took a workflow meanwhile has had a beat before
        for one in known:
            if one.at_work and one.worker not in alive:
                flow.free(one.id)
        self._store.mark_dispatched(self._store.waiting() - {one.id for one in known}, known=False)

    def _sweep(self, before: float) -> None:
        """Forget what ended before then, a busy queue or not, and media that was kept from before then."""
        self._store.forget(before)
        if not self._keep_media:
            drop_stale_media(self._store.database)
        wanted = {Path(job.work.source).name for job in self._store.active()}
        for path in self._store.uploads.iterdir():
            with suppress(FileNotFoundError):  # refused uploads come and go meanwhile
                if path.name not in wanted and path.stat().st_mtime < before:
                    path.unlink()

    # The two steps of a check's workflow. Either may be begun again after a crash.

    def _look(self, id: str) -> None:
        """Take the check and run it to its end; nothing where it has ended or is in other hands."""
        with self._idle:
            self._at.add(id)
        try:
            if self.stopping.is_set():
                return self._store.mark_dispatched([id], known=False)
            job = self._store.take(id, self.id)
            if job is not None:
                with self._company.join(alone=job.crashes > 0):
                    self._do(job)
        finally:
            with self._idle:
                self._at.discard(id)
                self._idle.notify_all()

    def _clean(self, id: str) -> None:
        """Delete the check's media; one that has not ended still needs it."""
        try:
            job = self._store.get(id)
        except JobProblem:  # forgotten since
            if path := self._files.pop(id, None):
                path.unlink(missing_ok=True)
            return
        if job.ended:
            drop_file(self._store, job, self._keep_media)
            self._files.pop(id, None)

    def _do(self, job: Job) -> None:
        """Run one check that was taken."""
        try:
            report = self._run(self._brought(job), self._listener(job))
            done = self._store.finish(job, engine=self._engine_key(), report=report.model_dump_json(), pictures_of=report.pictures)
            self._tell_end(done, job.id)
            log.info("check %s %s", job.id, f"done: {report.verdict}" if done else "was cancelled at its end")
        except Stopped:
            self._store.requeue(job)
            log.info("check %s waits for the next start", job.id)
        except LostMedia:
            self._tell_end(self._store.fail(job, INTERRUPTED), job.id)
        except TelltaleError as error:
            if error.code != "job.cancelled":
                self._tell_end(self._store.fail(job, JobError.of(error)), job.id)
            log.info("check %s ended: %s", job.id, error.code)
        except OSError as error:
            log.exception("check %s met the system's limits", job.id)
            self._tell_end(self._store.fail(job, FULL if error.errno in (errno.ENOSPC, errno.EDQUOT) else BUG), job.id)
        except DBAPIError:
            raise  # the database is away: the check is begun again when it is back
        except Exception:
            log.exception("check %s met a bug", job.id)
            self._tell_end(self._store.fail(job, BUG), job.id)

    def _brought(self, job: Job) -> Work:
        """The work, with its file where this worker can read it. Raises LostMedia."""
        if job.work.kind == "url":
            return job.work
        path = self._files[job.id] = bring_media(self._store.database, job, self._store.uploads)
        return replace(job.work, source=str(path))

    def _tell_end(self, changed: bool, id: str) -> None:
        """Say that a check has ended, unless it had before, or has been forgotten since."""
        if changed and self._store.version(id) >= 0:
            self._ended(self._store.get(id))

    def _listener(self, job: Job) -> Listener:
        """Writes progress, not too often, and raises where the job was cancelled or the server stops."""
        last = 0.0
        step = ""

        def listen(progress: Progress) -> None:
            nonlocal last, step
            if self.stopping.is_set():
                raise Stopped
            now = time.monotonic()
            if now - last < PATIENCE and progress.step == step:
                return
            last, step = now, progress.step
            if not self._store.advance(job, progress):
                raise JobProblem("job.cancelled")

        return listen


class Stopped(Exception):
    """The server stops; the job is not to blame."""


def give_back(store: Store, job: Job, ended: Callable[[Job], None]) -> None:
    """What a dead worker held waits again, or is told to have been interrupted once too often."""
    if job.crashes + 1 < CRASHES:
        store.requeue(job, crashed=True)
    elif store.fail(job, INTERRUPTED):
        ended(store.get(job.id))


def drop_file(store: Store, job: Job, keep: bool) -> None:
    """Uploaded media goes as soon as nobody waits for its verdict; a copy that this process made goes at any rate."""
    if job.work.kind != "file":
        return
    if not keep:
        drop_media(store.database, job.id)
    if store.is_shared or not keep:
        (store.uploads / Path(job.work.source).name).unlink(missing_ok=True)
