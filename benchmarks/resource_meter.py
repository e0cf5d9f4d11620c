"""What a piece of work costs: wall and processor seconds, bytes read, and the memory held at its peak, this process's children included.

Processor time counts all threads, children that have ended and children that live (those to a hundredth of a second). Linux only: the
figures come from /proc. See also: what is measured (``benchmarks/speed/step_costs.py``, ``benchmarks/peers/peers.py``, …).
"""

import os
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

TICK = 1 / os.sysconf("SC_CLK_TCK")


@dataclass
class Cost:
    """``wall`` and ``cpu`` in seconds, ``read`` and ``peak`` in MB."""

    wall: float = 0.0
    cpu: float = 0.0
    read: float = 0.0
    peak: float = 0.0


@contextmanager
def measure_cost() -> Iterator[Cost]:
    """The cost of what is done within, filled in at its end."""
    cost = Cost()
    fresh_peak()
    read, started, spent = bytes_read(), time.perf_counter(), processor_seconds()
    yield cost
    cost.wall, cost.cpu, cost.read = time.perf_counter() - started, processor_seconds() - spent, bytes_read() - read
    cost.peak = peak()


def processor_seconds() -> float:
    """Of this process and of all that it started."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + ended.ru_utime + ended.ru_stime + sum(ticks(child) for child in below(os.getpid())) * TICK


def tree_seconds(process: int) -> float:
    """Processor seconds of another process, of its children that live and of those that have ended."""
    return sum(ticks(one) for one in (process, *below(process))) * TICK


def ticks(process: int) -> int:
    """Hundredths of a second that a process and its ended children used; 0 where it is gone."""
    with suppress(OSError):
        return sum(int(word) for word in Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[11:15])
    return 0


def bytes_read() -> float:
    """MB that this process has read, from whatever."""
    return int(Path("/proc/self/io").read_text().split()[1]) / 1e6


def fresh_peak() -> None:
    """Forget the peak so far; where the kernel does not let us, it stays that of the process's life."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def peak() -> float:
    """MB that this process held at most since then, and its living children since they began."""
    return sum(high_water(one) for one in (os.getpid(), *below(os.getpid())))


def resident(process: int) -> float:
    """MB that a process and its children hold now."""
    return sum(private_mb(one) for one in (process, *below(process)))


def private_mb(process: int) -> float:
    """MB that one process holds now, of what it shares with others its part (PSS); 0 where it is gone."""
    with suppress(OSError):
        told = Path(f"/proc/{process}/smaps_rollup").read_text()
        return next((int(line.split()[1]) * 1024 / 1e6 for line in told.splitlines() if line.startswith("Pss:")), 0.0)
    return 0.0


def high_water(process: int) -> float:
    """MB that a process held at its peak, since its program began; 0 where it has ended.

    Not ``ru_maxrss``, in which a child inherits the peak of the process that started it.
    """
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) * 1024 / 1e6 for line in status.splitlines() if line.startswith("VmHWM:")), 0.0)


def below(process: int) -> Iterator[int]:
    """All processes that a process started, and theirs."""
    tasks = Path(f"/proc/{process}/task")
    try:
        those = os.listdir(tasks)
    except OSError:  # it has ended in between
        return
    for task in those:
        try:
            found = [int(word) for word in (tasks / task / "children").read_text().split()]
        except OSError:
            continue
        for child in found:
            yield child
            yield from below(child)
