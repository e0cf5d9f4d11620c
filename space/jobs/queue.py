"""Jobs: the queue of checks. The only door between the API and the running of checks.

The queue is the store itself, so it survives a restart. Cancelling changes the store; the running check notices at its next step of
progress and stops there. See also: HTTP, who empties the queue (``worker.py``), and what a check does (``run`` is handed in).
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from space.core.job import Job, Upload, Work
from space.jobs.change_poller import Watch
from space.jobs.retry_after import wait_for_place
from space.jobs.worker import INTERRUPTED, EngineKey, Run, Worker, drop_file, give_back
from space.storage.idempotency_keys import Named
from space.storage.store import Store
from telltale.core.errors import FetchFailed, JobProblem, TelltaleError
from telltale.net.pasted_text import address_of

PATIENCE, SILENCE = 0.2, 15.0
"""Seconds between two looks for a change, and between two signs of life."""


class Jobs:
    """Bounded and durable. ``engine_key`` names what judges (model revision, detector), or None while it is loading."""

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
        at_once: int = 1,
        now: Callable[[], float] = time.time,
        ended: Callable[[Job], None] = lambda _: None,
    ) -> None:
        self._store = store
        self._engine_key = engine_key
        self._bound = bound
        self._keep_media = keep_media
        self._fresh = fresh_minutes * 60
        self._now = now
        self._ended = ended
        self._worker = Worker(store, run, engine_key, ended, keep=keep_hours * 3600, keep_media=keep_media, at_once=at_once, now=now)
        self._watch = Watch(store.versions, PATIENCE, self._worker.stopping.is_set)

    # What the API and the page ask for.

    def submit_file(self, upload: Upload, caller: str = "", key: str | None = None, owner: str = "") -> Job:
        """Queue an uploaded file for ``owner``; from now on it belongs to the queue. Raises JobProblem("job.queue_full").

        Under the same ``key`` of the same ``caller`` it is the same job; BadRequest("request.key_reused") where that was another file.
        """
        return self._submit(Work("file", str(upload.path), upload.name, f"sha256:{upload.sha256}"), caller, key, owner)

    def submit_url(self, url: str, caller: str = "", key: str | None = None, owner: str = "") -> Job:
        """Queue an address for ``owner``; ``key`` as for a file. Raises FetchFailed("fetch.bad_address") and JobProblem("job.queue_full").

        What is not http(s) must not pass: to ``telltale.pipeline`` a source that is no address is the path of a file.
        """
        url = address_of(url) or url.strip()
        if not is_web_address(url):
            raise FetchFailed("fetch.bad_address")
        return self._submit(Work("url", url, url, f"url:{same(url)}"), caller, key, owner)

    def _submit(self, work: Work, caller: str, key: str | None, owner: str) -> Job:
        """An owner's same input under the same engine is one job; at an address something else may lie after a while, in bytes not."""
        since = self._now() - self._fresh if work.kind == "url" else 0.0
        named = Named(caller, key, work.key) if key else None
        try:
            job, is_new = self._store.add(work, engine=self._engine_key(), bound=self._bound, since=since, named=named, owner=owner)
        except TelltaleError:
            self._drop_media(work)
            raise
        if (is_new and self._store.is_shared) or (not is_new and (job.ended or job.work.source != work.source)):
            self._drop_media(work)
        self._worker.wake()
        return job

    def get(self, id: str) -> Job:
        """Raises JobProblem("job.not_found")."""
        return self._store.get(id)

    def cancel(self, id: str) -> Job:
        """Cancel what has not ended yet; what has ended stays as it is. Raises JobProblem("job.not_found")."""
        before = self._store.get(id)
        cancelled = self._store.cancel(id)
        if cancelled and before.state == "queued":
            drop_file(self._store, before, self._keep_media)
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
            raise JobProblem("job.not_found", "picture")
        return jpeg

    async def events(self, id: str) -> AsyncIterator[Job | None]:
        """The job now and after every change until it ends; None about every 15 s of silence. Raises JobProblem("job.not_found")."""
        job = await asyncio.to_thread(self._store.get, id)
        yield job
        while not job.ended and not self.stopping:
            if await self._watch.change(id, job.version, SILENCE):
                if self.stopping:
                    return
                job = await asyncio.to_thread(self._store.get, id)
                yield job
            else:
                yield None

    def counts(self) -> dict[str, int]:
        """How many checks are in which state, and how many may wait."""
        return {"bound": self._bound} | {str(state): count for state, count in self._store.counts().items()}

    def retry_after(self) -> int:
        """Whole seconds after which a place in a full queue is likely free."""
        return wait_for_place(self._store, self._now())

    @property
    def stopping(self) -> bool:
        """Whether the server is about to stop, so that nobody should wait any longer."""
        return self._worker.stopping.is_set()

    # What the server does with it.

    def recover(self) -> None:
        """Before the first claim, on a store that is one server's own: what the last one left under way waits again, or is told.

        On a store that many share this is done whenever a worker dies (``worker.py``).
        """
        if self._store.is_shared:
            return
        for job in self._store.active():
            if job.work.kind == "file" and not Path(job.work.source).is_file():
                self._store.fail(job, INTERRUPTED)
            elif job.state == "running":
                give_back(self._store, job, self._ended)
        for worker in self._store.crew.alive():
            self._store.crew.sign_off(worker)
        wanted = {job.work.source for job in self._store.active()}
        if self._keep_media:
            return
        for path in self._store.uploads.iterdir():
            if str(path) not in wanted:
                path.unlink()

    def work(self) -> None:
        """Empty the queue until ``stop``. Runs in a thread of its own."""
        self._worker.work()

    def stop(self) -> None:
        """Ask the worker to stop; a check under way is queued again at its next step of progress."""
        self._worker.stop()

    def _drop_media(self, work: Work) -> None:
        """A file that was not taken goes at once."""
        if work.kind == "file" and not self._keep_media:
            Path(work.source).unlink(missing_ok=True)


def same(url: str) -> str:
    """The part of an address that decides what lies there, in one spelling: without its fragment, scheme and host in lower case."""
    parts = urlsplit(url)
    return parts._replace(scheme=parts.scheme.lower(), netloc=parts.netloc.lower(), path=parts.path or "/", fragment="").geturl()


def is_web_address(url: str) -> bool:
    """Whether ``url`` is http(s) with a host and without blanks. Whether it may be fetched is decided when it is
    (``telltale.fetch.fetch``).
    """
    try:
        parts = urlsplit(url)
        return url.lower().startswith(("http://", "https://")) and bool(parts.hostname) and url.isprintable() and " " not in url
    except ValueError:  # such as an unclosed [ in the host
        return False
