"""Jobs: the queue of checks and the one worker that empties it. The only door between the API and the running of checks.

The queue is the store itself, so it survives a restart. Cancelling changes the store; the running check notices at its next step of
progress and stops there. Not here: HTTP, and what a check does (``run`` is handed in).
"""

import asyncio
import logging
import threading
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from detector.errors import FetchFailed, JobProblem, TelltaleError
from detector.progress import Listener, Progress
from detector.report import Report
from space.idempotency import Named
from space.job import BUG, Fault, Job, Work
from space.store import Store
from space.upload import Upload

log = logging.getLogger(__name__)

PATIENCE = 0.2
"""Seconds between two writes of progress, and between two looks for a change."""
SWEEP = 600.0
"""Seconds between two looks for what is to be forgotten, at most."""
ATTEMPTS = 2
"""A check that was under way this many times when the server died is not tried again."""
INTERRUPTED = Fault("job.interrupted", "The server stopped while this check was running. Please start it again.")

Run = Callable[[Work, Listener], Report]
EngineKey = Callable[[], str | None]


class Jobs:
    """Bounded, durable, one at a time. ``engine_key`` names what judges (model revision, detector), or None while it is loading."""

    def __init__(
        self,
        store: Store,
        run: Run,
        engine_key: EngineKey,
        *,
        bound: int = 16,
        keep_hours: float = 168,
        keep_media: bool = False,
        fresh_minutes: float = 60,
        now: Callable[[], float] = time.time,
        ended: Callable[[Job], None] = lambda _: None,
    ) -> None:
        self._store = store
        self._run = run
        self._engine_key = engine_key
        self._bound = bound
        self._keep = keep_hours * 3600
        self._keep_media = keep_media
        self._fresh = fresh_minutes * 60
        self._now = now
        self._ended = ended
        self._wake = threading.Event()
        self._stopping = threading.Event()

    # What the API and the page ask for.

    def submit_file(self, upload: Upload, caller: str = "", key: str | None = None) -> Job:
        """Queue an uploaded file, which from now on belongs to the queue. Raises JobProblem("job.queue_full").

        Under the same ``key`` of the same ``caller`` it is the same job; BadRequest("request.key_reused") where that was another file.
        """
        return self._submit(Work("file", str(upload.path), upload.name, f"sha256:{upload.sha256}"), caller, key)

    def submit_url(self, url: str, caller: str = "", key: str | None = None) -> Job:
        """Queue an address; ``key`` as for a file. Raises FetchFailed("fetch.bad_address") and JobProblem("job.queue_full").

        What is not http(s) must not pass: to ``detector.check`` a source that is no address is the path of a file.
        """
        url = url.strip()
        if not is_web_address(url):
            raise FetchFailed("fetch.bad_address", "This is not a web address: it must start with http:// or https://.")
        return self._submit(Work("url", url, url, f"url:{same(url)}"), caller, key)

    def _submit(self, work: Work, caller: str, key: str | None) -> Job:
        """The same input under the same engine is one job; at an address something else may lie after a while, in bytes it does not."""
        since = self._now() - self._fresh if work.kind == "url" else 0.0
        named = Named(caller, key, work.key) if key else None
        try:
            job, is_new = self._store.add(work, engine=self._engine_key(), bound=self._bound, since=since, named=named)
        except TelltaleError:
            self._drop_media(work)
            raise
        if not is_new and job.work.source != work.source:
            self._drop_media(work)
        self._wake.set()
        return job

    def get(self, id: str) -> Job:
        """Raises JobProblem("job.not_found")."""
        return self._store.get(id)

    def cancel(self, id: str) -> Job:
        """Cancel what has not ended yet; what has ended stays as it is. Raises JobProblem("job.not_found")."""
        before = self._store.get(id)
        cancelled = self._store.cancel(id)
        if cancelled and before.state == "queued":
            self._drop_media(before.work)
        after = self._store.get(id)
        if cancelled:
            self._ended(after)
        return after

    def forget(self, id: str) -> Job:
        """Cancel what has not ended, and delete the check and all of it. -> what it was. Raises JobProblem("job.not_found")."""
        job = self.cancel(id)
        self._store.delete(id)
        return replace(job, report=None, progress=None)

    def picture(self, id: str, name: str) -> bytes:
        """One JPEG of a check. Raises JobProblem("job.not_found")."""
        jpeg = self._store.picture(id, name)
        if jpeg is None:
            raise JobProblem("job.not_found", "There is no such picture.")
        return jpeg

    async def events(self, id: str) -> AsyncIterator[Job | None]:
        """The job now and after every change until it ends; None about every 15 s of silence. Raises JobProblem("job.not_found")."""
        job = await asyncio.to_thread(self._store.get, id)
        yield job
        spoken = time.monotonic()
        while not job.ended and not self._stopping.is_set():
            await asyncio.sleep(PATIENCE)
            if await asyncio.to_thread(self._store.version, id) != job.version:
                job = await asyncio.to_thread(self._store.get, id)
                yield job
                spoken = time.monotonic()
            elif time.monotonic() - spoken > 15:
                yield None
                spoken = time.monotonic()

    def counts(self) -> dict[str, int]:
        """How many checks are in which state, and how many may wait."""
        return {"bound": self._bound} | {str(state): count for state, count in self._store.counts().items()}

    def retry_after(self) -> int:
        """Whole seconds after which a place in a full queue is likely free: what one check usually takes."""
        return max(1, min(600, round(self._store.usual_seconds() or 20)))

    @property
    def stopping(self) -> bool:
        """Whether the server is about to stop, so that nobody should wait any longer."""
        return self._stopping.is_set()

    # What the server does with it.

    def recover(self) -> None:
        """Before the first claim: what the last server left under way is queued again, or told to have been interrupted."""
        for job in self._store.active():
            lost = job.work.kind == "file" and not Path(job.work.source).is_file()
            if lost or (job.state == "running" and job.attempts >= ATTEMPTS):
                self._store.fail(job.id, INTERRUPTED)
            elif job.state == "running":
                self._store.requeue(job.id)
        wanted = {job.work.source for job in self._store.active()}
        if self._keep_media:
            return
        for path in self._store.uploads.iterdir():
            if str(path) not in wanted:
                path.unlink()

    def work(self) -> None:
        """Empty the queue until ``stop``. Runs in a thread of its own."""
        swept, pause = float("-inf"), min(SWEEP, self._keep / 10)
        while not self._stopping.is_set():
            self._wake.clear()
            if time.monotonic() - swept >= pause:
                self._sweep(self._now() - self._keep)
                swept = time.monotonic()
            job = self._store.claim()
            if job is None:
                self._wake.wait(timeout=pause)
                continue
            self._do(job)

    def _sweep(self, before: float) -> None:
        """Forget what ended before then, a busy queue or not, and media that was kept from before then."""
        self._store.forget(before)
        wanted = {job.work.source for job in self._store.active()}
        for path in self._store.uploads.iterdir():
            if str(path) not in wanted and path.stat().st_mtime < before:
                path.unlink(missing_ok=True)

    def stop(self) -> None:
        """Ask the worker to stop; a check under way is queued again at its next step of progress."""
        self._stopping.set()
        self._wake.set()

    def _do(self, job: Job) -> None:
        """Run one claimed job to its end."""
        try:
            report = self._run(job.work, self._listener(job))
            done = self._store.finish(job.id, engine=self._engine_key(), report=report.model_dump_json(), pictures=report.pictures)
            self._tell_end(done, job.id)
            log.info("check %s %s", job.id, f"done: {report.verdict}" if done else "was cancelled at its end")
        except _Stopped:
            self._store.requeue(job.id)
            log.info("check %s waits for the next start", job.id)
            return
        except TelltaleError as error:
            if error.code != "job.cancelled":
                self._tell_end(self._store.fail(job.id, Fault(error.code, error.sentence)), job.id)
            log.info("check %s ended: %s", job.id, error.code)
        except Exception:
            log.exception("check %s met a bug", job.id)
            self._tell_end(self._store.fail(job.id, BUG), job.id)
        self._drop_media(job.work)

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
            if self._stopping.is_set():
                raise _Stopped
            now = time.monotonic()
            if now - last < PATIENCE and progress.step == step:
                return
            last, step = now, progress.step
            if not self._store.advance(job.id, progress):
                raise JobProblem("job.cancelled", "This check was cancelled.")

        return listen

    def _drop_media(self, work: Work) -> None:
        """Uploaded media goes as soon as nobody waits for its verdict."""
        if work.kind == "file" and not self._keep_media:
            Path(work.source).unlink(missing_ok=True)


class _Stopped(Exception):
    """The server stops; the job is not to blame."""


def same(url: str) -> str:
    """The part of an address that decides what lies there, in one spelling: without its fragment, scheme and host in lower case."""
    parts = urlsplit(url)
    return parts._replace(scheme=parts.scheme.lower(), netloc=parts.netloc.lower(), path=parts.path or "/", fragment="").geturl()


def is_web_address(url: str) -> bool:
    """Whether ``url`` is http(s) with a host and without blanks. Whether it may be fetched is decided when it is (``detector.fetch``)."""
    try:
        parts = urlsplit(url)
        return url.lower().startswith(("http://", "https://")) and bool(parts.hostname) and url.isprintable() and " " not in url
    except ValueError:  # such as an unclosed [ in the host
        return False
