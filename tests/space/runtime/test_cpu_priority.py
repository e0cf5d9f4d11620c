"""space/runtime/cpu_priority.py: the scheduler is told, for the calling thread and what it starts, and for nobody else."""

import os
import sys
import threading

import pytest

from space.runtime.cpu_priority import BACK, step_back

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the scheduler of another system is not told")


def test_a_thread_steps_back_once_and_what_it_starts_with_it() -> None:
    seen: list[int] = []

    def see() -> None:
        seen.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))

    def work() -> None:
        step_back()
        step_back()
        see()
        child = threading.Thread(target=see)
        child.start()
        child.join()

    first = os.getpriority(os.PRIO_PROCESS, os.getpid())
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [min(19, first + BACK)] * 2
    step_back()
    assert os.getpriority(os.PRIO_PROCESS, os.getpid()) == first, "whoever answers stays in front"
