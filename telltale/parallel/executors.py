"""Who works on chunks of many files: processes of this machine, or those of a Ray cluster. A chunk whose worker is lost is done again.

    local   a process a worker. Its parent knows which file each is reading; a file during which its worker is killed three times over
            (a decoder that crashes, memory that runs out) is left out and named
    ray     a task a chunk, on one machine or many that see the same folders under the same names: `ray start --head` on one,
            `ray start --address HOST:6379` on the others, then `--executor ray --ray-address auto`. Ray repeats the tasks of a lost worker

Used alike by ``telltale check`` over many files and by ``trainer.prepare``.
"""

import logging
import multiprocessing
import os
import signal
import threading
from collections import Counter, deque
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import suppress
from multiprocessing import connection
from typing import Any, Generic, Protocol, TypeVar, cast

from telltale.core.errors import JobProblem, TelltaleError
from telltale.core.extras import need

log = logging.getLogger(__name__)


class Chunk(Protocol):
    """Files that one worker reads one after the other; it must be possible to pickle one."""

    @property
    def name(self) -> str:
        """What logs call it."""

    @property
    def files(self) -> Sequence[str]:
        """The names of its files, as ``tell`` and ``skip`` know them."""


C = TypeVar("C", bound=Chunk)
R = TypeVar("R")
Work = Callable[[C, Mapping[str, str], Callable[[str], None]], R | TelltaleError]
"""Does one chunk in a worker process, on any machine that sees the same folders. The second argument gives files that must not be read,
with the reason; the third is called with each file's name before it is read. An error of the whole run is returned, not raised."""
TRIES = 3
"""How often a file may lose its worker before it is left out."""
STORE = 100 << 20
"""Bytes of shared memory for Ray's objects: crops go to the disk, never through it."""


class WorkerProcess(Generic[C, R]):
    """A worker process, the chunk it holds, and the files of it that it has come to."""

    def __init__(self, work: Work[C, R]) -> None:
        context = multiprocessing.get_context("spawn")  # the runtimes' threads do not survive a fork
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=serve, args=(work, theirs), daemon=True)
        self.process.start()
        theirs.close()  # so that the pipe ends when the process does
        self.chunk: C | None = None
        self.skip: dict[str, str] = {}
        self.reached: list[str] = []

    def take(self, chunk: C, skip: dict[str, str]) -> None:
        """Start on a chunk."""
        self.chunk, self.skip, self.reached = chunk, skip, []
        with suppress(BrokenPipeError):  # killed while idle: reading its pipe will tell
            self.pipe.send((chunk, skip))

    def stop(self) -> None:
        """End the process, busy or not."""
        self.process.terminate()
        self.process.join()
        self.process.close()
        self.pipe.close()


def serve(work: Work[C, R], pipe: "connection.Connection[Any, Any]") -> None:
    """A worker's life: chunk after chunk until the parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to answer
    threading.Thread(target=follow_parent, daemon=True).start()
    while True:
        try:
            chunk, skip = pipe.recv()
        except EOFError:
            return
        pipe.send(work(chunk, skip, pipe.send))


def follow_parent() -> None:
    """End this process at once when its parent does, even by SIGKILL: nobody waits for what it would still write."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)


def run_local(work: Work[C, R], chunks: Sequence[C], workers: int, advance: Callable[[int], None]) -> Generator[R, None, None]:
    """Do the chunks in processes of this machine.

    What the work returns comes as it is ready; ``advance`` is told by how many more files (or fewer, where a chunk is done again) have
    been begun.
    Raises JobProblem where workers are killed before they read anything, and whatever error the work returns.
    """
    waiting = deque((chunk, dict[str, str]()) for chunk in chunks)
    deaths: Counter[str] = Counter()
    hands = [WorkerProcess[C, R](work) for _ in range(min(workers, len(chunks)))]
    try:
        while True:
            for hand in hands:
                if hand.chunk is None and waiting:
                    hand.take(*waiting.popleft())
            busy = {hand.pipe: hand for hand in hands if hand.chunk is not None}
            if not busy:
                return
            for ready in connection.wait(list(busy)):
                hand = busy[cast("connection.Connection[Any, Any]", ready)]
                try:
                    message = hand.pipe.recv()
                except (EOFError, ConnectionResetError):
                    waiting.appendleft(again(hand, deaths))
                    advance(-len(hand.reached))
                    hand.stop()
                    hands[hands.index(hand)] = WorkerProcess[C, R](work)
                    continue
                if isinstance(message, str):
                    hand.reached.append(message)
                    advance(1)
                else:
                    hand.chunk = None
                    yield result_or_raise(message)
    finally:
        for hand in hands:
            hand.stop()


def again(hand: WorkerProcess[C, R], deaths: Counter[str]) -> tuple[C, dict[str, str]]:
    """The chunk of a worker that is gone, without the file that has taken ``TRIES`` workers along.

    Raises JobProblem where no file is to blame; a worker that ended by itself is a bug and raised as one.
    """
    hand.process.join()
    code = hand.process.exitcode or 0
    if hand.chunk is None or code >= 0:
        raise RuntimeError(f"a worker process ended by itself, with exit code {code}; its own traceback is above")
    how, file = signal.Signals(-code).name, hand.reached[-1] if hand.reached else ""
    deaths[file] += 1
    log.warning("a worker process was ended by %s %s; its files are done again", how, f"at {file}" if file else "before it read a file")
    if deaths[file] < TRIES:
        return hand.chunk, hand.skip
    if not file:
        raise JobProblem("job.interrupted", "workers", how=how)
    return hand.chunk, hand.skip | {file: f"a worker process was ended by {how} each of the {TRIES} times that it was read"}


def run_ray(
    work: Work[C, R], chunks: Sequence[C], workers: int, advance: Callable[[int], None], *, address: str | None = None, tries: int = TRIES
) -> Generator[R, None, None]:
    """Do the chunks as tasks of a Ray cluster, or of one that is started here with ``workers`` processes and ended afterwards.

    Ray prints a line for every worker that is lost. Raises JobProblem, after all other chunks are done, where one has lost ``tries``.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # Ray reads it, and nothing else; it would report to its makers
    need("cluster", "A cluster")
    import ray

    own: dict[str, Any] = {"num_cpus": workers, "include_dashboard": False, "object_store_memory": STORE} if address is None else {}
    ray.init(address=address or "local", log_to_driver=False, logging_level=logging.ERROR, **own)
    try:
        task: Any = ray.remote(num_cpus=1, max_retries=tries - 1)(cast(Any, one_chunk))
        waiting = {task.remote(work, chunk): chunk for chunk in chunks}
        lost = []
        while waiting:
            (ready,), _ = ray.wait(list(waiting), num_returns=1)
            chunk = waiting.pop(ready)
            try:
                record = result_or_raise(ray.get(ready))
            except ray.exceptions.RayTaskError:
                raise  # the work's own exception: a bug
            except ray.exceptions.RayError as error:
                log.warning("chunk %s lost its workers: %s", chunk.name, error)
                lost.append(chunk)
                continue
            advance(len(chunk.files))
            yield record
    finally:
        ray.shutdown()
    if lost:
        first, last = lost[0].files[0], lost[0].files[-1]
        raise JobProblem("job.interrupted", "chunks", lost=len(lost), all=len(chunks), tries=tries, first=str(first), last=str(last))


def one_chunk(work: Work[C, R], chunk: C) -> R | TelltaleError:
    """A chunk as a task that nobody watches."""
    return work(chunk, {}, lambda path: None)


def result_or_raise(answer: R | TelltaleError) -> R:
    """What the work returned, or its error, raised."""
    if isinstance(answer, TelltaleError):
        raise answer
    return answer
